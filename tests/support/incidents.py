"""Incidents to begin with."""

from datetime import datetime

from service.domain.incident_life import judge
from service.domain.incidents import Finding, IncidentKind, Numbers, Severity, Step, Subject
from tests.support.plans import NOW


def found(
    kind: IncidentKind,
    place: str,
    numbers: Numbers | None = None,
    severity: Severity = Severity.WARNING,
) -> Finding:
    """Return something wrong."""
    return Finding(subject=Subject(kind, place), severity=severity, numbers=numbers or {})


def opened(kind: IncidentKind, place: str, *, at: datetime = NOW) -> Step:
    """Return the opening of an incident."""
    [step] = judge([], [found(kind, place)], over={}, well=(), at=at)
    return step
