"""Two clocks: what a kiosk's own time is worth, and which hour, day and month it belongs to."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

AHEAD_MAX: Final = timedelta(minutes=5)
"""A fact from further in our future than this is put aside: that kiosk's clock is wrong."""

NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""A fact from before this is put aside: a clock that lost its battery says 1970 or 2000."""


def is_ahead(happened_at: datetime, heard_at: datetime) -> bool:
    """Say whether a kiosk's time lies too far in our future to be true."""
    return happened_at > heard_at + AHEAD_MAX


def is_ancient(happened_at: datetime) -> bool:
    """Say whether a kiosk's time lies before any kiosk of ours was built."""
    return happened_at < NOT_BEFORE


def local_hour(at: datetime, zone: tzinfo) -> tuple[datetime, date]:
    """Return the start (UTC) of the district's clock hour that ``at`` is in, and its local day."""
    local = at.astimezone(zone)
    start = local.replace(minute=0, second=0, microsecond=0)
    return start.astimezone(UTC), local.date()


def month_days(month: str) -> tuple[date, date]:
    """Return the first day of a month ``YYYY-MM`` and the first day of the next."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following


def month_of(day: date) -> str:
    """Return the month of a day as ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"
