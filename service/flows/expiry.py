"""See what has expired in the kiosks, and what soon will, by the lots that restockers told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from service.domain.incident_expiry import expiry_findings
from service.domain.incidents import Finding, IncidentKind
from service.domain.kiosks import KioskState
from service.domain.lots import HeldLot, held
from service.flows.ports import Books
from service.flows.watch import Sight

LOOK_BACK: Final = timedelta(days=730)
"""What was filled in before that has long been given out, or expired without a word."""


@dataclass(frozen=True, slots=True)
class SeeExpiry:
    """Sees lots by the newest levels that are known: stock expires in a silent kiosk too."""

    zone: tzinfo

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return what has expired or will soon, in all kiosks or some."""
        views = books.stock.views(at, only)
        restocks = books.signs.restocks(views.keys(), at - LOOK_BACK)
        findings: list[Finding] = []
        for name, view in sorted(views.items()):
            lots: list[HeldLot] = []
            for slot in view.slots:
                added = restocks.get((name, slot.slot), [])
                lots += held(added, item=slot.item, on_hand_packs=slot.on_hand_packs or 0)
            findings += expiry_findings(name, lots, today=at.astimezone(self.zone).date())
        behind = {name for name, one in views.items() if one.state is KioskState.CATCHING_UP}
        return Sight(
            kinds=(IncidentKind.EXPIRED, IncidentKind.EXPIRING),
            findings=tuple(one for one in findings if one.subject.place not in behind),
            unseen=frozenset(behind),
        )
