"""Who walks how far at the edges: at the limit, off the streets, on an island, nobody at all."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from service.domain.reach import Relation
from service.geo.network import build_network
from service.geo.relation import estimate, relate
from service.geo.walks import OFF_NETWORK_M, snap
from tests.support.relations import estimated, related
from tests.support.streets import lon_lat_of, streets_of

ROAD = streets_of([(0, 0), (1_000, 0)], [[0, 1]])


def test_the_legs_count_at_both_ends() -> None:
    relation = related(
        build_network(ROAD), lon_lat_of([(0, 100)]), lon_lat_of([(500, -200)]), 1_000.0
    )
    assert relation.walk_m == pytest.approx([800.0], abs=0.1)


def test_a_walk_of_just_the_limit_is_within_and_a_hair_more_is_not() -> None:
    network = build_network(ROAD)
    home, kiosk = lon_lat_of([(0, 100)]), lon_lat_of([(500, -200)])
    legs = snap(network, np.concatenate((home, kiosk))).leg_m.sum()
    exact_m = float(legs + network.length_m[:10].sum())
    assert related(network, home, kiosk, exact_m).pairs == 1
    assert related(network, home, kiosk, math.nextafter(exact_m, 0)).pairs == 0


def test_who_lives_at_the_outlet_walks_nothing() -> None:
    here = lon_lat_of([(250, 0)])
    relation = related(build_network(ROAD), here, here, 1_000.0)
    assert relation.pairs == 1
    assert relation.walk_m[0] < 1e-3


def test_an_island_is_not_reached_however_near() -> None:
    streets = streets_of([(0, 0), (200, 0), (0, 5), (200, 5)], [[0, 1], [2, 3]])
    homes = lon_lat_of([(100, -1), (100, 6)])
    relation = related(build_network(streets), homes, lon_lat_of([(50, -1)]), 1_000.0)
    assert relation.rows.tolist() == [0]


@pytest.mark.parametrize(("away_m", "reached"), [(495.0, 1), (505.0, 0)])
def test_who_is_too_far_from_any_street_reaches_nothing_along_it(
    away_m: float, reached: int
) -> None:
    network = build_network(ROAD)
    far, near = lon_lat_of([(0, away_m)]), lon_lat_of([(0, 10)])
    assert related(network, far, near, 5_000.0).pairs == reached
    assert related(network, near, far, 5_000.0).pairs == reached
    legs = snap(network, far)
    assert legs.off == 1 - reached
    assert legs.leg_m == pytest.approx([away_m], abs=1.0)
    assert (legs.leg_m[0] > OFF_NETWORK_M) == (not reached)


def test_without_any_street_everybody_is_off() -> None:
    network = build_network(streets_of([], []))
    homes = lon_lat_of([(0, 0), (9, 9)])
    assert related(network, homes, homes, 1_000.0).pairs == 0
    assert snap(network, homes).off == 2


@pytest.mark.parametrize(("homes", "kiosks"), [(0, 3), (3, 0), (0, 0)])
def test_nobody_and_nothing_make_an_empty_relation(homes: int, kiosks: int) -> None:
    communities, outlets = lon_lat_of([(5, 5)] * homes), lon_lat_of([(9, 9)] * kiosks)
    relation = related(build_network(ROAD), communities, outlets, 1_000.0)
    assert relation.indptr.tolist() == [0] * (homes + 1)
    assert estimated(communities, outlets, 1_000.0).indptr.tolist() == [0] * (homes + 1)


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
