"""Incidents: one for each real problem at a place, from its first sign until facts close it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple


class IncidentKind(StrEnum):
    """What can be wrong."""

    SILENT = "silent"
    LOW = "low"
    OUT = "out"
    FAULT = "fault"
    NO_TAKERS = "no_takers"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    DISCREPANCY = "discrepancy"
    CLOCK = "clock"
    CIRCLE_GAP = "circle_gap"
    CONFLICT = "conflict"
    MONTH_NOT_CLOSABLE = "month_not_closable"
    NETWORK = "network"


class Severity(StrEnum):
    """How soon somebody has to look."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for the least grave, and more for graver."""
        return _RANKS[self]


_RANKS: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class IncidentState(StrEnum):
    """How far somebody is with it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class What(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    ESCALATED = "escalated"
    EASED = "eased"
    REOPENED = "reopened"
    NOTED = "noted"
    RESOLVED = "resolved"


Part = dict[str, Any]
Numbers = dict[str, Any]
"""The figures behind an incident, as JSON holds them; its items, where it has some, as a list."""

ITEMS: Final = "items"
"""Where the numbers hold the items concerned, each a part with its code as ``item``."""


class Subject(NamedTuple):
    """What an incident is about; one at most is open for each."""

    kind: IncidentKind
    place: str

    @property
    def key(self) -> str:
        """Return the subject as one text, as changes name it."""
        return f"{self.kind.value}|{self.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How an incident is kept from flapping.

    It resolves when it was not found for ``calm_for``; found again within ``rejoin_within`` it is
    the same incident still. Its severity sinks no sooner than ``ease_after`` the last change.
    """

    calm_for: timedelta = timedelta(0)
    rejoin_within: timedelta = timedelta(hours=1)
    ease_after: timedelta = timedelta(minutes=10)


PATIENCE: Final[Mapping[IncidentKind, Patience]] = {
    **dict.fromkeys(IncidentKind, Patience()),
    IncidentKind.SILENT: Patience(calm_for=timedelta(minutes=5), rejoin_within=timedelta(hours=6)),
    IncidentKind.NETWORK: Patience(
        calm_for=timedelta(minutes=10), rejoin_within=timedelta(hours=2)
    ),
    IncidentKind.CIRCLE_GAP: Patience(rejoin_within=timedelta(hours=6)),
}

PAST: Final = frozenset({IncidentKind.CLOCK, IncidentKind.CONFLICT, IncidentKind.DISCREPANCY})
"""Kinds that tell of something that happened: whoever looked into it may say that it is done."""


PAST_MEMORY: Final = timedelta(days=8)
"""So long what a person said is done is remembered: longer than anything of the past is told."""


def memory_of(kind: IncidentKind) -> timedelta:
    """Return for how long an incident that is over may still be the same again."""
    rejoin = PATIENCE[kind].rejoin_within
    return max(rejoin, PAST_MEMORY) if kind in PAST else rejoin


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong now, with the figures behind it.

    ``holds_only``: too little to open an incident, enough to keep one that is open. ``nearly`` are
    items of which the same is true, one by one. ``latest_at`` is when it last happened, of
    something that is in the past.
    """

    subject: Subject
    severity: Severity = Severity.WARNING
    numbers: Numbers = field(default_factory=dict)
    nearly: tuple[Part, ...] = ()
    holds_only: bool = False
    latest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident as it is kept; ``calm_since`` is when it was first no longer found."""

    id: int = 0
    subject: Subject
    severity: Severity
    severity_at: datetime
    opened_at: datetime
    numbers: Numbers
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    assigned_to: str | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    calm_since: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None

    @property
    def state(self) -> IncidentState:
        """Return how far somebody is with it."""
        if self.resolved_at is not None:
            return IncidentState.RESOLVED
        acknowledged = self.acknowledged_at is not None
        return IncidentState.ACKNOWLEDGED if acknowledged else IncidentState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent:
    """Something that happened to an incident; ``by`` is nobody where facts did it."""

    incident_id: int
    kind: IncidentKind
    place: str
    severity: Severity
    what: What
    at: datetime
    by: str | None = None
    note: str | None = None
    numbers: Numbers


class Happened(NamedTuple):
    """What happened in one step, by whom, and what was said of it."""

    what: What
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An incident before and after; ``before`` is None of one that is new.

    Without a happening only its figures or its calm have changed.
    """

    before: Incident | None
    after: Incident
    at: datetime
    happened: tuple[Happened, ...] = ()

    def events(self, incident_id: int) -> list[IncidentEvent]:
        """Return what happened, of the incident as it is kept under a number."""
        return [
            IncidentEvent(
                incident_id=incident_id,
                kind=self.after.subject.kind,
                place=self.after.subject.place,
                severity=self.after.severity,
                what=one.what,
                at=self.at,
                by=one.by,
                note=one.note,
                numbers=self.after.numbers,
            )
            for one in self.happened
        ]
