"""Who walks how far to what: the same, pair by pair, as NetworkX finds on streets cut anew here."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.coverage import estimate_walk_m
from service.domain.reach import Relation
from service.geo.network import Network, build_network
from service.geo.osm_file import Streets
from service.geo.relation import estimate, moved, relate
from service.geo.walks import CELLS_MAX, OFF_NETWORK_M, rounded_up, snap
from tests.support.streets import lon_lat_of, streets_of

Spot = tuple[float, float]
Walks = dict[tuple[int, int], float]
Places = NDArray[np.float64]
Ids = tuple[str, ...]

EXACT_M = 1e-3
"""Two ways of reckoning agree within a millimetre, and on who is within the limit."""


def _metres(a: Spot, b: Spot) -> float:
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*a, *b))
    half = math.sin((lat_2 - lat_1) / 2) ** 2
    half += math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def _graph(streets: Streets) -> nx.Graph:
    """Cut the streets by the rule, written here once more: nodes are places."""
    graph = nx.Graph()
    places = [(lon, lat) for lon, lat in streets.lon_lat.tolist()]
    for begin, end in pairwise(streets.starts.tolist()):
        for at, to in pairwise(streets.steps[begin:end].tolist()):
            if at < 0 or to < 0 or places[at] == places[to]:
                continue
            (lon, lat), (lon_2, lat_2) = a, b = sorted((places[at], places[to]))
            parts = math.ceil(_metres(a, b) / 50)
            cuts = [
                (lon + (lon_2 - lon) * n / parts, lat + (lat_2 - lat) * n / parts)
                for n in range(1, parts)
            ]
            for one, other in pairwise([a, *cuts, b]):
                graph.add_edge(one, other, weight=_metres(a, b) / parts)
    return graph


def _legs(graph: nx.Graph, place: Spot) -> list[tuple[float, Spot]]:
    return sorted((_metres(place, node), node) for node in graph.nodes)


def _is_a_draw(graph: nx.Graph, places: Places) -> bool:
    """Return whether somebody has two nearest nodes, which proves nothing either way."""
    legs = [_legs(graph, (lon, lat)) for lon, lat in places.tolist()]
    return any(len(one) > 1 and one[1][0] - one[0][0] < 1e-5 for one in legs)


def _nearest(graph: nx.Graph, place: Spot) -> tuple[Spot | None, float]:
    """Return the node to walk to, None off the network."""
    legs = _legs(graph, place)
    if not legs or legs[0][0] > 500:
        return None, math.inf
    return legs[0][1], legs[0][0]


def _by_networkx(graph: nx.Graph, communities: Places, outlets: Places) -> Walks:
    """Return every walk there is, however long."""
    found: Walks = {}
    homes = [_nearest(graph, tuple(one)) for one in communities.tolist()]
    for outlet, place in enumerate(outlets.tolist()):
        node, leg_m = _nearest(graph, tuple(place))
        if node is None:
            continue
        street_m = nx.single_source_dijkstra_path_length(graph, node)
        for community, (home, home_m) in enumerate(homes):
            if home in street_m:
                found[community, outlet] = home_m + street_m[home] + leg_m
    return found


def _ids(word: str, places: Places) -> tuple[str, ...]:
    return tuple(f"{word}{number}" for number in range(len(places)))


def _relate(network: Network, communities: Places, outlets: Places, limit_m: float) -> Relation:
    return relate(
        network,
        communities=communities,
        community_ids=_ids("C", communities),
        outlets=outlets,
        outlet_ids=_ids("K", outlets),
        limit_m=limit_m,
    )


def _walks(relation: Relation) -> Walks:
    pairs = zip(relation.rows.tolist(), relation.outlets.tolist(), strict=True)
    found = dict(zip(pairs, relation.walk_m.tolist(), strict=True))
    assert len(found) == relation.pairs, "each pair once"
    return found


def _same(one: Relation, other: Relation) -> bool:
    return (
        (one.community_ids, one.outlet_ids) == (other.community_ids, other.outlet_ids)
        and (one.limit_m, one.is_estimate) == (other.limit_m, other.is_estimate)
        and all(
            np.array_equal(getattr(one, part), getattr(other, part))
            and getattr(one, part).dtype == getattr(other, part).dtype
            for part in ("indptr", "outlets", "walk_m")
        )
    )


def _is_narrow(expected: Walks, limit_m: float) -> bool:
    """Return whether somebody stands just at the limit, which proves nothing either way."""
    return any(abs(walk_m - limit_m) < EXACT_M for walk_m in expected.values())


def _assert_agrees(relation: Relation, expected: Walks, limit_m: float) -> None:
    within = {pair: walk_m for pair, walk_m in expected.items() if walk_m <= limit_m}
    assert _walks(relation) == pytest.approx(within, abs=EXACT_M)


_SPOTS = st.tuples(st.floats(0, 1_500), st.floats(0, 1_500))
_PLACES = st.lists(_SPOTS, max_size=5).map(lon_lat_of)
_LIMITS = st.sampled_from([0.5, 300.0, 800.0, 1_000.0, 1_000.1, 2_500.0])


@st.composite
def _streets(draw: st.DrawFn) -> Streets:
    spots = draw(st.lists(_SPOTS, min_size=7, max_size=7))
    twice = draw(st.integers(0, 6))
    ways = draw(st.lists(st.lists(st.integers(-1, 7), min_size=2, max_size=5), max_size=5))
    return streets_of([*spots, spots[twice]], ways)


@given(_streets(), _PLACES, _PLACES, _LIMITS)
def test_every_pair_agrees_with_brute_force(
    streets: Streets, communities: Places, outlets: Places, limit_m: float
) -> None:
    relation = _relate(build_network(streets), communities, outlets, limit_m)
    graph = _graph(streets)
    expected = _by_networkx(graph, communities, outlets)
    assume(not _is_a_draw(graph, np.concatenate((communities, outlets))))
    assume(not _is_narrow(expected, limit_m))
    _assert_agrees(relation, expected, limit_m)
    assert not relation.is_estimate
    assert (relation.walk_m <= np.float32(limit_m + 1e-4)).all()


def _city(side: int, block_m: float) -> Streets:
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


def _spots(chance: np.random.Generator, many: int, side_m: float) -> Places:
    return lon_lat_of([(e, n) for e, n in chance.uniform(-900, side_m, (many, 2)).tolist()])


def test_a_city_of_many_blocks_agrees_with_brute_force() -> None:
    streets, chance = _city(9, 1_000.0), np.random.default_rng(4)
    communities, outlets = _spots(chance, 120, 8_900.0), _spots(chance, 40, 8_900.0)
    expected = _by_networkx(_graph(streets), communities, outlets)
    for limit_m in (800.0, 3_000.0):
        relation = _relate(build_network(streets), communities, outlets, limit_m)
        _assert_agrees(relation, expected, limit_m)
        assert relation.pairs > 20


def test_many_together_are_walked_as_few_at_a_time_are() -> None:
    network, chance = build_network(_city(8, 190.0)), np.random.default_rng(5)
    # All in one block: a corner of the city, away from its middle.
    outlets = lon_lat_of([(e, n) for e, n in chance.uniform(800, 1_300, (1_500, 2)).tolist()])
    communities = lon_lat_of([(e, n) for e, n in chance.uniform(600, 1_300, (3_000, 2)).tolist()])
    assert len(outlets) * len(communities) > 2 * CELLS_MAX
    whole = _walks(_relate(network, communities, outlets, 200.0))
    parts: Walks = {}
    for first in range(0, 1_500, 300):
        part = _walks(_relate(network, communities, outlets[first : first + 300], 200.0))
        parts |= {(community, first + outlet): walk for (community, outlet), walk in part.items()}
    assert whole == parts
    assert len(whole) > 10_000


@given(st.lists(st.floats(0, 20_000), max_size=20))
def test_a_walk_is_kept_no_shorter_than_it_is(walks_m: list[float]) -> None:
    exact = np.array(walks_m, dtype=np.float64)
    kept = rounded_up(exact)
    assert kept.dtype == np.float32
    assert (kept >= exact).all()
    assert (np.nextafter(kept, np.float32(-1)) < exact).all()


@given(_streets(), _PLACES, _PLACES, _LIMITS)
def test_the_way_back_is_as_long_to_the_last_bit(
    streets: Streets, communities: Places, outlets: Places, limit_m: float
) -> None:
    network = build_network(streets)
    there = _walks(_relate(network, communities, outlets, limit_m))
    back = _walks(_relate(network, outlets, communities, limit_m))
    assert there == {(community, outlet): walk for (outlet, community), walk in back.items()}


@given(_streets(), _PLACES, _PLACES)
def test_a_shorter_limit_drawn_later_is_the_same_limit(
    streets: Streets, communities: Places, outlets: Places
) -> None:
    network = build_network(streets)
    for limit_m in (800.0, 300.0):
        later = _relate(network, communities, outlets, 1_000.0).within(limit_m)
        assert _same(later, _relate(network, communities, outlets, limit_m))


ROAD = streets_of([(0, 0), (1_000, 0)], [[0, 1]])


def test_the_legs_count_at_both_ends() -> None:
    relation = _relate(
        build_network(ROAD), lon_lat_of([(0, 100)]), lon_lat_of([(500, -200)]), 1_000.0
    )
    assert relation.walk_m == pytest.approx([800.0], abs=0.1)


def test_a_walk_of_just_the_limit_is_within_and_a_hair_more_is_not() -> None:
    network = build_network(ROAD)
    home, kiosk = lon_lat_of([(0, 100)]), lon_lat_of([(500, -200)])
    legs = snap(network, np.concatenate((home, kiosk))).leg_m.sum()
    exact_m = float(legs + network.length_m[:10].sum())
    assert _relate(network, home, kiosk, exact_m).pairs == 1
    assert _relate(network, home, kiosk, math.nextafter(exact_m, 0)).pairs == 0


def test_who_lives_at_the_outlet_walks_nothing() -> None:
    here = lon_lat_of([(250, 0)])
    relation = _relate(build_network(ROAD), here, here, 1_000.0)
    assert relation.pairs == 1
    assert relation.walk_m[0] < 1e-3


def test_an_island_is_not_reached_however_near() -> None:
    streets = streets_of([(0, 0), (200, 0), (0, 5), (200, 5)], [[0, 1], [2, 3]])
    homes = lon_lat_of([(100, -1), (100, 6)])
    relation = _relate(build_network(streets), homes, lon_lat_of([(50, -1)]), 1_000.0)
    assert relation.rows.tolist() == [0]


@pytest.mark.parametrize(("away_m", "reached"), [(495.0, 1), (505.0, 0)])
def test_who_is_too_far_from_any_street_reaches_nothing_along_it(
    away_m: float, reached: int
) -> None:
    network = build_network(ROAD)
    far, near = lon_lat_of([(0, away_m)]), lon_lat_of([(0, 10)])
    assert _relate(network, far, near, 5_000.0).pairs == reached
    assert _relate(network, near, far, 5_000.0).pairs == reached
    legs = snap(network, far)
    assert legs.off == 1 - reached
    assert legs.leg_m == pytest.approx([away_m], abs=1.0)
    assert (legs.leg_m[0] > OFF_NETWORK_M) == (not reached)


def test_without_any_street_everybody_is_off() -> None:
    network = build_network(streets_of([], []))
    homes = lon_lat_of([(0, 0), (9, 9)])
    assert _relate(network, homes, homes, 1_000.0).pairs == 0
    assert snap(network, homes).off == 2


@pytest.mark.parametrize(("homes", "kiosks"), [(0, 3), (3, 0), (0, 0)])
def test_nobody_and_nothing_make_an_empty_relation(homes: int, kiosks: int) -> None:
    communities, outlets = lon_lat_of([(5, 5)] * homes), lon_lat_of([(9, 9)] * kiosks)
    relation = _relate(build_network(ROAD), communities, outlets, 1_000.0)
    assert relation.indptr.tolist() == [0] * (homes + 1)
    assert _estimate(communities, outlets, 1_000.0).indptr.tolist() == [0] * (homes + 1)


def _estimate(communities: Places, outlets: Places, limit_m: float) -> Relation:
    return estimate(
        communities=communities,
        community_ids=_ids("C", communities),
        outlets=outlets,
        outlet_ids=_ids("K", outlets),
        limit_m=limit_m,
    )


@given(_PLACES, _PLACES, _LIMITS)
def test_an_estimate_is_the_straight_line_for_every_pair(
    communities: Places, outlets: Places, limit_m: float
) -> None:
    walks_m = estimate_walk_m(communities, outlets)
    expected = {
        (community, outlet): float(walks_m[community, outlet])
        for community, outlet in product(range(len(communities)), range(len(outlets)))
    }
    relation = _estimate(communities, outlets, limit_m)
    assume(not _is_narrow(expected, limit_m))
    _assert_agrees(relation, expected, limit_m)
    assert relation.is_estimate


def test_an_estimate_of_many_is_the_straight_line_too() -> None:
    chance = np.random.default_rng(6)
    communities, outlets = _spots(chance, 3_000, 9_000.0), _spots(chance, 1_500, 9_000.0)
    assert len(communities) * len(outlets) > CELLS_MAX
    within = estimate_walk_m(communities, outlets) <= 1_000.0
    relation = _estimate(communities, outlets, 1_000.0)
    assert np.array_equal(np.argwhere(within), np.stack((relation.rows, relation.outlets), axis=1))


@st.composite
def _changes(draw: st.DrawFn, before: Places) -> tuple[Places, tuple[str, ...], set[str]]:
    """Return places and ids after some moved, some went and some came, and who moved."""
    spots = list(zip(before.tolist(), _ids("", before), strict=True))
    went = draw(st.sets(st.integers(0, 5), max_size=1))
    spots = [one for number, one in enumerate(spots) if number not in went]
    moves = draw(st.dictionaries(st.integers(0, 5), _SPOTS, max_size=2))
    who = set()
    for number, to in moves.items():
        if number < len(spots):
            who.add(spots[number][1])
            spots[number] = (lon_lat_of([to])[0].tolist(), spots[number][1])
    came = draw(st.lists(_SPOTS, max_size=1))
    spots += [(lon_lat_of([spot])[0].tolist(), "new") for spot in came]
    if draw(st.booleans()):
        spots.reverse()
    return np.array([place for place, _ in spots]).reshape(-1, 2), tuple(i for _, i in spots), who


@pytest.mark.parametrize("how", ["along streets", "by straight line"])
@given(data=st.data(), streets=_streets(), homes=_PLACES, kiosks=_PLACES)
def test_what_moved_is_reckoned_as_if_all_were_built_anew(
    data: st.DataObject, streets: Streets, homes: Places, kiosks: Places, how: str
) -> None:
    network = build_network(streets) if how == "along streets" else None
    build = partial(relate, network) if network else estimate

    def built(communities: Places, home_ids: Ids, outlets: Places, kiosk_ids: Ids) -> Relation:
        return build(
            communities=communities,
            community_ids=home_ids,
            outlets=outlets,
            outlet_ids=kiosk_ids,
        )

    before = built(homes, _ids("", homes), kiosks, _ids("", kiosks))
    communities, community_ids, communities_moved = data.draw(_changes(homes))
    outlets, outlet_ids, outlets_moved = data.draw(_changes(kiosks))
    after = moved(
        before,
        network,
        communities=communities,
        community_ids=community_ids,
        outlets=outlets,
        outlet_ids=outlet_ids,
        communities_moved=communities_moved,
        outlets_moved=outlets_moved,
    )
    assert _same(after, built(communities, community_ids, outlets, outlet_ids))


@pytest.mark.parametrize("many", [1, 400], ids=["a few edits", "sorted anew"])
def test_in_a_city_what_moved_is_reckoned_as_if_all_were_built_anew(many: int) -> None:
    network, chance = build_network(_city(8, 190.0)), np.random.default_rng(7)
    communities, outlets = _spots(chance, 900, 1_400.0), _spots(chance, 400, 1_400.0)
    before = _relate(network, communities, outlets, 700.0)
    outlets[:many] = _spots(chance, many, 1_400.0)
    home = int(np.diff(before.indptr).argmax())
    communities[home] = _spots(chance, 1, 1_400.0)
    after = moved(
        before,
        network,
        communities=communities,
        community_ids=before.community_ids,
        outlets=outlets,
        outlet_ids=before.outlet_ids,
        communities_moved=[f"C{home}"],
        outlets_moved=before.outlet_ids[:many],
    )
    assert _same(after, _relate(network, communities, outlets, 700.0))
    assert not _same(after, before)


@pytest.mark.parametrize("build", [partial(relate, build_network(ROAD)), estimate])
def test_progress_rises_to_the_end(build: Callable[..., Relation]) -> None:
    told: list[float] = []
    homes, kiosks = lon_lat_of([(5, 5), (9, 9)]), lon_lat_of([(50, 0)])
    build(
        communities=homes,
        community_ids=("a", "b"),
        outlets=kiosks,
        outlet_ids=("k",),
        tell=told.append,
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
