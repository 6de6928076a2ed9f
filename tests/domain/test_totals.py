"""Tallies and the clock they go by: the district's own hours, days and months."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.clocks import (
    AHEAD_MAX,
    NOT_BEFORE,
    is_ahead,
    is_ancient,
    local_hour,
    month_days,
    month_of,
)
from service.domain.facts import Fact, Outcome, What
from service.domain.totals import Tally, tally
from tests.domain.test_stock import WHATS
from tests.support.plans import NOW, SITES, ZONE
from tests.support.say import counted, dispensed, fact, faulted, restocked

ZONES = (
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Apia",
    "UTC",
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
FACTS = st.lists(
    st.builds(fact, st.integers(1, 300), WHATS, kiosk=st.sampled_from(sorted(SITES)), at=MOMENTS),
    max_size=12,
)


def _tallied(facts: list[Fact], zone: str = "Asia/Shanghai") -> tuple[object, object]:
    both = tally(facts, site_of=SITES.__getitem__, zone=ZoneInfo(zone))
    return both.hourly, both.daily


@pytest.mark.parametrize(
    ("zone", "at", "hour", "day"),
    [
        ("Asia/Shanghai", "2026-11-20T16:30", "2026-11-20T16:00", date(2026, 11, 21)),
        ("Asia/Shanghai", "2026-11-30T16:00", "2026-11-30T16:00", date(2026, 12, 1)),
        ("Asia/Shanghai", "2026-11-30T15:59", "2026-11-30T15:00", date(2026, 11, 30)),
        ("Asia/Kolkata", "2026-11-20T18:29", "2026-11-20T17:30", date(2026, 11, 20)),
        ("Asia/Kolkata", "2026-11-20T18:30", "2026-11-20T18:30", date(2026, 11, 21)),
        ("Asia/Kathmandu", "2026-11-20T10:14", "2026-11-20T09:15", date(2026, 11, 20)),
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-25T00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T01:30", "2026-10-25T01:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-03-29T01:30", "2026-03-29T01:00", date(2026, 3, 29)),
    ],
)
def test_an_hour_begins_where_the_districts_own_clock_says(
    zone: str, at: str, hour: str, day: date
) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(hour).replace(tzinfo=UTC)
    assert local_hour(moment, ZoneInfo(zone)) == (expected, day)


@given(MOMENTS, st.sampled_from(ZONES))
def test_every_moment_lies_in_its_hour_and_its_day(at: datetime, zone: str) -> None:
    start, day = local_hour(at, ZoneInfo(zone))
    assert start <= at < start + timedelta(hours=2), "an hour can last 90 minutes on Lord Howe"
    assert day == at.astimezone(ZoneInfo(zone)).date()
    assert local_hour(start, ZoneInfo(zone)) == (start, day)


def test_a_month_ends_where_the_next_begins_also_at_new_year() -> None:
    assert month_days("2026-12") == (date(2026, 12, 1), date(2027, 1, 1))
    assert month_days("2028-02") == (date(2028, 2, 1), date(2028, 3, 1))
    assert month_of(date(2026, 2, 28)) == "2026-02"


@given(st.dates(date(2020, 1, 1), date(2999, 11, 30)))
def test_a_day_lies_in_its_own_month_alone(day: date) -> None:
    first, following = month_days(month_of(day))
    assert first <= day < following
    assert first.day == following.day == 1


def test_a_clock_may_run_five_minutes_ahead_and_not_a_moment_more() -> None:
    assert not is_ahead(NOW + AHEAD_MAX, NOW)
    assert is_ahead(NOW + AHEAD_MAX + timedelta(microseconds=1), NOW)
    assert is_ancient(NOT_BEFORE - timedelta(microseconds=1))
    assert not is_ancient(NOT_BEFORE)


def test_each_outcome_counts_in_a_column_of_its_own() -> None:
    whats: list[What] = [
        dispensed(packs=2),
        dispensed(outcome=Outcome.JAMMED),
        dispensed(outcome=Outcome.EMPTY, packs=3),
        dispensed(outcome=Outcome.REFUSED),
        restocked(20, added=9, removed=2),
        counted(20),
        faulted(),
    ]
    facts = [fact(number, what, at=NOW) for number, what in enumerate(whats, 1)]
    both = tally(facts, site_of=SITES.__getitem__, zone=ZONE)
    expected = Tally(
        dispensed_packs=2,
        dispensed_units=20,
        empty_asks=1,
        jams=1,
        refusals=1,
        restocked_packs=9,
        removed_packs=2,
    )
    assert both.hourly == {("S001", "condom-52", NOW): expected}
    assert both.daily == {("S001", "condom-52", date(2026, 11, 20)): expected}
    assert expected.values() == (2, 20, 1, 1, 1, 9, 2)


def test_two_kiosks_of_one_site_add_up_there() -> None:
    facts = [fact(1, dispensed(), kiosk=kiosk, at=NOW) for kiosk in ("K0002", "K0003")]
    both = tally(facts, site_of=SITES.__getitem__, zone=ZONE)
    assert [one.dispensed_packs for one in both.daily.values()] == [2]


@given(FACTS, st.integers(0, 12), st.sampled_from(ZONES), st.randoms(use_true_random=False))
def test_tallies_add_up_in_any_split_and_order(
    facts: list[Fact], cut: int, zone: str, chance: object
) -> None:
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's Random
    summed: list[dict[object, tuple[int, ...]]] = [{}, {}]
    for part in (shuffled[:cut], shuffled[cut:]):
        for book, sums in zip(summed, _tallied(part, zone), strict=True):
            assert isinstance(sums, dict)
            for place, one in sums.items():
                before = book.get(place, (0,) * 7)
                book[place] = tuple(a + b for a, b in zip(before, one.values(), strict=True))
    for book, sums in zip(summed, _tallied(facts, zone), strict=True):
        assert isinstance(sums, dict)
        assert book == {place: one.values() for place, one in sums.items()}
