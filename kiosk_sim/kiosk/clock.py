"""A kiosk's clock: it drifts, is set right now and then, and may be plainly wrong for days."""

import math
import random
from dataclasses import dataclass
from typing import Final

from kiosk_sim.world.days import DAY_MS

BOUND_S: Final = 90.0
_EPISODE_DAYS: Final = 45
_WRONG_LEAST_S: Final = 600.0
_WRONG_MOST_S: Final = 5 * 86_400.0


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a kiosk's clock is off, as a function of the true time alone."""

    drift_s_per_day: float
    set_every_days: float
    phase_days: float
    is_wrong: bool
    seed: str

    def offset_ms(self, true_ms: int) -> int:
        """Return what the kiosk's clock shows less the true time."""
        days = true_ms / DAY_MS - self.phase_days
        offset_ms = int(self.drift_s_per_day * (days % self.set_every_days) * 1000)
        return offset_ms + (self._episode_ms(days) if self.is_wrong else 0)

    def _episode_ms(self, days: float) -> int:
        block = math.floor(days / _EPISODE_DAYS)
        rng = random.Random(f"{self.seed}/{block}")
        start = (block + rng.uniform(0, 0.7)) * _EPISODE_DAYS
        lasts = rng.uniform(2, 9)
        size_s = math.exp(rng.uniform(math.log(_WRONG_LEAST_S), math.log(_WRONG_MOST_S)))
        sign = rng.choice((-1, 1))
        return int(sign * size_s * 1000) if start <= days < start + lasts else 0


def clock_of(kiosk_id: str, seed: int, wrong_share: float = 0.0) -> Clock:
    """Draw a kiosk's clock; ``wrong_share`` of the kiosks have spells of minutes to days off."""
    rng = random.Random(f"clock/{seed}/{kiosk_id}")
    drift = rng.choice((-1, 1)) * rng.uniform(0.3, 7.0)
    every = min(rng.uniform(6, 30), 0.98 * BOUND_S / abs(drift))
    is_wrong = rng.random() < wrong_share
    return Clock(drift, every, rng.uniform(0, every), is_wrong, f"clock/{seed}/{kiosk_id}")
