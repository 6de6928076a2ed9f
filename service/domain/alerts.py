"""Alerts: what is wrong now, one open for each kind, place, item and slot; facts close them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from service.domain.kiosks import KioskState, KioskView, SlotState


class AlertKind(StrEnum):
    """What can be wrong."""

    SILENT = "silent"
    LOW = "low"
    OUT = "out"
    FAULT = "fault"
    CLOCK = "clock"
    CIRCLE_GAP = "circle_gap"
    CONFLICT = "conflict"


class Severity(StrEnum):
    """How soon somebody has to look."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


SEVERITY = {
    AlertKind.SILENT: Severity.WARNING,
    AlertKind.LOW: Severity.WARNING,
    AlertKind.OUT: Severity.CRITICAL,
    AlertKind.FAULT: Severity.CRITICAL,
    AlertKind.CLOCK: Severity.WARNING,
    AlertKind.CIRCLE_GAP: Severity.CRITICAL,
    AlertKind.CONFLICT: Severity.CRITICAL,
}

Numbers = dict[str, int | float | str | None]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about; two alerts about the same subject are the same alert."""

    kind: AlertKind
    place: str
    item: str = ""
    slot: int = 0

    @property
    def key(self) -> str:
        """Return the text that the database keeps unique among open alerts."""
        return f"{self.kind}|{self.place}|{self.item}|{self.slot}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now, with the figures behind it."""

    subject: Subject
    numbers: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to open and what to resolve, to make the open alerts agree with the findings."""

    opened: tuple[Finding, ...]
    resolved: tuple[str, ...]


def stock_findings(kiosk_id: str, view: KioskView) -> list[Finding]:
    """Return what is low or out at a kiosk; nothing where its levels are not today's.

    An item whose slots are all jammed is a fault, which has its own alert.
    """
    if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
        return []
    findings = []
    for item, state in view.items:
        if state not in {SlotState.LOW, SlotState.EMPTY}:
            continue
        slots = [slot for slot in view.slots if slot.item == item]
        if all(slot.jammed for slot in slots):
            continue
        numbers: Numbers = {
            "on_hand_packs": sum(slot.on_hand_packs or 0 for slot in slots),
            "capacity_packs": sum(slot.capacity_packs for slot in slots),
            "jammed_slots": sum(slot.jammed for slot in slots),
        }
        kind = AlertKind.OUT if state is SlotState.EMPTY else AlertKind.LOW
        findings.append(Finding(Subject(kind, kiosk_id, item), numbers))
    return findings


def judge(open_keys: Iterable[str], findings: Iterable[Finding]) -> Verdict:
    """Compare what is open with what is found, in a stable order."""
    found = {finding.subject.key: finding for finding in findings}
    already = set(open_keys)
    opened = tuple(found[key] for key in sorted(found.keys() - already))
    return Verdict(opened=opened, resolved=tuple(sorted(already - found.keys())))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    """An alert as it is kept."""

    subject: Subject
    severity: Severity
    opened_at: datetime
    numbers: Numbers
