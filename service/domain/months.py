"""Which month a fact belongs to, and which facts came after their month was closed."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from service.domain.clocks import month_days, month_of


class MonthError(ValueError):
    """A month cannot be closed or opened again; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A local month, by its first day, whose figures were frozen."""

    month: date
    closed_at: datetime
    closed_by: str
    note: str = ""


def first_day(at: datetime, zone: tzinfo) -> date:
    """Return the first day of the local month in which something happened: there it is counted."""
    return at.astimezone(zone).date().replace(day=1)


def month_instants(first: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the moments at which a local month begins and ends."""
    days = month_days(month_of(first))
    begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in days)
    return begin, end


def why_not_close(month: date, known: Iterable[Closing], *, at: datetime, zone: tzinfo) -> str:
    """Return why a month cannot be closed, in words; empty where it can."""
    if month in {one.month for one in known}:
        return f"{month_of(month)} is closed already"
    if at < month_instants(month, zone)[1]:
        return f"{month_of(month)} is not over in the district"
    return ""


class ClosedMonths:
    """Says of a fact, quickly, whether it was heard after its month was closed."""

    def __init__(self, closings: Iterable[Closing], zone: tzinfo) -> None:
        """Take the closed months and the district's zone."""
        spans = sorted((*month_instants(one.month, zone), one.closed_at) for one in closings)
        self._begins = [begin for begin, _, _ in spans]
        self._spans = spans

    def is_late(self, happened_at: datetime, heard_at: datetime) -> bool:
        """Say whether a fact was heard after the month in which it happened was closed."""
        before = bisect_right(self._begins, happened_at)
        if before == 0:
            return False
        _, end, closed_at = self._spans[before - 1]
        return happened_at < end and heard_at > closed_at
