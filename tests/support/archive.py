"""A ledger over many months, its archive, and ways for either to die."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from service.domain.archive import ArchivedPart
from service.domain.facts import Fact
from service.domain.months import Closing, month_instants
from service.flows.archive import archive_month
from service.flows.keep import Kept, keep_batch
from service.store.archive import SqlArchive
from service.store.engine import writing
from service.store.months import SqlMonths
from service.store.shelf import ParquetShelf
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.ledger import FactRow
from tests.support.books import SqlKeeper
from tests.support.plans import NOW, ZONE
from tests.support.say import counted, dispensed, fact, faulted, restocked

MARCH = date(2025, 3, 1)
APRIL = date(2025, 4, 1)


class DiedError(Exception):
    """The process is killed here."""


@dataclass
class Place:
    """A database with its archive."""

    engine: Engine
    folder: Path

    def __post_init__(self) -> None:
        self.ledger = SqlArchive(self.engine, ZONE)
        self.shelf = ParquetShelf(self.folder)
        self.store = SqlStore(self.engine, self.shelf)
        self.keeper = SqlKeeper(self.engine, self.engine.dialect.name)

    def keep(self, facts: list[Fact]) -> Kept:
        with self.store.begin() as books:
            return keep_batch(facts, books=books, at=NOW, zone=ZONE)

    def close(self, *months: date) -> None:
        with writing(self.engine).begin() as connection:
            for month in months:
                SqlMonths(connection).close(Closing(month=month, closed_at=NOW, closed_by="test"))

    def archive(self, month: date = MARCH, **ports: Any) -> ArchivedPart:  # noqa: ANN401 - either port
        ports = {"ledger": self.ledger, "shelf": self.shelf, **ports}
        return archive_month(month, **ports, at=NOW)

    def rows(self, month: date | None = None) -> list[tuple[Any, ...]]:
        """Return what the table holds, row by row, by key."""
        table = table_of(FactRow)
        rows = select(table).order_by(table.c.kiosk_id, table.c.epoch, table.c.sequence)
        if month is not None:
            begin, end = month_instants(month, ZONE)
            rows = rows.where(table.c.happened_at >= begin, table.c.happened_at < end)
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(rows)]

    def archived_rows(self) -> list[tuple[Any, ...]]:
        """Return what the archive holds, row by row."""
        parts = self.ledger.all_parts()
        return sorted(tuple(row) for part in parts for row in self.shelf.facts(part))


def journal(kiosk: str, *, first: date, days: int, epoch: int = 1) -> list[Fact]:
    """Return a kiosk's journal: each day a dispense at local noon, now and then something else."""
    begin = month_instants(first, ZONE)[0] + timedelta(hours=12)
    kinds: dict[int, Callable[[], Any]] = {
        0: lambda: restocked(28),
        7: lambda: counted(20, 9),
        11: faulted,
    }
    return [
        fact(day + 1, kinds.get(day % 14, dispensed)(), kiosk=kiosk, epoch=epoch, at=at)
        for day in range(days)
        for at in (begin + timedelta(days=day),)
    ]


def spring(at: Place) -> list[Fact]:
    """Keep and return what two kiosks tell of February to May 2025; March is closed."""
    told = [
        *journal("K0001", first=date(2025, 2, 1), days=100),
        *journal("K0002", first=date(2025, 3, 1), days=40, epoch=3),
    ]
    at.keep(told)
    at.close(MARCH)
    return told


class Dying:
    """Anything in whose place somebody dies at the n-th call, before or after it is done."""

    def __init__(self, inner: Any, calls: list[str], at: int, *, done: bool) -> None:  # noqa: ANN401 - any port
        self._inner, self._calls, self._at, self._done = inner, calls, at, done

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is there
        method = getattr(self._inner, name)

        def call(*args: Any) -> Any:  # noqa: ANN401 - whatever it takes
            self._calls.append(name)
            dies = len(self._calls) == self._at
            if dies and not self._done:
                raise DiedError(name)
            answer = method(*args)
            if dies:
                raise DiedError(name)
            return answer

        return call


def cut_short(facts: Iterator[Any], after: int) -> Iterator[Any]:
    """Yield some facts, and die."""
    for count, one in enumerate(facts):
        if count == after:
            raise DiedError
        yield one


def local(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """Return a moment by the clock on the district's wall."""
    return datetime(year, month, day, hour, tzinfo=ZONE).astimezone(UTC)
