"""The gate: what is due is looked at once more before it goes out, for much may have changed."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.domain.notice import Notice, State, Style
from service.domain.notice_times import next_hour
from service.domain.recipients import Recipient, Roster, quiet_until


@dataclass(slots=True, kw_only=True)
class Gated:
    """What may go out now, and what was put off or dropped, as it is to be kept."""

    go: list[Notice] = field(default_factory=list)
    kept_back: list[Notice] = field(default_factory=list)


def gate(
    due: Sequence[Notice],
    roster: Roster,
    at: datetime,
    *,
    told: Mapping[int, int],
    taken_up: Collection[int],
) -> Gated:
    """Return which single notices go out now.

    ``told`` is how many each recipient got within the last hour; past his limit they become lines
    of the next hour's digest. ``taken_up`` are incidents that somebody cares for by now: nobody
    need be told that nobody does. A night that has begun since holds what it would have held.
    """
    gated, counted = Gated(), Counter(told)
    for one in due:
        recipient, trouble = _hearer(one, roster)
        if recipient is None:
            gated.kept_back.append(replace(one, state=State.DROPPED, reason=trouble))
        elif one.level_minutes > 0 and one.incident_id in taken_up:
            reason = "somebody took it up before it was due"
            gated.kept_back.append(replace(one, state=State.DROPPED, reason=reason))
        elif one.style is not Style.AT_ONCE:
            gated.go.append(one)
        elif (free_at := _free_at(recipient, one, at, roster)) > at:
            gated.kept_back.append(replace(one, style=Style.QUIET, due_at=free_at))
        elif counted[recipient.id] >= recipient.hourly_max:
            later = next_hour(at, roster.zone)
            gated.kept_back.append(replace(one, style=Style.FLOOD, due_at=later))
        else:
            counted[recipient.id] += 1
            gated.go.append(one)
    return gated


def _hearer(one: Notice, roster: Roster) -> tuple[Recipient | None, str]:
    channel = roster.channels.get(one.channel_id)
    if channel is None or not channel.is_active:
        return None, "the channel is no longer in use"
    recipient = roster.recipients.get(channel.recipient_id)
    if recipient is None or not recipient.is_active:
        return None, "the recipient is no longer told"
    return recipient, ""


def _free_at(recipient: Recipient, one: Notice, at: datetime, roster: Roster) -> datetime:
    return quiet_until(recipient, at, roster.zone, severity=one.severity)
