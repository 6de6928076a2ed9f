"""Take months of facts to the archive and back: at every moment they are in one place, whole.

Theory of operation. A month is written to a file, the file is read back and compared row by row,
what is in it goes on record, and only then, in one transaction, the record is made valid and the
facts leave the database. Facts are only ever added, so one number tells whether any came meanwhile:
then everything is done again. Whatever dies on the way leaves a file that nobody relies on, or a
record that is not valid yet; the next run clears both away.

It comes back in pieces, each in a transaction of its own, so that nobody who keeps facts waits for
a whole month. A piece is some stretches from the begin of what is left of the file: they are kept
again and struck from the record at once. Whatever dies on the way, the next run goes on from there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from service.domain.archive import (
    ArchivedPart,
    ArchivedStretch,
    ArchiveError,
    in_stretches,
    is_past_retention,
    stretches_on_record,
)
from service.domain.clocks import month_of
from service.domain.facts import FactKey

TRIES_MAX: Final = 3

FACTS_AT_ONCE: Final = 5_000
"""About so many facts come back in one transaction: the inbox waits a quarter of a second."""

FactLine = tuple[Any, ...]
"""A fact as it is kept, in the order of the table's columns."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, read back and compared."""

    file: str
    sha256: str
    facts: int


class Ledger(Protocol):
    """The database, as far as months of facts go."""

    def months(self) -> list[date]:
        """Return the months of which facts are there, oldest first."""

    def closed(self) -> set[date]:
        """Return the closed months."""

    def parts(self, month: date) -> list[ArchivedPart]:
        """Return the parts of a month that are in the archive."""

    def facts(self, month: date) -> AbstractContextManager[Iterator[FactLine]]:
        """Give the facts of a month by key, all of one moment."""

    def begin_record(self, part: ArchivedPart) -> None:
        """Begin a record that is not valid yet, after clearing away one that was begun before."""

    def record(self, part: ArchivedPart, stretches: Iterable[ArchivedStretch]) -> None:
        """Add to the record that was begun."""

    def let_go(self, part: ArchivedPart) -> bool:
        """Make the record valid and let the facts go, at once; False where more of them came."""

    def take_back(self, part: ArchivedPart, facts: Sequence[FactLine]) -> ArchivedPart:
        """Keep some stretches again and strike them from the record, at once.

        Return what is left of the part; with the last fact its record goes, too.
        """


class Shelf(Protocol):
    """The files."""

    def check(self, part: ArchivedPart) -> None:
        """Refuse a file that is not there, or not what was recorded."""

    def write(self, month: date, part: int, facts: Iterator[FactLine]) -> Written:
        """Write facts to a file of their own, and compare what then stands in it."""

    def keys(self, file: str) -> Iterator[tuple[FactKey, bytes]]:
        """Yield key and digest of the facts in a file, by key."""

    def facts(self, part: ArchivedPart) -> Iterator[FactLine]:
        """Yield by key the facts of a part that are in the archive."""


def due_months(ledger: Ledger, *, today: date, keep_months: int) -> list[date]:
    """Return the months whose facts are to leave, closed or not, oldest first."""
    return [
        month
        for month in ledger.months()
        if is_past_retention(month, today=today, keep_months=keep_months)
    ]


def archive_month(month: date, *, ledger: Ledger, shelf: Shelf, at: datetime) -> ArchivedPart:
    """Take the facts of a closed month out of the database, into a file."""
    if month not in ledger.closed():
        message = f"{month_of(month)} is not closed: its facts stay."
        raise ArchiveError(message)
    for _ in range(TRIES_MAX):
        number = 1 + max((one.part for one in ledger.parts(month)), default=0)
        with ledger.facts(month) as facts:
            written = shelf.write(month, number, facts)
        part = ArchivedPart(
            month=month,
            part=number,
            facts=written.facts,
            sha256=written.sha256,
            file=written.file,
            archived_at=at,
        )
        ledger.begin_record(part)
        ledger.record(part, stretches_on_record(shelf.keys(part.file)))
        if ledger.let_go(part):
            return part
    message = f"{month_of(month)}: facts kept coming while it was archived; they stay for now."
    raise ArchiveError(message)


def restore_month(
    month: date, *, ledger: Ledger, shelf: Shelf, at_once: int = FACTS_AT_ONCE
) -> list[ArchivedPart]:
    """Bring all facts of a month back into the database; return the parts that were there still."""
    parts = ledger.parts(month)
    if not parts:
        message = f"{month_of(month)} is not in the archive."
        raise ArchiveError(message)
    for part in parts:
        shelf.check(part)  # A whole file is read for it: not while writers wait.
        left = part
        for piece in _pieces(shelf.facts(part), at_once):
            left = ledger.take_back(left, piece)
        if left.facts:
            message = f"{part.file} holds {left.facts:,} facts less than are on record."
            raise ArchiveError(message)
    return parts


def _pieces(facts: Iterator[FactLine], at_once: int) -> Iterator[list[FactLine]]:
    """Yield facts in pieces of about so many, each of whole stretches."""
    piece: list[FactLine] = []
    for run in in_stretches(facts, key=key_of):
        piece += run
        if len(piece) >= at_once:
            yield piece
            piece = []
    if piece:
        yield piece


def key_of(line: FactLine) -> FactKey:
    """Return which fact a line is: its first columns say so."""
    return FactKey(*line[:3])
