"""What is wrong at a kiosk, by what it holds and what it reports."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from service.domain.incidents import ITEMS, Finding, IncidentKind, Part, Severity, Subject
from service.domain.kiosks import LOW_SHARE, KioskState, KioskView, SlotState
from service.domain.low_level import LowLevel

NEARLY_SHARE: Final = 0.1
"""What was low is so until this much more of its capacity is there: two boxes do not close it."""


def stock_findings(
    kiosk_id: str, view: KioskView, levels: Mapping[str, LowLevel] | None = None
) -> list[Finding]:
    """Return what is low or out at a kiosk; nothing where its levels are not today's.

    ``levels`` say by item when it is low, where there is a forecast. An item whose slots are all
    jammed is a fault, which has its own incident.
    """
    if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
        return []
    by_forecast = levels or {}
    low, out, nearly = [], [], []
    for item, state in view.items:
        if all(slot.jammed for slot in view.slots if slot.item == item):
            continue
        part = _part(view, item)
        if state is SlotState.EMPTY:
            out.append(part)
        elif state is not SlotState.UNKNOWN:
            how_low, figures = _how_low(part, _usable(view, item), by_forecast.get(item))
            low += [part | figures] * (how_low is _How.LOW)
            nearly += [part | figures] * (how_low is _How.NEARLY)
    findings = []
    if out:
        subject = Subject(IncidentKind.OUT, kiosk_id)
        findings.append(Finding(subject=subject, severity=Severity.CRITICAL, numbers={ITEMS: out}))
    if low or nearly:
        subject = Subject(IncidentKind.LOW, kiosk_id)
        findings.append(Finding(subject=subject, numbers={ITEMS: low}, nearly=tuple(nearly)))
    return findings


class _How(Enum):
    LOW = auto()
    NEARLY = auto()
    WELL = auto()


def _how_low(part: Part, usable_packs: int, level: LowLevel | None) -> tuple[_How, Part]:
    """Return how low an item is, and the figures of the forecast that say so."""
    if level is not None:
        low, well = float(level.low_packs), float(level.well_packs)
    else:
        capacity = part["capacity_packs"]
        low, well = capacity * LOW_SHARE, capacity * (LOW_SHARE + NEARLY_SHARE)
    if usable_packs > well:
        return _How.WELL, {}
    figures: Part = {}
    if level is not None:
        chance = level.p_stock_out(usable_packs)
        figures = {"p_stock_out": round(chance, 2), "days": level.cover_days}
    return _How.LOW if usable_packs <= low else _How.NEARLY, figures


def _usable(view: KioskView, item: str) -> int:
    """Return the packs that can be had: what lies behind a jam cannot."""
    slots = (slot for slot in view.slots if slot.item == item and not slot.jammed)
    return sum(slot.on_hand_packs or 0 for slot in slots)


def fault_finding(kiosk_id: str, view: KioskView) -> Finding | None:
    """Return what is out of order at a kiosk."""
    if view.state is not KioskState.FAULT:
        return None
    jammed = sum(slot.jammed for slot in view.slots)
    return Finding(
        subject=Subject(IncidentKind.FAULT, kiosk_id),
        severity=Severity.CRITICAL,
        numbers={"machine_faults": view.machine_faults, "jammed_slots": jammed},
    )


def _part(view: KioskView, item: str) -> Part:
    slots = [slot for slot in view.slots if slot.item == item]
    return {
        "item": item,
        "on_hand_packs": sum(slot.on_hand_packs or 0 for slot in slots),
        "capacity_packs": sum(slot.capacity_packs for slot in slots),
        "jammed_slots": sum(slot.jammed for slot in slots),
    }


GRAVE_PEOPLE: Final = 1_000
SOME_PEOPLE: Final = 100


def severity_for(people: int) -> Severity:
    """Return how grave it is that so many people cannot have an item."""
    if people >= GRAVE_PEOPLE:
        return Severity.CRITICAL
    return Severity.WARNING if people >= SOME_PEOPLE else Severity.INFO
