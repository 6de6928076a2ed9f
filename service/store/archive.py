"""How facts of a month leave the database for the archive and come back, in SQL."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)

from service.domain.archive import ArchivedPart, ArchivedStretch, ArchiveError, in_stretches
from service.domain.clocks import month_days, month_of
from service.domain.facts import FactKey
from service.domain.months import first_day, month_instants
from service.flows.archive import FactLine, key_of
from service.store.archived import archived_parts
from service.store.bulk import append_rows
from service.store.engine import dialect_of, still, writing
from service.store.months import SqlMonths
from service.store.partitions import (
    drop_month,
    has_only,
    make_months,
    months_there,
    partition_of,
)
from service.store.registry import raise_version
from service.store.sql import in_chunks, table_of
from service.store.tables.archive import ArchivedMonth
from service.store.tables.archive import ArchivedStretch as StretchRow
from service.store.tables.ledger import FactRow
from service.store.tables.registry import Site

ROWS_AT_ONCE: Final = 5_000
STRETCHES_AT_ONCE: Final = 200
READERS_WAIT_S: Final = 10.0

_FACT, _SITE = table_of(FactRow), table_of(Site)
_MONTH, _STRETCH = table_of(ArchivedMonth), table_of(StretchRow)
_BY_KEY: Final = (_FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence)
_COLUMNS: Final = tuple(column.name for column in _FACT.columns)


class SqlArchive:
    """The database, as far as months of facts go."""

    def __init__(
        self, engine: Engine, zone: ZoneInfo, *, readers_wait_s: float = READERS_WAIT_S
    ) -> None:
        """Take the zone by which months begin, and how long readers are waited for."""
        self._reading, self._writing = still(engine), writing(engine)
        self._zone = zone
        self._wait_s = readers_wait_s

    def months(self) -> list[date]:
        """Return the months of which facts are there, oldest first."""
        with self._reading.begin() as connection:
            there = (
                months_there(connection)
                if dialect_of(connection) == "postgresql"
                else self._months_between(connection)
            )
            return [month for month in sorted(there) if self._has_facts(connection, month)]

    def _months_between(self, connection: Connection) -> set[date]:
        """Return all months from the oldest fact's to the newest's."""
        ends = select(func.min(_FACT.c.happened_at), func.max(_FACT.c.happened_at))
        oldest, newest = connection.execute(ends).one()
        months: set[date] = set()
        if oldest is not None:
            month, last = first_day(oldest, self._zone), first_day(newest, self._zone)
            while month <= last:
                months.add(month)
                month = month_days(month_of(month))[1]
        return months

    def _has_facts(self, connection: Connection, month: date) -> bool:
        some = select(_FACT.c.sequence).where(self._of(connection, month)).limit(1)
        return connection.scalar(some) is not None

    def _of(self, connection: Connection, month: date) -> ColumnElement[bool]:
        begin, end = month_instants(month, self._zone)
        of_month = (_FACT.c.happened_at >= begin) & (_FACT.c.happened_at < end)
        if dialect_of(connection) == "sqlite":
            # Along the index that begins with the site: a month is not looked for among all facts.
            return of_month & _FACT.c.site_id.in_(select(_SITE.c.id))
        return of_month

    def closed(self) -> set[date]:
        """Return the closed months."""
        with self._reading.begin() as connection:
            return {closing.month for closing in SqlMonths(connection).closed()}

    def parts(self, month: date) -> list[ArchivedPart]:
        """Return the parts of a month that are in the archive."""
        with self._reading.begin() as connection:
            return [part for part in archived_parts(connection) if part.month == month]

    def all_parts(self) -> list[ArchivedPart]:
        """Return what is in the archive, oldest month first."""
        with self._reading.begin() as connection:
            return archived_parts(connection)

    def size(self, month: date) -> tuple[int, int | None]:
        """Return how many facts of a month are there, and their bytes where that is known."""
        with self._reading.begin() as connection:
            facts = self._count(connection, month)
            if dialect_of(connection) == "sqlite":
                return facts, None
            weigh = text("SELECT pg_total_relation_size(to_regclass(:name))")
            return facts, connection.scalar(weigh, {"name": partition_of(month)})

    def _count(self, connection: Connection, month: date) -> int:
        of_month = select(func.count()).select_from(_FACT).where(self._of(connection, month))
        return connection.scalar(of_month) or 0

    @contextmanager
    def facts(self, month: date) -> Iterator[Iterator[FactLine]]:
        """Give the facts of a month by key, all of one moment."""
        with self._reading.begin() as connection:
            rows = select(_FACT).where(self._of(connection, month)).order_by(*_BY_KEY)
            streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
            with streaming.execute(rows) as stream:
                yield (tuple(row) for row in stream)

    def begin_record(self, part: ArchivedPart) -> None:
        """Begin a record that is not valid yet, after clearing away one that was begun before."""
        with self._writing.begin() as connection:
            begun = (_MONTH.c.month == part.month) & ~_MONTH.c.whole
            for number in connection.scalars(select(_MONTH.c.part).where(begun)).all():
                _strike(connection, part.month, number)
            row = {name: getattr(part, name) for name in part.__slots__}
            connection.execute(insert(_MONTH), [{**row, "whole": False}])

    def record(self, part: ArchivedPart, stretches: Iterable[ArchivedStretch]) -> None:
        """Add to the record that was begun, a few stretches in each transaction."""
        waiting = iter(stretches)
        while some := list(islice(waiting, STRETCHES_AT_ONCE)):
            rows = [
                {
                    "kiosk_id": one.kiosk_id,
                    "epoch": one.epoch,
                    "first": one.stretch[0],
                    "last": one.stretch[1],
                    "month": part.month,
                    "part": part.part,
                    "digests": one.digests,
                }
                for one in some
            ]
            with self._writing.begin() as connection:
                connection.execute(insert(_STRETCH), rows)

    def let_go(self, part: ArchivedPart) -> bool:
        """Make the record valid and let the facts go, at once; False where more of them came.

        No fact is kept meanwhile: whoever keeps facts waits for the writers' lock. What is not
        on record to the last fact would be booked again when it is said again: it stays.
        """
        with self._writing.begin() as connection:
            if self._count(connection, part.month) != part.facts:
                return False
            self._refuse_what_is_not_on_record(connection, part)
            mine = (_MONTH.c.month == part.month) & (_MONTH.c.part == part.part)
            connection.execute(update(_MONTH).where(mine).values(whole=True))
            if dialect_of(connection) == "postgresql":
                if not has_only(connection, part.month, self._zone, facts=part.facts):
                    message = (
                        f"{month_of(part.month)}: its partition is not this month; facts stay."
                    )
                    raise ArchiveError(message)
                drop_month(connection, part.month, wait_s=self._wait_s)
                raise_version(connection)  # Nobody believes it there any more.
            else:
                gone = connection.execute(delete(_FACT).where(self._of(connection, part.month)))
                assert gone.rowcount == part.facts, "all facts of the file go, and no other"
        return True

    def _refuse_what_is_not_on_record(self, connection: Connection, part: ArchivedPart) -> None:
        """Make sure that the month is closed still, and its record this run's own and complete."""
        if part.month not in {closing.month for closing in SqlMonths(connection).closed()}:
            message = f"{month_of(part.month)} was opened again meanwhile: its facts stay."
            raise ArchiveError(message)
        begun = select(_MONTH.c.sha256).where(
            _MONTH.c.month == part.month, _MONTH.c.part == part.part, ~_MONTH.c.whole
        )
        recorded = select(func.sum(_STRETCH.c.last - _STRETCH.c.first + 1)).where(
            _STRETCH.c.month == part.month, _STRETCH.c.part == part.part
        )
        found = connection.scalar(begun), connection.scalar(recorded)
        if found != (part.sha256, part.facts):
            message = (
                f"{month_of(part.month)}: its record is not what this run wrote, somebody else "
                "archives it too; facts stay."
            )
            raise ArchiveError(message)

    def take_back(self, part: ArchivedPart, facts: Sequence[FactLine]) -> ArchivedPart:
        """Keep some stretches again and strike them from the record, at once.

        Return what is left of the part; with the last fact its record goes, too.
        """
        left = replace(part, facts=part.facts - len(facts))
        mine = (_MONTH.c.month == part.month) & (_MONTH.c.part == part.part) & _MONTH.c.whole
        with self._writing.begin() as connection:
            if dialect_of(connection) == "postgresql":
                make_months(connection, [part.month], self._zone)
            append_rows(connection, _FACT, _COLUMNS, facts)
            begins = {key_of(run[0]) for run in in_stretches(facts, key=key_of)}
            moved = update(_MONTH).where(mine, _MONTH.c.facts == part.facts)
            is_ours = connection.execute(moved.values(facts=left.facts)).rowcount == 1
            if not is_ours or _strike_stretches(connection, part, begins) != len(begins):
                message = (
                    f"{part.file} is not on record as this run found it: somebody else brings it "
                    "back too, or it was changed by hand; nothing more comes back."
                )
                raise ArchiveError(message)
            if left.facts == 0:
                _strike(connection, part.month, part.part)
        return left


def _strike_stretches(
    connection: Connection, part: ArchivedPart, begins: Collection[FactKey]
) -> int:
    """Strike the stretches that begin so; return how many there were."""
    of_part = (_STRETCH.c.month == part.month) & (_STRETCH.c.part == part.part)
    begin = tuple_(_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first)
    return sum(
        connection.execute(delete(_STRETCH).where(of_part, begin.in_(some))).rowcount
        for some in in_chunks(begins)
    )


def _strike(connection: Connection, month: date, part: int) -> None:
    for table in (_STRETCH, _MONTH):
        mine: Any = (table.c.month == month) & (table.c.part == part)
        connection.execute(delete(table).where(mine))
