"""Three coordinate systems: there, back again, and which one a file may really be in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.coordinates import Crs, Points, from_wgs84, likely_crs, to_wgs84
from service.domain.coverage import EARTH_RADIUS_M

MOVED = [Crs.GCJ02, Crs.BD09]


def metres(one: Points, other: Points) -> Points:
    """Distances on a plane: enough for hundreds of metres."""
    east = np.radians(other[:, 0] - one[:, 0]) * np.cos(np.radians(one[:, 1]))
    north = np.radians(other[:, 1] - one[:, 1])
    distances: Points = EARTH_RADIUS_M * np.hypot(east, north)
    return distances


def at(lon: float, lat: float) -> Points:
    return np.array([[lon, lat]])


def test_the_published_examples_come_out() -> None:
    here = at(116.404, 39.915)
    gcj02 = from_wgs84(here, Crs.GCJ02)
    assert gcj02 == pytest.approx(at(116.41024449916938, 39.91640428150164), abs=1e-9)
    bd09_of_gcj02 = from_wgs84(to_wgs84(here, Crs.GCJ02), Crs.BD09)
    assert bd09_of_gcj02 == pytest.approx(at(116.41036949371029, 39.92133699351021), abs=1e-9)


@pytest.mark.parametrize("crs", MOVED)
@given(lon=st.floats(73.5, 135.0), lat=st.floats(3.5, 53.5))
def test_there_and_back_is_less_than_a_centimetre_in_china(
    crs: Crs, lon: float, lat: float
) -> None:
    here = at(lon, lat)
    there = from_wgs84(here, crs)
    assert metres(to_wgs84(there, crs), here) < 0.01
    assert 10.0 < metres(here, there) < 2_500.0


@pytest.mark.parametrize("crs", list(Crs))
@given(lon=st.floats(-180.0, 180.0), lat=st.floats(-90.0, 90.0))
def test_every_point_of_the_earth_has_an_answer(crs: Crs, lon: float, lat: float) -> None:
    for turned in (from_wgs84(at(lon, lat), crs), to_wgs84(at(lon, lat), crs)):
        assert turned.shape == (1, 2)
        assert np.isfinite(turned).all()


@pytest.mark.parametrize("where", [(-51.2, -30.1), (139.7, 35.7), (2.35, 48.85), (0.0, 0.0)])
def test_gcj02_is_wgs84_outside_china(where: tuple[float, float]) -> None:
    assert (from_wgs84(at(*where), Crs.GCJ02) == at(*where)).all()
    assert (to_wgs84(at(*where), Crs.GCJ02) == at(*where)).all()


def test_wgs84_is_left_as_it_is_and_no_points_are_none() -> None:
    here = at(117.02, 36.65)
    assert (to_wgs84(here, Crs.WGS84) == here).all()
    for crs in Crs:
        assert to_wgs84(np.empty((0, 2)), crs).shape == (0, 2)


def test_many_points_turn_like_each_alone() -> None:
    spread = np.stack([np.linspace(74, 134, 50), np.linspace(18, 53, 50)], axis=1)
    for crs in Crs:
        alone = np.concatenate([to_wgs84(one[None, :], crs) for one in spread])
        assert metres(to_wgs84(spread, crs), alone).max() < 0.001


def homes(count: int) -> Points:
    rng = np.random.default_rng(count)
    return np.stack([rng.uniform(117.0, 117.1, count), rng.uniform(36.6, 36.7, count)], axis=1)


@pytest.mark.parametrize("true", list(Crs))
@pytest.mark.parametrize("stated", list(Crs))
def test_the_true_system_is_hinted_at_where_another_is_stated(true: Crs, stated: Crs) -> None:
    known = homes(200)
    drifted = known + 0.00005  # Some six metres: the same places, placed by another hand.
    hint = likely_crs(
        from_wgs84(drifted, true), stated=stated, nearest_m=lambda points: metres(known, points)
    )
    assert hint is (None if stated is true else true)


def test_nothing_is_hinted_at_with_few_points_or_a_small_gain() -> None:
    known = homes(200)
    moved = from_wgs84(known, Crs.GCJ02)

    def near(points: Points) -> Points:
        return metres(known[: len(points)], points)

    assert likely_crs(moved[:19], stated=Crs.WGS84, nearest_m=near) is None
    assert likely_crs(moved[:20], stated=Crs.WGS84, nearest_m=near) is Crs.GCJ02
    assert (
        likely_crs(moved, stated=Crs.WGS84, nearest_m=lambda points: near(points) / 50) is None
    ), "five hundred metres, and ten: halved, but by less than twenty"
    assert (
        likely_crs(moved, stated=Crs.WGS84, nearest_m=lambda points: near(points) + 2_000) is None
    ), "five hundred metres less, and still far from everything"


def test_outside_china_no_system_is_better_than_wgs84() -> None:
    known = homes(100) - np.array([[168.0, 66.0]])
    hint = likely_crs(known, stated=Crs.GCJ02, nearest_m=lambda points: metres(known, points))
    assert hint is None
