"""How many a step each series is asked for by now: many ways to look back, each in closed form.

Each way forgets the past by a half-life, may follow how the whole pool moves, and may see a trend.
What a series shows itself is drawn towards its pool: by Bühlmann and Straub's credibility, which is
exact for a Poisson count with a Gamma-distributed rate, rate = (m · B + r · X) / (B + X), where r
is the series' own rate, X the steps seen (as far as they are not forgotten), m the pool's mean and
B = spread · m / (variance between the rates of the pool).
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from service.domain.demand_counts import Floats, Whole
from service.domain.demand_panel import Step

TINY: Final = 1e-9

GROUP_LIKE_MAX: Final = 2.0
"""All groups together speak for one with the weight of so many of its machines at most."""


class Way(NamedTuple):
    """One way to look back, in steps; 0: without."""

    half_life: float
    pool_half_life: float
    slope: float
    """The usual size of a trend a step, as a share of the level."""
    seasonal: bool


class Levels(NamedTuple):
    """Each series' rate a step now, its squared coefficient of variation, and its trend a step."""

    rate: Floats
    cv2: Floats
    trend: Floats


_HALF_LIVES: Final = {
    Step.DAY: (10.0, 21.0, 45.0, 90.0, 200.0, 600.0),
    Step.WEEK: (3.0, 6.0, 13.0, 26.0, 80.0),
    Step.MONTH: (1.5, 3.0, 6.0, 12.0, 36.0),
}
_POOL_HALF_LIVES: Final = {Step.DAY: (0.0, 21.0), Step.WEEK: (0.0, 5.0), Step.MONTH: (0.0, 3.0)}
_SLOPES: Final = {
    Step.DAY: ((45.0, 200.0), 0.004),
    Step.WEEK: ((13.0, 80.0), 0.02),
    Step.MONTH: ((6.0, 36.0), 0.03),
}
DAMPING: Final = {Step.DAY: 0.985, Step.WEEK: 0.95, Step.MONTH: 0.92}
"""A trend goes on by so much less with each step."""


def ways(step: Step, *, seasonal: bool) -> tuple[Way, ...]:
    """Return all ways to look back on steps of this length."""
    trended, slope = _SLOPES[step]
    return tuple(
        Way(half_life, pool, slope if sloped else 0.0, season)
        for season in ((False, True) if seasonal else (False,))
        for pool in _POOL_HALF_LIVES[step]
        for half_life in _HALF_LIVES[step]
        for sloped in ((False, True) if half_life in trended else (False,))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is looked back on: ``seen`` is already in units of the profile, (series, steps)."""

    wanted: Floats
    seen: Floats
    group: Whole
    spread: Floats
    """Variance ÷ mean of a step's count, (series,)."""


def levels(past: Past, half_life: float, *, slope: float = 0.0) -> Levels:
    """Return the levels at the end of the history."""
    steps = past.wanted.shape[1]
    age = np.arange(steps - 1, -1, -1, dtype=np.float64)
    weight = np.exp2(-age / half_life)
    got, seen = past.wanted @ weight, past.seen @ weight
    squared = past.seen @ (weight * weight)
    # So many whole steps tell as much as these, of which some are half forgotten.
    worth = np.where(squared > 0, seen * seen / np.maximum(squared, TINY), 0.0)
    own = np.where(seen > 0, got / np.maximum(seen, TINY), 0.0)
    mean, between = _pool(own, worth, past.group, past.spread)
    pull = past.spread * mean / np.maximum(between, TINY * mean * mean + TINY**2)
    rate = (mean * pull + own * worth) / np.maximum(pull + worth, TINY)
    cv2 = past.spread / np.maximum(rate * (pull + worth), TINY)
    trend = np.zeros_like(rate)
    if slope > 0:
        middle = (past.seen @ (weight * age)) / np.maximum(seen, TINY)
        width = past.seen @ (weight * age * age) - seen * middle * middle
        along = past.wanted @ (weight * age) - got * middle
        stiff = past.spread / np.maximum(slope * slope * rate, TINY)
        trend = -along / np.maximum(width + stiff, TINY)
        trend = np.clip(trend, -2 * slope * rate, 2 * slope * rate)
        rate = np.maximum(rate + trend * middle, 0.2 * rate)
    return Levels(rate, np.minimum(cv2, 4.0), trend)


def _pool(own: Floats, worth: Floats, group: Whole, spread: Floats) -> tuple[Floats, Floats]:
    """Return, for each series, the mean rate of its pool and the variance between its rates."""
    groups = int(group.max()) + 1
    # Each machine counts, one that was seen long by no more than ten spreads' worth.
    trust = worth / (worth + 10.0 * spread)
    # Where nobody asked for anything so far, somebody may: a third of a pack in all the time seen.
    least = 0.3 / max(float(worth.sum()), 1.0)
    everywhere = max(float(trust @ own) / max(float(trust.sum()), TINY), least)
    count = np.bincount(group, weights=trust, minlength=groups)
    got = np.bincount(group, weights=trust * own, minlength=groups)
    alone = np.where(count > 0, got / np.maximum(count, TINY), everywhere)
    # A group of few is much like all the others, unless groups differ more than their members do.
    within = float(trust @ (own - alone[group]) ** 2)
    apart = float(count @ (alone - everywhere) ** 2)
    like = min(GROUP_LIKE_MAX, within / max(apart, TINY))
    mean = (got + like * everywhere) / np.maximum(count + like, TINY)
    of_series = np.maximum(mean, least)[group]
    chance = spread * of_series / np.maximum(worth, TINY)
    surplus = np.where(worth > 0, trust * ((own - of_series) ** 2 - chance), 0.0)
    between = np.bincount(group, weights=surplus, minlength=groups)
    relative = max(float(surplus.sum()) / max(float(trust @ of_series**2), TINY), 0.02)
    between = (between + 4.0 * relative * mean * mean) / (count + 4.0)
    return of_series, np.maximum(between[group], 0.02 * of_series**2)


def movement(past: Past, rate: Floats, half_life: float) -> Floats:
    """Return how the whole pool stood at each step against the mean; the last goes on.

    It looks both ways, so that the past is told as it was; at the end there is only what was.
    """
    steps = past.wanted.shape[1]
    share = 1.0 / past.spread
    got, due = share @ past.wanted, (share * rate) @ past.seen
    age = np.abs(np.subtract.outer(np.arange(steps), np.arange(steps)))
    kernel = np.exp2(-age / half_life)
    # Twenty packs' worth of "as always".
    return np.asarray((kernel @ got + 20.0) / (kernel @ due + 20.0), dtype=np.float64)
