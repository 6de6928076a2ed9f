"""What to do: outlets ranked by the people that a restock or a repair would bring back.

Now: the people in reach of an outlet that is empty or out of order who, at this hour, surely reach
nobody that has the item. Within the next seven days: with d the days that an outlet's stock lasts
(0 where it is empty or out of order), a community has the item for the largest d in its reach, and
restocking an outlet to last the week keeps people × (7 − that d) people-days of those in its reach.
So an outlet that alone serves its people and runs out in two days counts five days for each.

Where we do not know whether another outlet in reach has the item, people count in the high figure
only. Opening hours are looked at for now, and left aside for the week. What is counted for two
outlets alike is counted once in ``gain`` and ``gain_minutes``: in greedy order, best first.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import PERHAPS, People, Standing, Standings, at_hour
from service.domain.reach import Relation
from service.domain.siting import pick, weight_in_reach

WINDOW_DAYS: Final = 7
DAY_MINUTES: Final = 1_440
WINDOW_MINUTES: Final = WINDOW_DAYS * DAY_MINUTES

_DOWN: Final = (Standing.EMPTY, Standing.MACHINE)


class Action(StrEnum):
    """What would help: packs, or a pair of hands."""

    RESTOCK = "restock"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """An outlet, and what acting on it would win of one item; minutes are people × minutes.

    ``people`` and ``people_minutes`` are of this outlet alone; ``…_high`` counts with them those of
    whom we do not know whether another outlet serves them. ``gain`` is what it adds to the outlets
    that come before it in the ranking for now, ``gain_minutes`` in the ranking for the week.
    """

    outlet: int
    action: Action
    standing: Standing
    people: int
    people_high: int
    gain: int
    people_minutes: int
    people_minutes_high: int
    gain_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One item at each outlet: how it stands whatever the hour, whether it is open, how it lasts.

    ``days_left`` is infinite where nothing goes, and not a number where there is no forecast: such
    an outlet is taken to last.
    """

    standings: Standings
    is_open: NDArray[np.bool_]
    days_left: NDArray[np.float64]


def prioritise(relation: Relation, *, people: People, supply: Supply) -> tuple[Priority, ...]:
    """Return every outlet at which something can be won, best for now first."""
    down = np.isin(supply.standings, _DOWN)
    # A shut outlet brings nobody back before it opens.
    now = down & supply.is_open
    best = _best(relation, at_hour(supply.standings, supply.is_open))
    surely = np.where(best < Standing.UNKNOWN, people, 0)
    perhaps = np.where(best < Standing.IN_STOCK, people, 0)
    lasts = _lasting_minutes(supply)
    week = down | ((supply.standings == Standing.IN_STOCK) & (lasts < WINDOW_MINUTES))
    may_last = np.where(np.isin(supply.standings, PERHAPS), WINDOW_MINUTES, lasts)
    lost = people * (WINDOW_MINUTES - _best(relation, may_last))
    lost_high = people * (WINDOW_MINUTES - _best(relation, lasts))
    figures = (
        *(_sums(relation, weights, now) for weights in (surely, perhaps)),
        _gains(relation, surely, now),
        *(_sums(relation, weights, week) for weights in (lost, lost_high)),
        _gains(relation, lost, week),
    )
    found = [
        _priority(outlet, supply, tuple(int(figure[outlet]) for figure in figures))
        for outlet in np.flatnonzero((figures[1] > 0) | (figures[4] > 0)).tolist()
    ]
    return tuple(sorted(found, key=rank_now))


def rank_now(one: Priority) -> tuple[int, ...]:
    """Return the place in the ranking for now."""
    return (-one.gain, -one.people, -one.people_high, *_rank_week(one), one.outlet)


def rank_week(one: Priority) -> tuple[int, ...]:
    """Return the place in the ranking for the next seven days."""
    return (*_rank_week(one), -one.gain, -one.people, one.outlet)


def _rank_week(one: Priority) -> tuple[int, ...]:
    return (-one.gain_minutes, -one.people_minutes, -one.people_minutes_high)


def _priority(outlet: int, supply: Supply, figures: tuple[int, ...]) -> Priority:
    standing = Standing(supply.standings[outlet])
    people, people_high, gain, minutes, minutes_high, gain_minutes = figures
    return Priority(
        outlet=outlet,
        action=Action.REPAIR if standing is Standing.MACHINE else Action.RESTOCK,
        standing=standing,
        people=people,
        people_high=people_high,
        gain=gain,
        people_minutes=minutes,
        people_minutes_high=minutes_high,
        gain_minutes=gain_minutes,
    )


def _lasting_minutes(supply: Supply) -> NDArray[np.int64]:
    """Return how much of the week each outlet surely has the item, in minutes."""
    known = np.where(np.isnan(supply.days_left), np.inf, supply.days_left)
    minutes = np.rint(np.clip(known, 0, WINDOW_DAYS) * DAY_MINUTES).astype(np.int64)
    return np.where(supply.standings == Standing.IN_STOCK, minutes, 0)


def _best(relation: Relation, values: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the largest value in each community's reach; 0 where nothing is in reach."""
    best = np.zeros(len(relation.community_ids), dtype=np.int64)
    there = np.diff(relation.indptr) > 0
    if there.any():
        best[there] = np.maximum.reduceat(values[relation.outlets], relation.indptr[:-1][there])
    return best


def _sums(relation: Relation, weights: People, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the weight in reach of each of some outlets; 0 for the others."""
    return np.where(among, weight_in_reach(relation, weights), 0)


def _gains(relation: Relation, weights: People, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    size = len(relation.outlet_ids)
    picked = pick(relation, weights=weights, most=size, among=among)
    gains = np.zeros(size, dtype=np.int64)
    gains[list(picked.places)] = picked.gains
    return gains
