"""What a policy would have done: the last days of each place replayed, day by day.

What is assumed, and told wherever figures of it are shown: on days in stock people wanted what was
given out and asked for in vain; on days without stock or without news they wanted the average of
the days in stock. A pack that was wanted and not there is lost: nobody comes back for it. The place
begins full up to what it held, is looked at every ``review_days``, and a delivery comes after
``lead_days``; nothing breaks, and the depot has everything. The policy knows of each day only what
was known then: the rate of the 28 days before.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from service.domain.district import Named
from service.domain.policy import Policy
from service.domain.replenishment import SlotStock, Suggestion, suggest

HINDSIGHT_DAYS: Final = 90
RATE_DAYS: Final = 28
SPREAD: Final = 1.4
"""Variance ÷ mean of what is wanted in a day, as vending logs have it."""

PRIOR_DAYS: Final = 14.0
"""The first days lean on the average of the whole stretch, as if so many days had shown it."""

_TAIL: Final = 1e-9
_PACKS_MAX: Final = 100_000

ASSUMPTIONS: Final = Named(
    "假设：有货的日子里，需求等于发放数加上缺货未领到的次数；缺货或无消息的日子按有货日平均计。"
    "没领到的人不再回来；机器不出故障，仓库不缺货；"
    f"策略在每一天只知道此前 {RATE_DAYS} 天的情况。",
    "Assumed: on days in stock people wanted what was given out and asked for in vain; on days "
    "without stock or news, the average of the days in stock. Nobody comes back for what was not "
    "there; nothing breaks; the depot has everything; of each day the policy knows the "
    f"{RATE_DAYS} days before it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A demand that goes on at one rate, a little wilder than chance alone (negative binomial)."""

    packs_per_day: float
    spread: float = SPREAD

    def wanted_packs(self, days: float) -> float:
        """Return the packs that are wanted in the coming days, on average."""
        return self.packs_per_day * days

    def quantile_packs(self, p: float, *, days: float) -> int:
        """Return so many packs that no more are wanted, with a chance of ``p`` at least."""
        below, most = 0.0, 0
        for packs, chance in enumerate(self._chances(days)):
            below, most = below + chance, packs
            if below >= p:
                break
        return most

    def p_stock_out(self, on_hand_packs: int, *, days: float) -> float:
        """Return the chance that nothing is left at the end of so many days."""
        return max(0.0, 1.0 - sum(islice(self._chances(days), max(0, on_hand_packs))))

    def expected_lost_packs(self, on_hand_packs: int, *, days: float) -> float:
        """Return the packs that are wanted in vain, on average."""
        served, left = 0.0, 1.0
        for packs, chance in enumerate(islice(self._chances(days), on_hand_packs)):
            served += packs * chance
            left -= chance
        return max(0.0, self.wanted_packs(days) - served - on_hand_packs * max(0.0, left))

    def _chances(self, days: float) -> Iterator[float]:
        """Yield the chance of 0, 1, 2, … packs."""
        mean = self.wanted_packs(days)
        if mean <= 0:
            yield 1.0
            return
        size = mean / (self.spread - 1)
        # In logarithms: where much is wanted, the chance of nothing is too small for a number.
        log_chance = -size * math.log(self.spread)
        ratio = (self.spread - 1) / self.spread
        left = 1.0
        for packs in range(_PACKS_MAX):
            chance = math.exp(log_chance)
            yield chance
            left -= chance
            if left < _TAIL and packs > mean:
                return
            log_chance += math.log(ratio * (size + packs) / (packs + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """One local day of one item at one place; None: not known, for lack of stock or of news."""

    wanted_packs: int | None
    was_out: bool = False
    was_visited: bool = False
    brought_packs: int = 0
    lost_packs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacePast:
    """The last days of an item at a place: what it held at their begin, and its slots."""

    days: Sequence[PastDay]
    held_packs: int
    capacity_packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of some days, over places and items; a visit may serve several items."""

    stock_out_days: int = 0
    visits: int = 0
    moved_packs: int = 0
    lost_packs: float = 0.0


Places = Mapping[tuple[str, str], PlacePast]
"""By place and item."""


def as_it_was(places: Places) -> Outcome:
    """Return what really came of the days."""
    visits = {
        (place, number)
        for (place, _), past in places.items()
        for number, day in enumerate(past.days)
        if day.was_visited
    }
    days = [day for past in places.values() for day in past.days]
    return Outcome(
        stock_out_days=sum(day.was_out for day in days),
        visits=len(visits),
        moved_packs=sum(day.brought_packs for day in days),
        lost_packs=float(sum(day.lost_packs for day in days)),
    )


def replay(places: Places, policies: Mapping[tuple[str, str], Policy]) -> Outcome:
    """Return what policies, by place and item, would have made of the same days.

    Whoever comes to a place for one item brings what its other items have room for, too.
    """
    by_place: dict[str, list[_Shelf]] = {}
    for (place, item), past in sorted(places.items()):
        by_place.setdefault(place, []).append(_Shelf(past, policies[place, item]))
    visits = sum(_live_through(shelves) for shelves in by_place.values())
    shelves = [one for some in by_place.values() for one in some]
    return Outcome(
        stock_out_days=sum(one.out_days for one in shelves),
        visits=visits,
        moved_packs=sum(one.moved_packs for one in shelves),
        lost_packs=round(sum(one.lost_packs for one in shelves), 1),
    )


def _live_through(shelves: Sequence["_Shelf"]) -> int:
    """Let the days of one place go by; return how often somebody came."""
    visits = 0
    coming: dict[int, list[int]] = {}
    for number in range(max(len(one.past.days) for one in shelves)):
        looked_at = [number % one.policy.review_days == 0 for one in shelves]
        if any(looked_at):
            on_order = [sum(some) for some in zip(*coming.values(), strict=True)]
            wishes = [
                one.wish(held)
                for one, held in zip(shelves, on_order or [0] * len(shelves), strict=True)
            ]
            due = [
                one.policy.lead_days
                for one, wish, looked in zip(shelves, wishes, looked_at, strict=True)
                if looked and wish.is_due and wish.add_packs
            ]
            if due:
                before = coming.get(number + min(due), [0] * len(shelves))
                brought = [wish.add_packs for wish in wishes]
                coming[number + min(due)] = [a + b for a, b in zip(before, brought, strict=True)]
        delivery = coming.pop(number, None)
        visits += delivery is not None
        for one, packs in zip(shelves, delivery or [0] * len(shelves), strict=True):
            one.live(number, packs)
    return visits


class _Shelf:
    """One item at a place on its way through the days."""

    def __init__(self, past: PlacePast, policy: Policy) -> None:
        self.past, self.policy = past, policy
        known = [day.wanted_packs for day in past.days if day.wanted_packs is not None]
        self._average = sum(known) / len(known) if known else 0.0
        self._held = float(min(past.held_packs, past.capacity_packs))
        self._lately: deque[int | None] = deque(maxlen=RATE_DAYS)
        self.out_days, self.moved_packs, self.lost_packs = 0, 0, 0.0

    def wish(self, on_order_packs: int) -> Suggestion:
        """Return what the policy would order, knowing the days until now."""
        seen = [packs for packs in self._lately if packs is not None]
        rate = (sum(seen) + self._average * PRIOR_DAYS) / (len(seen) + PRIOR_DAYS)
        slot = SlotStock(
            slot=1, capacity_packs=self.past.capacity_packs, on_hand_packs=math.floor(self._held)
        )
        forecast = Steady(packs_per_day=rate)
        return suggest(forecast, self.policy, [slot], on_order_packs=on_order_packs)

    def live(self, number: int, brought_packs: int) -> None:
        """Take in what comes, then give out what is wanted."""
        packs = min(brought_packs, math.floor(self.past.capacity_packs - self._held))
        self._held += packs
        self.moved_packs += packs
        known = self.past.days[number].wanted_packs
        wanted = self._average if known is None else float(known)
        given = min(wanted, self._held)
        self._held -= given
        self.lost_packs += wanted - given
        self.out_days += self._held < 1
        self._lately.append(known)
