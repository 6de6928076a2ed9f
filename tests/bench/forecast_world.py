"""Worlds of demand to forecast, drawn with the published statistics and not as our model has it.

Per machine, item and day: mean 0.18 to 0.21 in the middle of the fleet, 83 to 86 % of days without
anything, variance 1.85 · mean^1.26. The spread comes from a log-normal day, whims that last a few
days and two boxes at once, not from a Gamma distribution; levels drift, some break off or begin
anew; kinds have their weekdays, campuses their holidays, and everybody the Spring Festival. Stock
runs out where a crew comes too late, and machines fall silent.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rng = np.random.Generator

FIRST_DAY: Final = date(2025, 1, 6)
FIRST_MONTH: Final = date(2021, 1, 1)
_SPRING: Final = (date(2025, 1, 28), date(2026, 2, 16))
_WEEKDAYS: Final = (
    (1.05, 1.05, 1.05, 1.05, 1.10, 0.95, 0.75),
    (0.95, 0.95, 1.00, 1.05, 1.15, 1.00, 0.90),
    (1.10, 1.15, 1.15, 1.15, 1.25, 1.10, 0.10),
    (0.75, 0.75, 0.80, 0.90, 1.15, 1.55, 1.10),
)
_CAMPUS: Final = 1
_ITEMS: Final = (0.65, 0.25, 0.16, 0.10)
"""Mean packs a day of four items: the middle of them all is near 0.19."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Series with what was wanted, what was seen of it, and their kind; (series, steps)."""

    name: str
    first: date
    wanted: Floats
    """What people wanted, whether it was there or not: the truth."""
    sold: Floats
    seen: Floats
    kind: NDArray[np.int64]
    horizon: int


def daily_world(seed: int, *, machines: int = 60, steps: int = 420, horizon: int = 28) -> World:
    """Return machines with four items each, day by day."""
    rng = np.random.default_rng(seed)
    kind = np.repeat(rng.integers(0, 4, machines), len(_ITEMS))
    size = np.repeat(rng.lognormal(0.0, 0.55, machines), len(_ITEMS))
    count, total = len(kind), steps + horizon
    item = np.tile(_ITEMS, machines) * rng.lognormal(-0.06, 0.35, count)
    mean = (size * item)[:, None] * _days(kind, total) * _changes(rng, count, total, per_step=0.012)
    wanted = _counts(rng, mean, whim_steps=3.0)
    seen = _shelves(rng, wanted, machines)
    return World(
        name="daily", first=FIRST_DAY, wanted=wanted, sold=np.floor(wanted * seen), seen=seen,
        kind=kind, horizon=horizon,
    )  # fmt: skip


def monthly_world(seed: int, *, count: int = 150, steps: int = 54, horizon: int = 6) -> World:
    """Return points with 2 to 300 packs a month: trends, seasons, breaks, months without stock."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, count)
    total = steps + horizon
    level: Floats = np.exp(rng.uniform(np.log(2.0), np.log(300.0), count))
    month = np.arange(total) % 12
    season = np.exp(
        rng.uniform(0.0, 0.45, count)[:, None]
        * np.cos(2 * np.pi * (month[None, :] - np.array([1, 5, 9])[kind][:, None]) / 12)
    )
    slope = np.where(rng.random(count) < 0.4, rng.normal(0.0, 0.015, count), 0.0)
    turn = np.minimum(np.arange(total), rng.integers(20, 90, count)[:, None])
    mean = level[:, None] * season * np.exp(slope[:, None] * turn)
    mean *= _changes(rng, count, total, per_step=0.035)
    wanted = _counts(rng, mean, whim_steps=1.0, factor=1.6, power=1.5)
    seen = np.ones_like(wanted)
    short = rng.random(wanted.shape) < rng.uniform(0.0, 0.18, count)[:, None]
    seen[short] = rng.choice([0.0, 0.25, 0.5, 0.75], int(short.sum()))
    sold = np.asarray(rng.binomial(wanted.astype(np.int64), seen), dtype=np.float64)
    return World(
        name="monthly", first=FIRST_MONTH, wanted=wanted, sold=sold, seen=seen, kind=kind,
        horizon=horizon,
    )  # fmt: skip


def _days(kind: NDArray[np.int64], total: int) -> Floats:
    """Return weekdays, holidays and campus holidays as factors, (series, days)."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(total)]
    found: Floats = np.array([_WEEKDAYS[one] for one in kind])[:, [day.weekday() for day in days]]
    festive = np.array([any(0 <= (day - eve).days < 8 for eve in _SPRING) for day in days])
    away = np.array(
        [
            (1, 12) <= (d.month, d.day) <= (2, 22) or (7, 8) <= (d.month, d.day) <= (8, 29)
            for d in days
        ]
    )
    found = found * np.where(festive, 0.45, 1.0)
    return np.asarray(np.where((kind == _CAMPUS)[:, None] & away, found * 0.4, found))


def _changes(rng: Rng, count: int, total: int, *, per_step: float) -> Floats:
    """Return how levels move: a fleet's own weather, drifts of each, breaks, and new machines."""
    pace = per_step * rng.choice([0.2, 1.0, 2.0], count)
    drift = np.cumsum(rng.normal(0.0, 1.0, (count, total)) * pace[:, None], axis=1)
    fleet = np.cumsum(rng.normal(0.0, per_step * 0.7, total))
    found: Floats = np.exp(drift - drift.mean(axis=1, keepdims=True) + fleet - fleet.mean())
    step = np.arange(total)
    for series in np.flatnonzero(rng.random(count) < 0.12):
        found[series, step >= rng.integers(total // 4, total)] *= rng.choice([0.1, 0.4, 1.8, 2.5])
    return np.asarray(found)


def _counts(
    rng: Rng, mean: Floats, *, whim_steps: float, factor: float = 1.85, power: float = 1.26
) -> Floats:
    """Draw counts with the published variance: log-normal whims that last, and pairs of boxes."""
    surplus = np.maximum(0.0, factor * mean**power - 1.08 * mean)
    sigma = np.sqrt(np.log1p(surplus / np.maximum(mean, 1e-9) ** 2))
    keep = np.exp(-1.0 / whim_steps) if whim_steps > 1 else 0.0
    noise = rng.normal(size=mean.shape)
    for step in range(1, mean.shape[1]):
        # Half of each day's whim is left over from the day before.
        fresh = np.sqrt(1 - keep**2)
        noise[:, step] = keep * noise[:, step - 1] + fresh * noise[:, step]
    mixed = np.sqrt(0.4) * noise + np.sqrt(0.6) * rng.normal(size=mean.shape)
    rate = mean * np.exp(sigma * mixed - sigma**2 / 2)
    asks = rng.poisson(rate / 1.08)
    return np.asarray(asks + rng.binomial(asks, 0.08), dtype=np.float64)


def _shelves(rng: Rng, wanted: Floats, machines: int) -> Floats:
    """Return the share of each day in which a machine had the item and was heard of."""
    count, total = wanted.shape
    room: Floats = np.asarray(rng.integers(14, 56, count), dtype=np.float64)
    every = np.repeat(rng.integers(14, 45, machines), count // machines)
    left: Floats = room.copy()
    seen: Floats = np.ones_like(wanted)
    for day in range(total):
        filled = day % every == 0
        left = np.where(filled, room, left)
        part = np.where(wanted[:, day] > left, left / np.maximum(wanted[:, day], 1), 1.0)
        seen[:, day] = np.where(left > 0, part, 0.0)  # It ran out somewhere during the day.
        left = np.maximum(0.0, left - wanted[:, day])
    silent = rng.random((machines, total)) < 0.02
    for day in range(1, total):
        silent[:, day] |= silent[:, day - 1] & (rng.random(machines) < 0.6)
    seen[np.repeat(silent, count // machines, axis=0)] = 0.0
    return seen
