"""The circle: who is covered, counted by brute force beside it, and never a guess."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.coverage import DETOUR, Standing, cover, estimate_walk_m, gaps

INT8 = NDArray[np.int8]


@st.composite
def _circles(draw: st.DrawFn) -> tuple[NDArray[np.bool_], NDArray[np.int64], INT8, INT8]:
    communities, outlets = draw(st.integers(0, 6)), draw(st.integers(0, 5))
    cells = draw(st.lists(st.booleans(), min_size=30, max_size=30))
    reach = np.array(cells[: communities * outlets], dtype=bool).reshape(communities, outlets)
    people = draw(st.lists(st.integers(0, 900), min_size=communities, max_size=communities))
    pairs = [(0, 0), (1, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=outlets, max_size=outlets))
    standings = np.array(chosen, dtype=np.int8).reshape(-1, 2)
    return reach, np.array(people, dtype=np.int64), standings[:, 0], standings[:, 1]


def _by_hand(
    reach: NDArray[np.bool_], people: NDArray[np.int64], standing: INT8, least: int
) -> int:
    total = 0
    for community in range(len(people)):
        for outlet in range(len(standing)):
            if reach[community, outlet] and standing[outlet] >= least:
                total += int(people[community])
                break
    return total


@given(_circles())
def test_coverage_equals_a_count_by_hand(
    circle: tuple[NDArray[np.bool_], NDArray[np.int64], INT8, INT8],
) -> None:
    reach, people, working, in_stock = circle
    result = cover("condom-52", reach=reach, people=people, working=working, in_stock=in_stock)
    assert result.people_installed == _by_hand(reach, people, working, 1)
    assert result.people_working_low == _by_hand(reach, people, working, 3)
    assert result.people_working_high == _by_hand(reach, people, working, 2)
    assert result.people_in_stock_low == _by_hand(reach, people, in_stock, 3)
    assert result.people_in_stock_high == _by_hand(reach, people, in_stock, 2)


@given(_circles())
def test_each_coverage_lies_within_the_one_before_it(
    circle: tuple[NDArray[np.bool_], NDArray[np.int64], INT8, INT8],
) -> None:
    reach, people, working, in_stock = circle
    one = cover("condom-52", reach=reach, people=people, working=working, in_stock=in_stock)
    steps = (
        (one.people_in_stock_low, one.people_in_stock_high),
        (one.people_working_low, one.people_working_high),
        (one.people_installed, int(people.sum())),
    )
    assert all(low <= high for low, high in steps)
    assert all(inner[0] <= outer[0] and inner[1] <= outer[1] for inner, outer in pairwise(steps))


@given(_circles())
def test_a_gap_is_a_community_that_was_served_and_surely_is_not(
    circle: tuple[NDArray[np.bool_], NDArray[np.int64], INT8, INT8],
) -> None:
    reach, _, _, in_stock = circle
    for row, flagged in zip(reach, gaps(reach=reach, in_stock=in_stock), strict=True):
        near = [Standing(value) for value in in_stock[row]]
        carrying = [one for one in near if one is not Standing.NEVER]
        assert flagged == (bool(carrying) and all(one is Standing.NO for one in carrying))


def test_an_unknown_outlet_makes_an_interval_and_no_gap() -> None:
    reach = np.array([[True]])
    unknown = np.array([Standing.UNKNOWN], dtype=np.int8)
    people = np.array([70])
    one = cover("condom-52", reach=reach, people=people, working=unknown, in_stock=unknown)
    assert (one.people_installed, one.people_in_stock_low, one.people_in_stock_high) == (70, 0, 70)
    assert not gaps(reach=reach, in_stock=unknown).any()


def test_a_walk_is_the_straight_line_and_two_fifths_more() -> None:
    here = np.array([[104.0, 30.0]])
    a_minute_north = np.array([[104.0, 30.0 + 1 / 60]])
    [[walk_m]] = estimate_walk_m(here, a_minute_north)
    assert walk_m / DETOUR == pytest.approx(1_853.2, abs=1.0), "an arc minute is a nautical mile"
    [[east_m]] = estimate_walk_m(here, np.array([[104.0 + 1 / 60, 30.0]]))
    assert east_m / walk_m == pytest.approx(np.cos(np.radians(30)), abs=1e-4)


def test_walks_are_given_from_each_place_to_each_other_also_where_there_is_none() -> None:
    here = np.array([[104.0, 30.0], [104.1, 30.0], [104.2, 30.0]])
    there = np.array([[104.0, 30.0], [104.1, 30.0]])
    walks = estimate_walk_m(here, there)
    assert walks.shape == (3, 2)
    assert walks[0, 0] == walks[1, 1] == 0
    assert estimate_walk_m(here, np.empty((0, 2))).shape == (3, 0)
