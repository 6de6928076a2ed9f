"""See which gaps in the circle are worth getting up for, by the outlet that tore them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.circle_gaps import ACTIONABLE, CircleGap, GapRule
from service.domain.coverage import Walking
from service.domain.incident_findings import severity_for
from service.domain.incidents import ITEMS, Finding, IncidentKind, Numbers, Part, Subject
from service.flows.ports import Books
from service.flows.watch import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeGaps:
    """Sees the gaps that are worth an incident, by a rule for each item.

    One outlet that fails may leave thirty communities outside: that is one incident, about the
    outlet. A gap through no outlet that we know of is about its community.
    """

    walking: Walking
    is_estimate: Callable[[], bool]
    rule: GapRule
    by_item: Mapping[str, GapRule]

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return the outlets and communities whose gaps count now, all or only some."""
        by_place: dict[str, list[CircleGap]] = {}
        for key, gap in sorted(books.coverage.gaps_because(ACTIONABLE).items()):
            place = gap.opened_by or key.community_id
            is_asked = only is None or place in only
            if is_asked and self.by_item.get(key.item, self.rule).wants(gap, at):
                by_place.setdefault(place, []).append(gap)
        findings = tuple(self._finding(place, gaps) for place, gaps in by_place.items())
        return Sight(kinds=(IncidentKind.CIRCLE_GAP,), findings=findings)

    def _finding(self, place: str, gaps: list[CircleGap]) -> Finding:
        people = {gap.key.community_id: gap.people for gap in gaps}
        numbers: Numbers = {
            "people": sum(people.values()),
            "communities": len(people),
            "walk_minutes": round(self.walking.minutes(self.walking.limit_m)),
            "estimate": int(self.is_estimate()),
            "cause": gaps[0].cause.name.lower(),
            "since": min(gap.since for gap in gaps).isoformat(),
            ITEMS: [_part(item, gaps) for item in sorted({gap.key.item for gap in gaps})],
        }
        subject = Subject(IncidentKind.CIRCLE_GAP, place)
        return Finding(
            subject=subject, severity=severity_for(int(numbers["people"])), numbers=numbers
        )


def _part(item: str, gaps: list[CircleGap]) -> Part:
    mine = [gap for gap in gaps if gap.key.item == item]
    return {
        "item": item,
        "people": sum(gap.people for gap in mine),
        "communities": len(mine),
        "cause": mine[0].cause.name.lower(),
    }
