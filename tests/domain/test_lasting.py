"""How long stock lasts: only time in stock counts, and too little of it is no forecast."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Standing
from service.domain.lasting import Turn, in_stock_days, last

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=28)
S = Standing


def turn(day: float, standing: Standing, outlet: str = "K0001") -> Turn:
    return Turn(BEGIN + timedelta(days=day), outlet, standing)


def test_stock_lasts_packs_on_hand_over_packs_a_day_in_stock() -> None:
    found = last(on_hand_packs=10, packs=28, in_stock_days=14.0)
    assert (found.packs_per_day, found.days_left) == (2.0, 5.0)


def test_where_nothing_goes_stock_lasts_for_ever() -> None:
    assert last(on_hand_packs=3, packs=0, in_stock_days=28.0).days_left == math.inf


def test_an_afternoon_in_stock_is_no_forecast() -> None:
    assert last(on_hand_packs=3, packs=9, in_stock_days=2.9).days_left is None
    assert last(on_hand_packs=3, packs=9, in_stock_days=3.0).days_left == 1.0
    assert last(on_hand_packs=None, packs=9, in_stock_days=9.0).days_left is None


@pytest.mark.parametrize(
    ("turns", "days"),
    [
        ([], 0),
        ([turn(-3, S.IN_STOCK)], 28),
        ([turn(-3, S.IN_STOCK), turn(7, S.EMPTY)], 7),
        ([turn(-3, S.EMPTY), turn(7, S.IN_STOCK), turn(9.5, S.UNKNOWN)], 2.5),
        ([turn(10, S.IN_STOCK), turn(12, S.MACHINE), turn(20, S.IN_STOCK)], 10),
        ([turn(0, S.IN_STOCK), turn(27, S.IN_STOCK), turn(28, S.EMPTY)], 28),
        ([turn(0, S.IN_STOCK), turn(30, S.EMPTY)], 28),
    ],
)
def test_days_in_stock_are_those_within_the_window(turns: list[Turn], days: float) -> None:
    assert in_stock_days(turns, begin=BEGIN, end=END) == pytest.approx(days)


def test_two_machines_of_one_place_count_their_common_days_once() -> None:
    turns = [
        turn(0, S.IN_STOCK),
        turn(5, S.IN_STOCK, "K0002"),
        turn(10, S.EMPTY),
        turn(12, S.EMPTY, "K0002"),
    ]
    assert in_stock_days(turns, begin=BEGIN, end=END) == pytest.approx(12)


@given(
    st.lists(
        st.tuples(st.integers(-5, 33), st.sampled_from(["K0001", "K0002"]), st.sampled_from(S)),
        max_size=12,
    )
)
def test_days_in_stock_equal_a_look_at_every_day(drawn: list[tuple[int, str, Standing]]) -> None:
    turns = [turn(day, standing, outlet) for day, outlet, standing in sorted(drawn)]
    expected = 0
    for day in range(28):
        now = {one.outlet_id: one.standing for one in turns if one.at <= turn(day, S.EMPTY).at}
        expected += S.IN_STOCK in now.values()
    assert in_stock_days(turns, begin=BEGIN, end=END) == pytest.approx(expected)
