"""Tours by savings, where no better solver is at hand: join what lies together, keep what pays.

Each stop begins as a tour of its own. The two tours whose joining saves most time are joined, end
to end, as long as one person can do the whole. Then each tour is put in a shorter order, stops that
do not pay for their way are dropped, and the tours that win most are kept, one for each person.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from service.domain.tours import Tours, TourTask, detour_s

SOLVER: Final = "savings"
PASSES_MAX: Final = 20
"""So often at most the stops of a tour are gone through."""

SHARES: Final = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15)
"""Plans are made of such shares of the stops, the most worthy ones; the best plan is kept."""


def route_by_savings(task: TourTask, _seconds: float = 0.0) -> Tours:
    """Plan tours; it takes some seconds for 500 stops, whatever time there is."""
    worthy = sorted(
        (stop for stop in range(len(task.service_s)) if task.fits([stop])),
        key=lambda stop: (-task.prizes_s[stop], stop),
    )
    # Where not all can be visited, what is joined should be of the best: so several shares of them.
    plans = [_plan(task, worthy[: math.ceil(share * len(worthy))]) for share in SHARES]
    best = max(plans, key=lambda tours: sum(_won_s(task, tour) for tour in tours))
    return Tours(stops=tuple(tuple(tour) for tour in best), solver=SOLVER)


def _plan(task: TourTask, stops: Sequence[int]) -> list[list[int]]:
    tours = {stop: [stop] for stop in stops}
    for first, second in _by_saving(task, stops):
        _join(task, tours, first, second)
    distinct = list({id(tour): tour for tour in tours.values()}.values())
    shaped = [_without_losers(task, _shortened(task, tour)) for tour in distinct]
    ranked = sorted(shaped, key=lambda tour: (-_won_s(task, tour), tour))
    kept = [tour for tour in ranked[: task.people] if _won_s(task, tour) > 0]
    _squeeze_in(task, kept)
    return kept


def _by_saving(task: TourTask, stops: Sequence[int]) -> list[tuple[int, int]]:
    """Return pairs of stops, those first whose direct way saves most."""
    index = np.array(stops, dtype=np.int64) + 1
    travel = task.travel_s
    saved = travel[index, 0][:, None] + travel[0, index][None, :] - travel[np.ix_(index, index)]
    order = np.argsort(-saved, axis=None, kind="stable")
    rows, columns = np.unravel_index(order, saved.shape)
    return [
        (stops[a], stops[b])
        for a, b in zip(rows.tolist(), columns.tolist(), strict=True)
        if a != b and saved[a, b] > 0
    ]


def _join(task: TourTask, tours: dict[int, list[int]], first: int, second: int) -> None:
    """Go on from one stop to another, where they end and begin two tours that fit together."""
    before, behind = tours[first], tours[second]
    if before is behind or before[-1] != first or behind[0] != second:
        return
    whole = before + behind
    if task.fits(whole):
        for stop in whole:
            tours[stop] = whole


def _shortened(task: TourTask, tour: list[int]) -> list[int]:
    """Turn stretches of a tour round as long as that makes it shorter."""
    best, lasts_s = tour, task.lasts_s(tour)
    for _ in range(PASSES_MAX):
        shorter = False
        for begin in range(len(best) - 1):
            for end in range(begin + 2, len(best) + 1):
                other = best[:begin] + best[begin:end][::-1] + best[end:]
                other_s = task.lasts_s(other)
                if other_s < lasts_s:
                    best, lasts_s, shorter = other, other_s, True
        if not shorter:
            break
    return best


def _without_losers(task: TourTask, tour: list[int]) -> list[int]:
    """Drop, one after another, the stop that costs most above its prize."""
    left = list(tour)
    while left:
        losses = [
            (detour_s(task, left[:at] + left[at + 1 :], stop) - task.prizes_s[stop], at)
            for at, stop in enumerate(left)
        ]
        worst, at = max(losses)
        if worst <= 0:
            break
        del left[at]
    return left


def _squeeze_in(task: TourTask, tours: list[list[int]]) -> None:
    """Bring stops that are left out into the tours that are kept, the most worthy first."""
    inside = {stop for tour in tours for stop in tour}
    left = [stop for stop in range(len(task.service_s)) if stop not in inside]
    for stop in sorted(left, key=lambda one: (-task.prizes_s[one], one)):
        for number, tour in enumerate(tours):
            if detour_s(task, tour, stop) >= task.prizes_s[stop]:
                continue
            ways = ([*tour[:at], stop, *tour[at:]] for at in range(len(tour) + 1))
            longer = min(ways, key=task.lasts_s)
            if task.fits(longer):
                tours[number] = longer
                break


def _won_s(task: TourTask, tour: Sequence[int]) -> int:
    return sum(task.prizes_s[stop] for stop in tour) - task.lasts_s(tour)
