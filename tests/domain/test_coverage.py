"""The walk by straight line, where no street is known."""

import numpy as np
import pytest

from service.domain.coverage import DETOUR, estimate_walk_m


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
