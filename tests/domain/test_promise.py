from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Circle, Standing, at_hour
from service.domain.promise import (
    PromiseSums,
    Steps,
    integrate,
    local_days,
    moment_of,
    neighbours,
    promise_sums,
    seconds_of,
    steps_of,
)
from service.domain.reach import Relation
from tests.domain.test_circle import related

S = Standing
TOWNS = ("t0", "t1")
OUTLETS = 4


def lived(
    relation: Relation,
    people: list[int],
    stood: list[int],
    steps: Mapping[int, Steps],
    cuts: list[int],
) -> list[list[list[int]]]:
    towns = np.array([c % 2 for c in range(len(people))], dtype=np.int32)
    crowd = neighbours(relation, people=np.array(people, dtype=np.int64), towns=towns)
    sums = integrate(
        crowd,
        towns=len(TOWNS),
        stood=np.array(stood, dtype=np.int8),
        steps=steps,
        cuts=np.array(cuts, dtype=np.int64),
    )
    found: list[list[list[int]]] = sums.tolist()
    return found


def second_by_second(
    relation: Relation,
    people: list[int],
    stood: list[int],
    steps: Mapping[int, Steps],
    cuts: list[int],
) -> list[list[list[int]]]:
    """Ask the live circle at each second."""
    sums = np.zeros((len(cuts) - 1, len(TOWNS), len(S)), dtype=np.int64)
    for second in range(cuts[0], cuts[-1]):
        now = list(stood)
        for outlet, one in steps.items():
            now[outlet] = one.standing[one.at <= second][-1]
        circle = Circle(
            relation,
            people=np.array(people, dtype=np.int64),
            towns=np.array([c % 2 for c in range(len(people))], dtype=np.int32),
            town_codes=TOWNS,
            items=("item",),
            standings=np.array([now], dtype=np.int8),
        )
        day = sum(cut <= second for cut in cuts) - 1
        np.add.at(sums[day], (circle.towns, circle.best(0)), circle.people)
    found: list[list[list[int]]] = sums.tolist()
    return found


standings = st.sampled_from(S)
reaches = st.lists(
    st.sets(st.integers(0, OUTLETS - 1)).map(lambda found: dict.fromkeys(found, 1.0)),
    min_size=1,
    max_size=6,
)
turns = st.dictionaries(st.integers(1, 29), st.booleans(), max_size=4).map(
    lambda found: sorted(found.items())
)
changes = st.dictionaries(st.integers(1, 29), standings, max_size=4).map(
    lambda found: sorted(found.items())
)


@given(
    reaches,
    st.lists(st.integers(0, 2**40), min_size=6, max_size=6),
    st.lists(standings, min_size=OUTLETS, max_size=OUTLETS),
    st.dictionaries(
        st.integers(0, OUTLETS - 1), st.tuples(changes, st.booleans(), turns), max_size=OUTLETS
    ),
    st.sets(st.integers(1, 29), max_size=2),
)
def test_the_integral_is_what_the_live_circle_says_second_by_second(
    rows: list[dict[int, float]],
    crowd: list[int],
    stood: list[Standing],
    pasts: dict[int, tuple[list[tuple[int, Standing]], bool, list[tuple[int, bool]]]],
    midnights: set[int],
) -> None:
    relation, people = related(*rows, outlets=OUTLETS), crowd[: len(rows)]
    steps = {
        outlet: steps_of(0, stood[outlet], moves, is_open=is_open, openings=openings)
        for outlet, (moves, is_open, openings) in pasts.items()
    }
    cuts = [0, *sorted(midnights), 30]
    found = lived(relation, people, list(stood), steps, cuts)
    assert found == second_by_second(relation, people, list(stood), steps, cuts)
    for day, lengths in zip(found, np.diff(cuts).tolist(), strict=True):
        sums = [promise_sums(np.array(town)) for town in day]
        assert sum(one.promised_s for one in sums) == sum(people) * lengths
        assert all(one.promised_s == sum(one[1:]) for one in sums)


@given(standings, changes, st.booleans(), turns)
def test_hours_lie_over_what_an_outlet_has(
    stood: Standing,
    moves: list[tuple[int, Standing]],
    opens_at_begin: bool,  # noqa: FBT001 - drawn by Hypothesis
    openings: list[tuple[int, bool]],
) -> None:
    steps = steps_of(0, stood, moves, is_open=opens_at_begin, openings=openings)
    assert (steps.at[0], np.diff(steps.at).min(initial=1) > 0) == (0, True)
    for second in range(30):
        raw = [stood, *(one for at, one in moves if at <= second)][-1]
        is_open = [opens_at_begin, *(one for at, one in openings if at <= second)][-1]
        expected = at_hour(np.array([[raw]], dtype=np.int8), [is_open])[0, 0]
        assert steps.standing[steps.at <= second][-1] == expected


def test_the_parts_have_their_causes() -> None:
    by_standing = np.array([1, 2, 4, 8, 16, 32, 64])
    assert promise_sums(by_standing) == PromiseSums(
        promised_s=127, kept_s=64, unknown_s=48, never_s=1, machine_s=2, stock_s=4, closed_s=8
    )


def test_an_hour_s_outage_of_the_only_machine_is_an_hour_of_all_who_reach_it() -> None:
    relation = related({0: 1}, {0: 1, 1: 1}, {1: 1}, outlets=2)
    down = steps_of(
        0, S.IN_STOCK, [(600, S.MACHINE), (4_200, S.IN_STOCK)], is_open=True, openings=[]
    )
    [[[*town], other]] = lived(
        relation, [100, 10, 1], [S.IN_STOCK, S.IN_STOCK], {0: down}, [0, 86_400]
    )
    assert (town[S.MACHINE], town[S.IN_STOCK]) == (100 * 3_600, 101 * 86_400 - 100 * 3_600)
    assert other[S.IN_STOCK] == 10 * 86_400, "who reaches another lost nothing"


def test_those_who_share_one_fate_are_taken_as_one() -> None:
    relation = related({0: 1}, {0: 5, 1: 1}, {0: 9}, {0: 1}, {1: 7, 0: 2}, {}, outlets=2)
    towns = np.array([0, 0, 0, 1, 0, 0], dtype=np.int32)
    crowd = neighbours(relation, people=np.array([1, 2, 4, 8, 16, 32]), towns=towns)
    assert sorted(crowd.people.tolist()) == [1 + 4, 8, 2 + 16, 32]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Shanghai", date(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Santiago", date(2026, 9, 6), 23),
    ],
)
def test_a_local_day_has_its_own_length(zone: str, day: date, hours: float) -> None:
    noon_after = datetime(2026, day.month, day.day, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    days, cuts = local_days(day, noon_after.astimezone(UTC), ZoneInfo(zone))
    assert days == [day, day + timedelta(days=1)]
    assert np.diff(cuts)[0] == hours * 3_600


def test_days_end_where_the_moment_is_and_none_begins_at_its_very_begin() -> None:
    midnight = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
    shanghai = ZoneInfo("Asia/Shanghai")
    assert local_days(date(2026, 11, 19), midnight, shanghai)[0] == [date(2026, 11, 19)]
    days, cuts = local_days(date(2026, 11, 19), midnight + timedelta(seconds=1.9), shanghai)
    assert (len(days), cuts.tolist()[-2:]) == (2, [seconds_of(midnight), seconds_of(midnight) + 1])
    assert moment_of(seconds_of(midnight)) == midnight
