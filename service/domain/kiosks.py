"""What a manager sees of a kiosk: one state, worst first, never a guess where we do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final


class KioskState(StrEnum):
    """The states on the map, as a manager names them."""

    AVAILABLE = "available"
    LOW = "low"
    EMPTY = "empty"
    FAULT = "fault"
    SILENT = "silent"
    CATCHING_UP = "catching_up"
    UNKNOWN = "unknown"


class SlotState(StrEnum):
    """The three states that everything has, and the warning before the worst of them."""

    AVAILABLE = "available"
    LOW = "low"
    EMPTY = "empty"
    UNKNOWN = "unknown"


LOW_SHARE: Final = 0.25
"""A slot at a quarter of what it holds, or less, is low: fixed, until there is a forecast."""

BEHIND_FACTS_MAX: Final = 20
"""A kiosk that owes us more facts than this still tells its past: its levels are not today's."""

MACHINE_FAULTS: Final = frozenset({"power", "tamper", "card_reader", "over_temperature", "other"})
"""Faults that stop the whole machine; a jam stops its own slot and an open door nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """One slot as it stands now."""

    slot: int
    item: str
    capacity_packs: int
    on_hand_packs: int | None
    jammed: bool = False

    @property
    def state(self) -> SlotState:
        """Return the state of the slot by its level alone."""
        if self.on_hand_packs is None:
            return SlotState.UNKNOWN
        if self.on_hand_packs == 0:
            return SlotState.EMPTY
        if self.on_hand_packs <= self.capacity_packs * LOW_SHARE:
            return SlotState.LOW
        return SlotState.AVAILABLE


@dataclass(frozen=True, kw_only=True)
class KioskView:
    """A kiosk as it stands now, whatever we know of it; what follows is worked out once."""

    silent: bool
    behind_facts: int
    machine_faults: int
    slots: tuple[SlotView, ...]

    @cached_property
    def state(self) -> KioskState:
        """Return the one state that says what a manager has to know first."""
        if self.silent:
            return KioskState.SILENT
        if self.behind_facts > BEHIND_FACTS_MAX:
            return KioskState.CATCHING_UP
        if self.machine_faults > 0 or self._jammed_items():
            return KioskState.FAULT
        states = {by_item for _, by_item in self.items}
        for slot_state, state in (
            (SlotState.EMPTY, KioskState.EMPTY),
            (SlotState.UNKNOWN, KioskState.UNKNOWN),
            (SlotState.LOW, KioskState.LOW),
        ):
            if slot_state in states:
                return state
        return KioskState.AVAILABLE if states else KioskState.UNKNOWN

    @cached_property
    def items(self) -> tuple[tuple[str, SlotState], ...]:
        """Return each item's state over all its slots: it is empty only where every slot is."""
        return tuple((name, _state_of(slots)) for name, slots in self.by_item)

    @cached_property
    def by_item(self) -> tuple[tuple[str, tuple[SlotView, ...]], ...]:
        """Return each item's slots, by its code."""
        found: dict[str, tuple[SlotView, ...]] = {}
        for slot in self.slots:
            found[slot.item] = (*found.get(slot.item, ()), slot)
        return tuple(sorted(found.items()))

    def item_state(self, item: str) -> SlotState:
        """Return whether an item can be had here, by the levels of its working slots."""
        return _state_of([slot for slot in self.slots if slot.item == item])

    def _jammed_items(self) -> bool:
        if not any(slot.jammed for slot in self.slots):
            return False
        free = {slot.item for slot in self.slots if not slot.jammed}
        return any(slot.item not in free for slot in self.slots)

    @property
    def urgency(self) -> int:
        """Return 0 (nothing to do) to 100: by state, then by the share of items empty and low."""
        base = _URGENCY[self.state]
        if not self.items or self.state in {KioskState.CATCHING_UP, KioskState.AVAILABLE}:
            return base
        weights = {SlotState.EMPTY: 1.0, SlotState.LOW: 0.4}
        share = sum(weights.get(state, 0.0) for _, state in self.items) / len(self.items)
        return min(100, base + round(15 * share))


def _state_of(slots: Sequence[SlotView]) -> SlotState:
    """Return whether what some slots hold can be had."""
    working = [slot for slot in slots if not slot.jammed]
    if not working:
        return SlotState.EMPTY
    on_hand = sum(slot.on_hand_packs or 0 for slot in working)
    capacity = sum(slot.capacity_packs for slot in slots)
    if on_hand > capacity * LOW_SHARE:
        return SlotState.AVAILABLE  # Whatever a slot that nobody has counted holds beside it.
    if on_hand > 0:
        return SlotState.LOW
    uncounted = any(slot.on_hand_packs is None for slot in working)
    return SlotState.UNKNOWN if uncounted else SlotState.EMPTY


_URGENCY: Final = {
    KioskState.FAULT: 80,
    KioskState.EMPTY: 70,
    KioskState.SILENT: 60,
    KioskState.LOW: 35,
    KioskState.UNKNOWN: 25,
    KioskState.CATCHING_UP: 10,
    KioskState.AVAILABLE: 0,
}
