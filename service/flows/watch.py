"""Watch the network: find what is wrong now, and move incidents so that they agree."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from service.domain.incident_findings import fault_finding, stock_findings
from service.domain.incident_life import judge, opens
from service.domain.incidents import (
    Finding,
    IncidentKind,
    Severity,
    Step,
    Subject,
    memory_of,
)
from service.domain.kiosks import KioskState
from service.domain.quarantine import Reason
from service.flows.incidents import keep_steps
from service.flows.low_levels import LowLevels
from service.flows.ports import Books, WatchedStore

CLOCK_MEMORY: Final = timedelta(hours=24)
CONFLICT_MEMORY: Final = timedelta(days=7)

PLACES_MAX: Final = 500
"""Where more places than this have changed, all are looked at again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at the network showed.

    ``unseen`` are places that cannot be judged now, ``well`` those that have shown to be well, and
    ``folded`` those of which a graver incident tells.
    """

    kinds: tuple[IncidentKind, ...]
    findings: tuple[Finding, ...]
    unseen: frozenset[str] = frozenset()
    well: frozenset[str] = frozenset()
    folded: frozenset[str] = frozenset()


class See(Protocol):
    """A look at the whole network, or at some places ``only``; it writes nothing."""

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return what is wrong now."""


def watch(see: See, *, store: WatchedStore, at: datetime) -> None:
    """Look without holding up any writer, and take their turn only where incidents do not agree.

    What was seen may be over by then, so those places are looked at again. At 10,000 kiosks a look
    takes most of a second, in which nothing could be booked.
    """
    with store.look() as books:
        steps = _judge(see(books=books, at=at), books=books, at=at, only=None)
        places = {step.after.subject.place for step in steps}
    if places:
        only = places if len(places) <= PLACES_MAX else None
        with store.begin() as books:
            settle(see(books=books, at=at, only=only), books=books, at=at, only=only)


@dataclass(frozen=True, slots=True)
class SeeStock:
    """Sees what is low, out or out of order; what we cannot see now stays as it is."""

    levels: LowLevels = field(default_factory=LowLevels)

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return what is low by forecast, where there is one, and what is out or out of order."""
        findings: list[Finding] = []
        unseen: set[str] = set()
        levels = self.levels(books, at)
        for kiosk_id, view in books.stock.views(at, only).items():
            if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
                unseen.add(kiosk_id)
                continue
            own = {item: levels.get((kiosk_id, item)) for item, _ in view.items}
            known = {item: level for item, level in own.items() if level is not None}
            findings += stock_findings(kiosk_id, view, known)
            fault = fault_finding(kiosk_id, view)
            findings += [fault] if fault is not None else []
        kinds = (IncidentKind.LOW, IncidentKind.OUT, IncidentKind.FAULT)
        return Sight(kinds=kinds, findings=tuple(findings), unseen=frozenset(unseen))


def see_stock(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See stock by the outlooks and policies of this very moment."""
    return SeeStock()(books=books, at=at, only=only)


def see_quarantine(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See kiosks whose clock is wrong, and facts that contradict what is kept."""
    findings = []
    for kind, severity, reasons, memory in (
        (
            IncidentKind.CLOCK,
            Severity.WARNING,
            (Reason.CLOCK_AHEAD, Reason.CLOCK_ANCIENT),
            CLOCK_MEMORY,
        ),
        (IncidentKind.CONFLICT, Severity.CRITICAL, (Reason.CONFLICT,), CONFLICT_MEMORY),
    ):
        counts: dict[str, int] = {}
        names = [reason.value for reason in reasons]
        recent = books.quarantine.recent(names, at - memory)
        latest = books.quarantine.latest(names, at - memory)
        for (_, kiosk_id), count in recent.items():
            counts[kiosk_id] = counts.get(kiosk_id, 0) + count
        findings += [
            Finding(
                subject=Subject(kind, kiosk_id),
                severity=severity,
                numbers={"facts_aside": count},
                latest_at=latest.get(kiosk_id),
            )
            for kiosk_id, count in sorted(counts.items())
            if kiosk_id in books.registry.site_by_kiosk and within(kiosk_id, only)
        ]
    return Sight(kinds=(IncidentKind.CLOCK, IncidentKind.CONFLICT), findings=tuple(findings))


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
    keep_steps(_judge(sight, books=books, at=at, only=only), books=books, at=at)


def _judge(sight: Sight, *, books: Books, at: datetime, only: Collection[str] | None) -> list[Step]:
    standing = [
        one
        for one in books.incidents.standing(sight.kinds)
        if one.subject.place not in sight.unseen and within(one.subject.place, only)
    ]
    known = {one.subject for one in standing}
    new = [one.subject for one in sight.findings if one.subject not in known and opens(one)]
    since = at - max(memory_of(kind) for kind in sight.kinds)
    over = books.incidents.resolved(new, since) if new else {}
    return judge(standing, sight.findings, over=over, well=sight.well, folded=sight.folded, at=at)


def within(place: str, only: Collection[str] | None) -> bool:
    """Say whether a place is looked at, where only some are."""
    return only is None or place in only
