"""Takes letters in batches, keeps them in one transaction, and acknowledges after the commit."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from service.contract.bounds import RANGES_MAX
from service.contract.commands import Ack
from service.contract.topics import kiosk_topic
from service.domain.heard import Heard
from service.domain.quarantine import Reason, SetAside
from service.flows.circle import Follows
from service.flows.keep import Acknowledgement, Booking, Kept, keep_batch
from service.inbox.ahead import as_fact
from service.inbox.ear import Hears
from service.inbox.garbage import seldom_collect
from service.inbox.receiver import Letter
from service.inbox.translate import translate

log = logging.getLogger(__name__)

BATCH_MAX: Final = 4_000
WAIT_S: Final = 0.25
RETRY_S_MAX: Final = 15.0


@dataclass(slots=True)
class Gauges:
    """What the inbox tells of itself; counts since the start, ages by a monotonic clock."""

    batches: int = 0
    facts_new: int = 0
    repeats: int = 0
    aside: int = 0
    in_hand: int = 0
    last_message_s: float | None = None
    last_commit_s: float | None = None
    failing_since_s: float | None = None
    error: str = ""


class Worker:
    """One thread that books what the receiver hears."""

    def __init__(
        self,
        receiver: Hears,
        books: Follows,
        *,
        region: str,
        zone: tzinfo,
        now: Callable[[], datetime],
        is_passing: Callable[[Exception], bool],
        is_held: Callable[[], bool] = lambda: True,
        batch_max: int = BATCH_MAX,
        observe: Callable[[Booking], None] = lambda _booking: None,
    ) -> None:
        """Take who opens the books and the clock.

        ``is_passing``: is an error the database's, to be waited out? And ``is_held``: have we the
        lease just now? Whoever has it not leaves the broker alone.
        """
        self._receiver = receiver
        self._books = books
        self._region = region
        self._zone = zone
        self._now = now
        self._is_passing = is_passing
        self._is_held = is_held
        self._hears = False
        self._batch_max = batch_max
        self._observe = observe
        self._stopping = threading.Event()
        self._thread = self._new_thread()
        self.gauges = Gauges()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin to take letters."""
        seldom_collect()
        self._thread.start()

    def revive(self) -> None:
        """Begin anew, should the thread ever have ended by itself."""
        if not self.is_alive and not self._stopping.is_set():
            log.error("The inbox has ended by itself; it begins anew.")
            self._receiver.drop()  # What it had in hand the broker delivers again.
            self._thread = self._new_thread()
            self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and stop."""
        self._stopping.set()
        self._thread.join(timeout=30)

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            letters = self._take() if self._is_held() else self._stand_by()
            if letters:
                self.gauges.last_message_s = time.monotonic()
                self.gauges.in_hand = len(letters)
                self._book_until_done(letters, heard_at=self._now())
                self.gauges.in_hand = 0

    def _stand_by(self) -> Sequence[Letter]:
        """Leave the broker, which delivers again what was not acknowledged, to the holder."""
        if self._hears:
            self._receiver.drop()
            self._books.forget()
            self._hears = False
        self._stopping.wait(WAIT_S)
        return []

    def _take(self) -> Sequence[Letter]:
        self._hears = True
        try:
            letters = self._receiver.take(most=self._batch_max, wait_s=WAIT_S)
        except Exception as error:
            log.exception("Hearing the broker failed; it is tried again on a new connection.")
            self.gauges.error = f"{type(error).__name__}: {error}"[:300]
            self._receiver.drop()
            self._stopping.wait(1)
            return []
        self.gauges.error = ""
        return letters

    def _book_until_done(self, letters: Sequence[Letter], *, heard_at: datetime) -> None:
        """Book letters; where that is no use, book them in halves, and set aside the one left."""
        error = self._until_it_passes(lambda: self.book(letters, heard_at=heard_at))
        if error is None:
            return
        if len(letters) > 1:
            log.error(
                "A batch of %d letters failed; booking it in parts.", len(letters), exc_info=error
            )
            half = len(letters) // 2
            self._book_until_done(letters[:half], heard_at=heard_at)
            self._book_until_done(letters[half:], heard_at=heard_at)
            return
        # Once more: another worker may have kept the same fact first.
        if self._until_it_passes(lambda: self.book(letters, heard_at=heard_at)) is not None:
            self._set_aside(letters[0], error, heard_at=heard_at)

    def _set_aside(self, letter: Letter, error: Exception, *, heard_at: datetime) -> None:
        log.error(
            "A message on %s cannot be booked; set aside.", letter.topic[:120], exc_info=error
        )
        aside = [our_error(letter, error, heard_at=heard_at)]
        # A quarantine that cannot be written to is the database's trouble, whatever it says.
        self._until_it_passes(
            lambda: self.keep(aside, is_followed=False), is_passing=lambda _error: True
        )
        if not self._stopping.is_set():
            self._receiver.acknowledge([letter])

    def _until_it_passes(
        self, action: Callable[[], Kept], is_passing: Callable[[Exception], bool] | None = None
    ) -> Exception | None:
        """Do it, waiting out a failing database; return the error that waiting does not mend."""
        passes = is_passing or self._is_passing
        wait_s = 0.5
        while not self._stopping.is_set():
            try:
                action()
            except Exception as error:  # noqa: BLE001 - the thread must live: it is told and retried
                self.gauges.error = f"{type(error).__name__}: {error}"[:300]
                if not passes(error):
                    return error
                self.gauges.failing_since_s = self.gauges.failing_since_s or time.monotonic()
                log.warning("The database did not take a batch (%s); trying again.", error)
                self._stopping.wait(wait_s)
                wait_s = min(RETRY_S_MAX, wait_s * 2)
            else:
                self.gauges.failing_since_s = None
                self.gauges.error = ""
                return None
        return None

    def book(self, letters: Sequence[Letter], *, heard_at: datetime | None = None) -> Kept:
        """Translate, keep, commit, and only then acknowledge to the broker and to the kiosks.

        A batch that is tried again was heard when it came: a clock that was ahead then stays so.
        """
        heard_at = heard_at or self._now()
        heard = [
            meaning
            for letter in letters
            if (meaning := _translate(letter, heard_at=heard_at)) is not None
        ]
        kept = self.keep(heard)
        self._receiver.acknowledge(letters)
        for acknowledgement in kept.acknowledgements:
            topic = kiosk_topic(self._region, acknowledgement.kiosk_id, "ack")
            self._receiver.publish(topic, ack_json(acknowledgement), qos=0)
        return kept

    def keep(self, heard: Sequence[Heard], *, is_followed: bool = True) -> Kept:
        """Keep what was heard in one transaction."""
        began_s = time.monotonic()
        with self._books.begin() as books:
            at = self._now()
            kept = keep_batch(heard, books=books, at=at, zone=self._zone)
            if is_followed:
                self._books.follow(kept.stirred, kept.touched, books=books, at=at)
            kept_s = time.monotonic()
        gauges = self.gauges
        gauges.batches += 1
        gauges.facts_new += kept.new
        gauges.repeats += kept.repeats
        gauges.aside += kept.aside
        gauges.last_commit_s = now_s = time.monotonic()
        self._observe(
            Booking(
                letters=len(heard),
                kept=kept,
                booking_s=now_s - began_s,
                commit_s=now_s - kept_s,
            )
        )
        return kept


def _translate(letter: Letter, *, heard_at: datetime) -> Heard | None:
    try:
        if letter.ahead is not None:
            return as_fact(letter.ahead, heard_at=heard_at)
        return translate(letter.topic, letter.payload, heard_at=heard_at)
    except Exception as error:  # one letter that we stumble over must not hold up the others
        log.exception("Our own mistake with a message on %s; it is set aside.", letter.topic[:120])
        return our_error(letter, error, heard_at=heard_at)


def our_error(letter: Letter, error: Exception, *, heard_at: datetime) -> SetAside:
    """Return a letter as set aside because of a mistake of ours."""
    return SetAside(
        topic=letter.topic,
        payload=letter.payload,
        heard_at=heard_at,
        reason=Reason.OUR_ERROR,
        detail=f"{type(error).__name__}: {error}",
    )


def ack_json(acknowledgement: Acknowledgement) -> str:
    """Return the acknowledgement as a kiosk reads it."""
    progress = acknowledgement.progress
    ack = Ack(
        epoch=acknowledgement.epoch,
        upto=progress.upto,
        have=progress.beyond[:RANGES_MAX],
    )
    return ack.model_dump_json()
