"""Signs that something is wrong, told from facts in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from service.domain.discrepancies import Discrepancy, Place
from service.domain.facts import Dispensed, Fact, FactKey, Outcome, Restocked
from service.domain.gaps import Gap
from service.flows.ports_signs import Differing, MissingThen


@dataclass(frozen=True)
class MemorySigns:
    discrepancies: Mapping[Place, Discrepancy]
    facts: Mapping[FactKey, Fact]
    gaps: Mapping[tuple[str, int, int], Gap]
    site_by_kiosk: Mapping[str, str]

    def differing(self, since: datetime) -> dict[str, Differing]:
        found: dict[str, list[Discrepancy]] = {}
        for one in self.discrepancies.values():
            if one.happened_at >= since:
                found.setdefault(one.key.kiosk_id, []).append(one)
        return {
            kiosk: Differing(
                packs_missing=sum(max(0, -one.difference_packs) for one in some),
                packs_found=sum(max(0, one.difference_packs) for one in some),
                latest_at=max(one.happened_at for one in some),
            )
            for kiosk, some in found.items()
        }

    def missing(self, begin: datetime, end: datetime) -> MissingThen:  # noqa: ARG002 - the port's words
        found = list(self.gaps.values())
        return MissingThen(
            facts=sum(gap.last - gap.first + 1 for gap in found),
            gone=sum(gap.last - gap.first + 1 for gap in found if gap.permanent),
            site_ids=frozenset(self.site_by_kiosk[gap.kiosk_id] for gap in found),
        )

    def restocks(
        self, kiosk_ids: Collection[str], since: datetime
    ) -> dict[tuple[str, int], list[Restocked]]:
        found: dict[tuple[str, int], list[Restocked]] = {}
        for key, fact in sorted(self.facts.items(), reverse=True):
            if key.kiosk_id in kiosk_ids and fact.happened_at >= since:
                what = fact.what
                if isinstance(what, Restocked):
                    found.setdefault((key.kiosk_id, what.slot), []).append(what)
        return found

    def closed_months(self) -> frozenset[date]:
        return frozenset()

    def last_taken(self, kiosk_ids: Collection[str], since: datetime) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for fact in self.facts.values():
            kiosk, what = fact.key.kiosk_id, fact.what
            if kiosk not in kiosk_ids or fact.happened_at < since:
                continue
            if isinstance(what, Dispensed) and what.outcome is Outcome.DISPENSED:
                found[kiosk] = max(found.get(kiosk, since), fact.happened_at)
        return found
