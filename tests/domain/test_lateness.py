"""How late facts came: each in one class, whose upper edge belongs to it."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.clocks import day_began
from service.domain.lateness import CLASSES_S, LATER_S, tally_lateness, within_s
from service.domain.liveness import Liveness, spoke_first
from tests.support.plans import NOW, ZONE
from tests.support.say import dispensed, fact

TODAY = date(2026, 11, 20)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("late", "upto_s"),
    [
        (timedelta(minutes=-5), 0),
        (timedelta(0), 0),
        (MICROSECOND, 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1) + MICROSECOND, 2),
        (timedelta(days=30), 30 * 86_400),
        (timedelta(days=30) + MICROSECOND, LATER_S),
    ],
)
def test_the_upper_edge_of_a_class_belongs_to_it(late: timedelta, upto_s: int) -> None:
    assert tally_lateness([fact(1, dispensed(), at=NOW - late)], ZONE) == {(TODAY, upto_s): 1}


@given(
    st.lists(
        st.tuples(
            st.integers(-300_000_000, 4_000_000_000_000), st.sampled_from([0, 0, 0, 1, 30_000])
        ),
        max_size=30,
    )
)
def test_a_batch_heard_at_one_moment_or_at_many_is_counted_alike(
    told: list[tuple[int, int]],
) -> None:
    facts = []
    for sequence, (late_us, heard_s) in enumerate(told, start=1):
        heard_at = NOW + timedelta(seconds=heard_s)
        happened_at = heard_at - timedelta(microseconds=late_us)
        facts.append(fact(sequence, dispensed(), at=happened_at, heard_at=heard_at))
    one_by_one: Counter[tuple[date, int]] = Counter()
    for one in facts:
        one_by_one.update(tally_lateness([one], ZONE))
    assert tally_lateness(facts, ZONE) == one_by_one
    at_once = [one for one in facts if one.heard_at == NOW]
    assert sum(tally_lateness(at_once, ZONE).values()) == len(at_once)


def test_facts_are_of_the_local_day_on_which_they_were_heard() -> None:
    heard = datetime.fromisoformat("2026-11-20T16:00:00+00:00")
    before = fact(1, dispensed(), at=NOW, heard_at=heard - MICROSECOND)
    after = fact(2, dispensed(), at=NOW, heard_at=heard)
    days = {day for day, _ in tally_lateness([before, after], ZONE)}
    assert days == {date(2026, 11, 20), date(2026, 11, 21)}


def test_a_share_is_told_by_the_edge_that_is_sure() -> None:
    classes = {1: 50, 5: 49, LATER_S: 1}
    assert [within_s(classes, share) for share in (0.5, 0.9, 0.99, 1.0)] == [1, 5, 5, None]
    assert within_s({}, 0.5) is None
    assert within_s(dict.fromkeys(CLASSES_S, 0), 0.5) is None
    assert all(one < other for one, other in pairwise(CLASSES_S))


@pytest.mark.parametrize(
    ("zone", "began"),
    [
        ("Asia/Shanghai", "2026-11-19T16:00:00+00:00"),
        ("Asia/Kathmandu", "2026-11-19T18:15:00+00:00"),
        ("America/New_York", "2026-11-20T05:00:00+00:00"),
        ("UTC", "2026-11-20T00:00:00+00:00"),
    ],
)
def test_a_local_day_begins_at_local_midnight(zone: str, began: str) -> None:
    assert day_began(NOW, ZoneInfo(zone)) == datetime.fromisoformat(began)


def test_a_kiosk_is_counted_by_its_first_word_of_a_day_alone() -> None:
    midnight = day_began(NOW, ZONE)
    never = Liveness(kiosk_id="K0001")
    yesterday = never.heard(midnight - MICROSECOND, online=True)
    today = never.heard(midnight, online=True)
    assert spoke_first(None, today, since=midnight)
    assert spoke_first(never, today, since=midnight)
    assert spoke_first(yesterday, today, since=midnight)
    assert not spoke_first(today, today.heard(NOW, online=True), since=midnight)
    # A will is no word of its own.
    assert not spoke_first(yesterday, yesterday.died(boot=0, at=NOW), since=midnight)
    assert not spoke_first(None, never, since=midnight)
