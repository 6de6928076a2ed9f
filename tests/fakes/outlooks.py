"""Outlooks in memory, and what was wanted in the past, told from the facts themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from service.domain.clocks import local_hour
from service.domain.demand import Outlook
from service.domain.district import DistrictPlan
from service.domain.facts import Dispensed, Fact, FactKey, Outcome
from service.flows.ports_outlooks import DayWanted, PlaceItem


@dataclass(frozen=True)
class MemoryOutlooks:
    pages: dict[PlaceItem, tuple[datetime, Outlook]]
    plan: DistrictPlan
    facts: Mapping[FactKey, Fact]

    def of(self, places: Collection[str] | None) -> dict[PlaceItem, Outlook]:
        return {
            key: outlook
            for key, (_, outlook) in self.pages.items()
            if places is None or key[0] in places
        }

    def save(self, outlooks: Sequence[Outlook], at: datetime) -> None:
        for one in outlooks:
            self.pages[one.place, one.item] = (at, one)

    def drop_before(self, at: datetime) -> None:
        for key in [key for key, (made_at, _) in self.pages.items() if made_at < at]:
            del self.pages[key]

    def kinds(self, item: str) -> Mapping[str, str]:
        kind = {site.id: site.kind for site in self.plan.sites}
        return {
            kiosk.id: kind[kiosk.site_id]
            for kiosk in self.plan.kiosks
            if item in {slot.item for slot in kiosk.slots}
        }

    def wanted(
        self, item: str, first: date, last: date, zone: tzinfo, *, only: str | None = None
    ) -> list[DayWanted]:
        sums: dict[tuple[str, date], list[int]] = {}
        for fact in self.facts.values():
            what = fact.what
            if not isinstance(what, Dispensed) or what.item != item:
                continue
            day = local_hour(fact.happened_at, zone)[1]
            if not first <= day <= last or what.outcome not in (Outcome.DISPENSED, Outcome.EMPTY):
                continue
            both = sums.setdefault((fact.key.kiosk_id, day), [0, 0])
            in_vain = what.outcome is Outcome.EMPTY
            both[in_vain] += 1 if in_vain else what.packs
        return [
            DayWanted(*key, *both)
            for key, both in sorted(sums.items())
            if only is None or key[0] == only
        ]
