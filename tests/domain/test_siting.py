"""Where next: never worse than greedy, near the best of all choices, and the same every time."""

import math
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.reach import Relation
from service.domain.siting import choose, held, pick
from tests.support.decisions import reaches, reaching

Reach = tuple[Relation, NDArray[np.int64]]


def best_of_all(relation: Relation, people: NDArray[np.int64], count: int) -> int:
    places = range(len(relation.outlet_ids))
    choices = combinations(places, min(count, len(places)))
    return max((held(relation, weights=people, places=one) for one in choices), default=0)


@given(reaches(communities=8, outlets=7), st.integers(1, 4))
def test_a_choice_is_near_the_best_and_never_worse_than_greedy(drawn: Reach, count: int) -> None:
    relation, people = drawn
    found = choose(relation, uncovered=people, count=count)
    total = found.picked.total
    best = best_of_all(relation, people, count)
    assert (1 - 1 / math.e) * best <= total <= best
    assert total >= found.greedy_people == pick(relation, weights=people, most=count).total
    assert len(found.picked.places) <= count


@given(reaches(communities=8, outlets=7), st.integers(1, 4))
def test_no_exchange_of_one_site_for_another_adds_anybody(drawn: Reach, count: int) -> None:
    relation, people = drawn
    chosen = choose(relation, uncovered=people, count=count).picked
    if len(chosen.places) < count:
        assert chosen.total == best_of_all(relation, people, count)
        return
    for out in chosen.places:
        kept = [one for one in chosen.places if one != out]
        for place in range(len(relation.outlet_ids)):
            assert held(relation, weights=people, places=[*kept, place]) <= chosen.total


@given(reaches(communities=8, outlets=7), st.integers(1, 5))
def test_gains_come_best_first_and_add_up_to_those_held(drawn: Reach, count: int) -> None:
    relation, people = drawn
    found = choose(relation, uncovered=people, count=count)
    places, gains = found.picked.places, found.picked.gains
    assert list(gains) == sorted(gains, reverse=True)
    assert all(gain > 0 for gain in gains)
    for number in range(len(places) + 1):
        assert sum(gains[:number]) == held(relation, weights=people, places=places[:number])
    alone = [held(relation, weights=people, places=[one]) for one in places]
    assert list(found.alone) == alone
    assert found.uncovered_people == people.sum()
    assert found.reachable_people == held(
        relation, weights=people, places=range(len(relation.outlet_ids))
    )


def test_an_exchange_finds_what_greedy_missed() -> None:
    # The wide place in the middle looks best, and leaves too little to its neighbours.
    relation = reaching([{0}, {0, 1}, {1, 2}, {2}], outlets=3)
    people = np.array([3, 4, 4, 3], dtype=np.int64)
    found = choose(relation, uncovered=people, count=2)
    assert (found.greedy_people, found.picked.total, found.swaps) == (11, 14, 1)
    assert (found.picked.places, found.picked.gains) == ((0, 2), (7, 7))
    beside = reaching([{0}, {0, 1}, {1, 2}, {2}, {3}], outlets=4)
    found = choose(beside, uncovered=np.array([3, 4, 4, 3, 100]), count=3)
    assert (found.picked.places, found.swaps) == ((3, 0, 2), 1)


def test_who_is_in_reach_of_three_sites_is_gained_once() -> None:
    relation = reaching([{0, 1, 2}, {0}, {1}, {2}], outlets=3)
    picked = pick(relation, weights=np.array([10, 5, 5, 5]), most=3)
    assert (picked.places, picked.gains) == ((0, 1, 2), (15, 5, 5))


def test_of_equals_the_place_that_was_named_first_is_chosen() -> None:
    relation = reaching([{0, 1}, {2, 3}], outlets=4)
    people = np.array([7, 7], dtype=np.int64)
    assert choose(relation, uncovered=people, count=2).picked.places == (0, 2)
    again = [choose(relation, uncovered=people, count=1) for _ in range(3)]
    assert [(one.picked.places, one.swaps) for one in again] == [((0,), 0)] * 3


def test_with_nobody_uncovered_no_site_is_chosen() -> None:
    relation = reaching([{0, 1}, {1}], outlets=2)
    found = choose(relation, uncovered=np.zeros(2, dtype=np.int64), count=5)
    assert (found.picked.places, found.uncovered_people, found.swaps) == ((), 0, 0)
    nowhere = choose(reaching([set()], outlets=0), uncovered=np.array([9]), count=5)
    assert (nowhere.picked.places, nowhere.reachable_people) == ((), 0)


def test_only_those_asked_for_are_picked() -> None:
    relation = reaching([{0, 1}, {1}, {2}], outlets=3)
    among = np.array([True, False, True])
    picked = pick(relation, weights=np.array([4, 9, 1]), most=3, among=among)
    assert (picked.places, picked.gains) == ((0, 2), (4, 1))
