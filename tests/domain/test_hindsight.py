"""Hindsight: the same days under another policy, and a steady demand with its spread."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.hindsight import Outcome, PastDay, PlacePast, Steady, as_it_was, replay
from service.domain.policy import DEFAULT, Method, Policy

EVERY_DAY = Policy(method=Method.MIN_MAX, min_months=0.5, max_months=2, lead_days=0, review_days=1)


def past(wanted: list[int | None], held: int = 28) -> PlacePast:
    days = [PastDay(wanted_packs=packs) for packs in wanted]
    return PlacePast(days=days, held_packs=held, capacity_packs=28)


def test_what_really_was_is_summed_up_and_a_visit_of_two_items_is_one() -> None:
    filled = PastDay(wanted_packs=2, was_visited=True, brought_packs=9)
    empty = PastDay(wanted_packs=None, was_out=True, lost_packs=3)
    one = PlacePast(days=[filled, empty], held_packs=0, capacity_packs=28)
    places = {("K1", "a"): one, ("K1", "b"): one, ("K2", "a"): one}
    assert as_it_was(places) == Outcome(stock_out_days=3, visits=2, moved_packs=27, lost_packs=9.0)


def test_a_place_that_is_filled_in_time_loses_nobody() -> None:
    places = {("K1", "a"): past([1] * 90)}
    found = replay(places, {("K1", "a"): EVERY_DAY})
    assert (found.stock_out_days, found.lost_packs) == (0, 0.0)
    assert found.visits > 3
    assert found.moved_packs == pytest.approx(90, abs=28)


def test_a_place_that_nobody_looks_at_runs_out_and_loses_the_rest() -> None:
    lazy = replace(EVERY_DAY, review_days=92, min_months=0)
    found = replay({("K1", "a"): past([1] * 90)}, {("K1", "a"): lazy})
    # It is looked at on the first day only, when it is full.
    assert (found.visits, found.lost_packs) == (0, 62.0)
    assert found.stock_out_days == 63


def test_a_longer_lead_time_loses_more() -> None:
    places = {("K1", "a"): past([2] * 90)}
    lost = [
        replay(places, {("K1", "a"): replace(EVERY_DAY, min_months=0.1, lead_days=days)}).lost_packs
        for days in (0, 7, 30)
    ]
    assert lost == sorted(lost)
    assert lost[0] < lost[2]


def test_days_without_stock_want_what_days_in_stock_wanted() -> None:
    lazy = {("K1", "a"): replace(EVERY_DAY, review_days=92)}
    known = replay({("K1", "a"): past([2] * 90)}, lazy)
    half = replay({("K1", "a"): past([2] * 45 + [None] * 45)}, lazy)
    assert half == known


def test_whoever_comes_for_one_item_brings_the_others_too() -> None:
    places = {("K1", "a"): past([3] * 90), ("K1", "b"): past([1] * 90)}
    weekly = replace(DEFAULT, review_days=7)
    together = replay(places, dict.fromkeys(places, weekly))
    apart = sum(replay({place: one}, {place: weekly}).visits for place, one in places.items())
    assert together.visits < apart


def test_a_steady_demand_has_the_spread_of_vending_logs() -> None:
    demand = Steady(packs_per_day=1.2)
    assert demand.wanted_packs(10) == pytest.approx(12)
    chances = [
        demand.p_stock_out(packs, days=10) - demand.p_stock_out(packs + 1, days=10)
        for packs in range(80)
    ]
    mean = sum(packs * chance for packs, chance in enumerate(chances))
    variance = sum((packs - mean) ** 2 * chance for packs, chance in enumerate(chances))
    assert demand.p_stock_out(0, days=10) == 1
    assert mean == pytest.approx(12, abs=0.2)
    assert variance / mean == pytest.approx(1.4, abs=0.05)
    assert demand.expected_lost_packs(0, days=10) == pytest.approx(12)
    assert Steady(packs_per_day=0.0).quantile_packs(0.99, days=30) == 0


@given(st.floats(0.01, 60), st.integers(1, 60))
def test_more_stock_runs_out_less_often_and_loses_less(rate: float, days: int) -> None:
    demand = Steady(packs_per_day=rate)
    steps = range(0, 200, 40)
    chances = [demand.p_stock_out(packs, days=days) for packs in steps]
    lost = [demand.expected_lost_packs(packs, days=days) for packs in steps]
    assert all(a >= b - 1e-9 for a, b in pairwise(chances))
    assert all(a >= b - 1e-9 for a, b in pairwise(lost))
    enough = demand.quantile_packs(0.9, days=days)
    assert demand.p_stock_out(enough + 1, days=days) <= 0.1 + 1e-6
