"""Incidents in SQL: one for each kind and place that is not resolved, by a partial unique index."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from service.domain.incidents import (
    Incident,
    IncidentEvent,
    IncidentKind,
    Severity,
    Step,
    Subject,
    What,
)
from service.store.sql import in_chunks, table_of
from service.store.tables.incidents import IncidentEventRow, IncidentRow

_INCIDENT, _EVENT = table_of(IncidentRow), table_of(IncidentEventRow)
_STANDING = _INCIDENT.c.resolved_at.is_(None)


@dataclass(frozen=True, slots=True)
class SqlIncidents:
    """Keeps incidents in the table ``incident``, and their events in ``incident_event``."""

    connection: Connection

    def standing(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        """Return the incidents of some kinds that are not resolved."""
        names = [kind.value for kind in kinds]
        return self._read(select(_INCIDENT).where(_STANDING, _INCIDENT.c.kind.in_(names)))

    def resolved(self, subjects: Collection[Subject], since: datetime) -> dict[Subject, Incident]:
        """Return the newest incident about each of some subjects, where resolved since then."""
        found: dict[Subject, Incident] = {}
        for some in in_chunks({subject.place for subject in subjects}):
            over = select(_INCIDENT).where(
                _INCIDENT.c.resolved_at >= since, _INCIDENT.c.place.in_(some)
            )
            in_order = over.order_by(_INCIDENT.c.resolved_at, _INCIDENT.c.id)
            found |= {one.subject: one for one in self._read(in_order)}
        wanted = set(subjects)
        return {subject: one for subject, one in found.items() if subject in wanted}

    def one(self, incident_id: int) -> Incident | None:
        """Return an incident by its number."""
        found = self._read(select(_INCIDENT).where(_INCIDENT.c.id == incident_id))
        return found[0] if found else None

    def newest_event(self, incident_id: int) -> IncidentEvent | None:
        """Return what happened last to an incident."""
        mine = (
            select(_EVENT, _INCIDENT.c.kind, _INCIDENT.c.place)
            .join(_INCIDENT, _INCIDENT.c.id == _EVENT.c.incident_id)
            .where(_EVENT.c.incident_id == incident_id)
        )
        row = self.connection.execute(mine.order_by(_EVENT.c.id.desc()).limit(1)).first()
        return to_event(row) if row is not None else None

    def snoozed(self, until: datetime) -> list[Incident]:
        """Return unresolved incidents whose snooze ends by then."""
        due = select(_INCIDENT).where(_INCIDENT.c.snoozed_until <= until, _STANDING)
        return self._read(due.order_by(_INCIDENT.c.id))

    def keep(self, steps: Sequence[Step]) -> list[IncidentEvent]:
        """Keep incidents as they are after some steps; return what happened, with its number."""
        new = [step for step in steps if step.before is None]
        numbers = self._insert([_row(step.after) for step in new])
        moved = [step for step in steps if step.before is not None]
        self._update([_row(step.after) | {"its_id": step.after.id} for step in moved])
        events = [
            event
            for step, number in zip(new, numbers, strict=True)
            for event in step.events(number)
        ]
        events += [event for step in moved for event in step.events(step.after.id)]
        if events:
            self.connection.execute(insert(_EVENT), [_event_row(event) for event in events])
        return events

    def _insert(self, rows: list[dict[str, Any]]) -> list[int]:
        if not rows:
            return []
        told = insert(_INCIDENT).returning(_INCIDENT.c.id, sort_by_parameter_order=True)
        return list(self.connection.scalars(told, rows))

    def _update(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            changed = update(_INCIDENT).where(_INCIDENT.c.id == bindparam("its_id"))
            self.connection.execute(changed, rows)

    def _read(self, rows: Select[Any]) -> list[Incident]:
        return [to_incident(row) for row in self.connection.execute(rows).mappings()]


def to_incident(row: Mapping[Any, Any]) -> Incident:
    """Return an incident as it is kept in a row."""
    told = dict(row)
    subject = Subject(IncidentKind(told.pop("kind")), told.pop("place"))
    return Incident(subject=subject, severity=Severity(told.pop("severity")), **told)


def to_event(row: Row[Any]) -> IncidentEvent:
    """Return an event as it is kept in a row, joined with its incident's."""
    return IncidentEvent(
        incident_id=row.incident_id,
        kind=IncidentKind(row.kind),
        place=row.place,
        severity=Severity(row.severity),
        what=What(row.what),
        at=row.at,
        by=row.done_by,
        note=row.note,
        numbers=row.numbers,
    )


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "kind": incident.subject.kind.value,
        "place": incident.subject.place,
        "severity": incident.severity.value,
        "severity_at": incident.severity_at,
        "opened_at": incident.opened_at,
        "numbers": incident.numbers,
        "acknowledged_at": incident.acknowledged_at,
        "acknowledged_by": incident.acknowledged_by,
        "assigned_to": incident.assigned_to,
        "snoozed_until": incident.snoozed_until,
        "snooze_reason": incident.snooze_reason,
        "calm_since": incident.calm_since,
        "resolved_at": incident.resolved_at,
        "resolved_by": incident.resolved_by,
    }


def _event_row(event: IncidentEvent) -> dict[str, Any]:
    return {
        "incident_id": event.incident_id,
        "at": event.at,
        "what": event.what.value,
        "severity": event.severity.value,
        "done_by": event.by,
        "note": event.note,
        "numbers": event.numbers,
    }
