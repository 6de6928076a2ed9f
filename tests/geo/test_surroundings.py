"""What lies around a file's points: towns, the border, streets, and whether they are elsewhere."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.geo.nearby import Nearby
from service.geo.surroundings import Surroundings
from service.geo.towns import Border, Towns, area_of

RADIUS_M = 6_371_008.8
NOWHERE = np.empty((0, 2))

Spot = tuple[float, float]


def square(west: float, south: float, size: float = 1.0) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def great_circle_m(one: Spot, other: Spot) -> float:
    (lon_1, lat_1), (lon_2, lat_2) = (tuple(map(math.radians, spot)) for spot in (one, other))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * RADIUS_M * math.asin(math.sqrt(min(1.0, half)))


SPOTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(places=st.lists(SPOTS, min_size=1, max_size=8), spot=SPOTS)
def test_the_nearest_is_nearest_anywhere_on_the_globe(places: list[Spot], spot: Spot) -> None:
    metres, index = Nearby(np.array(places)).nearest(np.array([spot]))
    all_m = [great_circle_m(spot, place) for place in places]
    # Near the other side of the globe the two formulas agree to metres only.
    assert metres[0] == pytest.approx(min(all_m), rel=1e-6, abs=2.0)
    assert all_m[index[0]] == pytest.approx(min(all_m), rel=1e-6, abs=2.0)


def test_nothing_is_near_to_nothing() -> None:
    metres, index = Nearby(NOWHERE).nearest(np.array([(105.0, 30.0)]))
    assert (metres[0], index[0]) == (math.inf, -1)


def test_a_point_is_in_the_area_that_holds_it_and_else_with_its_nearest_place() -> None:
    towns = Towns(
        [("one", square(0, 0)), ("two", square(1, 0)), ("none", {"type": "Point"})],
        places=np.array([(5.0, 5.0), (-5.0, 5.0)]),
        town_codes=["far", "west"],
    )
    points = np.array([(0.5, 0.5), (1.5, 0.5), (1.0, 0.5), (4.0, 4.0), (-4.0, 4.0)])
    assert towns.of(points) == ["one", "two", "one", "far", "west"]
    unknown = Towns([], places=NOWHERE, town_codes=[])
    assert unknown.of(points[:1]) == [""]


def test_a_border_is_an_area_or_the_lines_around_one() -> None:
    ring = square(0, 0)["coordinates"][0]
    line = {"type": "LineString", "coordinates": ring}
    points = np.array([(0.5, 0.5), (1.5, 0.5)])
    for border in (Border([square(0, 0)]), Border([line]), Border([square(5, 5), line])):
        assert border.is_drawn
        assert border.holds(points).tolist() == [True, False]
    assert not Border([]).is_drawn
    assert Border([]).holds(points).tolist() == [False, False]


@pytest.mark.parametrize(
    "geometry",
    [
        {},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [["a", "b"]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
        {"type": "Star", "coordinates": [0, 0]},
    ],
)
def test_what_covers_nothing_is_no_area(geometry: dict[str, Any]) -> None:
    assert area_of(geometry) is None


def around(**more: Any) -> Surroundings:  # noqa: ANN401 - any of its arguments
    usual: dict[str, Any] = {
        "areas": [],
        "boundaries": [],
        "places": NOWHERE,
        "town_codes": [],
        "streets": None,
    }
    return Surroundings(**usual | more)


def test_far_is_from_everything_there_is() -> None:
    points = np.array([(0.0, 0.0), (10.0, 0.0), (20.0, 0.5), (20.0, 2.0)])
    degree_m = math.radians(1.0) * RADIUS_M
    known = around(
        places=np.array([(0.0, 0.0)]),
        town_codes=["a"],
        streets=np.array([(10.0, 0.0)]),
        boundaries=[square(19.5, 0)],
    )
    # Inside the boundary nothing is far, however far its corners are.
    expected = [0.0, 0.0, 0.0]
    assert known.known_m(points)[:3] == pytest.approx(expected, abs=1e-3)
    assert known.known_m(points)[3] == pytest.approx(degree_m * math.hypot(1, 0.5), rel=1e-3)
    assert known.outside(points).tolist() == [True, True, False, True]
    assert known.street_m(points)[0] == pytest.approx(10 * degree_m)


def test_where_nothing_is_known_a_file_s_midst_is_the_district() -> None:
    points = np.array([(105.0 + step / 100, 30.0) for step in range(9)] + [(0.0, 0.0), (0.0, 0.1)])
    far = around().known_m(points) > 50_000
    assert far.tolist() == [False] * 9 + [True] * 2
    assert not around().outside(points).any()
    assert not around().has_streets
