"""Which months may leave the database for the archive, and what is on record of one that did."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Final, TypeVar

from service.domain.facts import FactKey
from service.domain.progress import Stretch

T = TypeVar("T")

KEEP_MONTHS_MIN: Final = 2
"""Pages show the last thirty days, which begin in the month before last at the earliest."""

STRETCH_FACTS_MAX: Final = 1_024
"""So many facts at most lie in one stretch on record: its digests are read whole."""


class ArchiveError(RuntimeError):
    """The archive cannot do what is asked of it; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPart:
    """A file with facts of one local month: its first part, or one of facts that came later.

    While it is brought back, ``facts`` are those still in the archive: the last of the file.
    """

    month: date
    part: int
    facts: int
    sha256: str
    file: str
    archived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedStretch:
    """Consecutive facts of one journal in one file, and their digests in a row."""

    kiosk_id: str
    epoch: int
    stretch: Stretch
    digests: bytes


def is_past_retention(month: date, *, today: date, keep_months: int) -> bool:
    """Say whether a month lies further back than facts are to stay; 0 keeps them for ever."""
    behind = (today.year - month.year) * 12 + today.month - month.month
    return 0 < keep_months < behind


def stretches_on_record(facts: Iterable[tuple[FactKey, bytes]]) -> Iterator[ArchivedStretch]:
    """Yield the stretches that facts make, which come by key, each with its digest."""
    for run in in_stretches(facts, key=itemgetter(0)):
        yield _stretch(run[0][0], [digest for _, digest in run])


def in_stretches(facts: Iterable[T], *, key: Callable[[T], FactKey]) -> Iterator[list[T]]:
    """Yield facts, which come by key, in the stretches that they are on record in.

    Wherever a stretch begins, the same ones follow: whatever has gone before makes no difference.
    """
    run: list[T] = []
    expected: FactKey | None = None
    for fact in facts:
        mine = key(fact)
        if run and (mine != expected or len(run) == STRETCH_FACTS_MAX):
            yield run
            run = []
        run.append(fact)
        expected = mine._replace(sequence=mine.sequence + 1)
    if run:
        yield run


def _stretch(begin: FactKey, digests: list[bytes]) -> ArchivedStretch:
    return ArchivedStretch(
        kiosk_id=begin.kiosk_id,
        epoch=begin.epoch,
        stretch=(begin.sequence, begin.sequence + len(digests) - 1),
        digests=b"".join(digests),
    )
