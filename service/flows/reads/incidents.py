"""What a page sees of what is wrong: each incident in one sentence, and what happened to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service.domain.incidents import IncidentKind, IncidentState, Severity, What

IncidentFilter = Literal["unresolved", "open", "acknowledged", "snoozed", "resolved", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsWanted:
    """Which incidents to read: of one state, kind and place, so many at most."""

    state: IncidentFilter = "unresolved"
    kind: IncidentKind | None = None
    place: str | None = None
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """Something that is or was wrong, in one sentence; the figures are those it has now.

    ``item`` is null where several items are concerned, or none; ``facts`` names them all.
    """

    id: int
    kind: IncidentKind
    severity: Severity
    state: IncidentState
    kiosk_id: str | None
    site_id: str | None
    place: str
    place_name_zh: str
    place_name_en: str
    item: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    assigned_to: str | None
    snoozed_until: datetime | None
    snooze_reason: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    why_zh: str
    why_en: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEventView:
    """Something that happened to an incident; ``by`` is null where facts did it."""

    at: datetime
    what: What
    severity: Severity
    by: str | None
    note: str | None
    numbers: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """An incident with all that happened to it, the newest first."""

    incident: IncidentView
    events: tuple[IncidentEventView, ...]
