"""Arithmetic of over-dispersed counts: the negative binomial, for many at once.

A count with mean m and variance v > m is taken as negative binomial, that is Poisson with a rate
drawn from a Gamma distribution: shape r = m² / (v - m), P(0) = (r / (r + m))^r and
P(k + 1) = P(k) · (k + r) / (k + 1) · m / (r + m). With v = m it is Poisson. (Johnson, Kemp & Kotz,
Univariate Discrete Distributions, chapter 5.) The sum of a few days' counts is taken as negative
binomial again, with the sum's own mean and variance.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SHAPE_MAX: Final = 1e7
"""From this shape on a negative binomial is Poisson to the sixth decimal."""

MEAN_MAX: Final = 400.0
"""Above this mean, counts are reckoned in coarser units: nobody can tell 4,000 from 4,001."""

STEPS_MAX: Final = 200_000
"""So many counts from zero on are summed up at most."""

_STIRLING_FROM: Final = 8.0
_MEAN_LEAST: Final = 1e-12


def shape_of(mean: Floats, variance: Floats) -> Floats:
    """Return the shape of negative binomials; where the variance is the mean's, a Poisson's."""
    surplus = np.maximum(variance - mean, mean * mean / SHAPE_MAX)
    return np.where(mean > 0, mean * mean / np.maximum(surplus, _MEAN_LEAST**2), SHAPE_MAX)


def log_gamma(x: Floats) -> Floats:
    """Return the logarithm of the Gamma function of positive numbers, by Stirling's series."""
    x = np.asarray(x, dtype=np.float64)
    product = np.ones_like(x)
    shifted = x.copy()
    for _ in range(int(_STIRLING_FROM)):
        low = shifted < _STIRLING_FROM
        product = np.where(low, product * shifted, product)
        shifted = np.where(low, shifted + 1.0, shifted)
    inverse = 1.0 / shifted
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    whole = (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * math.log(2 * math.pi) + series
    return np.asarray(whole - np.log(product), dtype=np.float64)


def log_chance(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the logarithm of the chance of counts; they need not be whole."""
    mean = np.maximum(mean, _MEAN_LEAST)
    shape = shape_of(mean, variance)
    share = np.log1p(mean / shape)
    found = np.asarray(-shape * share)
    some = count > 0  # Most counts are zero, and the rest costs more.
    if some.any():
        count, shape = count[some], shape[some]
        of_shape = log_gamma(count + shape) - log_gamma(shape)
        # Where the shape is huge this difference has lost its digits, and Poisson's is known.
        of_poisson = count * np.log(shape) + count * (count - 1) / (2 * shape)
        of_shape = np.where(shape > SHAPE_MAX / 10, of_poisson, of_shape)
        of_share = count * (np.log(mean[some] / shape) - share[some])
        found[some] += of_shape - log_gamma(count + 1.0) + of_share
    return found


def chances(mean: float, variance: float, *, upto: int) -> Floats:
    """Return P(0), P(1), …, P(upto) of one count."""
    assert 0 <= upto <= STEPS_MAX
    if mean <= 0:
        return np.concatenate([[1.0], np.zeros(upto)])
    counts = np.arange(upto + 1, dtype=np.float64)
    return np.exp(log_chance(counts, np.full(upto + 1, mean), np.full(upto + 1, variance)))


def quantiles(mean: Floats, variance: Floats, levels: Floats) -> Floats:
    """Return, for each count and level p, the least number k with P(count ≤ k) ≥ p.

    Shapes: ``mean`` and ``variance`` (n,), ``levels`` (q,) ascending; the result is (n, q). Counts
    of a large mean are reckoned in units of mean / MEAN_MAX, or where they are nearly certain
    by the normal distribution.
    """
    assert mean.shape == variance.shape
    unit = np.maximum(1.0, mean / MEAN_MAX)
    narrow = variance < mean * unit
    found = np.empty((len(mean), len(levels)))
    if narrow.any():
        # Few units wide: the normal distribution with the continuity correction is as good.
        normal = np.array([_normal_quantile(level) for level in levels])
        deviation = np.sqrt(np.maximum(variance[narrow], mean[narrow]))
        steps = mean[narrow, None] + deviation[:, None] * normal - 0.5
        found[narrow] = np.maximum(0, np.ceil(steps))
    wide = np.flatnonzero(~narrow)
    for some in np.array_split(wide[np.argsort(mean[wide], kind="stable")], len(wide) // 4096 + 1):
        inverse = 1.0 / unit[some]
        steps = _in_steps(mean[some] * inverse, variance[some] * inverse**2, levels)
        found[some] = np.ceil(steps * unit[some, None])
    return found


def shortfalls(held: Whole, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return, for each stock, the chance that nothing is left, and the packs wanted in vain."""
    shape = shape_of(mean, variance)
    chance = np.exp(-shape * np.log1p(mean / shape))
    below = np.zeros_like(mean)
    lost = mean.copy()
    for step in range(int(held.max(initial=0))):
        # E[(D - s)+] = E[D] - the sum over k < s of P(D > k).
        below = np.where(step < held, below + chance, below)
        lost -= np.where(step < held, np.maximum(0.0, 1.0 - below), 0.0)
        chance = chance * (step + shape) / (step + 1) * (mean / (shape + mean))
    return np.clip(1.0 - below, 0.0, 1.0), np.maximum(0.0, lost)


def _in_steps(mean: Floats, variance: Floats, levels: Floats) -> Floats:
    """Count up from zero until every level is reached."""
    shape = shape_of(mean, variance)
    chance = np.exp(-shape * np.log1p(mean / shape))
    ratio = mean / (shape + mean)
    below = chance.copy()
    found = np.zeros((len(mean), len(levels)))
    for step in range(STEPS_MAX):
        # What is lost to rounding must not keep us counting for ever.
        missing = below[:, None] < np.minimum(levels, 1 - 1e-9)
        if not missing.any():
            break
        found += missing
        chance = chance * ratio * (step + shape) / (step + 1)
        below += chance
    return found


def _normal_quantile(level: float) -> float:
    """Return a quantile of the standard normal distribution, by bisection."""
    low, high = -10.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        if (1 + math.erf(middle / math.sqrt(2))) / 2 < level:
            low = middle
        else:
            high = middle
    return high
