"""See what takes days to show: counts that differ, nobody who takes anything, months not whole."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from service.domain.clocks import month_of
from service.domain.incident_signs import (
    DIFFERING_FOR,
    QUIET_DAYS_MAX,
    differing_finding,
    month_finding,
    no_takers_finding,
)
from service.domain.incidents import Finding, IncidentKind, Subject
from service.domain.kiosks import KioskState, KioskView, SlotState
from service.domain.months import first_day, month_instants
from service.flows.ports import Books
from service.flows.watch import Sight, within

MONTH_GRACE: Final = timedelta(days=2)
"""Kiosks that are late by a day are no reason to ask about the month that has just ended."""

_INTERRUPTIONS: Final = (IncidentKind.SILENT, IncidentKind.OUT, IncidentKind.FAULT)


def see_discrepancies(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See kiosks whose counts of the last days differ from the books."""
    findings = [
        differing_finding(
            name,
            packs_missing=one.packs_missing,
            packs_found=one.packs_found,
            latest_at=one.latest_at,
        )
        for name, one in sorted(books.signs.differing(at - DIFFERING_FOR).items())
        if name in books.registry.site_by_kiosk and within(name, only)
    ]
    found = tuple(one for one in findings if one is not None)
    return Sight(kinds=(IncidentKind.DISCREPANCY,), findings=found)


def see_no_takers(*, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
    """See kiosks that are there, in stock, and that nobody uses.

    A pause begins with the last pack, or when the kiosk was last mended, filled or heard again.
    """
    views = books.stock.views(at, only)
    judged = {name: there for name, view in views.items() if (there := _there(view))}
    outlooks = books.outlooks.of(judged.keys())
    since = at - timedelta(days=QUIET_DAYS_MAX)
    taken = books.signs.last_taken(judged.keys(), since)
    subjects = [Subject(kind, name) for name in judged for kind in _INTERRUPTIONS]
    mended: dict[str, datetime] = {}
    for subject, one in books.incidents.resolved(subjects, since).items():
        if one.resolved_at is not None:
            known = mended.get(subject.place, since)
            mended[subject.place] = max(known, one.resolved_at)
    findings: list[Finding | None] = []
    for name, there in sorted(judged.items()):
        demands = [outlooks[name, item] for item in there if (name, item) in outlooks]
        quiet = max(taken.get(name, since), mended.get(name, since))
        findings.append(no_takers_finding(name, demands, quiet_since=quiet, at=at))
    return Sight(
        kinds=(IncidentKind.NO_TAKERS,),
        findings=tuple(one for one in findings if one is not None),
        unseen=frozenset(views.keys() - judged.keys()),
    )


def _there(view: KioskView) -> list[str]:
    """Return the items that can be had now; nothing where we cannot know, or it is broken."""
    if view.state in {KioskState.SILENT, KioskState.CATCHING_UP, KioskState.FAULT}:
        return []
    return [item for item, state in view.items if state in {SlotState.AVAILABLE, SlotState.LOW}]


@dataclass(frozen=True, slots=True)
class SeeMonth:
    """Sees whether the month that has ended is whole; one that is closed is nobody's question."""

    zone: tzinfo

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return what keeps last month from being closed."""
        kinds, region = (IncidentKind.MONTH_NOT_CLOSABLE,), books.registry.region
        this = first_day(at, self.zone)
        begin_of_this, _ = month_instants(this, self.zone)
        last = first_day(begin_of_this - timedelta(seconds=1), self.zone)
        is_early = at - begin_of_this < MONTH_GRACE
        if is_early or last in books.signs.closed_months() or not within(region, only):
            return Sight(kinds=kinds, findings=())
        begin, end = month_instants(last, self.zone)
        missing = books.signs.missing(begin, end)
        sites = books.registry.site_by_kiosk
        presences = books.liveness.of(sites)
        away = {
            name
            for name, one in presences.items()
            if one.heard_at is not None and one.heard_at < end
        }
        lacking = {name for name, site in sites.items() if site in missing.site_ids}
        finding = month_finding(
            region, month_of(last), facts=missing.facts, gone=missing.gone, kiosks=away | lacking
        )
        return Sight(kinds=kinds, findings=(finding,) if finding is not None else ())
