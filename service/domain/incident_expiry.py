"""What has expired in a kiosk, and what soon will."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from service.domain.incidents import ITEMS, Finding, IncidentKind, Part, Severity, Subject
from service.domain.lots import HeldLot

EXPIRING_WITHIN: Final = timedelta(days=60)
"""Time to give it out elsewhere, where more of it is asked for."""

GRAVE_WITHIN: Final = timedelta(days=14)


def expiry_findings(kiosk_id: str, lots: Iterable[HeldLot], *, today: date) -> list[Finding]:
    """Return what has expired, and what will within sixty days; its last day is a good one."""
    dated = [(lot.expires_on, lot) for lot in lots if lot.expires_on is not None]
    gone = [(on, lot) for on, lot in dated if on < today]
    soon = [(on, lot) for on, lot in dated if today <= on <= today + EXPIRING_WITHIN]
    findings = []
    if gone:
        subject = Subject(IncidentKind.EXPIRED, kiosk_id)
        numbers = {ITEMS: _parts(gone)}
        findings.append(Finding(subject=subject, severity=Severity.CRITICAL, numbers=numbers))
    if soon:
        first = min(on for on, _ in soon)
        is_grave = first <= today + GRAVE_WITHIN
        findings.append(
            Finding(
                subject=Subject(IncidentKind.EXPIRING, kiosk_id),
                severity=Severity.WARNING if is_grave else Severity.INFO,
                numbers={ITEMS: _parts(soon), "days": EXPIRING_WITHIN.days},
            )
        )
    return findings


def _parts(dated: Iterable[tuple[date, HeldLot]]) -> list[Part]:
    """Return, by item, how many packs, and when the first of them expires."""
    found: dict[str, Part] = {}
    for on, lot in sorted(dated, key=lambda one: (one[1].item, one[0])):
        part = found.setdefault(
            lot.item, {"item": lot.item, "packs": 0, "expires_on": on.isoformat()}
        )
        part["packs"] += lot.packs
    return list(found.values())
