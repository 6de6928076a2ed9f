"""Incidents and what happened to them, in dictionaries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.incidents import Incident, IncidentEvent, IncidentKind, Step, Subject


@dataclass(frozen=True)
class MemoryIncidents:
    rows: dict[int, Incident]
    events: list[IncidentEvent]

    def standing(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        return [
            one
            for one in self.rows.values()
            if one.resolved_at is None and one.subject.kind in kinds
        ]

    def resolved(self, subjects: Collection[Subject], since: datetime) -> dict[Subject, Incident]:
        over = [
            one
            for one in self.rows.values()
            if one.subject in subjects and one.resolved_at is not None and one.resolved_at >= since
        ]
        return {one.subject: one for one in sorted(over, key=_resolved)}

    def one(self, incident_id: int) -> Incident | None:
        return self.rows.get(incident_id)

    def newest_event(self, incident_id: int) -> IncidentEvent | None:
        mine = [event for event in self.events if event.incident_id == incident_id]
        return mine[-1] if mine else None

    def snoozed(self, until: datetime) -> list[Incident]:
        return [
            one
            for one in self.rows.values()
            if one.resolved_at is None and one.snoozed_until and one.snoozed_until <= until
        ]

    def keep(self, steps: Sequence[Step]) -> list[IncidentEvent]:
        told: list[IncidentEvent] = []
        for step in sorted(steps, key=lambda step: step.before is not None):
            number = step.after.id or len(self.rows) + 1
            self.rows[number] = replace(step.after, id=number)
            told += step.events(number)
        standing = [one.subject for one in self.rows.values() if one.resolved_at is None]
        if len(standing) != len(set(standing)):
            message = "a second incident about one subject stands"
            raise ValueError(message)
        self.events.extend(told)
        return told


def _resolved(one: Incident) -> tuple[datetime, int]:
    assert one.resolved_at is not None
    return one.resolved_at, one.id
