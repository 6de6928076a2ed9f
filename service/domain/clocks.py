"""Two clocks: what a kiosk's own time is worth, and which hour, day and month it belongs to."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

OFF_MIN: Final = timedelta(minutes=1)
"""A heartbeat whose clock is further from ours than this shows a clock to be set."""

AHEAD_MAX: Final = timedelta(minutes=5)
"""A fact from further in our future than this is put aside: that kiosk's clock is wrong."""

NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""A fact from before this is put aside: a clock that lost its battery says 1970 or 2000."""


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(minutes=15)


def is_ahead(happened_at: datetime, heard_at: datetime) -> bool:
    """Say whether a kiosk's time lies too far in our future to be true."""
    return happened_at > heard_at + AHEAD_MAX


def is_ancient(happened_at: datetime) -> bool:
    """Say whether a kiosk's time lies before any kiosk of ours was built."""
    return happened_at < NOT_BEFORE


def local_hour(at: datetime, zone: tzinfo) -> tuple[datetime, date]:
    """Return the start (UTC) of the district's clock hour that ``at`` is in, and its local day."""
    return _local_hour((at - _EPOCH) // _STEP, zone)


@lru_cache(maxsize=16_384)
def _local_hour(step: int, zone: tzinfo) -> tuple[datetime, date]:
    """Tell it for a quarter of an hour: no zone has been off by less since 1972."""
    local = (_EPOCH + step * _STEP).astimezone(zone)
    start = local.replace(minute=0, second=0, microsecond=0)
    return start.astimezone(UTC), local.date()


def day_began(at: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which the local day that ``at`` is in began."""
    return datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)


def month_days(month: str) -> tuple[date, date]:
    """Return the first day of a month ``YYYY-MM`` and the first day of the next."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following


def month_of(day: date) -> str:
    """Return the month of a day as ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"
