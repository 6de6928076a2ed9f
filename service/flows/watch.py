"""Watch the network: find what is wrong now, open and resolve alerts so that they agree."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from service.domain.alerts import (
    AlertKind,
    Finding,
    Numbers,
    Subject,
    judge,
    stock_findings,
)
from service.domain.kiosks import KioskState
from service.domain.quarantine import Reason
from service.flows.ports import Books

CLOCK_MEMORY: Final = timedelta(hours=24)
CONFLICT_MEMORY: Final = timedelta(days=7)


def watch_silence(*, books: Books, at: datetime) -> None:
    """Flag kiosks whose stored deadline of silence has passed."""
    findings = [
        Finding(
            Subject(AlertKind.SILENT, kiosk_id),
            {"heard_at": presence.heard_at.isoformat() if presence.heard_at else None},
        )
        for kiosk_id, presence in sorted(books.liveness.silent(at).items())
        if kiosk_id in books.registry.site_by_kiosk
    ]
    settle_alerts([AlertKind.SILENT], findings, books=books, at=at)


def watch_stock(*, books: Books, at: datetime) -> None:
    """Flag what is low, out or out of order; what we cannot see now stays as it is."""
    findings: list[Finding] = []
    unseen: set[str] = set()
    for kiosk_id, view in books.stock.views(at).items():
        if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
            unseen.add(kiosk_id)
            continue
        findings += stock_findings(kiosk_id, view)
        if view.state is KioskState.FAULT:
            numbers: Numbers = {
                "machine_faults": view.machine_faults,
                "jammed_slots": sum(slot.jammed for slot in view.slots),
            }
            findings.append(Finding(Subject(AlertKind.FAULT, kiosk_id), numbers))
    kinds = [AlertKind.LOW, AlertKind.OUT, AlertKind.FAULT]
    settle_alerts(kinds, findings, books=books, at=at, leave=unseen)


def watch_quarantine(*, books: Books, at: datetime) -> None:
    """Flag kiosks whose clock is wrong, and facts that contradict what is kept."""
    findings = []
    for kind, reasons, memory in (
        (AlertKind.CLOCK, (Reason.CLOCK_AHEAD, Reason.CLOCK_ANCIENT), CLOCK_MEMORY),
        (AlertKind.CONFLICT, (Reason.CONFLICT,), CONFLICT_MEMORY),
    ):
        counts: dict[str, int] = {}
        recent = books.quarantine.recent([reason.value for reason in reasons], at - memory)
        for (_, kiosk_id), count in recent.items():
            counts[kiosk_id] = counts.get(kiosk_id, 0) + count
        findings += [
            Finding(Subject(kind, kiosk_id), {"facts_aside": count})
            for kiosk_id, count in sorted(counts.items())
            if kiosk_id in books.registry.site_by_kiosk
        ]
    settle_alerts([AlertKind.CLOCK, AlertKind.CONFLICT], findings, books=books, at=at)


def settle_alerts(
    kinds: Sequence[AlertKind],
    findings: Sequence[Finding],
    *,
    books: Books,
    at: datetime,
    leave: Collection[str] = (),
) -> None:
    """Open what is found, resolve what is no longer so; leave alone the places in ``leave``."""
    still_open = [
        subject
        for subject in books.alerts.open_subjects([kind.value for kind in kinds])
        if subject.split("|")[1] not in leave
    ]
    verdict = judge(still_open, findings)
    books.alerts.open(verdict.opened, at)
    books.alerts.resolve(verdict.resolved, at)
    changed = [finding.subject.key for finding in verdict.opened] + list(verdict.resolved)
    books.changes.note("alert", sorted(changed), at)
    places = {key.split("|")[1] for key in changed}
    books.changes.note("kiosk", sorted(places & books.registry.site_by_kiosk.keys()), at)
