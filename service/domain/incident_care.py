"""What people do about incidents: each act once, however often it is asked for."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from service.domain.incident_life import awake
from service.domain.incidents import PAST, Happened, Incident, IncidentEvent, Step, What

SNOOZE_MAX: Final = timedelta(days=90)
"""What is put off for longer is forgotten."""

SAME_NOTE_WITHIN: Final = timedelta(minutes=5)
"""The same words by the same person within this are a second click, not a second note."""


class Refusal(Enum):
    """Why something cannot be done about an incident."""

    UNKNOWN = auto()
    RESOLVED = auto()
    STILL_SO = auto()
    SNOOZE_PAST = auto()
    SNOOZE_LONG = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Somebody has seen it and looks into it."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Somebody is to see to it; to nobody takes it back."""

    by: str
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """It can wait until then, for a reason."""

    by: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsnooze:
    """It cannot wait any longer."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something worth knowing."""

    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve:
    """It is done, says somebody; facts may say so already, or have nothing to say."""

    by: str
    note: str | None = None


Change = Acknowledge | Assign | Snooze | Unsnooze | Resolve
Act = Change | Note


def act_on(
    incident: Incident, act: Act, *, at: datetime, newest: IncidentEvent | None = None
) -> Step | Refusal | None:
    """Return the step that an act is, why it cannot be, or None where it was done already.

    ``newest`` is what happened last: a note that says the same again is not kept twice. A note may
    be added to what is resolved; nothing else may be done about it.
    """
    if isinstance(act, Note):
        return None if _is_said(act, newest, at) else _step(incident, incident, act, at)
    if incident.resolved_at is not None:
        is_settled = isinstance(act, Resolve) and incident.resolved_by is not None
        return None if is_settled else Refusal.RESOLVED
    after = _after(incident, act, at)
    if isinstance(after, Refusal):
        return after
    return None if after == incident else _step(incident, after, act, at)


def _after(incident: Incident, act: Change, at: datetime) -> Incident | Refusal:
    match act:
        case Acknowledge():
            seen = incident.acknowledged_at is not None
            acknowledged = replace(incident, acknowledged_at=at, acknowledged_by=act.by)
            return incident if seen else acknowledged
        case Assign():
            return replace(incident, assigned_to=act.to)
        case Snooze():
            wrong = _wrong_with(act.until, at)
            asleep = replace(incident, snoozed_until=act.until, snooze_reason=act.reason)
            return asleep if wrong is None else wrong
        case Unsnooze():
            return awake(incident)
        case Resolve():
            is_so = incident.calm_since is None and incident.subject.kind not in PAST
            over = replace(awake(incident), resolved_at=at, resolved_by=act.by)
            return Refusal.STILL_SO if is_so else over


def _wrong_with(until: datetime, at: datetime) -> Refusal | None:
    if until <= at:
        return Refusal.SNOOZE_PAST
    return Refusal.SNOOZE_LONG if until > at + SNOOZE_MAX else None


def _is_said(act: Note, newest: IncidentEvent | None, at: datetime) -> bool:
    return (
        newest is not None
        and (newest.what, newest.by, newest.note) == (What.NOTED, act.by, act.text)
        and at - newest.at <= SAME_NOTE_WITHIN
    )


_WHAT: Final = {
    Acknowledge: What.ACKNOWLEDGED,
    Assign: What.ASSIGNED,
    Snooze: What.SNOOZED,
    Unsnooze: What.WOKEN,
    Note: What.NOTED,
    Resolve: What.RESOLVED,
}


def _step(before: Incident, after: Incident, act: Act, at: datetime) -> Step:
    happened = (Happened(_WHAT[type(act)], act.by, _said(act)),)
    return Step(before=before, after=after, at=at, happened=happened)


def _said(act: Act) -> str | None:
    match act:
        case Assign():
            return act.to
        case Snooze():
            return act.reason
        case Note():
            return act.text
        case Resolve():
            return act.note
        case _:
            return None
