"""The restock crew's calendar: each kiosk every so many days, on working days only.

It stands until the service plans the rounds itself.
"""

import random
from dataclasses import dataclass
from typing import Final

from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.demand import asked_per_day

_SATURDAY: Final = 5
_FILLED_SHARE: Final = 0.66
_DAYS_LEAST: Final = 5
_DAYS_MOST: Final = 28


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every ``every_days`` from ``phase_days``; what falls on a weekend is done on Monday."""

    every_days: int
    phase_days: int

    def works_on(self, day: int) -> bool:
        """Say whether it is a working day."""
        return _weekday(day) < _SATURDAY

    def visits_on(self, day: int) -> bool:
        """Say whether the crew calls on a day, counted from 1970-01-01 (a Thursday)."""
        if not self.works_on(day):
            return False
        due = [day]
        if _weekday(day) == 0:
            due += [day - 1, day - 2]
        return any((one - self.phase_days) % self.every_days == 0 for one in due)


def calendar_of(spec: KioskSpec, seed: int) -> Calendar:
    """Return a kiosk's calendar: the sooner, the smaller its aisles are against their use."""
    rng = random.Random(f"crew/{seed}/{spec.id}")
    days_to_empty = []
    for item in {slot.item for slot in spec.slots}:
        room = sum(slot.capacity_packs for slot in spec.slots if slot.item == item)
        days_to_empty.append(room / (asked_per_day(item) * spec.custom))
    every = round(min(days_to_empty) * _FILLED_SHARE * rng.uniform(0.85, 1.15))
    every = min(_DAYS_MOST, max(_DAYS_LEAST, every))
    return Calendar(every, rng.randrange(every))


def _weekday(day: int) -> int:
    return (day + 3) % 7
