"""How far from the best: a bound that no choice passes, tight where there is time for it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.reach import Relation
from service.domain.siting import choose, held
from service.geo.siting_proof import prove
from tests.support.decisions import reaches, reaching

Reach = tuple[Relation, NDArray[np.int64]]


def best_of_all(relation: Relation, people: NDArray[np.int64], count: int) -> int:
    places = range(len(relation.outlet_ids))
    choices = combinations(places, min(count, len(places)))
    return max((held(relation, weights=people, places=one) for one in choices), default=0)


@given(reaches(communities=9, outlets=7), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_the_bound_is_the_best_of_all_choices(drawn: Reach, count: int) -> None:
    relation, people = drawn
    chosen = choose(relation, uncovered=people, count=count).picked
    proof = prove(relation, uncovered=people, count=count, chosen=chosen.places)
    best = best_of_all(relation, people, count)
    found = held(relation, weights=people, places=proof.better or chosen.places)
    assert proof.bound_people == best == found
    assert (proof.is_optimal, proof.gap) == (True, 0.0)
    assert bool(proof.better) == (chosen.total < best)
    assert len(proof.better) <= count


def test_a_poor_choice_is_told_from_the_best_one() -> None:
    relation = reaching([{0}, {0, 1}, {1, 2}, {2}], outlets=3)
    people = np.array([3, 4, 4, 3], dtype=np.int64)
    proof = prove(relation, uncovered=people, count=2, chosen=(1, 0))
    assert (proof.bound_people, proof.better, proof.is_optimal) == (14, (0, 2), True)


def test_communities_that_reach_the_same_places_count_all() -> None:
    relation = reaching([{0, 1}, {0, 1}, {2}], outlets=3)
    people = np.array([5, 5, 7], dtype=np.int64)
    proof = prove(relation, uncovered=people, count=1, chosen=(2,))
    assert (proof.bound_people, proof.is_optimal) == (10, True)
    assert proof.better in {(0,), (1,)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_time_for_the_solver_the_bound_by_prices_still_holds(seed: int) -> None:
    chance = np.random.default_rng(seed)
    rows = [set(chance.choice(60, size=chance.integers(0, 6)).tolist()) for _ in range(900)]
    relation, people = reaching(rows, outlets=60), chance.integers(0, 500, 900)
    chosen = choose(relation, uncovered=people, count=8).picked
    hasty = prove(relation, uncovered=people, count=8, chosen=chosen.places, seconds_max=1e-3)
    found = held(relation, weights=people, places=hasty.better or chosen.places)
    assert found <= hasty.bound_people
    assert hasty.gap == pytest.approx(1 - found / hasty.bound_people)
    assert hasty.gap < 0.1
    assert hasty.is_optimal == (hasty.bound_people == found)


def test_where_nobody_can_be_reached_nothing_is_the_best() -> None:
    relation = reaching([set(), set()], outlets=2)
    proof = prove(relation, uncovered=np.array([5, 5]), count=1, chosen=())
    assert (proof.bound_people, proof.gap, proof.is_optimal) == (0, 0.0, True)
