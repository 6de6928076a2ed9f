"""Proves how far a choice of sites is from the best: HiGHS on the maximal covering problem.

Whether a place is chosen is a whole number, 0 or 1; whether a community is covered is at most the
sum over the places that it reaches, and at most 1. Communities that reach the same places are one
to the problem, and those that reach a single place are part of that place's own worth.

Before HiGHS a bound is found by prices (Lagrange): each group pays the places a price of at most
its people, and no choice holds more than the best places earn and what the groups keep. It takes a
second where HiGHS, in a large district, may not come to a bound of its own in a minute.
"""

import math
import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from service.domain.circle import People
from service.domain.reach import Relation
from service.domain.siting import Proof, held

SECONDS_MAX: Final = 60.0
ROUNDING: Final = 1e-6
"""HiGHS reckons in floating point: so much of a person may be an error of its own."""

PRICE_STEPS: Final = 400
PRICE_PATIENCE: Final = 10
"""So many steps, half as long after every ten that led nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Worth of each place by itself, and groups of communities that reach the same places.

    ``groups`` are people; ``reach`` is groups × places.
    """

    own: NDArray[np.float64]
    groups: NDArray[np.float64]
    reach: sparse.csr_array


def prove(
    relation: Relation,
    *,
    uncovered: People,
    count: int,
    chosen: tuple[int, ...],
    seconds_max: float = SECONDS_MAX,
) -> Proof:
    """Return how far from the best ``chosen`` can be, after so many seconds at most.

    Other threads of Python go on meanwhile. If the time is too short for a bound of HiGHS, the one
    by prices is given.
    """
    began = time.monotonic()
    found = held(relation, weights=uncovered, places=chosen)
    problem = _problem_of(relation, uncovered)
    bound = _whole(_bound_by_prices(problem, count, found))
    better: tuple[int, ...] = ()
    if found < bound:
        solved = _solve(problem, count, seconds_max)
        if solved.mip_dual_bound is not None and math.isfinite(solved.mip_dual_bound):
            bound = min(bound, _whole(-solved.mip_dual_bound))
        if solved.x is not None:
            places = np.flatnonzero(solved.x[: problem.own.size] > 1 / 2).tolist()
            people = held(relation, weights=uncovered, places=places)
            if people > found and len(places) <= count:
                better, found = tuple(places), people
    bound = max(bound, found)
    return Proof(
        bound_people=bound,
        gap=(bound - found) / bound if bound else 0.0,
        seconds=time.monotonic() - began,
        is_optimal=bound == found,
        better=better,
    )


def _whole(bound: float) -> int:
    """Return how many whole people fit below a bound."""
    return math.floor(bound + ROUNDING)


def _bound_by_prices(problem: _Problem, count: int, found: int) -> float:
    """Return a bound: the least over the prices that were tried, each one valid by itself."""
    reach, people = problem.reach, problem.groups
    offers = reach.T.tocsr()
    prices = people / np.maximum(1, np.diff(reach.indptr))
    best, stride, idle = math.inf, 1.0, 0
    for _ in range(PRICE_STEPS):
        earned = problem.own + offers @ prices
        chosen = np.argsort(-earned, kind="stable")[:count]
        value = float((people - prices).sum() + earned[chosen].sum())
        idle = 0 if value < best - ROUNDING else idle + 1
        best = min(best, value)
        if idle == PRICE_PATIENCE:
            stride, idle = stride / 2, 0
        mark = np.zeros(problem.own.size)
        mark[chosen] = 1.0
        times = reach @ mark
        # A group that pays all it has may count as covered or not: it asks for no change.
        slope = times - np.where(prices < people, 1.0, np.minimum(times, 1.0))
        length = float(slope @ slope)
        if length == 0 or best - found < 1:
            break
        prices = np.clip(prices - stride * (value - found) / length * slope, 0.0, people)
    return best


def _problem_of(relation: Relation, uncovered: People) -> _Problem:
    """Put communities together that reach the same places, and leave out those who reach none."""
    own = np.zeros(len(relation.outlet_ids))
    groups: dict[bytes, int] = {}
    starts = relation.indptr
    for community in np.flatnonzero((uncovered > 0) & (np.diff(starts) > 0)):
        reached = relation.outlets[starts[community] : starts[community + 1]]
        if reached.size == 1:
            own[reached[0]] += uncovered[community]
        else:
            key = reached.tobytes()
            groups[key] = groups.get(key, 0) + int(uncovered[community])
    rows = [np.frombuffer(key, dtype=relation.outlets.dtype) for key in groups]
    indptr = np.concatenate(([0], np.cumsum([row.size for row in rows]))).astype(np.int64)
    places = np.concatenate([*rows, np.empty(0)]).astype(np.int64)
    shape = (len(rows), own.size)
    return _Problem(
        own=own,
        groups=np.array(list(groups.values()), dtype=np.float64),
        reach=sparse.csr_array((np.ones(places.size), places, indptr), shape),
    )


def _solve(problem: _Problem, count: int, seconds_max: float) -> OptimizeResult:
    places, groups = problem.own.size, problem.groups.size
    covered = sparse.hstack([problem.reach, -sparse.eye_array(groups)], format="csc")
    number = sparse.csc_array(np.concatenate([np.ones(places), np.zeros(groups)])[None, :])
    return milp(
        -np.concatenate([problem.own, problem.groups]),
        integrality=np.concatenate([np.ones(places), np.zeros(groups)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(covered, 0, np.inf),
            LinearConstraint(number, -np.inf, count),
        ],
        options={"time_limit": seconds_max, "mip_rel_gap": 0.0},
    )
