"""What to do first: people brought back now and people-days of the week, each counted once."""

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.circle import PERHAPS, Standing
from service.domain.priorities import (
    DAY_MINUTES,
    WINDOW_DAYS,
    Action,
    Priority,
    Supply,
    prioritise,
    rank_week,
)
from service.domain.reach import Relation
from tests.support.decisions import reaches, reaching

S = Standing


def ranked(
    relation: Relation,
    people: list[int],
    standings: Sequence[Standing],
    *,
    days: dict[int, float] | None = None,
    shut: set[int] | None = None,
) -> dict[int, Priority]:
    size = range(len(relation.outlet_ids))
    supply = Supply(
        standings=np.array(standings, dtype=np.int8),
        is_open=np.array([one not in (shut or set()) for one in size], dtype=np.bool_),
        days_left=np.array([(days or {}).get(one, math.nan) for one in size]),
    )
    found = prioritise(relation, people=np.array(people, dtype=np.int64), supply=supply)
    return {one.outlet: one for one in found}


def test_whoever_has_another_outlet_in_stock_is_not_brought_back() -> None:
    relation = reaching([{0}, {0, 1}, {0, 2}], outlets=3)
    found = ranked(relation, [70, 20, 5], [S.EMPTY, S.IN_STOCK, S.UNKNOWN])
    assert list(found) == [0]
    assert (found[0].people, found[0].people_high, found[0].gain) == (70, 75, 70)
    assert found[0].action is Action.RESTOCK


def test_a_person_whom_two_outlets_would_bring_back_is_gained_once() -> None:
    relation = reaching([{0}, {0, 1}, {1}], outlets=2)
    found = ranked(relation, [30, 50, 10], [S.EMPTY, S.MACHINE])
    assert [(one.people, one.gain) for one in found.values()] == [(80, 80), (60, 10)]
    assert list(found) == [0, 1]
    assert found[1].action is Action.REPAIR


def test_a_shut_outlet_brings_nobody_back_now_but_keeps_the_week() -> None:
    relation = reaching([{0}], outlets=1)
    [one] = ranked(relation, [30], [S.EMPTY], shut={0}).values()
    assert (one.people, one.gain) == (0, 0)
    assert one.people_minutes == 30 * WINDOW_DAYS * DAY_MINUTES


def test_who_reaches_a_shut_outlet_with_stock_can_be_brought_back_now_and_loses_no_day() -> None:
    relation = reaching([{0, 1}], outlets=2)
    found = ranked(relation, [30], [S.EMPTY, S.IN_STOCK], shut={1})
    assert list(found) == [0]
    assert (found[0].people, found[0].people_minutes) == (30, 0)


def test_an_only_outlet_that_runs_out_in_two_days_costs_five_days_for_each() -> None:
    relation = reaching([{0}, {0, 1}], outlets=2)
    found = ranked(relation, [10, 100], [S.IN_STOCK, S.IN_STOCK], days={0: 2.0, 1: 6.0})
    assert found[0].people == found[1].people == 0
    # The hundred reach the second outlet too: they lose one day, whichever is filled.
    assert found[0].people_minutes == (10 * 5 + 100 * 1) * DAY_MINUTES
    assert found[1].people_minutes == 100 * 1 * DAY_MINUTES
    assert (found[0].gain_minutes, found[1].gain_minutes) == (150 * DAY_MINUTES, 0)


def test_a_week_of_stock_or_no_known_rate_is_no_reason_to_go() -> None:
    relation = reaching([{0}, {1}, {2}], outlets=3)
    lasting = {0: 7.0, 2: math.inf}
    assert ranked(relation, [5, 5, 5], [S.IN_STOCK] * 3, days=lasting) == {}


def test_a_silent_neighbour_leaves_the_week_between_low_and_high() -> None:
    relation = reaching([{0, 1}], outlets=2)
    [one] = ranked(relation, [10], [S.IN_STOCK, S.UNKNOWN], days={0: 3.0}).values()
    assert (one.people_minutes, one.people_minutes_high) == (0, 40 * DAY_MINUTES)
    assert ranked(relation, [10], [S.UNKNOWN, S.STOCK_UNKNOWN], days={0: 3.0}) == {}


@given(reaches(), st.data())
def test_priorities_equal_a_count_by_hand(
    drawn: tuple[Relation, NDArray[np.int64]], data: st.DataObject
) -> None:
    relation, people = drawn
    size = len(relation.outlet_ids)
    each = st.sampled_from([one for one in S if one is not S.CLOSED])
    standings = data.draw(st.lists(each, min_size=size, max_size=size))
    days = dict(enumerate(data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))))
    shut = data.draw(st.sets(st.integers(0, size - 1))) if size else set()
    floats = {outlet: float(left) for outlet, left in days.items()}
    found = ranked(relation, people.tolist(), standings, days=floats, shut=shut)
    for outlet in range(size):
        reached = relation.of_outlet(outlet)[0].tolist()
        down = standings[outlet] in {S.EMPTY, S.MACHINE}
        now = high = week = 0
        for community in reached:
            near = relation.of_community(community)[0].tolist()
            helped = {S.IN_STOCK, *PERHAPS}
            if not any(standings[one] in helped and one not in shut for one in near):
                now += int(people[community])
            if not any(standings[one] is S.IN_STOCK and one not in shut for one in near):
                high += int(people[community])
            lasts = [
                WINDOW_DAYS
                if standings[one] in PERHAPS
                else min(WINDOW_DAYS, days[one])
                if standings[one] is S.IN_STOCK
                else 0
                for one in near
            ]
            week += int(people[community]) * (WINDOW_DAYS - max(lasts))
        acts = down or (standings[outlet] is S.IN_STOCK and days[outlet] < WINDOW_DAYS)
        one = found.get(outlet)
        assert (one.people if one else 0) == (now if down and outlet not in shut else 0)
        assert (one.people_high if one else 0) == (high if down and outlet not in shut else 0)
        assert (one.people_minutes if one else 0) == (week * DAY_MINUTES if acts else 0)
    rows = list(found.values())
    assert all(one.people <= one.people_high for one in rows)
    assert all(one.people_minutes <= one.people_minutes_high for one in rows)
    assert all(one.gain <= one.people and one.gain_minutes <= one.people_minutes for one in rows)


@given(reaches(), st.data())
def test_gains_come_in_order_and_add_up_to_everybody_who_can_be_brought_back(
    drawn: tuple[Relation, NDArray[np.int64]], data: st.DataObject
) -> None:
    relation, people = drawn
    size = len(relation.outlet_ids)
    each = st.sampled_from([S.NEVER, S.EMPTY, S.MACHINE, S.IN_STOCK])
    standings = data.draw(st.lists(each, min_size=size, max_size=size))
    rows = list(ranked(relation, people.tolist(), standings, days={}).values())
    gains = [one.gain for one in rows]
    assert gains == sorted(gains, reverse=True)
    week = [one.gain_minutes for one in sorted(rows, key=rank_week)]
    assert week == sorted(week, reverse=True)
    lost = 0
    for community, count in enumerate(people.tolist()):
        near = {standings[one] for one in relation.of_community(community)[0].tolist()}
        lost += count if near & {S.EMPTY, S.MACHINE} and S.IN_STOCK not in near else 0
    assert sum(gains) == lost
    assert sum(week) == lost * WINDOW_DAYS * DAY_MINUTES
