"""Rounds: which visits bring how much, and what each stop of a round is to be.

A visit brings the pick-ups that would else be lost before the next one can come, and the hours for
which people would else have nobody in reach that has the item. Both are told in pick-ups: a person
without the item in reach for a day counts as ``CIRCLE_PICKUPS_A_DAY``, which is about how often a
person in reach of a kiosk comes to it. What a visit brings is worth so much time of the crew, and a
visit whose way takes longer than that stays out (``domain.tours``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.domain.policy import Policy
from service.domain.replenishment import Because, Forecast, SlotStock, Suggestion, suggest
from service.domain.tours import StayOut

CIRCLE_PICKUPS_A_DAY: Final = 0.0005
"""Kiosks of a district of 227,573 people give out some 60 boxes a day, to half of them in reach."""

PICKUPS_MIN: Final = 0.01
"""What brings less than this is not worth saying."""

PEOPLE_MAX: Final = 20
HOURS_MAX: Final = 12.0
SECONDS_MAX: Final = 15
"""So long a plan is looked for at most: somebody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who goes: how many, for how long, how fast, and what each carries.

    ``pickup_minutes`` is what one lost pick-up less is worth of their time.
    """

    people: int = 1
    hours: float = 4.0
    capacity_packs: int = 400
    km_per_hour: float = 18.0
    stop_minutes: float = 8.0
    pack_seconds: float = 4.0
    pickup_minutes: float = 30.0
    circle_weight: float = 1.0

    def service_s(self, packs: int) -> int:
        """Return how long a stop takes."""
        return round(self.stop_minutes * 60 + self.pack_seconds * packs)

    def prize_s(self, pickups: float) -> int:
        """Return the time that a visit is worth."""
        return round(pickups * self.pickup_minutes * 60)

    def travel_s(self, metres: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how long ways take."""
        return np.rint(metres / (self.km_per_hour / 3.6)).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How far it is from each place to each, and which of that is an estimate."""

    metres: NDArray[np.float64]
    estimates: NDArray[np.bool_]


Roads = Callable[[Points], Ways]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One item at one place: its slots, what is expected, what the policy says.

    ``people_days`` are those of the next week for which this place alone would have the item in
    reach of people, were it restocked (``domain.priorities``).
    """

    place: str
    item: str
    slots: Sequence[SlotStock]
    forecast: Forecast
    policy: Policy
    on_order_packs: int = 0
    people_days: float = 0.0
    is_forecast: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVisit:
    """What a visit does for one item; ``kept_packs`` are there and stay."""

    item: str
    suggestion: Suggestion
    kept_packs: int
    p_stock_out: float
    lost_packs: float
    avoided_packs: float
    people_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit to a place, and what it brings in pick-ups; ``stays_out`` says why it is not made."""

    place: str
    items: tuple[ItemVisit, ...]
    pickups: float
    stays_out: StayOut | None = None

    @property
    def packs(self) -> int:
        """Return the packs that it takes along."""
        return sum(one.suggestion.add_packs for one in self.items)


def rank(
    needs: Sequence[Need],
    *,
    depot_packs: Mapping[str, int] | None,
    out_of_order: frozenset[str] = frozenset(),
    circle_weight: float = 1.0,
) -> tuple[Visit, ...]:
    """Return a visit to each place, the one that brings most first.

    What the depot has is shared out in that order; no ``depot_packs``: no depot is asked.
    """
    by_place: dict[str, list[Need]] = {}
    for need in needs:
        by_place.setdefault(need.place, []).append(need)
    wished = [_visit(place, some, None, circle_weight) for place, some in by_place.items()]
    wished.sort(key=_best_first)
    left = None if depot_packs is None else dict(depot_packs)
    found = []
    for wish in wished:
        visit = wish
        if wish.place not in out_of_order and left is not None:
            if any(left.get(one.item, 0) < one.suggestion.add_packs for one in wish.items):
                visit = _visit(wish.place, by_place[wish.place], left, circle_weight)
            for one in visit.items:
                left[one.item] = left.get(one.item, 0) - one.suggestion.add_packs
        found.append(_judged(visit, is_down=wish.place in out_of_order))
    return tuple(sorted(found, key=lambda one: (one.stays_out is not None, *_best_first(one))))


def _visit(
    place: str, needs: Sequence[Need], left: Mapping[str, int] | None, circle_weight: float
) -> Visit:
    items = []
    for need in sorted(needs, key=lambda one: one.item):
        depot = None if left is None else max(0, left.get(need.item, 0))
        items.append(_item_visit(need, depot))
    avoided = sum(one.avoided_packs for one in items)
    people_days = sum(one.people_days for one in items if one.suggestion.add_packs)
    pickups = avoided + circle_weight * CIRCLE_PICKUPS_A_DAY * people_days
    return Visit(place=place, items=tuple(items), pickups=round(pickups, 3))


def _item_visit(need: Need, depot_packs: int | None) -> ItemVisit:
    found = suggest(
        need.forecast,
        need.policy,
        need.slots,
        depot_packs=depot_packs,
        on_order_packs=need.on_order_packs,
    )
    days = need.policy.cover_days
    position = found.position_packs
    lost = need.forecast.expected_lost_packs(position, days=days)
    rest = need.forecast.expected_lost_packs(position + found.add_packs, days=days)
    return ItemVisit(
        item=need.item,
        suggestion=found,
        kept_packs=position - need.on_order_packs,
        p_stock_out=need.forecast.p_stock_out(position, days=days),
        lost_packs=lost,
        avoided_packs=max(0.0, lost - rest),
        people_days=need.people_days,
    )


def _judged(visit: Visit, *, is_down: bool) -> Visit:
    why = None
    if is_down:
        why = StayOut.OUT_OF_ORDER
    elif not visit.packs:
        why = _nothing_to_bring(visit)
    elif visit.pickups < PICKUPS_MIN:
        why = StayOut.NOTHING_TO_WIN
    if why is None:
        return visit
    return Visit(place=visit.place, items=visit.items, pickups=visit.pickups, stays_out=why)


def _nothing_to_bring(visit: Visit) -> StayOut:
    reasons = {why for one in visit.items for why in one.suggestion.because}
    if Because.DEPOT_EMPTY in reasons:
        return StayOut.DEPOT_EMPTY
    if Because.SLOTS_FULL in reasons:
        return StayOut.NOTHING_TO_BRING
    return StayOut.NOTHING_TO_WIN


def _best_first(visit: Visit) -> tuple[float, str]:
    return (-visit.pickups, visit.place)
