"""Puts derived books in the place of the kept ones, in SQL, and remembers how far it came."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, select

from service.domain.books import KioskBooks
from service.domain.facts import FactKey
from service.domain.totals import Tallies
from service.store.audit import SqlSnapshot
from service.store.changes import SqlChanges
from service.store.discrepancies import SqlDiscrepancies
from service.store.engine import still, writing
from service.store.kept import Archive, KeptFacts
from service.store.promise import SqlPromises
from service.store.sql import merge, table_of
from service.store.stock import SqlStock
from service.store.tables.books import DayTally, FaultRow, HourTally, LevelRow
from service.store.tables.discrepancies import RebuildStep
from service.store.timeline import SqlTimeline
from service.store.totals import SqlTotals

_LEVEL, _FAULT, _STEP = table_of(LevelRow), table_of(FaultRow), table_of(RebuildStep)
_HOUR, _DAY = table_of(HourTally), table_of(DayTally)


@dataclass(frozen=True, slots=True)
class SqlBooksWriter(SqlSnapshot):
    """Reads and replaces books in one transaction under the writers' lock."""

    def replace_kiosk_books(self, kiosk_id: str, books: KioskBooks, *, at: datetime) -> None:
        """Put books in the place of all that is kept of a kiosk beside its facts."""
        connection = self.connection
        connection.execute(delete(_LEVEL).where(_LEVEL.c.kiosk_id == kiosk_id))
        connection.execute(delete(_FAULT).where(_FAULT.c.kiosk_id == kiosk_id))
        SqlStock(connection).save_levels(books.levels)
        faults = [
            {
                "kiosk_id": kiosk_id,
                "code": code,
                "slot": slot,
                "raised": raised,
                "since": since,
                "epoch": key.epoch,
                "sequence": key.sequence,
            }
            for (_, code, slot), (raised, since, key) in sorted(books.faults.items())
        ]
        merge(connection, FaultRow, faults, "replace")
        discrepancies = list(books.discrepancies.values())
        SqlDiscrepancies(connection).replace_after(FactKey(kiosk_id, -1, 0), discrepancies)
        SqlChanges(connection).note("kiosk", [kiosk_id], at)

    def replace_tallies(self, site_id: str, tallies: Tallies) -> None:
        """Put sums in the place of all that are kept of a site."""
        self.connection.execute(delete(_HOUR).where(_HOUR.c.site_id == site_id))
        self.connection.execute(delete(_DAY).where(_DAY.c.site_id == site_id))
        SqlTotals(self.connection).add(tallies)

    def note_step(self, book: str, upto: str, facts: int, *, at: datetime) -> None:
        """Put on record how far the rebuild has come with one kind of book."""
        row = {"book": book, "upto": upto, "facts": facts, "started_at": at}
        merge(self.connection, RebuildStep, [row], "replace")

    def forget_steps(self) -> None:
        """Put on record that the rebuild is done."""
        self.connection.execute(delete(_STEP))

    def mark_the_past(self) -> None:
        """Note that timelines and person-hours are to be derived anew from their beginning."""
        SqlTimeline(self.connection).mark_all()
        SqlPromises(self.connection).mark_all()


class SqlRebuildStore:
    """Opens moments to read, and transactions to write, beside a running service."""

    def __init__(self, engine: Engine, archive: Archive) -> None:
        self._reading = still(engine)
        self._writing = writing(engine)
        self._archive = archive

    @contextmanager
    def reading(self) -> Iterator[SqlSnapshot]:
        """Open one consistent moment."""
        with self._reading.begin() as connection:
            yield SqlSnapshot(connection, KeptFacts(connection, self._archive))

    @contextmanager
    def writing(self) -> Iterator[SqlBooksWriter]:
        """Open a transaction under the writers' lock."""
        with self._writing.begin() as connection:
            yield SqlBooksWriter(connection, KeptFacts(connection, self._archive))

    def steps(self) -> dict[str, tuple[str, int]]:
        """Return how far an unfinished rebuild came: by book, the last place and the facts."""
        with self._reading.begin() as connection:
            rows = connection.execute(select(_STEP)).all()
        return {row.book: (row.upto, row.facts) for row in rows}

    def begin_anew(self) -> None:
        """Forget how far an unfinished rebuild came."""
        with self.writing() as writer:
            writer.forget_steps()
