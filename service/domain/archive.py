"""Which months may leave the database for the archive, and what is on record of one that did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from service.domain.facts import FactKey
from service.domain.progress import Stretch

KEEP_MONTHS_MIN: Final = 2
"""Pages show the last thirty days, which begin in the month before last at the earliest."""

STRETCH_FACTS_MAX: Final = 1_024
"""So many facts at most lie in one stretch on record: its digests are read whole."""


class ArchiveError(RuntimeError):
    """The archive cannot do what is asked of it; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPart:
    """A file with facts of one local month: its first part, or one of facts that came later."""

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
    begin: FactKey | None = None
    digests: list[bytes] = []
    for key, digest in facts:
        if begin is not None and (
            key != begin._replace(sequence=begin.sequence + len(digests))
            or len(digests) == STRETCH_FACTS_MAX
        ):
            yield _stretch(begin, digests)
            begin = None
        if begin is None:
            begin, digests = key, []
        digests.append(digest)
    if begin is not None:
        yield _stretch(begin, digests)


def _stretch(begin: FactKey, digests: list[bytes]) -> ArchivedStretch:
    return ArchivedStretch(
        kiosk_id=begin.kiosk_id,
        epoch=begin.epoch,
        stretch=(begin.sequence, begin.sequence + len(digests) - 1),
        digests=b"".join(digests),
    )
