"""How far it is between places: along streets where there are any, else by the straight line."""

import numpy as np
import pytest

from service.geo.network import Network, haversine_m
from service.geo.roads import CROW_FACTOR, Roads

PLACES = np.array([[105.0, 30.0], [105.01, 30.0], [105.01, 30.01], [106.0, 30.0]])
"""Three corners of a street that turns, and a place far from any street."""


def corner() -> Network:
    """Return a street east, then north."""
    lon_lat = PLACES[:3]
    start, end = np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    return Network(
        lon_lat=lon_lat, start=start, end=end, length_m=haversine_m(lon_lat[:2], lon_lat[1:])
    )


def test_the_way_goes_round_the_corner_and_is_as_long_back() -> None:
    ways = Roads(corner)(PLACES[:3])
    there = haversine_m(PLACES[:1], PLACES[1:2])[0] + haversine_m(PLACES[1:2], PLACES[2:3])[0]
    assert ways.metres[0, 2] == pytest.approx(there)
    assert np.array_equal(ways.metres, ways.metres.T)
    assert not ways.estimates.any()
    assert (np.diag(ways.metres) == 0).all()


def test_a_place_off_the_streets_has_an_estimate_and_the_others_have_none() -> None:
    ways = Roads(corner)(PLACES)
    assert ways.estimates[3].tolist() == [True, True, True, False]
    assert not ways.estimates[:3, :3].any()
    straight = haversine_m(PLACES[:1], PLACES[3:])[0]
    assert ways.metres[0, 3] == pytest.approx(CROW_FACTOR * straight)


def test_without_streets_all_is_an_estimate() -> None:
    ways = Roads(lambda: None)(PLACES[:2])
    assert ways.estimates.tolist() == [[False, True], [True, False]]
    assert ways.metres[0, 1] == pytest.approx(CROW_FACTOR * haversine_m(PLACES[:1], PLACES[1:2])[0])


def test_two_places_at_one_point_are_no_way_apart() -> None:
    twice = np.vstack([PLACES[:1], PLACES[:1], PLACES[1:2]])
    assert Roads(corner)(twice).metres[0, 1] == 0
