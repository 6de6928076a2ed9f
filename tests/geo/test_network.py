"""The network: streets cut at fifty metres, joined where they meet, kept as bytes."""

import io
import pickle
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.geo.network import (
    EDGE_M_MAX,
    GRAIN_M,
    Network,
    NetworkBytesError,
    build_network,
    haversine_m,
    on_sphere,
)
from service.geo.osm_file import Streets
from tests.support.streets import streets_of


def _joined(network: Network) -> set[frozenset[int]]:
    return {frozenset(pair) for pair in zip(network.start, network.end, strict=True)}


def test_a_street_is_cut_into_equal_edges_of_at_most_fifty_metres() -> None:
    network = build_network(streets_of([(0, 0), (120, 0)], [[0, 1]]))
    assert (network.nodes, network.edges) == (4, 3)
    assert network.length_m == pytest.approx([40, 40, 40], abs=1e-3)
    places = network.lon_lat[np.argsort(network.lon_lat[:, 0])]
    assert haversine_m(places[:-1], places[1:]) == pytest.approx([40, 40, 40], abs=1e-3)


def test_a_street_of_fifty_metres_is_not_cut() -> None:
    network = build_network(streets_of([(0, 0), (49.99, 0), (49.99, 49.99)], [[0, 1, 2]]))
    assert (network.nodes, network.edges) == (3, 2)


def test_one_way_does_not_run_on_into_the_next() -> None:
    network = build_network(streets_of([(0, 0), (30, 0), (0, 90), (30, 90)], [[0, 1], [2, 3]]))
    assert network.edges == 2
    assert network.islands == 1


def test_a_way_is_broken_where_a_node_is_lacking() -> None:
    places: list[tuple[float, float]] = [(0, 0), (30, 0), (60, 0), (90, 0)]
    network = build_network(streets_of(places, [[0, 1, -1, 2, 3], [-1], []]))
    assert network.edges == 2
    assert network.pieces.tolist() == [2, 2]


def test_nodes_at_one_place_are_one_though_their_ids_differ() -> None:
    network = build_network(streets_of([(0, 0), (30, 0), (30, 0), (60, 0)], [[0, 1], [2, 3]]))
    assert (network.nodes, network.edges, network.islands) == (3, 2, 0)


def test_a_street_that_is_mapped_twice_is_one() -> None:
    network = build_network(streets_of([(0, 0), (30, 0)], [[0, 1, 0], [1, 0], [0, 0, 1]]))
    assert (network.nodes, network.edges) == (2, 1)


def test_places_that_no_street_touches_are_no_nodes() -> None:
    network = build_network(streets_of([(0, 0), (30, 0), (9, 9)], [[0, 1], [2]]))
    assert network.nodes == 2


def test_islands_are_all_pieces_but_the_largest() -> None:
    places = [(60.0 * n, 900.0 * (n // 3)) for n in range(9)]
    network = build_network(streets_of(places, [[0, 1, 2], [3, 4], [6, 7, 8]]))
    assert network.pieces.tolist() == [5, 5, 3]
    assert (network.islands, network.island_nodes) == (2, 8)
    assert np.bincount(network.piece).tolist() == [5, 5, 3]
    for begin, end in zip(network.start, network.end, strict=True):
        assert network.piece[begin] == network.piece[end]


def test_no_streets_are_an_empty_network() -> None:
    network = build_network(streets_of([], []))
    assert (network.nodes, network.edges, network.islands, network.island_nodes) == (0, 0, 0, 0)
    assert Network.from_bytes(network.to_bytes()).digest == network.digest


_SPOTS = st.tuples(st.integers(0, 500), st.integers(0, 500))
_WAYS = st.lists(st.lists(st.integers(-1, 5), max_size=5), max_size=5)


@st.composite
def _streets(draw: st.DrawFn) -> Streets:
    spots = draw(st.lists(_SPOTS, min_size=6, max_size=6))
    return streets_of([(float(east), float(north)) for east, north in spots], draw(_WAYS))


@given(_streets())
def test_the_edges_are_the_streets_cut_short(streets: Streets) -> None:
    network = build_network(streets)
    assert network.length_m.max(initial=0.0) <= EDGE_M_MAX
    between = haversine_m(network.lon_lat[network.start], network.lon_lat[network.end])
    assert network.length_m == pytest.approx(between, abs=1e-3)
    assert np.array_equal(network.length_m % GRAIN_M, np.zeros(network.edges))
    assert len(_joined(network)) == network.edges
    assert (network.start != network.end).all()
    lengths = {}
    for begin, end in zip(streets.starts[:-1], streets.starts[1:], strict=True):
        way = streets.steps[begin:end].tolist()
        for a, b in pairwise(way):
            if a >= 0 and b >= 0:
                ends = streets.lon_lat[[a, b]]
                lengths[frozenset(map(tuple, ends.tolist()))] = haversine_m(ends[:1], ends[1:])[0]
    assert network.length_m.sum() == pytest.approx(sum(lengths.values()), abs=1e-3)
    assert int(network.pieces.sum()) == network.nodes


@given(_streets())
def test_bytes_give_the_same_network_again(streets: Streets) -> None:
    network = build_network(streets)
    again = Network.from_bytes(network.to_bytes())
    assert again.digest == network.digest
    assert again.to_bytes() == network.to_bytes()
    assert np.array_equal(again.lon_lat, network.lon_lat)
    assert np.array_equal(again.length_m, network.length_m)


@given(_streets(), st.randoms(use_true_random=False))
def test_the_same_streets_in_another_order_are_the_same_network(
    streets: Streets, chance: Random
) -> None:
    ways = [
        streets.steps[begin:end][:: chance.choice([1, -1])]
        for begin, end in zip(streets.starts[:-1], streets.starts[1:], strict=True)
    ]
    chance.shuffle(ways)
    starts = np.cumsum([0, *(len(way) for way in ways)]).astype(np.int64)
    steps = np.concatenate([*ways, np.empty(0, dtype=np.int32)]).astype(np.int32)
    again = Streets(lon_lat=streets.lon_lat, steps=steps, starts=starts)
    assert build_network(again).digest == build_network(streets).digest


def test_another_place_or_length_is_another_digest() -> None:
    here = build_network(streets_of([(0, 0), (30, 0)], [[0, 1]]))
    there = build_network(streets_of([(0, 0), (30.1, 0)], [[0, 1]]))
    longer = Network(
        lon_lat=here.lon_lat, start=here.start, end=here.end, length_m=here.length_m + 1
    )
    assert len({here.digest, there.digest, longer.digest}) == 3
    assert len(here.digest) == 64


def _with_layout(layout: int) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, layout=np.int64(layout))
    return file.getvalue()


def _pickled() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, layout=np.array([{"a": 1}], dtype=object))
    return file.getvalue()


BROKEN = {
    "nothing": b"",
    "words": b"no network",
    "a pickle": pickle.dumps([1]),
    "a pickle within": _pickled(),
    "another release's": _with_layout(99),
    "half of it": _with_layout(1),
    "cut off": build_network(streets_of([(0, 0), (9, 0)], [[0, 1]])).to_bytes()[:-40],
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_bytes_that_hold_no_network_are_refused(body: bytes) -> None:
    with pytest.raises(NetworkBytesError, match="import the street file again"):
        Network.from_bytes(body)


_POINTS = st.tuples(st.floats(103.0, 105.0), st.floats(29.5, 31.5))


@given(st.lists(_POINTS, min_size=2, max_size=6))
def test_nothing_is_farther_on_the_level_than_on_the_earth(
    points: list[tuple[float, float]],
) -> None:
    network = build_network(streets_of([(0, 0), (30, 0)], [[0, 1]]))
    lon_lat = np.array(points)
    a, b = lon_lat[:-1], lon_lat[1:]
    earth = haversine_m(a, b) + 1e-6
    straight = np.linalg.norm(on_sphere(a) - on_sphere(b), axis=1)
    level = np.linalg.norm(network.to_level(a) - network.to_level(b), axis=1)
    assert (straight <= earth).all()
    assert (level <= earth).all()
    assert level == pytest.approx(earth, rel=2e-3, abs=1e-3)
