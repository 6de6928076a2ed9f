"""Sends what is due: takes it under a mark that is committed first, sends it, and settles it.

Theory of operation. A notice is a row, committed with its event; no kill loses it. It is marked as
being sent, with until when, and that is committed before anything leaves the house. Whoever dies
in between leaves the mark; once its time is over the notice is taken again, under the same id. So
each arrives at least once, and twice only where a sender died, or could not reach the database,
between the receiver's yes and our commit: then the id lets the receiver know the repeat.

Each channel is spoken to by one thread at a time, in order. One that is slow or down holds up no
other, and its notices wait with growing pauses, their own order kept.
"""

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from service.domain.notice import Again, Outcome
from service.flows.notices import Parcel, give_back, settle, take
from service.flows.ports import WatchedStore

log = logging.getLogger(__name__)

CHANNELS_AT_ONCE: Final = 8
SPARE: Final = timedelta(seconds=60)
"""Nothing is begun whose claim ends sooner: one sending takes less, in the worst of cases."""

TRIES_MAX: Final = 60
TRY_AGAIN_S: Final = 1.0

Send = Callable[[Parcel, datetime], Outcome]


class Outbox:
    """The job that sends; several processes may run it on one database."""

    def __init__(
        self,
        store: WatchedStore,
        send: Send,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        is_passing: Callable[[Exception], bool] = lambda _error: False,
    ) -> None:
        """Take the books, the way out, the clock, and which errors of the database pass."""
        self._store, self._send = store, send
        self._now, self._new_id, self._is_passing = now, new_id, is_passing
        self._lock = threading.Lock()
        self._busy: dict[int, Future[None]] = {}
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(CHANNELS_AT_ONCE, thread_name_prefix="outbox")

    def run(self, at: datetime) -> None:
        """Take what is due now and begin to send it; what is being sent goes on meanwhile."""
        busy = self._busy_channels()
        with self._store.look() as books:
            if not books.notices.is_due(at, besides=busy):
                return
        token = self._new_id()
        with self._store.begin() as books:
            parcels = take(books=books, at=at, busy=busy, token=token)
        by_channel: dict[int, list[Parcel]] = {}
        for parcel in parcels:
            by_channel.setdefault(parcel.channel.id, []).append(parcel)
        with self._lock:
            for channel_id, mine in by_channel.items():
                self._busy[channel_id] = self._threads.submit(self._send_all, mine, token)

    def wait(self) -> None:
        """Wait until all that was begun has ended."""
        with self._lock:
            begun = list(self._busy.values())
        for one in begun:
            one.result()

    def stop(self) -> None:
        """Begin nothing more, and let what is being sent come to its end."""
        self._stopping.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _busy_channels(self) -> set[int]:
        with self._lock:
            self._busy = {number: one for number, one in self._busy.items() if not one.done()}
            return set(self._busy)

    def _send_all(self, parcels: Sequence[Parcel], token: str) -> None:
        for number, parcel in enumerate(parcels):
            until = parcel.notice.claimed_until
            if self._stopping.is_set() or until is None or self._now() > until - SPARE:
                self._give_back(parcels[number:], token)
                return
            outcome = self._try(parcel)
            if isinstance(outcome, Again):
                # First, so that they wait as long as the one that failed.
                self._give_back(parcels[number + 1 :], token)
            self._settle(parcel, outcome, token)
            if isinstance(outcome, Again):
                return

    def _try(self, parcel: Parcel) -> Outcome:
        try:
            return self._send(parcel, self._now())
        except Exception as error:  # noqa: BLE001 - no notice may hold up the others: told, tried again
            # Where it happened, and not what it says: that may quote an address.
            where = "".join(traceback.format_tb(error.__traceback__))
            kind = type(error).__name__
            log.error("Notice %s cannot be sent (%s):\n%s", parcel.notice.id, kind, where)  # noqa: TRY400 - as above
            return Again(f"a mistake of ours: {type(error).__name__}; see the log")

    def _settle(self, parcel: Parcel, outcome: Outcome, token: str) -> None:
        def kept() -> None:
            with self._store.begin() as books:
                ended = settle(parcel, outcome, books=books, at=self._now(), token=token)
            if ended is None:
                log.warning("Notice %s was sent too late: its claim had ended.", parcel.notice.id)

        self._patiently(kept)
        if not isinstance(outcome, Again):
            return
        channel = parcel.channel
        log.info("Channel %d (%s) fails: %s.", channel.id, channel.name, outcome.reason)

    def _give_back(self, parcels: Sequence[Parcel], token: str) -> None:
        def given() -> None:
            with self._store.begin() as books:
                give_back(parcels, books=books, token=token)

        if parcels:
            self._patiently(given)

    def _patiently(self, write: Callable[[], None]) -> None:
        """Write, waiting for a database that is away for a while: what was sent is to be known."""
        for tries_left in reversed(range(TRIES_MAX)):
            try:
                write()
            except Exception as error:
                if tries_left == 0 or self._stopping.is_set() or not self._is_passing(error):
                    log.exception("What was sent could not be noted; it may be sent again.")
                    return
                time.sleep(TRY_AGAIN_S)
            else:
                return
