"""How many packs to bring to a place: up to what its policy wants, as far as slots and depot go.

The position is what can be had, less what expires before the next delivery can come, plus what is
on its way. Whatever is wanted above it is shared out over the slots of the item, the emptiest
first; a slot is never filled beyond what fits, and nothing is promised that the depot lacks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from service.domain.district import Named
from service.domain.policy import MONTH_DAYS, Method, Policy


class Forecast(Protocol):
    """What is known of the demand for one item at one place (``domain.demand.Outlook``)."""

    def wanted_packs(self, days: float) -> float:
        """Return the packs that are wanted in the coming days, on average."""

    def quantile_packs(self, p: float, *, days: float) -> int:
        """Return so many packs that no more are wanted, with a chance of ``p`` at least."""

    def p_stock_out(self, on_hand_packs: int, *, days: float) -> float:
        """Return the chance that nothing is left at the end of so many days."""

    def expected_lost_packs(self, on_hand_packs: int, *, days: float) -> float:
        """Return the packs that are wanted in vain, on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStock:
    """One slot that is meant to hold the item; None: nobody has counted it.

    ``expiring_packs`` of those on hand expire before the next delivery can come: whoever brings new
    ones takes them out.
    """

    slot: int
    capacity_packs: int
    on_hand_packs: int | None
    expiring_packs: int = 0
    jammed: bool = False

    @property
    def kept_packs(self) -> int:
        """Return the packs that stay."""
        return max(0, (self.on_hand_packs or 0) - self.expiring_packs)

    @property
    def room_packs(self) -> int:
        """Return how many packs fit in beside those."""
        return max(0, self.capacity_packs - self.kept_packs)


class Because(StrEnum):
    """Why a suggestion is what it is."""

    NOBODY_CARRIES = "nobody_carries"
    NO_CAPACITY = "no_capacity"
    JAMMED = "jammed"
    UNCOUNTED = "uncounted"
    ENOUGH = "enough"
    EXPIRING = "expiring"
    ON_ORDER = "on_order"
    SLOTS_FULL = "slots_full"
    DEPOT_SHORT = "depot_short"
    DEPOT_EMPTY = "depot_empty"


WORDS: Final = {
    Because.NOBODY_CARRIES: Named(
        "这里没有货道装这种药具。", "No slot here is meant to hold this item."
    ),
    Because.NO_CAPACITY: Named(
        "有货道容量为 0，装不进任何东西；请更正货道容量。",
        "A slot has a capacity of 0 and takes nothing: correct its capacity.",
    ),
    Because.JAMMED: Named(
        "有货道卡货，先修好才能补。", "A slot is jammed: it is repaired before it is filled."
    ),
    Because.UNCOUNTED: Named(
        "有货道从未清点，按空计算。", "A slot was never counted, and is taken to be empty."
    ),
    Because.ENOUGH: Named("现有库存还够用。", "What is there is enough for now."),
    Because.EXPIRING: Named(
        "即将过期的库存不计在内。", "What expires before the next delivery does not count."
    ),
    Because.ON_ORDER: Named("在途的货已计算在内。", "What is on its way counts."),
    Because.SLOTS_FULL: Named(
        "货道容量有限，装不下想要的数量。", "The slots hold no more, though more is wanted."
    ),
    Because.DEPOT_SHORT: Named(
        "仓库库存不足，只能补一部分。", "The depot has too little: only a part can be brought."
    ),
    Because.DEPOT_EMPTY: Named("仓库没有这种药具。", "The depot has none of it."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to bring; ``is_due`` says that the policy wants it ordered now."""

    order_up_to_packs: int
    position_packs: int
    is_due: bool
    add_packs_by_slot: tuple[tuple[int, int], ...]
    because: tuple[Because, ...]

    @property
    def add_packs(self) -> int:
        """Return the packs to bring in all."""
        return sum(packs for _, packs in self.add_packs_by_slot)


def order_up_to(forecast: Forecast, policy: Policy) -> int:
    """Return the packs that a delivery should leave behind."""
    most = math.ceil(forecast.wanted_packs(policy.max_months * MONTH_DAYS))
    days = policy.cover_days
    # Mostly it is enough, and to see that is cheaper than to look for how much would be.
    if policy.method is Method.MIN_MAX or forecast.p_stock_out(most + 1, days=days) <= policy.risk:
        return most
    return max(most, forecast.quantile_packs(1 - policy.risk, days=days))


def is_due(forecast: Forecast, policy: Policy, position_packs: int) -> bool:
    """Say whether a position is so low that the policy orders now."""
    if policy.method is Method.MIN_MAX:
        # Whoever waits for the next look and the delivery after it must not fall below nothing.
        least = forecast.wanted_packs(max(policy.min_months * MONTH_DAYS, policy.cover_days))
        return position_packs <= least
    return forecast.p_stock_out(position_packs, days=policy.cover_days) > policy.risk


def suggest(
    forecast: Forecast,
    policy: Policy,
    slots: Sequence[SlotStock],
    *,
    depot_packs: int | None = None,
    on_order_packs: int = 0,
) -> Suggestion:
    """Return what to bring to a place of one item; no ``depot_packs``: the depot is not asked."""
    assert on_order_packs >= 0
    because = _remarks(slots, on_order_packs)
    working = [one for one in slots if not one.jammed]
    position = sum(one.kept_packs for one in working) + on_order_packs
    level = order_up_to(forecast, policy)
    wanted = max(0, level - position)
    if not wanted:
        because.append(Because.ENOUGH)
    # What is on its way takes up room as well.
    room = max(0, sum(one.room_packs for one in working) - on_order_packs)
    if working and wanted > room:
        because.append(Because.SLOTS_FULL)
    brought = min(wanted, room)
    if depot_packs is not None and brought > depot_packs:
        because.append(Because.DEPOT_SHORT if depot_packs > 0 else Because.DEPOT_EMPTY)
        brought = max(0, depot_packs)
    return Suggestion(
        order_up_to_packs=level,
        position_packs=position,
        is_due=is_due(forecast, policy, position),
        add_packs_by_slot=_share_out(working, brought),
        because=tuple(because),
    )


def _remarks(slots: Sequence[SlotStock], on_order_packs: int) -> list[Because]:
    told = {
        Because.NOBODY_CARRIES: not slots,
        Because.NO_CAPACITY: any(one.capacity_packs <= 0 for one in slots),
        Because.JAMMED: any(one.jammed for one in slots),
        Because.UNCOUNTED: any(one.on_hand_packs is None for one in slots),
        Because.EXPIRING: any(one.expiring_packs for one in slots),
        Because.ON_ORDER: on_order_packs > 0,
    }
    return [why for why, applies in told.items() if applies]


def _share_out(slots: Sequence[SlotStock], packs: int) -> tuple[tuple[int, int], ...]:
    """Put pack after pack into the slot that holds least; all of them fit."""
    held = {one.slot: one.kept_packs for one in slots}
    room = {one.slot: one.room_packs for one in slots}
    for _ in range(packs):
        slot = min((one for one in held if room[one]), key=lambda one: (held[one], one))
        held[slot] += 1
        room[slot] -= 1
    added = ((one.slot, held[one.slot] - one.kept_packs) for one in slots)
    return tuple(sorted((slot, packs) for slot, packs in added if packs))
