"""Digests: lines that waited go out together, one for each incident."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from service.domain.incidents import Severity, What
from service.domain.notice import Notice, State, Style

LINES_MAX: Final = 500
"""So many lines go into one digest; what is beyond them goes into the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One incident in a digest: the newest word on it; ``began`` is how it began, if that is new.

    With a beginning and an end it opened and was resolved while the digest waited.
    """

    notice: Notice
    began: What | None

    @property
    def is_over(self) -> bool:
        """Say whether it is resolved."""
        return self.notice.what is What.RESOLVED


def gather(lines: Sequence[Notice], at: datetime) -> tuple[Notice, list[Notice]]:
    """Return the digest of some lines of one channel, and the lines as they are kept in it.

    What is in it is settled now: when it is sent again after a failure, it is the same digest.
    """
    assert lines, "a digest of nothing tells nothing"
    first = min(lines, key=lambda one: (one.due_at, one.id))
    digest = Notice(
        key=f"digest|{first.channel_id}|{first.id}",
        recipient_id=first.recipient_id,
        channel_id=first.channel_id,
        style=Style.DIGEST,
        severity=max((one.severity for one in lines), key=lambda one: one.rank),
        made_at=at,
        due_at=at,
        event_at=max(one.event_at for one in lines),
        since=min(one.event_at for one in lines),
        numbers={"styles": sorted({one.style.value for one in lines})},
    )
    return digest, [replace(one, state=State.GATHERED, digest_id=digest.id) for one in lines]


def collapse(lines: Sequence[Notice]) -> list[Line]:
    """Return one line for each incident: the open ones first, the gravest and oldest of them."""
    by_incident: dict[int | None, list[Notice]] = {}
    for one in sorted(lines, key=lambda one: (one.event_at, one.what is What.RESOLVED, one.id)):
        by_incident.setdefault(one.incident_id, []).append(one)
    found = []
    for notices in by_incident.values():
        began = notices[0].what if notices[0].what is not What.RESOLVED else None
        found.append(Line(notice=notices[-1], began=began))
    return sorted(found, key=_order)


def _order(line: Line) -> tuple[bool, int, datetime, int]:
    one = line.notice
    grave = Severity.CRITICAL.rank - one.severity.rank
    return line.is_over, grave, one.since, one.incident_id or 0
