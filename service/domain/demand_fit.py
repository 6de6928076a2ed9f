"""The demand model: forecasts from counts, seen shares and cycles, weighed by how they did so far.

1. ``demand_profile`` learns weekdays, months and marked days. 2. ``demand_levels`` gives each
series' level by many ways to look back. 3. Each way forecasts the last few horizons from what was
known before them; a way counts for a series by how likely it made what came, and all series
together say how likely each way is beforehand (a mixture fitted by EM). 4. The same forecasts of
what is known by now teach ``demand_spread`` how widely counts vary around them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from service.domain import demand_spread
from service.domain.demand import Spread
from service.domain.demand_counts import Floats, log_chance
from service.domain.demand_levels import DAMPING, Levels, Past, Way, levels, movement, ways
from service.domain.demand_panel import Panel, Step
from service.domain.demand_profile import profile_of

ORIGINS_MAX: Final = 4
"""So many past horizons at most are forecast anew."""

CHECK_STEPS_MAX: Final = {Step.DAY: 28, Step.WEEK: 8, Step.MONTH: 6}
"""So many steps of each of them at most."""

_HISTORY_MIN: Final = {Step.DAY: 21, Step.WEEK: 8, Step.MONTH: 6}
_ROUNDS: Final = 25
_TRUST: Final = 0.5
"""Steps of one horizon err together, so their likelihood counts by less."""

_RATE_CV2_MAX: Final = 4.0
_FOR_EVER: Final = 1e6
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is expected of each series at each step ahead: shapes (series, horizon), (series,)."""

    mean: Floats
    rate_cv2: Floats
    spread: Spread
    scale: Floats
    ways: tuple[tuple[Way, float], ...]
    """Each way to look back with its weight over all series."""

    def spread_of(self, series: int) -> Spread:
        """Return the spread of one series."""
        return Spread(
            factor=self.spread.factor, power=self.spread.power, scale=float(self.scale[series])
        )

    def variance(self) -> Floats:
        """Return the variance of each step's count."""
        own = self.spread.variance(self.mean) - self.mean
        return np.asarray(
            self.mean + self.scale[:, None] * own + self.mean**2 * self.rate_cv2[:, None]
        )


class _View(NamedTuple):
    """What all ways say at one origin."""

    levels: list[Levels]
    ahead: list[Floats]
    """Profile and movement of the steps ahead, by way, (series, steps)."""


def _unheard(_share: float) -> None:
    """Let it go unheard."""


def forecast(panel: Panel, *, tell: Callable[[float], None] = _unheard) -> Forecast:
    """Return the forecast for the ``horizon`` steps after the history; ``tell`` hears how far."""
    guess = demand_spread.first_guess(panel.wanted, panel.seen)
    now = _look_back(panel, panel.steps, panel.horizon, guess)
    origins, steps = _origins(panel)
    all_ways = _ways(panel)
    means = _means(now, all_ways, panel)
    if not origins:
        share = np.full((len(all_ways), len(panel.group)), 1.0 / len(all_ways))
        mean, cv2 = _mixed(share, means, now)
        spread, extra, scale = guess, 0.05, np.ones(len(panel.group))
    else:
        back: list[_View] = []
        for at in origins:
            tell((len(back) + 1) / (len(origins) + 2))
            back.append(_look_back(panel, at, steps, guess))
        share = _weigh(panel, back, origins, steps, guess, all_ways)
        known = _known(panel, back, origins, steps, share, all_ways)
        spread, extra = demand_spread.fit(known, guess)
        scale = demand_spread.scales(known, spread, extra)
        mean, cv2 = _mixed(share, means, now)
    weights = share.mean(axis=1)
    tell(1.0)
    return Forecast(
        mean=mean,
        rate_cv2=np.minimum(cv2 + extra, _RATE_CV2_MAX),
        spread=spread,
        scale=scale,
        ways=tuple(zip(all_ways, weights.tolist(), strict=True)),
    )


def _origins(panel: Panel) -> tuple[list[int], int]:
    """Return where to stand in the past, and how many steps to look ahead from there."""
    steps = min(panel.horizon, CHECK_STEPS_MAX[panel.step], max(1, panel.steps // 4))
    first = _HISTORY_MIN[panel.step]
    found = [panel.steps - number * steps for number in range(1, ORIGINS_MAX + 1)]
    return [at for at in found if at >= first], steps


def _ways(panel: Panel) -> tuple[Way, ...]:
    seasonal = any(cycle.yearly and panel.steps >= cycle.steps_min for cycle in panel.cycles)
    return ways(panel.step, seasonal=seasonal)


def _look_back(panel: Panel, upto: int, ahead: int, guess: Spread) -> _View:
    """Return what each way says of the steps after ``upto`` from those before alone."""
    wanted, seen, group = panel.wanted[:, :upto], panel.seen[:, :upto], panel.group
    plain = Past(wanted=wanted, seen=seen, group=group, spread=np.ones(len(wanted)))
    rough = levels(plain, _FOR_EVER).rate
    spread = np.maximum(1.0, guess.variance(rough) / np.maximum(rough, _LEAST))
    found = _View([], [])
    profiles: dict[bool, Floats] = {}
    known: dict[tuple[bool, float], tuple[Past, Floats]] = {}
    for way in _ways(panel):
        if way.seasonal not in profiles:
            profiles[way.seasonal] = profile_of(panel, upto, ahead, spread, seasonal=way.seasonal)
        key = (way.seasonal, way.pool_half_life)
        if key not in known:
            profile = profiles[way.seasonal]
            past = Past(wanted=wanted, seen=seen * profile[:, :upto], group=group, spread=spread)
            known[key] = _moved(past, profile[:, upto:], way.pool_half_life)
        past, coming = known[key]
        found.levels.append(levels(past, way.half_life, slope=way.slope))
        found.ahead.append(coming)
    return found


def _moved(past: Past, coming: Floats, half_life: float) -> tuple[Past, Floats]:
    """Return the past in units of how the pool moved, and the steps ahead with how it stands."""
    if half_life <= 0:
        return past, coming
    moved = movement(past, levels(past, _FOR_EVER).rate, half_life)
    return replace(past, seen=past.seen * moved), coming * moved[-1]


def _mean(level: Levels, ahead: Floats, step: Step) -> Floats:
    """Return what a way expects at each step ahead."""
    damped = np.cumsum(DAMPING[step] ** np.arange(1, ahead.shape[1] + 1))
    rate = level.rate[:, None] + level.trend[:, None] * damped
    return np.asarray(np.maximum(rate, 0.1 * level.rate[:, None]) * ahead)


def _means(view: _View, all_ways: tuple[Way, ...], panel: Panel) -> Floats:
    assert len(view.levels) == len(all_ways)
    return np.stack(
        [
            _mean(level, ahead, panel.step)
            for level, ahead in zip(view.levels, view.ahead, strict=True)
        ]
    )


def _weigh(
    panel: Panel,
    back: list[_View],
    origins: list[int],
    steps: int,
    guess: Spread,
    all_ways: tuple[Way, ...],
) -> Floats:
    """Return how much each way counts for each series, (ways, series)."""
    likely = np.zeros((len(all_ways), len(panel.group)))
    for view, at in zip(back, origins, strict=True):
        came, seen = panel.wanted[:, at : at + steps], panel.seen[:, at : at + steps]
        for number, (level, ahead) in enumerate(zip(view.levels, view.ahead, strict=True)):
            mean = _mean(level, ahead, panel.step) * seen
            variance = guess.variance(mean) + mean * mean * level.cv2[:, None]
            chance = log_chance(came, mean, variance)
            likely[number] += np.where(seen > 0, chance, 0.0).sum(axis=1)
    likely *= _TRUST
    likely -= likely.max(axis=0)
    prior = np.full(len(all_ways), 1.0 / len(all_ways))
    for _ in range(_ROUNDS):
        share = prior[:, None] * np.exp(likely)
        share /= share.sum(axis=0)
        # One series' worth of doubt keeps every way possible.
        prior = (share.sum(axis=1) + 1.0 / len(all_ways)) / (len(panel.group) + 1.0)
    return np.asarray(share)


def _mixed(share: Floats, means: Floats, view: _View) -> tuple[Floats, Floats]:
    """Return the mean of all ways, and how much the rate varies within and between them."""
    mean = np.einsum("cn,cnh->nh", share, means)
    rate = means.mean(axis=2)
    middle = np.maximum((share * rate).sum(axis=0), 1e-9)
    apart = (share * (rate / middle - 1.0) ** 2).sum(axis=0)
    within = sum(
        weight * level.cv2 * (one / middle) ** 2
        for weight, level, one in zip(share, view.levels, rate, strict=True)
    )
    return mean, np.asarray(within + apart)


def _known(
    panel: Panel,
    back: list[_View],
    origins: list[int],
    steps: int,
    share: Floats,
    all_ways: tuple[Way, ...],
) -> demand_spread.Known:
    """Return what would have been forecast, and what came."""
    parts = [_mixed(share, _means(view, all_ways, panel), view) for view in back]
    cuts = [slice(at, at + steps) for at in origins]
    seen = np.stack([panel.seen[:, cut] for cut in cuts], axis=1)
    mean = np.stack([mean for mean, _ in parts], axis=1)
    return demand_spread.Known(
        came=np.stack([panel.wanted[:, cut] for cut in cuts], axis=1),
        mean=mean * seen,
        seen=seen,
        cv2=np.mean([cv2 for _, cv2 in parts], axis=0),
    )
