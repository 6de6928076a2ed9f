"""Were alerts worth it: each low alert and each stuck aisle against what would have come."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from service.domain.demand import Outlook
from service.domain.incident_signs import NONE_CHANCE_MAX
from service.domain.policy import DEFAULT
from tests.bench.loop import Seen
from tests.bench.loop_planners import ByOutlook
from tests.bench.loop_world import BEYOND_DAYS, WARM_DAYS, World

RIGHT_WITHIN_DAYS: Final = 14
"""An alert was right if, had nobody come, there had been nothing left within two weeks."""

Aisle = tuple[int, int]


@dataclass
class Alerts:
    """Looks on while the service's planner plans, and opens alerts as the service would.

    Low: the chance to run out within lead and review is above ``risk``; it closes at half of that,
    or with a visit. No takers: in stock, and so long without anybody that it is hardly chance.
    """

    world: World
    planner: ByOutlook
    risk: float
    opened: int = 0
    right: int = 0
    needed: int = 0
    met: int = 0
    stuck_seen_after: list[int] = field(default_factory=list)
    stuck_false: int = 0
    _open: dict[Aisle, int] = field(default_factory=dict)
    _filled_on: dict[int, int] = field(default_factory=dict)
    _stuck: dict[Aisle, int] = field(default_factory=dict)
    _told: set[Aisle] = field(default_factory=set)
    _level: dict[Aisle, int] = field(default_factory=dict)

    def morning(self, day: int, seen: Seen) -> None:
        """Open and close alerts as of a morning."""
        for kiosk, item in np.argwhere(self.world.sticks[:, :, day - 1] & (self.world.room > 0)):
            self._stuck.setdefault((int(kiosk), int(item)), day - 1)
        for aisle, outlook in self.planner.outlooks(day, seen).items():
            self._look_at(aisle, outlook, day, int(seen.on_hand[aisle]))
            if self._is_untaken(aisle, outlook, day, seen) and aisle not in self._told:
                self._told.add(aisle)
                if aisle in self._stuck:
                    self.stuck_seen_after.append(day - self._stuck[aisle])
                else:
                    self.stuck_false += 1

    def visit(self, day: int, kiosk: int) -> None:
        """Judge the stretch that a visit ends, and begin anew."""
        for item in range(len(self.world.items)):
            aisle = (kiosk, item)
            if aisle in self._level and aisle not in self._stuck:
                self._judge_missed(aisle, day)
            for kept in (self._open, self._stuck, self._level):
                kept.pop(aisle, None)
            self._told.discard(aisle)
        self._filled_on[kiosk] = day

    def _look_at(self, aisle: Aisle, outlook: Outlook, day: int, on_hand: int) -> None:
        self._level[aisle] = on_hand
        days = DEFAULT.cover_days
        if aisle in self._stuck or on_hand > 4 * outlook.wanted_packs(days) + 8:
            return
        chance = outlook.p_stock_out(on_hand, days=days)
        if aisle not in self._open and chance > self.risk:
            self._open[aisle] = day
            self.opened += 1
            self.right += self._runs_out_after(aisle, day, on_hand) < RIGHT_WITHIN_DAYS
        elif aisle in self._open and chance < self.risk / 2:
            del self._open[aisle]

    def _judge_missed(self, aisle: Aisle, day: int) -> None:
        """Count whether a visit was needed: nothing left before it, or within the lead time."""
        if self._runs_out_after(aisle, day, self._level[aisle]) >= DEFAULT.lead_days:
            return
        self.needed += 1
        self.met += aisle in self._open and self._open[aisle] <= day - DEFAULT.lead_days

    def _runs_out_after(self, aisle: Aisle, day: int, on_hand: int) -> int:
        sums = np.cumsum(self.world.demand[aisle][day : day + BEYOND_DAYS])
        return int(np.searchsorted(sums, max(1, on_hand)))

    def _is_untaken(self, aisle: Aisle, outlook: Outlook, day: int, seen: Seen) -> bool:
        since = max(WARM_DAYS, self._filled_on.get(aisle[0], WARM_DAYS))
        taken = np.flatnonzero(seen.packs[aisle][since:day] + seen.empty_asks[aisle][since:day])
        quiet = day - since - (int(taken[-1]) + 1 if len(taken) else 0)
        if quiet < 2 or seen.on_hand[aisle] == 0:
            return False
        return outlook.p_none_in(quiet) < NONE_CHANCE_MAX
