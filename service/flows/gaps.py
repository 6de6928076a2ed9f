"""Notice what is missing of a journal, ask for it, and put on record what is gone for ever."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from service.domain import gaps as rules
from service.domain.facts import FactKey
from service.domain.gaps import ASK_FACTS_MAX, Gap
from service.domain.heard import Replied
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.flows.ports import Books, Journal

_FIRST = attrgetter("first")

ASKS_MAX = 200
"""Gaps asked for in one go; the others are asked for in the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A wish to hear a stretch of a journal again."""

    command_id: str
    kiosk_id: str
    epoch: int
    first: int
    last: int


def reconcile_gaps(
    journals: Mapping[Journal, int],
    progress: Mapping[Journal, Progress],
    presences: Mapping[str, Liveness],
    *,
    refound: Collection[FactKey],
    books: Books,
    at: datetime,
) -> None:
    """Make the gaps on record agree with what is settled in some journals.

    Each comes with the head that a birth just told, or 0: a kiosk whose journal was lost may have
    told of the old one and of the new one in the same batch, and its presence is of the new alone.
    """
    if not journals:
        return
    old_by_journal: dict[Journal, list[Gap]] = {journal: [] for journal in journals}
    for gap in books.gaps.of(journals):
        old_by_journal[gap.kiosk_id, gap.epoch].append(gap)
    for journal, old in old_by_journal.items():
        kiosk_id, epoch = journal
        presence = presences.get(kiosk_id)
        head = presence.head if presence is not None and presence.epoch == epoch else 0
        # What was once known to exist stays missing, also when the kiosk has begun a new epoch.
        head = max([head, journals[journal], *(gap.last for gap in old if not gap.permanent)])
        missing = progress.get(journal, Progress()).missing(head)
        new = rules.reconcile(old, missing, kiosk_id=kiosk_id, epoch=epoch, at=at)
        found = [key.sequence for key in refound if (key.kiosk_id, key.epoch) == journal]
        new += [left for gap in old if gap.permanent for left in gap.without(found)]
        if sorted(new, key=_FIRST) != sorted(old, key=_FIRST):
            books.gaps.replace(old, new)


def ask_for_gaps(*, books: Books, at: datetime, new_id: Callable[[], str]) -> list[Replay]:
    """Return the replays to ask for now, each on record with the deadline for the next ask."""
    replays = []
    for gap in books.gaps.due(at, most=ASKS_MAX):
        command_id = new_id()
        books.gaps.replace([gap], [gap.asked(command_id=command_id, at=at)])
        replays.append(
            Replay(
                command_id=command_id,
                kiosk_id=gap.kiosk_id,
                epoch=gap.epoch,
                first=gap.first,
                last=min(gap.last, gap.first + ASK_FACTS_MAX - 1),
            )
        )
    return replays


def give_up(reply: Replied, *, books: Books) -> dict[Journal, Progress]:
    """Put on record that what a command asked for is gone; return the progress that follows."""
    gone = books.gaps.by_command(reply.kiosk_id, reply.command_id)
    if not gone:
        return {}
    progress = books.progress.of({reply.kiosk_id})
    changed: dict[Journal, Progress] = {}
    for gap in gone:
        journal = (gap.kiosk_id, gap.epoch)
        asked, rest = _split(gap)
        before = changed.get(journal, progress.get(journal, Progress()))
        changed[journal] = before.with_stretches([(asked.first, asked.last)])
        books.gaps.replace([gap], [asked.given_up(), *rest])
    books.progress.save(changed)
    first = min(gone, key=attrgetter("epoch", "first"))
    books.timeline.mark([FactKey(first.kiosk_id, first.epoch, first.first)])
    return changed


def _split(gap: Gap) -> tuple[Gap, list[Gap]]:
    """Return the part that one command asked for, and the rest of the gap, to be asked for next."""
    last = min(gap.last, gap.first + ASK_FACTS_MAX - 1)
    rest = [replace(gap, first=last + 1, asks=0, command_id=None)] if last < gap.last else []
    return replace(gap, last=last), rest
