"""Small worlds of streets and places, and the walks that brute force finds in them."""

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.reach import Relation
from service.geo.network import Network
from service.geo.osm_file import Streets
from service.geo.relation import estimate, relate
from tests.support.streets import lon_lat_of, streets_of

Spot = tuple[float, float]
Walks = dict[tuple[int, int], float]
Places = NDArray[np.float64]
Ids = tuple[str, ...]

EXACT_M = 1e-3
"""Two ways of reckoning agree within a millimetre, and on who is within the limit."""


def metres_between(a: Spot, b: Spot) -> float:
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*a, *b))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def graph_of(streets: Streets) -> nx.Graph:
    """Cut the streets by the rule, written here once more: nodes are places."""
    graph = nx.Graph()
    places = [(lon, lat) for lon, lat in streets.lon_lat.tolist()]
    for begin, end in pairwise(streets.starts.tolist()):
        for at, to in pairwise(streets.steps[begin:end].tolist()):
            if at < 0 or to < 0 or places[at] == places[to]:
                continue
            (lon, lat), (lon_2, lat_2) = a, b = sorted((places[at], places[to]))
            parts = math.ceil(metres_between(a, b) / 50)
            cuts = [
                (lon + (lon_2 - lon) * n / parts, lat + (lat_2 - lat) * n / parts)
                for n in range(1, parts)
            ]
            for one, other in pairwise([a, *cuts, b]):
                graph.add_edge(one, other, weight=metres_between(a, b) / parts)
    return graph


def legs_of(graph: nx.Graph, place: Spot) -> list[tuple[float, Spot]]:
    return sorted((metres_between(place, node), node) for node in graph.nodes)


def is_a_draw(graph: nx.Graph, places: Places) -> bool:
    """Return whether somebody has two nearest nodes, which proves nothing either way."""
    legs = [legs_of(graph, (lon, lat)) for lon, lat in places.tolist()]
    return any(len(one) > 1 and one[1][0] - one[0][0] < 1e-5 for one in legs)


def nearest_to(graph: nx.Graph, place: Spot) -> tuple[Spot | None, float]:
    """Return the node to walk to, None off the network."""
    legs = legs_of(graph, place)
    if not legs or legs[0][0] > 500:
        return None, math.inf
    return legs[0][1], legs[0][0]


def by_networkx(graph: nx.Graph, communities: Places, outlets: Places) -> Walks:
    """Return every walk there is, however long."""
    found: Walks = {}
    homes = [nearest_to(graph, tuple(one)) for one in communities.tolist()]
    for outlet, place in enumerate(outlets.tolist()):
        node, leg_m = nearest_to(graph, tuple(place))
        if node is None:
            continue
        street_m = nx.single_source_dijkstra_path_length(graph, node)
        for community, (home, home_m) in enumerate(homes):
            if home in street_m:
                found[community, outlet] = home_m + street_m[home] + leg_m
    return found


def ids_of(word: str, places: Places) -> tuple[str, ...]:
    return tuple(f"{word}{number}" for number in range(len(places)))


def related(network: Network, communities: Places, outlets: Places, limit_m: float) -> Relation:
    return relate(
        network,
        communities=communities,
        community_ids=ids_of("C", communities),
        outlets=outlets,
        outlet_ids=ids_of("K", outlets),
        limit_m=limit_m,
    )


def walks_of(relation: Relation) -> Walks:
    pairs = zip(relation.rows.tolist(), relation.outlets.tolist(), strict=True)
    found = dict(zip(pairs, relation.walk_m.tolist(), strict=True))
    assert len(found) == relation.pairs, "each pair once"
    return found


def is_same(one: Relation, other: Relation) -> bool:
    return (
        (one.community_ids, one.outlet_ids) == (other.community_ids, other.outlet_ids)
        and (one.limit_m, one.is_estimate) == (other.limit_m, other.is_estimate)
        and all(
            np.array_equal(getattr(one, part), getattr(other, part))
            and getattr(one, part).dtype == getattr(other, part).dtype
            for part in ("indptr", "outlets", "walk_m")
        )
    )


def is_narrow(expected: Walks, limit_m: float) -> bool:
    """Return whether somebody stands just at the limit, which proves nothing either way."""
    return any(abs(walk_m - limit_m) < EXACT_M for walk_m in expected.values())


def assert_agrees(relation: Relation, expected: Walks, limit_m: float) -> None:
    within = {pair: walk_m for pair, walk_m in expected.items() if walk_m <= limit_m}
    assert walks_of(relation) == pytest.approx(within, abs=EXACT_M)


SPOTS = st.tuples(st.floats(0, 1_500), st.floats(0, 1_500))
PLACES = st.lists(SPOTS, max_size=5).map(lon_lat_of)
LIMITS = st.sampled_from([0.5, 300.0, 800.0, 1_000.0, 1_000.1, 2_500.0])


@st.composite
def street_worlds(draw: st.DrawFn) -> Streets:
    spots = draw(st.lists(SPOTS, min_size=7, max_size=7))
    twice = draw(st.integers(0, 6))
    ways = draw(st.lists(st.lists(st.integers(-1, 7), min_size=2, max_size=5), max_size=5))
    return streets_of([*spots, spots[twice]], ways)


def city_of_blocks(side: int, block_m: float) -> Streets:
    """Return crossings that lie a little askew, and most of the streets between them."""
    chance = np.random.default_rng(15)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    spots = grid * block_m + chance.normal(0, block_m / 8, grid.shape)
    ways = []
    for node in range(side * side):
        for to, last in (
            (node + 1, node % side == side - 1),
            (node + side, node >= side**2 - side),
        ):
            if not last and chance.random() < 0.9:
                ways.append([node, to])
    return streets_of([(east, north) for east, north in spots.tolist()], ways)


def spots_in(chance: np.random.Generator, many: int, side_m: float) -> Places:
    return lon_lat_of([(e, n) for e, n in chance.uniform(-900, side_m, (many, 2)).tolist()])


def estimated(communities: Places, outlets: Places, limit_m: float) -> Relation:
    return estimate(
        communities=communities,
        community_ids=ids_of("C", communities),
        outlets=outlets,
        outlet_ids=ids_of("K", outlets),
        limit_m=limit_m,
    )
