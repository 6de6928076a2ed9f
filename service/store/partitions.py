"""Months of facts in PostgreSQL: a partition for each, made before anything falls into it.

Theory of operation. ``fact`` is cut where the district's own months begin. A partition is made as a
table of its own and then attached, which holds up neither readers nor writers. There is no
partition for all the rest: it would have to be searched, under a lock that stops everybody,
whenever a month is attached. Instead whoever keeps facts makes sure of their months first.
SQLite keeps all facts in one table and none of this.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from service.domain.archive import ArchiveError
from service.domain.clocks import local_hour, month_days, month_of
from service.domain.months import month_instants
from service.domain.registry import Registry
from service.store.engine import dialect_of
from service.store.registry import read_district

MONTHS_AHEAD: Final = 3

_PREFIX: Final = "fact_"
_THERE: Final = text(
    "SELECT pg_class.relname FROM pg_inherits JOIN pg_class ON pg_class.oid = pg_inherits.inhrelid"
    " WHERE pg_inherits.inhparent = CAST('fact' AS regclass)"
)


class Partitions:
    """Makes sure of the months of facts, and remembers them, so that no batch asks twice."""

    def __init__(self) -> None:
        self._zone: ZoneInfo | None = None
        self._there: set[date] = set()
        self._registry: Registry | None = None

    def under(self, registry: Registry) -> "Partitions":
        """Return what is remembered under a registry: the archive raises its version too."""
        if registry is not self._registry:
            self.forget()
            self._registry = registry
        return self

    def ensure(self, connection: Connection, moments: Iterable[datetime]) -> None:
        """Make the partitions that are missing for these moments."""
        if dialect_of(connection) == "sqlite":
            return
        zone = self._zone = self._zone or zone_of(connection)
        days = {local_hour(at, zone)[1] for at in moments}
        missing = {day.replace(day=1) for day in days} - self._there
        if missing:
            make_months(connection, missing, zone)
            self._there |= missing

    def forget(self) -> None:
        """Believe nothing any more: a month that was made may have been undone."""
        self._zone = None
        self._there.clear()


def make_months_ahead(connection: Connection, at: datetime) -> None:
    """Make the partitions of the present local month and of those to come."""
    if dialect_of(connection) == "sqlite" or read_district(connection) is None:
        return
    zone = zone_of(connection)
    months = [at.astimezone(zone).date().replace(day=1)]
    for _ in range(MONTHS_AHEAD):
        months.append(month_days(month_of(months[-1]))[1])
    make_months(connection, months, zone)


def make_months(connection: Connection, months: Iterable[date], zone: ZoneInfo) -> None:
    """Make the partitions of some local months, where they are not there yet."""
    for month in sorted(set(months) - months_there(connection)):
        begin, end = (at.isoformat() for at in month_instants(month, zone))
        name = partition_of(month)
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE fact)")
        connection.exec_driver_sql(
            f"ALTER TABLE fact ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')"
        )


def months_there(connection: Connection) -> set[date]:
    """Return the months that have a partition."""
    names = connection.scalars(_THERE)
    return {
        date.fromisoformat(name.removeprefix(_PREFIX).replace("_", "-") + "-01") for name in names
    }


def has_only(connection: Connection, month: date, zone: ZoneInfo, *, facts: int) -> bool:
    """Say whether a month's partition holds just so many facts, all of them of that month."""
    if month not in months_there(connection):
        return False
    begin, end = month_instants(month, zone)
    of_month = "count(*) FILTER (WHERE happened_at >= :begin AND happened_at < :end)"
    count = text(f"SELECT count(*), {of_month} FROM {partition_of(month)}")  # noqa: S608 - our own name
    return tuple(connection.execute(count, {"begin": begin, "end": end}).one()) == (facts, facts)


def drop_month(connection: Connection, month: date, *, wait_s: float) -> None:
    """Let a month go, with all that is in it; whoever reads facts is waited for, not for ever.

    Meanwhile nobody else begins to read them.
    """
    name = partition_of(month)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(wait_s * 1000)}")
    try:
        connection.exec_driver_sql(f"ALTER TABLE fact DETACH PARTITION {name}")
    except OperationalError as error:
        message = (
            f"{month_of(month)} stays for now: somebody reads facts all the time ({error.orig})."
        )
        raise ArchiveError(message) from error
    connection.exec_driver_sql(f"DROP TABLE {name}")


def partition_of(month: date) -> str:
    """Return the name of a month's partition."""
    return f"{_PREFIX}{month:%Y_%m}"


def zone_of(connection: Connection) -> ZoneInfo:
    """Return the district's time zone, by which months begin."""
    district = read_district(connection)
    assert district is not None, "no fact is let in before there is a district"
    return ZoneInfo(district.timezone)
