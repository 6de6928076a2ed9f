"""Who walks how far to what: the same, pair by pair, as NetworkX finds on streets cut anew here."""

from itertools import product

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from service.domain.coverage import estimate_walk_m
from service.geo.network import build_network
from service.geo.osm_file import Streets
from service.geo.walks import CELLS_MAX, rounded_up
from tests.support.relations import (
    LIMITS,
    PLACES,
    Places,
    Walks,
    assert_agrees,
    by_networkx,
    city_of_blocks,
    estimated,
    graph_of,
    is_a_draw,
    is_narrow,
    is_same,
    related,
    spots_in,
    street_worlds,
    walks_of,
)
from tests.support.streets import lon_lat_of


@given(street_worlds(), PLACES, PLACES, LIMITS)
def test_every_pair_agrees_with_brute_force(
    streets: Streets, communities: Places, outlets: Places, limit_m: float
) -> None:
    relation = related(build_network(streets), communities, outlets, limit_m)
    graph = graph_of(streets)
    expected = by_networkx(graph, communities, outlets)
    assume(not is_a_draw(graph, np.concatenate((communities, outlets))))
    assume(not is_narrow(expected, limit_m))
    assert_agrees(relation, expected, limit_m)
    assert not relation.is_estimate
    assert (relation.walk_m <= np.float32(limit_m + 1e-4)).all()


def test_a_city_of_many_blocks_agrees_with_brute_force() -> None:
    streets, chance = city_of_blocks(9, 1_000.0), np.random.default_rng(4)
    communities, outlets = spots_in(chance, 120, 8_900.0), spots_in(chance, 40, 8_900.0)
    expected = by_networkx(graph_of(streets), communities, outlets)
    for limit_m in (800.0, 3_000.0):
        relation = related(build_network(streets), communities, outlets, limit_m)
        assert_agrees(relation, expected, limit_m)
        assert relation.pairs > 20


def test_many_together_are_walked_as_few_at_a_time_are() -> None:
    network, chance = build_network(city_of_blocks(8, 190.0)), np.random.default_rng(5)
    # All in one block: a corner of the city, away from its middle.
    outlets = lon_lat_of([(e, n) for e, n in chance.uniform(800, 1_300, (1_500, 2)).tolist()])
    communities = lon_lat_of([(e, n) for e, n in chance.uniform(600, 1_300, (3_000, 2)).tolist()])
    assert len(outlets) * len(communities) > 2 * CELLS_MAX
    whole = walks_of(related(network, communities, outlets, 200.0))
    parts: Walks = {}
    for first in range(0, 1_500, 300):
        part = walks_of(related(network, communities, outlets[first : first + 300], 200.0))
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


@given(street_worlds(), PLACES, PLACES, LIMITS)
def test_the_way_back_is_as_long_to_the_last_bit(
    streets: Streets, communities: Places, outlets: Places, limit_m: float
) -> None:
    network = build_network(streets)
    there = walks_of(related(network, communities, outlets, limit_m))
    back = walks_of(related(network, outlets, communities, limit_m))
    assert there == {(community, outlet): walk for (outlet, community), walk in back.items()}


@given(street_worlds(), PLACES, PLACES)
def test_a_shorter_limit_drawn_later_is_the_same_limit(
    streets: Streets, communities: Places, outlets: Places
) -> None:
    network = build_network(streets)
    for limit_m in (800.0, 300.0):
        later = related(network, communities, outlets, 1_000.0).within(limit_m)
        assert is_same(later, related(network, communities, outlets, limit_m))


@given(PLACES, PLACES, LIMITS)
def test_an_estimate_is_the_straight_line_for_every_pair(
    communities: Places, outlets: Places, limit_m: float
) -> None:
    walks_m = estimate_walk_m(communities, outlets)
    expected = {
        (community, outlet): float(walks_m[community, outlet])
        for community, outlet in product(range(len(communities)), range(len(outlets)))
    }
    relation = estimated(communities, outlets, limit_m)
    assume(not is_narrow(expected, limit_m))
    assert_agrees(relation, expected, limit_m)
    assert relation.is_estimate


def test_an_estimate_of_many_is_the_straight_line_too() -> None:
    chance = np.random.default_rng(6)
    communities, outlets = spots_in(chance, 3_000, 9_000.0), spots_in(chance, 1_500, 9_000.0)
    assert len(communities) * len(outlets) > CELLS_MAX
    within = estimate_walk_m(communities, outlets) <= 1_000.0
    relation = estimated(communities, outlets, 1_000.0)
    assert np.array_equal(np.argwhere(within), np.stack((relation.rows, relation.outlets), axis=1))
