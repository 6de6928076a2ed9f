"""Walking areas hold what is in reach along the streets, little else, and are fit to be drawn."""

import itertools

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.geo.areas import WIDEN_M, area_of, dissolved
from service.geo.network import Network, build_network
from service.geo.shapes import (
    DIGITS,
    HOLE_M2_MIN,
    SIMPLIFY_M,
    VERTICES_MAX,
    Geometry,
    Plane,
)
from service.geo.walks import OFF_NETWORK_M, snap
from tests.support.streets import LAT, LON, lon_lat_of, streets_of

BLOCK_M = 200.0
CROSSINGS = 5
BEYOND_M = 75.0
"""So far past the limit a street may be drawn: what lies beside its last piece, round a corner."""

PLANE = Plane(LON, LAT)


def shape_of(geometry: Geometry) -> shapely.Geometry:
    """Return an area in metres."""
    assert geometry["type"] == "MultiPolygon"
    shape = shapely.MultiPolygon([(rings[0], rings[1:]) for rings in geometry["coordinates"]])
    assert shapely.is_valid(shape), shapely.is_valid_reason(shape)
    return shapely.transform(shape, PLANE.to_metres)


def spot_of(lon_lat: NDArray[np.float64]) -> shapely.Geometry:
    return shapely.points(PLANE.to_metres(lon_lat))


@st.composite
def towns(draw: st.DrawFn) -> Network:
    """Draw a small town: square blocks, some of their streets missing."""
    places = [
        (BLOCK_M * column, BLOCK_M * row)
        for column, row in itertools.product(range(CROSSINGS), repeat=2)
    ]
    streets = [[one, one + 1] for one in range(CROSSINGS**2) if (one + 1) % CROSSINGS]
    streets += [[one, one + CROSSINGS] for one in range(CROSSINGS * (CROSSINGS - 1))]
    missing = draw(st.sets(st.sampled_from(range(len(streets))), max_size=18))
    kept = [street for number, street in enumerate(streets) if number not in missing]
    return build_network(streets_of(places, kept))


spots = st.tuples(*[st.floats(-60.0, BLOCK_M * (CROSSINGS - 1) + 60.0)] * 2)
limits = st.sampled_from([300.0, 450.0, 800.0])


def points_and_walks(
    network: Network, place: Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points on all streets, and the walk from each to a place, by another's Dijkstra."""
    graph = nx.Graph()
    graph.add_nodes_from(range(network.nodes))
    edges = list(zip(network.start, network.end, network.length_m, strict=True))
    graph.add_weighted_edges_from(edges)
    legs = snap(network, place[None])
    walk_m = nx.single_source_dijkstra_path_length(graph, int(legs.node[0]))
    points, walks = [], []
    for start, end, length_m in edges:
        for share in (0.0, 0.3, 0.5, 0.9):
            along = network.lon_lat[end] - network.lon_lat[start]
            points.append(network.lon_lat[start] + along * share)
            ways = (
                walk_m.get(start, np.inf) + share * length_m,
                walk_m.get(end, np.inf) + (1 - share) * length_m,
            )
            walks.append(min(ways) + legs.leg_m[0])
    return np.array(points), np.array(walks)


@settings(max_examples=40)
@given(towns(), spots, limits)
def test_an_area_holds_the_streets_within_the_limit_and_no_others(
    network: Network, spot: tuple[float, float], limit_m: float
) -> None:
    place = lon_lat_of([spot])[0]
    area = shape_of(area_of(network, *place, limit_m=limit_m))
    assert shapely.covers(area, spot_of(place)), "a place lies in its own area"
    points, walks_m = points_and_walks(network, place)
    inside = shapely.covers(area, spot_of(points))
    assert inside[walks_m <= limit_m].all()
    assert not inside[walks_m > limit_m + BEYOND_M].any()


@settings(max_examples=25)
@given(towns(), st.lists(spots, min_size=2, max_size=5), limits)
def test_the_dissolved_area_is_the_union_of_the_single_ones(
    network: Network, some: list[tuple[float, float]], limit_m: float
) -> None:
    places = lon_lat_of(some)
    whole = shape_of(dissolved(network, places, limit_m=limit_m))
    single = [shape_of(area_of(network, *place, limit_m=limit_m)) for place in places]
    differs = shapely.symmetric_difference(whole, shapely.union_all(single))
    # Edges may lie some metres apart, and a gap that only several areas enclose may be filled.
    apart = shapely.get_parts(shapely.buffer(differs, -2 * SIMPLIFY_M))
    assert (shapely.area(apart) < HOLE_M2_MIN).all()


def walks_from_nodes(network: Network, place: Points) -> NDArray[np.float64]:
    """Return the walk from each node to a place, by another's Dijkstra."""
    graph = nx.Graph()
    graph.add_nodes_from(range(network.nodes))
    edges = zip(network.start, network.end, network.length_m, strict=True)
    graph.add_weighted_edges_from(edges)
    legs = snap(network, place[None])
    if legs.is_off[0]:
        return np.full(network.nodes, np.inf)
    walk_m = nx.single_source_dijkstra_path_length(graph, int(legs.node[0]))
    return np.array([walk_m.get(one, np.inf) + legs.leg_m[0] for one in range(network.nodes)])


@settings(max_examples=25)
@given(towns(), spots, limits)
def test_an_area_holds_whom_the_circle_counts_and_nobody_else(
    network: Network, spot: tuple[float, float], limit_m: float
) -> None:
    place = lon_lat_of([spot])[0]
    area = shape_of(area_of(network, *place, limit_m=limit_m))
    side = np.arange(-650.0, 1_500.0, 53.0)
    asked = np.array(list(itertools.product(side, side)))
    nodes, node_m = PLANE.to_metres(network.lon_lat), walks_from_nodes(network, place)
    far_m = np.hypot(*(asked[:, None] - nodes).transpose(2, 0, 1))
    inside = shapely.covers(area, shapely.points(asked))

    def certain(clear_m: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return who is counted, and who is not, also when they stand a bit to the side."""
        may_be_nearest = far_m <= far_m.min(axis=1, keepdims=True) + 2 * clear_m
        left_m = np.minimum(limit_m - node_m, OFF_NETWORK_M)
        counted = (far_m + clear_m <= left_m) | ~may_be_nearest
        left_out = (far_m - clear_m > left_m) | ~may_be_nearest
        return counted.all(axis=1), left_out.all(axis=1)

    # What is smaller than a speck or a hole may be drawn otherwise.
    counted, _ = certain(30.0)
    _, left_out = certain(45.0)
    points, walks_m = points_and_walks(network, place)
    beside = PLANE.to_metres(points[walks_m <= limit_m + BEYOND_M])
    if len(beside):
        street_m = np.hypot(*(asked[:, None] - beside).transpose(2, 0, 1)).min(axis=1)
        left_out &= street_m > WIDEN_M + 45.0
    assert inside[counted].all()
    assert not inside[left_out].any()


def test_a_street_ends_where_the_limit_is_reached_and_who_lives_off_it_walks_to_it() -> None:
    street = build_network(streets_of([(0, 0), (2_000, 0)], [[0, 1]]))
    area = shape_of(area_of(street, *lon_lat_of([(0, 10)])[0], limit_m=777))
    west, south, east, north = area.bounds
    assert east == pytest.approx(777 - 10 + WIDEN_M, abs=10)
    # Nobody walks farther to a street than those who count as off it.
    assert (west, south, north) == pytest.approx((-500, -500, 500), abs=12)
    assert shapely.covers(area, shapely.points([(400, 330), (400, -330)])).all()
    assert not shapely.covers(area, shapely.points([(400, 400), (700, 100)])).any()


def square(side_m: float) -> Network:
    corners = [(0.0, 0.0), (side_m, 0.0), (side_m, side_m), (0.0, side_m)]
    return build_network(streets_of(corners, [[0, 1, 2, 3, 0]]))


def test_a_block_between_streets_in_reach_is_filled() -> None:
    for side_m in (90.0, 300.0, 600.0):
        network = square(side_m)
        area = shape_of(area_of(network, *network.lon_lat[0], limit_m=2_000))
        assert shapely.covers(area, shapely.Point(side_m / 2, side_m / 2)), side_m
        assert shapely.get_num_interior_rings(area.geoms[0]) == 0


def walled_estate() -> Network:
    """Return a large block, and within it the streets of an estate that no street leads to."""
    around = [(0.0, 0.0), (600.0, 0.0), (600.0, 600.0), (0.0, 600.0)]
    estate = [(200.0, 200.0), (400.0, 200.0), (400.0, 400.0), (200.0, 400.0)]
    return build_network(streets_of(around + estate, [[0, 1, 2, 3, 0], [4, 5, 6, 7, 4]]))


def test_an_estate_that_no_street_leads_to_is_a_hole_in_the_area_around_it() -> None:
    area = shape_of(area_of(walled_estate(), LON, LAT, limit_m=2_000))
    assert [shapely.get_num_interior_rings(one) for one in area.geoms] == [1]
    assert not shapely.covers(area, shapely.points([(300, 300), (200, 300), (180, 300)])).any()
    assert shapely.covers(area, shapely.points([(0, 300), (60, 300), (-400, 300)])).all()
    both = lon_lat_of([(0, 0), (200, 200)])
    whole = shape_of(dissolved(walled_estate(), both, limit_m=2_000))
    assert shapely.covers(whole, shapely.Point(300, 300))
    assert [shapely.get_num_interior_rings(one) for one in whole.geoms] == [0]


def test_rings_are_closed_rounded_and_turn_as_geojson_wants() -> None:
    geometry = area_of(walled_estate(), LON, LAT, limit_m=2_000)
    [[outer, hole]] = geometry["coordinates"]
    for ring, turns_left in ((outer, True), (hole, False)):
        assert ring[0] == ring[-1]
        assert shapely.LinearRing(ring).is_ccw == turns_left
        assert all(number == round(number, DIGITS) for corner in ring for number in corner)


def test_without_streets_an_area_is_a_circle_of_the_straight_line() -> None:
    area = shape_of(area_of(None, LON, LAT, limit_m=1_000))
    assert area.area == pytest.approx(np.pi * (1_000 / 1.4) ** 2, rel=0.02)
    assert area.bounds == pytest.approx((-714, -714, 714, 714), abs=6)
    two = shape_of(dissolved(None, lon_lat_of([(0, 0), (500, 0), (9_000, 0)]), limit_m=1_000))
    assert len(two.geoms) == 2


def test_who_is_off_the_network_has_no_area_along_the_streets() -> None:
    street = build_network(streets_of([(0, 0), (2_000, 0)], [[0, 1]]))
    nothing = {"type": "MultiPolygon", "coordinates": []}
    assert area_of(street, *lon_lat_of([(0, 520)])[0], limit_m=1_000) == nothing
    assert area_of(build_network(streets_of([], [])), LON, LAT, limit_m=1_000) == nothing
    assert dissolved(street, np.empty((0, 2)), limit_m=1_000) == nothing
    far_and_near = lon_lat_of([(0, 520), (1_000, 0)])
    assert dissolved(street, far_and_near, limit_m=400) == area_of(
        street, *far_and_near[1], limit_m=400
    )


def test_an_area_has_no_more_corners_than_a_page_can_draw() -> None:
    side = range(60)
    many = lon_lat_of([(1_500.0 * x, 1_500.0 * y) for x, y in itertools.product(side, repeat=2)])
    told: list[float] = []
    geometry = dissolved(None, many, limit_m=1_000, tell=told.append)
    assert len(geometry["coordinates"]) == len(many)
    corners = sum(len(ring) for polygon in geometry["coordinates"] for ring in polygon)
    assert corners <= VERTICES_MAX
    assert told == sorted(told)
    assert told[-1] == 1.0
