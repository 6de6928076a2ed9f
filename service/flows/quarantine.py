"""Try again what was set aside, after a fix: by the same way that every message takes.

A kiosk was enrolled, an item was added to the list, or our own code was mended. What can be booked
now is booked once and leaves the quarantine; what is still refused stays, with its newest reason.
Facts keep the moment at which we first heard them: a clock that was ahead of us then was ahead,
however late it is now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final

from service.domain.facts import Fact
from service.domain.heard import Heard
from service.domain.person import without_person
from service.domain.quarantine import Fate, Reason, SetAside, Waiting, Wanted
from service.flows.keep import keep_batch
from service.flows.ports import Books, Store
from service.flows.reads.ports import StoreUnavailableError

STILL_MAX: Final = 20
"""So many of those that stay are told of one by one."""

CHUNK: Final = 50
"""So many are tried in one transaction: the inbox waits no longer than that takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRefused:
    """A message that stays in the quarantine, with its newest reason."""

    id: int
    reason: Reason
    detail: str


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What became of messages that were tried again; ``next`` is where to go on, if there are more.

    ``known`` were kept already, ``past`` were signs of life, which are of their moment alone.
    """

    tried: int = 0
    booked: int = 0
    known: int = 0
    past: int = 0
    stays: int = 0
    next: int | None = None
    still: list[StillRefused] = field(default_factory=list)


Replay = Callable[[Wanted], Replayed]
"""What tries messages again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Tries messages again; ``read`` says what one means, as the inbox reads it."""

    store: Store
    read: Callable[[SetAside], Heard | None]
    is_passing: Callable[[Exception], bool]
    now: Callable[[], datetime]
    zone: tzinfo

    def __call__(self, wanted: Wanted) -> Replayed:
        """Try those that are wanted, by number, a few in each transaction.

        A database that is away is a StoreUnavailableError: what was tried before that stays so.
        """
        try:
            return self._try_all(wanted)
        except Exception as error:
            if not self.is_passing(error):
                raise
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error

    def _try_all(self, wanted: Wanted) -> Replayed:
        with self.store.begin() as books:
            found = books.quarantine.waiting(replace(wanted, most=wanted.most + 1))
        waiting = found[: wanted.most]
        replayed = Replayed(next=waiting[-1].id if len(found) > wanted.most else None)
        for begin in range(0, len(waiting), CHUNK):
            self._try_some(waiting[begin : begin + CHUNK], replayed)
        return replayed

    def _try_some(self, waiting: Sequence[Waiting], replayed: Replayed) -> None:
        """Try a few in one transaction; where that fails by one of them, in halves."""
        try:
            with self.store.begin() as books:
                verdicts = self._settle(waiting, books=books)
        except Exception as error:
            if self.is_passing(error):
                raise
            if len(waiting) > 1:
                half = len(waiting) // 2
                self._try_some(waiting[:half], replayed)
                self._try_some(waiting[half:], replayed)
                return
            again = our_error(waiting[0].message, error)
            with self.store.begin() as books:
                books.quarantine.refuse_again(waiting[0].id, again, self.now())
            verdicts = [again]
        for one, verdict in zip(waiting, verdicts, strict=True):
            _count(replayed, one.id, verdict)

    def _settle(self, waiting: Sequence[Waiting], *, books: Books) -> list[Fate | SetAside]:
        at = self.now()
        fates: dict[int, Fate] = {}
        verdicts: list[Fate | SetAside] = []
        for one in waiting:
            verdict = self._judge(one.message, books=books, at=at)
            verdicts.append(verdict)
            if isinstance(verdict, SetAside):
                books.quarantine.refuse_again(one.id, verdict, at)
            else:
                fates[one.id] = verdict
        books.quarantine.settle(fates, at)
        told = {one.message.kiosk_id for one in waiting if one.id in fates}
        kiosk_ids = [kiosk_id for kiosk_id in books.registry.site_by_kiosk if kiosk_id in told]
        books.changes.note("kiosk", sorted(kiosk_ids), at)
        return verdicts

    def _judge(self, message: SetAside, *, books: Books, at: datetime) -> Fate | SetAside:
        heard = self.read(message)
        if not isinstance(heard, Fact | SetAside):
            return Fate.PAST
        kept = keep_batch([heard], books=books, at=at, zone=self.zone, again=True)
        if kept.set_aside:
            return kept.set_aside[0]
        if kept.new:
            return Fate.BOOKED
        # Neither new nor a repeat: its journal has too many holes to remember this one, too.
        return Fate.KNOWN if kept.repeats else message


def our_error(message: SetAside, error: Exception) -> SetAside:
    """Return a message as set aside because of a mistake of ours."""
    detail = f"{type(error).__name__}: {error}"
    return replace(message, reason=Reason.OUR_ERROR, detail=detail)


def _count(replayed: Replayed, number: int, verdict: Fate | SetAside) -> None:
    replayed.tried += 1
    if verdict is Fate.BOOKED:
        replayed.booked += 1
    elif verdict is Fate.KNOWN:
        replayed.known += 1
    elif verdict is Fate.PAST:
        replayed.past += 1
    else:
        replayed.stays += 1
        if len(replayed.still) < STILL_MAX:
            reason, detail = verdict.reason, without_person(verdict.detail)
            replayed.still.append(StillRefused(id=number, reason=reason, detail=detail))
