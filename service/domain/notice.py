"""A notice: one thing that one recipient is told through one channel, and what became of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from service.domain.incidents import IncidentKind, Numbers, Severity, What


class State(StrEnum):
    """What became of a notice so far."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    GATHERED = "gathered"
    FAILED = "failed"
    DROPPED = "dropped"


class Style(StrEnum):
    """How a notice goes out: on its own, or as a line of a digest, and why as that."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"
    QUIET = "quiet"
    MAINTENANCE = "maintenance"
    FLOOD = "flood"
    DIGEST = "digest"
    TEST = "test"


LINES: Final = frozenset({Style.HOURLY, Style.DAILY, Style.QUIET, Style.MAINTENANCE, Style.FLOOD})
"""Notices that go out as lines of a digest."""

TOLD: Final = frozenset({State.SENDING, State.SENT, State.GATHERED})
"""What somebody heard, or is hearing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that one recipient is told through one channel; ``key`` is never used twice.

    ``since`` is when its incident was opened. ``level_minutes`` is above 0 where it is told only
    because nobody took the incident up for so long.
    """

    key: str
    recipient_id: int
    channel_id: int
    made_at: datetime
    due_at: datetime
    event_at: datetime
    since: datetime
    style: Style = Style.AT_ONCE
    incident_id: int | None = None
    kind: IncidentKind | None = None
    place: str = ""
    severity: Severity = Severity.INFO
    what: What | None = None
    by: str | None = None
    numbers: Numbers = field(default_factory=dict)
    level_minutes: int = 0
    wants_end: bool = True
    state: State = State.WAITING
    attempts: int = 0
    lapses: int = 0
    reason: str = ""
    sent_at: datetime | None = None
    digest_id: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None

    @property
    def id(self) -> str:
        """Return the id by which a receiver knows a repeat: for the same key always the same."""
        return id_of(self.key)


def id_of(key: str) -> str:
    """Return the id of a notice with a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver took it."""


@dataclass(frozen=True, slots=True)
class Again:
    """It did not arrive, or nobody knows; it is tried again, or after what the receiver asked."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """The receiver will not take it, however often it is sent."""

    reason: str


Outcome = Sent | Again | Never
"""How a sending ended."""
