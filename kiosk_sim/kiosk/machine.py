"""The machine: stock in its slots, jams, and what it does with an ask, a visit or a fault."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from kiosk_sim.kiosk import events
from kiosk_sim.kiosk.events import Draft, Handover, Lot
from kiosk_sim.spec import KioskSpec, Slot
from kiosk_sim.world.days import Chances, Intent, day_of

_REMOVAL: Final = 0.006
_LOT_DAYS: Final = 5 * 365
_STOPS_SALE: Final = ("card_reader",)


@dataclass(slots=True)
class Machine:
    """What is physically in a kiosk, and which of its parts do not work."""

    spec: KioskSpec
    chances: Chances
    stock: dict[int, int] = field(default_factory=dict)
    jammed: dict[int, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with empty aisles."""
        self.stock = {slot.number: self.stock.get(slot.number, 0) for slot in self.spec.slots}

    def apply(self, intent: Intent, clock_says: str) -> list[Draft]:
        """Let something happen; return the facts that the kiosk notes."""
        if intent.what == "ask":
            return self._ask(intent, clock_says)
        if intent.what == "visit":
            return self._visit(intent)
        if intent.what == "repair":
            return self._clear_jams()
        if intent.what in {"count", "boot"}:
            return [self.count("boot" if intent.what == "boot" else "daily")]
        return self._fault(intent, clock_says)

    def _fault(self, intent: Intent, clock_says: str) -> list[Draft]:
        if intent.what == "raised" and intent.code not in self.faults:
            self.faults[intent.code] = clock_says
            return [events.fault(intent.code, "raised", None, None)]
        if intent.what == "cleared" and intent.code in self.faults:
            since = self.faults.pop(intent.code)
            return [events.fault(intent.code, "cleared", None, since)]
        return []

    def count(self, why: str) -> Draft:
        """Count every slot."""
        return events.count(
            why, [(slot.number, slot.item, self.stock[slot.number]) for slot in self.spec.slots]
        )

    def _ask(self, intent: Intent, clock_says: str) -> list[Draft]:
        if any(code in self.faults for code in _STOPS_SALE):
            return []
        slots = [slot.number for slot in self.spec.slots if slot.item == intent.item]
        working = [number for number in slots if number not in self.jammed] or slots
        slot = max(working, key=lambda number: (self.stock[number], -number))
        held = self.stock[slot]
        packs = max(1, min(intent.packs, held))
        units = packs * self.spec.units_per_pack[intent.item]
        raised: list[Draft] = []
        if intent.luck < self.chances.refused and intent.who is not None:
            outcome = "refused"
        elif held == 0:
            outcome = "empty"
        elif slot in self.jammed:
            outcome = "jammed"
        elif intent.luck > 1 - self.chances.jam:
            outcome = "jammed"
            self.jammed[slot] = clock_says
            raised = [events.fault("aisle_jam", "raised", slot, None)]
        else:
            outcome = "dispensed"
            self.stock[slot] = held - packs
        handover = Handover(slot, intent.item, packs, units, outcome, self.stock[slot], intent.who)
        return [events.dispense(handover), *raised]

    def _visit(self, intent: Intent) -> list[Draft]:
        """Clear jams, take out what must go, fill up, and count with the door still open."""
        today = date(1970, 1, 1) + timedelta(days=day_of(intent.at_ms))
        rng = random.Random(intent.luck)
        drafts = self._clear_jams()
        lot = Lot(f"L{today:%y%m}", str(today + timedelta(days=_LOT_DAYS)))
        for slot in self.spec.slots:
            if self.stock[slot.number] and rng.random() < _REMOVAL:
                drafts.append(self._remove(slot, today, rng))
            added = slot.capacity_packs - self.stock[slot.number]
            if added > 0:
                self.stock[slot.number] = slot.capacity_packs
                drafts.append(events.restock(slot, added, lot, slot.capacity_packs))
        drafts.append(self.count("door"))
        return drafts

    def _remove(self, slot: Slot, today: date, rng: random.Random) -> Draft:
        removed = rng.randint(1, min(4, self.stock[slot.number]))
        self.stock[slot.number] -= removed
        reason = rng.choices(("expired", "damaged", "other"), (8, 2, 1))[0]
        age_days = _LOT_DAYS if reason == "expired" else 200
        made = today - timedelta(days=age_days + rng.randrange(1, 25))
        lot = Lot(f"L{made:%y%m}", str(made + timedelta(days=_LOT_DAYS)))
        return events.removal(slot, removed, reason, lot, self.stock[slot.number])

    def _clear_jams(self) -> list[Draft]:
        jams = sorted(self.jammed.items())
        self.jammed.clear()
        return [events.fault("aisle_jam", "cleared", number, since) for number, since in jams]

    def remember(self, event: dict[str, Any]) -> None:
        """Take over what a journaled fact says about the machine (after a restart)."""
        data = event["data"]
        if event["type"] == "ck.dispense.v1":
            self.stock[data["slot"]] = data["stock_after"]
        elif event["type"] == "ck.restock.v1":
            self.stock[data["slot"]] = data["count_after"]
        elif event["type"] == "ck.fault.v1":
            slot = data.get("slot")
            if data["state"] == "cleared":
                self.jammed.pop(slot, None) if slot else self.faults.pop(data["code"], None)
            elif slot:
                self.jammed[slot] = event["time"]
            else:
                self.faults[data["code"]] = event["time"]
