"""A day hour by hour: exact, with each local day's own length."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Circle, Standing, at_hour
from service.domain.hours import hour_cuts, sum_hours, turns_of
from tests.domain.test_circle import circle, reaches, related

S = Standing


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 11, 20), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Kathmandu", date(2026, 11, 20), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 24),
    ],
)
def test_a_local_day_has_the_hours_that_it_has(zone: str, day: date, hours: int) -> None:
    cuts = hour_cuts(day, ZoneInfo(zone))
    assert cuts.size == hours + 1
    assert set(np.diff(cuts[:-1]).tolist()) == {3_600}
    assert 0 < cuts[-1] - cuts[-2] <= 3_600, "half an hour is left where clocks move by half of one"


def _now(
    raw: list[S], is_open: list[bool], stood: dict[int, Any], opened: dict[int, Any], at: int
) -> list[int]:
    """Return how outlets stand at a second, told one by one."""
    raw, is_open = list(raw), list(is_open)
    for second in range(at + 1):
        for outlet, standing in stood.get(second, {}).items():
            raw[outlet] = standing
        for outlet, opens in opened.get(second, {}).items():
            is_open[outlet] = opens
    found: list[int] = at_hour(np.array([raw], dtype=np.int8), is_open)[0].tolist()
    return found


_moments = st.integers(0, 14)
_standings = st.sampled_from(list(S))


@given(
    reaches,
    st.lists(_standings, min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.dictionaries(_moments, st.dictionaries(st.integers(0, 3), _standings, min_size=1)),
    st.dictionaries(_moments, st.dictionaries(st.integers(0, 3), st.booleans(), min_size=1)),
)
def test_hours_add_up_to_what_was_second_by_second(
    rows: list[dict[int, float]],
    raw: list[S],
    is_open: list[bool],
    stood: dict[int, dict[int, S]],
    opened: dict[int, dict[int, bool]],
) -> None:
    relation, people = related(*rows, outlets=4), list(range(1, len(rows) + 1))
    cuts = np.array([0, 5, 7, 12], dtype=np.int64)
    first = np.array(raw, dtype=np.int8)

    def standing(states: list[int]) -> Circle:
        return circle(relation, [states], people)

    begun = at_hour(first.reshape(1, 4), is_open)[0].tolist()
    turns = turns_of(first, np.array(is_open, dtype=np.bool_), stood=stood, opened=opened)
    found = sum_hours(standing(begun), turns, cuts)
    for hour, (begin, end) in enumerate(((0, 5), (5, 7), (7, 12))):
        each = [standing(_now(raw, is_open, stood, opened, at)).sums(0) for at in range(begin, end)]
        assert found.by_best[hour].tolist() == np.sum([best for best, _ in each], axis=0).tolist()
        assert (
            found.by_working[hour].tolist()
            == np.sum([working for _, working in each], axis=0).tolist()
        )
    assert first.tolist() == raw, "what was given stays as it was"
