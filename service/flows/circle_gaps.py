"""See which gaps in the circle are worth an alert."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.domain.alerts import AlertKind, Finding, Numbers, Subject
from service.domain.circle_gaps import ACTIONABLE, GapRule
from service.domain.coverage import Walking
from service.flows.ports import Books
from service.flows.watch import Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeGaps:
    """Sees the gaps that are worth an alert, by a rule for each item."""

    walking: Walking
    is_estimate: Callable[[], bool]
    rule: GapRule
    by_item: Mapping[str, GapRule]

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return the gaps that are worth an alert now, in all communities or only some."""
        findings = []
        for key, gap in sorted(books.coverage.gaps_because(ACTIONABLE).items()):
            is_asked = only is None or key.community_id in only
            if is_asked and self.by_item.get(key.item, self.rule).wants(gap, at):
                numbers: Numbers = {
                    "people": gap.people,
                    "walk_minutes": round(self.walking.minutes(self.walking.limit_m)),
                    "estimate": int(self.is_estimate()),
                    "cause": gap.cause.name.lower(),
                    "outlet": gap.opened_by,
                    "since": gap.since.isoformat(),
                }
                subject = Subject(AlertKind.CIRCLE_GAP, key.community_id, key.item)
                findings.append(Finding(subject, numbers))
        return Sight(kinds=(AlertKind.CIRCLE_GAP,), findings=tuple(findings))
