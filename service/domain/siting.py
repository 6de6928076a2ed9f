"""Where next: the places whose circles, taken together, hold the most people of those uncovered.

This is the maximal covering location problem. Greedy takes, again and again, the place that adds
most, and is never worse than 1 - 1/e (63 %) of the best. Then one chosen place at a time is
exchanged for another as long as that adds people, the best exchange first. All sums are of whole
numbers, and of equals the place that was named first wins: the same question has one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import People
from service.domain.reach import Indices, Relation

SWAPS_MAX: Final = 1_000
"""So many exchanges at most; a few dozen were the most that any district took."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Places in the order in which each adds most, and what each adds to those before it."""

    places: tuple[int, ...]
    gains: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return what all of them hold together."""
        return sum(self.gains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Siting:
    """The sites to choose, best first, with the people that each adds to those before it.

    ``greedy_people`` is what greedy alone had found, ``alone`` what each site would hold by itself,
    ``uncovered_people`` those to be covered, ``reachable_people`` those that any candidate reaches.
    """

    picked: Picked
    alone: tuple[int, ...]
    greedy_people: int
    swaps: int
    uncovered_people: int
    reachable_people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How far from the best a choice can be: no choice holds more than ``bound_people``.

    ``gap`` is the share of the bound that the choice misses: at 0 it is proven to be the best, at
    0.02 it holds 98 % of the best or more. ``better`` is a choice that holds more, where the search
    came across one: then gap and ``is_optimal`` are of that one.
    """

    bound_people: int
    gap: float
    seconds: float
    is_optimal: bool
    better: tuple[int, ...] = ()


def pick(
    relation: Relation,
    *,
    weights: People,
    most: int,
    among: NDArray[np.bool_] | None = None,
) -> Picked:
    """Pick, again and again, the outlet (or candidate) in whose reach most weight is still left.

    ``weights`` are of communities; ``among`` says which outlets may be picked. It ends early where
    nothing is left to be won.
    """
    left = weights.astype(np.int64)
    gains = weight_in_reach(relation, left)
    if among is not None:
        gains[~among] = -1
    places: list[int] = []
    found: list[int] = []
    while len(places) < most and gains.size:
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        places.append(best)
        found.append(int(gains[best]))
        reached, _ = relation.of_outlet(best)
        fresh = reached[left[reached] > 0]
        pairs, counts = _pairs_of(relation, fresh)
        np.subtract.at(gains, relation.outlets[pairs], np.repeat(left[fresh], counts))
        left[fresh] = 0
    return Picked(tuple(places), tuple(found))


def choose(relation: Relation, *, uncovered: People, count: int) -> Siting:
    """Choose so many places among the candidates of a relation; ``uncovered`` are people.

    The relation's outlets are the candidates. Whoever has a fixed outlet in reach is left out of
    ``uncovered``: so the fixed ones are kept.
    """
    assert uncovered.shape == (len(relation.community_ids),)
    narrow = _narrowed(relation, uncovered > 0)
    greedy = pick(narrow, weights=uncovered, most=count)
    chosen, swaps = _swapped(narrow, uncovered, list(greedy.places))
    found = Siting(
        picked=greedy,
        alone=(),
        greedy_people=greedy.total,
        swaps=swaps,
        uncovered_people=int(uncovered.sum()),
        reachable_people=int(uncovered[np.diff(narrow.indptr) > 0].sum()),
    )
    return ranked(narrow, found, uncovered=uncovered, places=chosen)


def ranked(
    relation: Relation, siting: Siting, *, uncovered: People, places: Sequence[int]
) -> Siting:
    """Return a siting with other places, best first; one that adds nobody is left out."""
    mask = np.zeros(len(relation.outlet_ids), dtype=np.bool_)
    mask[list(places)] = True
    picked = pick(relation, weights=uncovered, most=len(places), among=mask)
    sums = weight_in_reach(relation, uncovered)
    return replace(siting, picked=picked, alone=tuple(int(sums[one]) for one in picked.places))


def held(relation: Relation, *, weights: People, places: Sequence[int]) -> int:
    """Return the weight in reach of any of some places."""
    mask = np.zeros(len(relation.outlet_ids), dtype=np.bool_)
    mask[list(places)] = True
    rows = np.unique(relation.rows[mask[relation.outlets]])
    return int(weights[rows].sum())


def weight_in_reach(relation: Relation, weights: People) -> NDArray[np.int64]:
    """Return the weight of the communities in reach of each outlet."""
    # Sums of whole numbers below 2**53 are exact in floating point.
    size = len(relation.outlet_ids)
    sums = np.bincount(relation.outlets, weights=weights[relation.rows], minlength=size)
    return sums.astype(np.int64)


def _swapped(relation: Relation, weights: People, chosen: list[int]) -> tuple[list[int], int]:
    """Exchange one place for another while that adds weight; return the choice and how often.

    One look weighs every exchange at once: bringing in j for s wins what nobody holds yet and j
    reaches, and keeps of what s alone held the part that j reaches too.
    """
    swaps = 0
    while chosen and swaps < SWAPS_MAX:
        won = _exchanges(relation, weights, chosen)
        best = int(won.argmax())
        if won.flat[best] <= 0:
            break
        place, out = divmod(best, len(chosen))
        chosen[out] = place
        swaps += 1
    return chosen, swaps


def _exchanges(relation: Relation, weights: People, chosen: list[int]) -> NDArray[np.int64]:
    """Return what each exchange would add, shape (candidates, chosen)."""
    candidates, size = len(relation.outlet_ids), len(chosen)
    seat = np.full(candidates, -1, dtype=np.int64)
    seat[chosen] = np.arange(size)
    seats = seat[relation.outlets]
    taken = seats >= 0
    communities = len(weights)
    times = np.bincount(relation.rows[taken], minlength=communities)
    holder = np.zeros(communities, dtype=np.int64)
    holder[relation.rows[taken]] = seats[taken]
    free = weight_in_reach(relation, np.where(times == 0, weights, 0))
    alone = np.where(times == 1, weights, 0)
    lost = np.bincount(holder, weights=alone, minlength=size).astype(np.int64)
    of_pair = np.flatnonzero(alone[relation.rows] > 0)
    rows = relation.rows[of_pair]
    cells = relation.outlets[of_pair].astype(np.int64) * size + holder[rows]
    kept = np.bincount(cells, weights=alone[rows], minlength=candidates * size)
    # To bring in who is chosen already wins nothing: what it holds is in what is lost.
    won: NDArray[np.int64] = free[:, None] + kept.reshape(candidates, size).astype(np.int64) - lost
    return won


def _pairs_of(
    relation: Relation, communities: Indices
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of some communities, one after another, and how many each has."""
    starts = relation.indptr[communities]
    counts = relation.indptr[communities + 1] - starts
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum()), counts


def _narrowed(relation: Relation, kept: NDArray[np.bool_]) -> Relation:
    """Return the relation with the pairs of some communities only; indices stay as they are."""
    of_pair = kept[relation.rows]
    before = np.concatenate(([0], np.cumsum(of_pair))).astype(np.int64)
    return Relation(
        community_ids=relation.community_ids,
        outlet_ids=relation.outlet_ids,
        indptr=before[relation.indptr],
        outlets=relation.outlets[of_pair],
        walk_m=relation.walk_m[of_pair],
        limit_m=relation.limit_m,
        is_estimate=relation.is_estimate,
    )
