"""Forecasts of worlds with the published statistics, against what people forecast with today.

``make bench NAME=forecast``. Rolling origins; what is scored is what people wanted, also where the
shelf was empty. RMSSE, bias and pinball loss are of single steps; ``total`` is of the sum over the
horizon, which is what a restocking round needs. Coverage is of the 90 % interval; since counts are
whole numbers, a count that lies on a bound counts by the part of its chance that is within (the
randomised probability integral transform), or zeros would cover everything.
"""

import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import numpy as np

from service.calendars import CAMPUS_BREAKS, marks
from service.domain.demand_counts import quantiles, shortfalls
from service.domain.demand_fit import Forecast, forecast
from service.domain.demand_panel import Panel, Step, cycles_of
from tests.bench.forecast_peers import SEEN_LEAST, empirical, peers
from tests.bench.forecast_world import Floats, World, daily_world, monthly_world
from tests.bench.report import Figures

SEEDS: Final = (1, 2)
ORIGINS: Final = 3
LEVELS: Final = np.round(np.arange(0.05, 0.951, 0.05), 2)
OURS: Final = "ours"
_WINDOW: Final = {"daily": 90, "monthly": 3}
_STEP: Final = {"daily": Step.DAY, "monthly": Step.MONTH}
Scores = dict[str, list[float]]


def measure() -> Figures:
    """Score every world and origin, and say how we stand beside the best peer."""
    figures: dict[str, float | int | str] = {}
    ratios, total_ratios = [], []
    of_all: dict[str, list[float]] = {"bias": [], "coverage_90": [], "coverage_90_total": []}
    started = time.perf_counter()
    for name, make in (("daily", daily_world), ("monthly", monthly_world)):
        scores = _world(name, make)
        figures |= _table(name, scores)
        ratios.append(_ratio(scores, "rmsse"))
        total_ratios.append(_ratio(scores, "rmsse_total"))
        for key, values in of_all.items():
            values.append(float(np.mean(scores[OURS][key])))
            figures[f"forecast.{name}.{key}"] = values[-1]
        figures[f"forecast.{name}.rmsse_ratio_best_peer"] = ratios[-1]
        figures[f"forecast.{name}.rmsse_total_ratio_best_peer"] = total_ratios[-1]
    figures["forecast.seconds"] = time.perf_counter() - started
    figures["forecast.rmsse_total_ratio_best_peer"] = float(np.mean(total_ratios))
    figures["forecast.rmsse_ratio_best_peer"] = float(np.mean(ratios))
    for key, values in of_all.items():
        figures[f"forecast.{key}"] = float(np.mean(values))
    return figures


def _world(name: str, make: Callable[[int], World]) -> Mapping[str, Scores]:
    scores: dict[str, Scores] = {}
    for seed in SEEDS:
        world = make(seed)
        for origin in range(1, ORIGINS + 1):
            at = world.wanted.shape[1] - origin * world.horizon
            for who, one in _score(world, at, name).items():
                mine = scores.setdefault(who, {})
                for key, value in one.items():
                    mine.setdefault(key, []).append(value)
    return scores


def _score(world: World, at: int, name: str) -> Mapping[str, Mapping[str, float]]:
    """Return the scores of everybody at one origin."""
    came = world.wanted[:, at : at + world.horizon]
    sold, seen = world.sold[:, :at], world.seen[:, :at]
    scale = np.array(
        [
            np.mean(np.diff(row[kept >= SEEN_LEAST]) ** 2)
            for row, kept in zip(sold, seen, strict=True)
        ]
    )
    use = scale > 0
    ours = forecast(panel_of(world, at, name))
    found = {OURS: _errors(came[use], ours.mean[use], scale[use])}
    wanted = quantiles(ours.mean.ravel(), ours.variance().ravel(), LEVELS)
    found[OURS]["pinball"] = pinball(came, wanted.reshape(*came.shape, -1))
    found[OURS] |= _coverage(came, ours, np.random.default_rng(at))
    told = peers(sold, seen, window=_WINDOW[name])
    for who, mean in told.items():
        level = np.broadcast_to(mean[:, None], came.shape)
        found[who] = _errors(came[use], level[use], scale[use])
        poisson = quantiles(mean, mean, LEVELS)[:, None, :]
        found[who]["pinball"] = pinball(came, np.broadcast_to(poisson, (*came.shape, LEVELS.size)))
    usual = empirical(sold, seen, LEVELS)[:, None, :]
    found["empirical"] = {
        "pinball": pinball(came, np.broadcast_to(usual, (*came.shape, LEVELS.size)))
    }
    return found


def panel_of(world: World, at: int, name: str) -> Panel:
    """Return what is known of a world at a moment; the calendar is the service's own."""
    first: date = world.first
    return Panel(
        step=_STEP[name],
        wanted=world.sold[:, :at],
        seen=world.seen[:, :at],
        group=world.kind,
        cycles=cycles_of(first, at + world.horizon, _STEP[name], marks=marks("CN", CAMPUS_BREAKS)),
        horizon=world.horizon,
    )


def _errors(came: Floats, mean: Floats, scale: Floats) -> dict[str, float]:
    total = (came.sum(axis=1) - mean.sum(axis=1)) ** 2 / (scale * came.shape[1])
    return {
        "rmsse": float(np.sqrt(np.mean((came - mean) ** 2, axis=1) / scale).mean()),
        "rmsse_total": float(np.sqrt(total.mean())),
        "bias": float(mean.sum() / came.sum() - 1.0),
    }


def pinball(came: Floats, wanted: Floats) -> float:
    """Return the mean pinball loss over all levels."""
    over = came[..., None] - wanted
    return float(np.maximum(LEVELS * over, (LEVELS - 1) * over).mean())


def _coverage(came: Floats, ours: Forecast, rng: np.random.Generator) -> dict[str, float]:
    variance = ours.variance()
    own = variance - ours.mean**2 * ours.rate_cv2[:, None]
    total = ours.mean.sum(axis=1)
    of_total = own.sum(axis=1) + total**2 * ours.rate_cv2
    return {
        "coverage_90": within(came.ravel(), ours.mean.ravel(), variance.ravel(), rng),
        "coverage_90_total": within(came.sum(axis=1), total, of_total, rng),
    }


def within(came: Floats, mean: Floats, variance: Floats, rng: np.random.Generator) -> float:
    """Return the share within the 90 % interval; what is on a bound, by its part."""
    count = came.astype(np.int64)
    below = 1.0 - shortfalls(count, mean, variance)[0]
    upto = 1.0 - shortfalls(count + 1, mean, variance)[0]
    place = below + rng.random(count.shape) * (upto - below)
    return float(np.mean((place > LEVELS[0]) & (place < LEVELS[-1])))


def _ratio(scores: Mapping[str, Scores], key: str) -> float:
    others = [float(np.mean(one[key])) for who, one in scores.items() if who != OURS and key in one]
    return float(np.mean(scores[OURS][key])) / min(others)


def _table(name: str, scores: Mapping[str, Scores]) -> dict[str, Any]:
    return {
        f"forecast.{name}.{who}.{key}": float(np.mean(values))
        for who, one in scores.items()
        for key, values in one.items()
        if not key.startswith("coverage")
    }
