"""What a place is expected to be asked for: packs a day with their spread, and what follows.

``Outlook`` is the answer for one place and item; ``demand_fit`` makes it from days. The packs
wanted over some days are taken as negative binomial, a Poisson count whose rate is not known for
sure: its mean is the sum of the days' means M, its variance the sum of the days' own variances and
M² · ``rate_cv2``, since a rate that is judged wrongly is wrong on every one of them.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from service.domain.demand_counts import Floats, chances, quantiles

FORMULA: Final = "gamma-poisson/1"
"""Which model and which edition of it an outlook was made by."""

HORIZON_DAYS: Final = 91
"""So many days ahead are laid out one by one; after that it goes on as in the last four weeks."""

LOOK_AHEAD_DAYS_MAX: Final = 730
"""Further ahead than this no outlook is asked."""

ON_HAND_PACKS_MAX: Final = 100_000
"""So much at most can be on hand in the sums of this module."""

_LAST_DAYS: Final = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How widely a day's count varies: mean + scale · max(0, factor · mean^power - mean).

    The published measurement in vending logs is 1.85 · mean^1.26 per machine, item and day.
    """

    factor: float = 1.85
    power: float = 1.26
    scale: float = 1.0

    def variance(self, mean: Floats) -> Floats:
        """Return the variance of counts with some means; never less than Poisson's."""
        raised = self.factor * np.power(np.maximum(mean, 0.0), self.power)
        return np.asarray(mean + self.scale * np.maximum(0.0, raised - mean), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The packs of an item that a place will be asked for, day by day from ``from_day``.

    ``rate_cv2`` is the squared coefficient of variation of the rate itself. ``window_days`` is how
    far back was looked and ``seen_days`` how many of those days the item was there to be had;
    ``pool`` names the like machines that it borrows from.
    """

    place: str
    item: str
    from_day: date
    mean_by_day: tuple[float, ...]
    rate_cv2: float = 0.0
    spread: Spread = Spread()
    window_days: int = 0
    seen_days: float = 0.0
    seen_packs: float = 0.0
    pool: str = ""
    formula: str = FORMULA

    def wanted_packs(self, days: float) -> float:
        """Return the expected packs wanted in so many days; part of a day counts by its part."""
        return self.mean_and_variance(days)[0]

    def quantile_packs(self, p: float, *, days: float) -> int:
        """Return the least number of packs that suffices with a chance of at least ``p``."""
        assert 0 < p < 1
        mean, variance = self.mean_and_variance(days)
        return int(quantiles(np.array([mean]), np.array([variance]), np.array([p]))[0, 0])

    def p_stock_out(self, on_hand_packs: int, *, days: float) -> float:
        """Return the chance that nothing is left at the end of so many days."""
        if on_hand_packs <= 0:
            return 1.0
        mean, variance = self.mean_and_variance(days)
        left = chances(mean, variance, upto=min(on_hand_packs, ON_HAND_PACKS_MAX) - 1)
        return float(min(1.0, max(0.0, 1.0 - left.sum())))

    def expected_lost_packs(self, on_hand_packs: int, *, days: float) -> float:
        """Return how many of the packs wanted in so many days will not be there."""
        mean, variance = self.mean_and_variance(days)
        if on_hand_packs <= 0:
            return mean
        held = min(on_hand_packs, ON_HAND_PACKS_MAX)
        below = np.cumsum(chances(mean, variance, upto=held - 1))
        # E[(D - s)+] = E[D] - the sum over k < s of P(D > k).
        return float(max(0.0, mean - np.sum(np.maximum(0.0, 1.0 - below))))

    def days_of_cover(self, on_hand_packs: int) -> float | None:
        """Return in how many days as much will be wanted as is there; None: not in two years."""
        if on_hand_packs <= 0:
            return 0.0
        upto = np.cumsum(self._means())
        day = int(np.searchsorted(upto, on_hand_packs))
        if day >= len(upto):
            return None
        before = upto[day - 1] if day else 0.0
        return float(day + (on_hand_packs - before) / (upto[day] - before))

    def runs_out_on(self, on_hand_packs: int, *, risk: float) -> date | None:
        """Return the first day at whose end the chance of nothing left reaches ``risk``.

        None where that is not within two years.
        """
        assert 0 < risk < 1
        low, high = 0, LOOK_AHEAD_DAYS_MAX + 1
        while low + 1 < high:  # The chance only grows with the days.
            middle = (low + high) // 2
            if self.p_stock_out(on_hand_packs, days=middle) >= risk:
                high = middle
            else:
                low = middle
        if on_hand_packs <= 0:
            return self.from_day
        return None if high > LOOK_AHEAD_DAYS_MAX else self.from_day + timedelta(days=high - 1)

    def p_none_in(self, days: float) -> float:
        """Return the chance that nobody takes or asks for anything in so many days."""
        mean, variance = self.mean_and_variance(days)
        return float(chances(mean, variance, upto=0)[0])

    def mean_and_variance(self, days: float) -> tuple[float, float]:
        """Return mean and variance of the packs wanted in so many days."""
        whole = math.floor(days)
        means = self._means(math.ceil(days))
        own = self.spread.variance(means)
        if whole < days:
            means[-1] *= days - whole
            own[-1] *= days - whole
        mean = float(means.sum())
        return mean, float(own.sum()) + mean * mean * self.rate_cv2

    def _means(self, days: int = LOOK_AHEAD_DAYS_MAX) -> Floats:
        """Return the means of so many days."""
        assert 0 <= days <= LOOK_AHEAD_DAYS_MAX
        known = np.asarray(self.mean_by_day[:days], dtype=np.float64)
        if days <= len(known):
            return known
        assert self.mean_by_day
        later = np.resize(self.mean_by_day[-_LAST_DAYS:], days - len(known))
        return np.concatenate([known, later])
