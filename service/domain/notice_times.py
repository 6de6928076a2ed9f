"""When digests are due, and when a notice that did not arrive is tried again."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

HOUR: Final = timedelta(hours=1)
FIRST_RETRY: Final = timedelta(minutes=1)
LAST_RETRY: Final = HOUR
"""The pause after a failure begins at a minute and doubles up to an hour."""

GIVES_UP_AFTER: Final = timedelta(days=3)
"""For so long a notice is tried: longer than a weekend without anybody at the receiver."""

DOUBLINGS_MAX: Final = 16


def next_hour(at: datetime, zone: tzinfo) -> datetime:
    """Return the next full hour of the district's clock, after ``at``."""
    local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    return local.astimezone(UTC) + HOUR


def next_daily(at: datetime, zone: tzinfo, *, hour: int) -> datetime:
    """Return when it is that hour of the day next, after ``at``."""
    day = at.astimezone(zone).date()
    today = datetime.combine(day, time(hour), zone).astimezone(UTC)
    if today > at:
        return today
    return datetime.combine(day + timedelta(days=1), time(hour), zone).astimezone(UTC)


def retry_at(at: datetime, *, attempts: int, asked: timedelta | None = None) -> datetime:
    """Return when to try again after so many attempts, or when the receiver asked for it."""
    doublings = min(max(attempts, 1) - 1, DOUBLINGS_MAX)
    pause: timedelta = min(FIRST_RETRY * (1 << doublings), LAST_RETRY)
    if asked is not None:
        pause = max(pause, min(asked, LAST_RETRY))
    return at + pause
