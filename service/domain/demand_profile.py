"""Weekdays, months and marked days: by how much they differ from the mean, as far as is known.

A factor is what was wanted ÷ what was expected without it. Since few packs prove little, each is
drawn towards 1: factor = (wanted + k) / (expected + k), both in units of the spread, where 1 / k is
the variance of the true factors, estimated from how far they lie apart beyond what chance does
(empirical Bayes by moments). First for all series together, then for each group against all, then
for each series against its group.
"""

from typing import Final

import numpy as np

from service.domain.demand_counts import Floats, Whole
from service.domain.demand_panel import Cycle, Panel, Step

STIFFEST: Final = 1e6
"""With this k nothing is learnt: the factors do not lie further apart than chance does."""

LOOSEST: Final = 4.0
"""A factor is drawn towards 1 by so many packs' worth at least."""

FACTOR_BOUNDS: Final = (0.05, 8.0)

_SMOOTH: Final = {Step.DAY: 45.0, Step.WEEK: 13.0, Step.MONTH: 9.0}
_LEAST: Final = 1e-9


def profile_of(panel: Panel, upto: int, ahead: int, spread: Floats, *, seasonal: bool) -> Floats:
    """Return each series' factor at each step of the history and ahead."""
    wanted, seen = panel.wanted[:, :upto], panel.seen[:, :upto]
    cycles = [
        cycle
        for cycle in panel.cycles
        if upto >= cycle.steps_min and (seasonal or not cycle.yearly)
    ]
    found = np.ones((len(wanted), upto + ahead))
    if not cycles:
        return found
    age = np.abs(np.subtract.outer(np.arange(upto), np.arange(upto)))
    kernel = np.exp2(-age / _SMOOTH[panel.step])
    share = 1.0 / spread[:, None]
    pull = 2.0 * spread[:, None]
    got, all_got = wanted @ kernel + pull, wanted.sum(axis=1, keepdims=True)
    for _ in range(2):
        before = seen * found[:, :upto]
        base = all_got / np.maximum(before.sum(axis=1, keepdims=True), _LEAST)
        level = got / (before @ kernel + pull / np.maximum(base, _LEAST))
        found = np.ones_like(found)
        for cycle in cycles:
            expected = seen * found[:, :upto] * level
            by_phase = learn(cycle, wanted * share, expected * share, panel.group, steps=upto)
            found = found * by_phase[:, cycle.phase[: upto + ahead]]
    return found


def factors(wanted: Floats, expected: Floats) -> Floats:
    """Return factors from sums, shape (units, phases), each row with the k of all."""
    known = expected > 0
    ratio = np.where(known, wanted / np.where(known, expected, 1.0), 1.0)
    # (ratio - 1)² is on average the true factors' variance + 1 / expected: weigh by expected.
    surplus = np.sum(np.where(known, expected * (ratio - 1.0) ** 2 - 1.0, 0.0))
    variance = surplus / max(float(expected.sum()), 1e-9)
    stiffness = max(LOOSEST, 1.0 / variance) if variance > 1.0 / STIFFEST else STIFFEST
    return np.asarray(np.clip((wanted + stiffness) / (expected + stiffness), *FACTOR_BOUNDS))


def learn(cycle: Cycle, wanted: Floats, expected: Floats, group: Whole, *, steps: int) -> Floats:
    """Return each series' factor in each phase, shape (series, phases).

    ``wanted`` and ``expected`` are of the history, (series, steps), in units of the spread.
    """
    phase = cycle.phase[:steps]
    shares = np.zeros((steps, cycle.phases))
    shares[np.arange(steps), phase] = 1.0
    got, due = wanted @ shares, expected @ shares
    found = np.ones_like(due)
    for members in _units(group):
        found = found * (members.T @ factors(members @ got, members @ (due * found)))
    if not cycle.marks and len(group) > int(group.max()) + 1:
        # One machine alone sees a marked day too seldom to learn from.
        found = found * factors(got, due * found)
    if cycle.marks:
        return found / found[:, :1]
    # The mean over the year is the level's; a factor is only against it.
    weight = np.bincount(phase, minlength=cycle.phases).astype(np.float64)
    return np.asarray(found / ((found @ weight) / weight.sum())[:, None])


def _units(group: Whole) -> list[Floats]:
    """Return who belongs together, the widest first: (units, series); each kind of unit once."""
    groups = int(group.max()) + 1
    everybody = np.ones((1, len(group)))
    if groups == 1:
        return [everybody]
    return [everybody, np.equal.outer(np.arange(groups), group).astype(np.float64)]
