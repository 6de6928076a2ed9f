"""Watch the network: find what is wrong now, open and resolve alerts so that they agree."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from service.domain.alerts import (
    AlertKind,
    Finding,
    Numbers,
    Subject,
    Verdict,
    judge,
    stock_findings,
)
from service.domain.kiosks import KioskState
from service.domain.quarantine import Reason
from service.flows.ports import Books, WatchedStore

CLOCK_MEMORY: Final = timedelta(hours=24)
CONFLICT_MEMORY: Final = timedelta(days=7)

PLACES_MAX: Final = 500
"""Where more places than this have changed, all are looked at again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at the network showed; ``unseen`` are places that cannot be judged now."""

    kinds: tuple[AlertKind, ...]
    findings: tuple[Finding, ...]
    unseen: frozenset[str] = frozenset()


class See(Protocol):
    """A look at the whole network, or at some places ``only``; it writes nothing."""

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return what is wrong now."""


def watch(see: See, *, store: WatchedStore, at: datetime) -> None:
    """Look without holding up any writer, and take their turn only where alerts do not agree.

    What was seen may be over by then, so those places are looked at again. At 10,000 kiosks a look
    takes most of a second, in which nothing could be booked.
    """
    with store.look() as books:
        places = _places_to_settle(see(books=books, at=at), books=books)
    if places:
        only = places if len(places) <= PLACES_MAX else None
        with store.begin() as books:
            settle(see(books=books, at=at, only=only), books=books, at=at, only=only)


def see_silence(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See kiosks whose stored deadline of silence has passed."""
    findings = [
        Finding(
            Subject(AlertKind.SILENT, kiosk_id),
            {"heard_at": presence.heard_at.isoformat() if presence.heard_at else None},
        )
        for kiosk_id, presence in sorted(books.liveness.silent(at).items())
        if kiosk_id in books.registry.site_by_kiosk and _within(kiosk_id, only)
    ]
    return Sight(kinds=(AlertKind.SILENT,), findings=tuple(findings))


def see_stock(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See what is low, out or out of order; what we cannot see now stays as it is."""
    findings: list[Finding] = []
    unseen: set[str] = set()
    for kiosk_id, view in books.stock.views(at, only).items():
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
    kinds = (AlertKind.LOW, AlertKind.OUT, AlertKind.FAULT)
    return Sight(kinds=kinds, findings=tuple(findings), unseen=frozenset(unseen))


def see_quarantine(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See kiosks whose clock is wrong, and facts that contradict what is kept."""
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
            if kiosk_id in books.registry.site_by_kiosk and _within(kiosk_id, only)
        ]
    return Sight(kinds=(AlertKind.CLOCK, AlertKind.CONFLICT), findings=tuple(findings))


def watch_silence(*, books: Books, at: datetime) -> None:
    """Flag silent kiosks, in a transaction that is open already."""
    settle(see_silence(books=books, at=at), books=books, at=at)


def watch_stock(*, books: Books, at: datetime) -> None:
    """Flag what is low, out or out of order, in a transaction that is open already."""
    settle(see_stock(books=books, at=at), books=books, at=at)


def watch_quarantine(*, books: Books, at: datetime) -> None:
    """Flag wrong clocks and contradictions, in a transaction that is open already."""
    settle(see_quarantine(books=books, at=at), books=books, at=at)


def settle(
    sight: Sight, *, books: Books, at: datetime, only: Collection[str] | None = None
) -> None:
    """Open what is seen, resolve what is no longer so; leave alone what was not looked at."""
    verdict = _judge(sight, books=books, only=only)
    books.alerts.open(verdict.opened, at)
    books.alerts.resolve(verdict.resolved, at)
    changed = _subjects(verdict)
    books.changes.note("alert", sorted(changed), at)
    places = {_place_of(subject) for subject in changed}
    books.changes.note("kiosk", sorted(places & books.registry.site_by_kiosk.keys()), at)


def _judge(sight: Sight, *, books: Books, only: Collection[str] | None) -> Verdict:
    still_open = [
        subject
        for subject in books.alerts.open_subjects([kind.value for kind in sight.kinds])
        if _place_of(subject) not in sight.unseen and _within(_place_of(subject), only)
    ]
    return judge(still_open, sight.findings)


def _places_to_settle(sight: Sight, *, books: Books) -> set[str]:
    """Return the places where what is seen and what is open do not agree."""
    return {_place_of(subject) for subject in _subjects(_judge(sight, books=books, only=None))}


def _subjects(verdict: Verdict) -> list[str]:
    return [finding.subject.key for finding in verdict.opened] + list(verdict.resolved)


def _place_of(subject: str) -> str:
    return subject.split("|")[1]


def _within(place: str, only: Collection[str] | None) -> bool:
    return only is None or place in only
