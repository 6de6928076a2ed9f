"""How widely counts vary around what was forecast: learnt from forecasts of what is known by now.

Across machines and items variance = factor · mean^power (Taylor's law; in vending logs
1.85 · mean^1.26 a day). Both are chosen by likelihood among values around a first guess, which
comes from the differences between one step and the next; so is how wrong the rate itself tends
to be, from sums over the whole horizon.
"""

from typing import Final, NamedTuple

import numpy as np

from service.domain.demand import Spread
from service.domain.demand_counts import Floats, log_chance

OBSERVED_MIN: Final = 40
"""With fewer steps than this to learn from, the first guess stands."""

LEARNT_MAX: Final = 15_000
"""From so many steps at most the spread is learnt: every second, third … of a larger fleet."""

_PAIRS_MIN: Final = 8

SCALE_STEPS: Final = 60.0
"""So many steps' worth speak for the pool's spread against a series' own."""

SCALE_BOUNDS: Final = (0.0, 6.0)
_SURPRISE_MAX: Final = 25.0
_PUBLISHED: Final = (0.615, 0.26)
"""Logarithm of 1.85, and the power less 1."""

_TIGHTNESS: Final = (0.5, 0.15)
"""How far from the published values those of another pool usually are."""

_FACTORS: Final = np.exp(np.linspace(-0.9, 1.2, 15))
_POWERS: Final = np.linspace(-0.25, 0.5, 7)
_EXTRA: Final = np.array([0.0, 0.005, 0.01, 0.02, 0.035, 0.06, 0.1, 0.16, 0.25, 0.4, 0.65])


class Known(NamedTuple):
    """What was forecast and what came, (series, origins, steps); ``cv2`` is the rate's, (series,).

    ``mean`` is of the part of the step that was seen.
    """

    came: Floats
    mean: Floats
    seen: Floats
    cv2: Floats


def first_guess(wanted: Floats, seen: Floats) -> Spread:
    """Return the spread that the differences between steps show, drawn to the published one."""
    both = (seen[:, 1:] > 0) & (seen[:, :-1] > 0)
    count = both.sum(axis=1)
    apart = np.where(both, np.diff(wanted, axis=1), 0.0)
    variance = np.sum(apart * apart, axis=1) / np.maximum(2 * count, 1)
    mean = np.sum(np.where(both, wanted[:, 1:], 0.0), axis=1) / np.maximum(count, 1)
    use = (count >= _PAIRS_MIN) & (mean > 0) & (variance > 0)
    # log(variance / mean) = log factor + (power - 1) · log mean, with the published as a prior.
    log_mean, log_ratio = np.log(mean[use]), np.log(variance[use] / mean[use])
    weight = np.minimum(count[use], 200) / 20.0
    prior = np.array([1 / _TIGHTNESS[0] ** 2, 1 / _TIGHTNESS[1] ** 2])
    design = np.stack([np.ones_like(log_mean), log_mean])
    normal = (design * weight) @ design.T + np.diag(prior)
    right = (design * weight) @ log_ratio + prior * np.array(_PUBLISHED)
    log_factor, power = np.linalg.solve(normal, right)
    return Spread(
        factor=float(np.exp(np.clip(log_factor, -1.0, 8.0))),
        power=float(1.0 + np.clip(power, -0.3, 1.0)),
    )


def fit(known: Known, guess: Spread) -> tuple[Spread, float]:
    """Return the likeliest spread, and the rate's own further variance."""
    use = known.seen > 0
    if int(use.sum()) < OBSERVED_MIN:
        return guess, float(_EXTRA[4])
    spread, extra = guess, 0.0
    every = -(-int(use.sum()) // LEARNT_MAX)
    cv2 = np.broadcast_to(known.cv2[:, None, None], use.shape)
    came, mean, cv2 = (one[use][::every] for one in (known.came, known.mean, cv2))
    for _ in range(2):
        spread = _spread(came, mean, cv2 + extra, guess)
        extra = _extra(known, spread)
    return spread, extra


def _spread(came: Floats, mean: Floats, cv2: Floats, guess: Spread) -> Spread:
    best, found = -np.inf, guess
    middle = np.log(max(float(np.median(mean)), 1e-3))
    for factor in _FACTORS:
        for power in _POWERS:
            # The factor is set at the usual mean, so that both can be chosen one by one.
            at_middle = guess.factor * factor * np.exp(-power * middle)
            spread = Spread(factor=float(at_middle), power=float(guess.power + power))
            variance = spread.variance(mean) + mean * mean * cv2
            likely = float(np.sum(log_chance(came, mean, variance)))
            likely -= 0.5 * (np.log(factor) / 0.6) ** 2 + 0.5 * (power / 0.2) ** 2
            if likely > best:
                best, found = likely, spread
    return found


def _extra(known: Known, spread: Spread) -> float:
    """Return by how much more the rate varies than was said, from the sums of each horizon."""
    use = known.seen > 0
    came = np.where(use, known.came, 0.0).sum(axis=2)
    mean = np.where(use, known.mean, 0.0).sum(axis=2)
    own = np.where(use, spread.variance(known.mean), 0.0).sum(axis=2)
    some = mean > 0
    cv2 = np.broadcast_to(known.cv2[:, None], some.shape)[some]
    variances = [own[some] + mean[some] ** 2 * (cv2 + extra) for extra in _EXTRA]
    likely = [float(log_chance(came[some], mean[some], one).sum()) for one in variances]
    return float(_EXTRA[int(np.argmax(likely))])


def scales(known: Known, spread: Spread, extra: float) -> Floats:
    """Return how much more or less than its pool each series varies."""
    use = known.seen > 0
    own = spread.variance(known.mean)
    variance = own + known.mean**2 * (known.cv2[:, None, None] + extra)
    surprise = np.where(use, (known.came - known.mean) ** 2 / np.maximum(variance, 1e-9), 0.0)
    surprise = np.minimum(surprise, _SURPRISE_MAX)
    count = use.sum(axis=(1, 2))
    # What the pool leaves over or under is the pool's own matter.
    surprise_all = float(surprise.sum()) / max(int(count.sum()), 1)
    seldom = surprise.sum(axis=(1, 2)) / max(surprise_all, 1e-9)
    times = (SCALE_STEPS + seldom) / (SCALE_STEPS + count)
    surplus = np.where(use, own - known.mean, 0.0).sum(axis=(1, 2))
    whole = np.where(use, variance, 0.0).sum(axis=(1, 2))
    scale = 1.0 + (times - 1.0) * whole / np.maximum(surplus, 1e-9 + 0.05 * whole)
    return np.asarray(np.clip(scale, *SCALE_BOUNDS))
