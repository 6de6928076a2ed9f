"""Which month a fact belongs to, and which facts came after their month was closed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.months import (
    ClosedMonths,
    Closing,
    first_day,
    month_instants,
    why_not_close,
)
from tests.support.plans import ZONE

MAY = date(2026, 5, 1)
JUNE_BEGINS = datetime(2026, 5, 31, 16, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def _closed(month: date, at: datetime) -> Closing:
    return Closing(month=month, closed_at=at, closed_by="office")


def test_a_month_ends_where_the_district_says_so() -> None:
    assert first_day(JUNE_BEGINS - INSTANT, ZONE) == MAY
    assert first_day(JUNE_BEGINS, ZONE) == date(2026, 6, 1)
    assert month_instants(MAY, ZONE) == (datetime(2026, 4, 30, 16, tzinfo=UTC), JUNE_BEGINS)
    berlin = ZoneInfo("Europe/Berlin")
    begin, end = month_instants(date(2026, 3, 1), berlin)
    assert end - begin == timedelta(days=31, hours=-1), "a day of March has 23 hours there"


def test_only_a_month_that_is_over_and_open_can_be_closed() -> None:
    assert why_not_close(MAY, [], at=JUNE_BEGINS, zone=ZONE) == ""
    early = why_not_close(MAY, [], at=JUNE_BEGINS - INSTANT, zone=ZONE)
    assert early == "2026-05 is not over in the district"
    closed = [_closed(MAY, JUNE_BEGINS)]
    assert why_not_close(MAY, closed, at=JUNE_BEGINS, zone=ZONE) == "2026-05 is closed already"


def test_a_fact_is_late_where_it_was_heard_after_its_own_months_close() -> None:
    closed_at = JUNE_BEGINS + timedelta(days=3)
    april_at = closed_at - timedelta(days=30)
    months = ClosedMonths([_closed(MAY, closed_at), _closed(date(2026, 4, 1), april_at)], ZONE)
    inside = JUNE_BEGINS - INSTANT
    assert months.is_late(inside, closed_at + INSTANT)
    assert not months.is_late(inside, closed_at), "what was heard by then is in the figures"
    assert not months.is_late(JUNE_BEGINS, closed_at + INSTANT), "June is open"
    assert months.is_late(datetime(2026, 4, 30, 15, tzinfo=UTC), april_at + INSTANT)
    assert not months.is_late(datetime(2026, 3, 31, 15, tzinfo=UTC), closed_at + INSTANT)
    assert not ClosedMonths([], ZONE).is_late(inside, closed_at)
