"""Tell people what happens: a notice is written with its event, and sent in another step."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from service.domain.digests import LINES_MAX, Line, collapse, gather
from service.domain.incidents import IncidentEvent, What
from service.domain.notice import LINES, Again, Notice, Outcome, Sent, State, Style
from service.domain.notice_gate import gate
from service.domain.notice_times import DOUBLINGS_MAX, GIVES_UP_AFTER, HOUR, retry_at
from service.domain.notices import plan
from service.domain.recipients import Channel, Recipient, Roster
from service.domain.words_notices import Glossary
from service.flows.ports import Books

CLAIM_FOR: Final = timedelta(minutes=3)
"""So long whoever took notices may take to send them; after that they are another's to take."""

AT_ONCE_MAX: Final = 10
"""So many notices of one channel are taken at once."""

LAPSES_MAX: Final = 5
"""So often a sending may end without a word; each may have arrived, so that is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A notice with all that is needed to send it."""

    notice: Notice
    channel: Channel
    recipient: Recipient
    glossary: Glossary
    lines: tuple[Line, ...] = ()

    @property
    def styles(self) -> tuple[Style, ...]:
        """Return why the lines of a digest are in one."""
        said = self.notice.numbers.get("styles", ())
        return tuple(Style(one) for one in said)


def tell(events: Sequence[IncidentEvent], *, books: Books, at: datetime) -> None:
    """Write what people are to hear of some events, in the transaction of the events."""
    if not events:
        return
    roster = books.notices.roster({one.place for one in events})
    ids = {one.incident_id for one in events}
    before = books.notices.of(ids)
    if not (before or roster.subscriptions):
        return
    known = ids - {one.incident_id for one in events if one.what is What.OPENED}
    incidents = {number: books.incidents.one(number) for number in sorted(known)}
    since = {number: one.opened_at for number, one in incidents.items() if one is not None}
    planned = plan(events, roster, at, before=before, since=since)
    books.notices.add(planned.notices)
    books.notices.drop(planned.dropped)


def take(*, books: Books, at: datetime, busy: Collection[int], token: str) -> list[Parcel]:
    """Take what is due, and mark it as being sent; once this is committed it may be sent.

    Who takes it has to settle it within ``CLAIM_FOR``, or it counts as not known to have arrived
    and is taken again, under the same id.
    """
    _take_back(books, at)
    due = books.notices.due(at, besides=busy, most=AT_ONCE_MAX)
    roster = books.notices.roster({one.place for one in due})
    escalated = {one.incident_id for one in due if one.level_minutes and one.incident_id}
    taken_up = books.notices.taken_up(escalated) if escalated else set()
    digests = _gather(books, [one for one in due if one.style in LINES], taken_up, at)
    gated = gate(
        [*(one for one in due if one.style not in LINES), *digests],
        roster,
        at,
        told=books.notices.told(at - HOUR),
        taken_up=taken_up,
    )
    until = at + CLAIM_FOR
    claimed = [
        replace(
            one,
            state=State.SENDING,
            attempts=one.attempts + 1,
            claimed_by=token,
            claimed_until=until,
        )
        for one in gated.go
    ]
    books.notices.save([*gated.kept_back, *claimed])
    return _parcels(books, claimed, roster)


def settle(
    parcel: Parcel, outcome: Outcome, *, books: Books, at: datetime, token: str
) -> Notice | None:
    """Keep how a sending ended; None where its claim had run out, and another has it."""
    one, channel = parcel.notice, parcel.channel
    ended = _ended(one, channel, outcome, at)
    if not books.notices.settle(ended, token):
        return None
    trouble = "" if isinstance(outcome, Sent) else outcome.reason
    books.notices.note_channel(channel.id, trouble=trouble, at=at)
    if isinstance(outcome, Again):
        # What else waits for it would fail, too, and must not overtake it.
        books.notices.put_off(channel.id, ended.due_at)
        books.notices.expire(channel.id, at - GIVES_UP_AFTER, _given_up(outcome.reason))
    return ended


def give_back(parcels: Sequence[Parcel], *, books: Books, token: str) -> None:
    """Let notices wait again that were taken and not tried."""
    for parcel in parcels:
        one = parcel.notice
        untried = replace(_waiting(one, one.due_at), attempts=one.attempts - 1)
        books.notices.settle(untried, token)


def _take_back(books: Books, at: datetime) -> None:
    """Let wait again what was begun and never settled; after some times that is enough."""
    back = []
    for one in books.notices.lapsed(at):
        lapses = one.lapses + 1
        if lapses >= LAPSES_MAX:
            reason = f"the service ended {lapses} times while it was sent; it may have arrived"
            back.append(
                replace(_waiting(one, at), state=State.FAILED, lapses=lapses, reason=reason)
            )
        else:
            reason = "the service ended while it was sent; it may have arrived"
            back.append(replace(_waiting(one, at), lapses=lapses, reason=reason))
    books.notices.save(back)


def _gather(
    books: Books, lines: Sequence[Notice], taken_up: Collection[int], at: datetime
) -> list[Notice]:
    """Put lines that are due into digests, one for each channel."""
    by_channel: dict[int, list[Notice]] = {}
    moved, digests = [], []
    for one in lines:
        if one.level_minutes and one.incident_id in taken_up:
            reason = "somebody took it up before it was due"
            moved.append(replace(one, state=State.DROPPED, reason=reason))
        else:
            by_channel.setdefault(one.channel_id, []).append(one)
    for _, mine in sorted(by_channel.items()):
        digest, gathered = gather(mine[:LINES_MAX], at)
        digests.append(digest)
        moved += gathered
    books.notices.add(digests)
    books.notices.save(moved)
    return digests


def _parcels(books: Books, claimed: Sequence[Notice], roster: Roster) -> list[Parcel]:
    digests = [one.id for one in claimed if one.style is Style.DIGEST]
    lines: dict[str | None, list[Notice]] = {}
    for line in books.notices.lines(digests) if digests else []:
        lines.setdefault(line.digest_id, []).append(line)
    told_of = [*claimed, *(line for some in lines.values() for line in some)]
    glossary = books.notices.glossary({one.place for one in told_of if one.place})
    return [
        Parcel(
            notice=one,
            channel=roster.channels[one.channel_id],
            recipient=roster.recipients[one.recipient_id],
            glossary=glossary,
            lines=tuple(collapse(lines.get(one.id, []))),
        )
        for one in claimed
    ]


def _ended(one: Notice, channel: Channel, outcome: Outcome, at: datetime) -> Notice:
    if isinstance(outcome, Sent):
        return replace(_waiting(one, at), state=State.SENT, sent_at=at, reason="")
    if not isinstance(outcome, Again):
        return replace(_waiting(one, at), state=State.FAILED, reason=outcome.reason)
    # The next in turn at a channel that is down for long does not begin with short pauses again.
    is_old = channel.failing_since is not None and at - channel.failing_since > HOUR
    attempts = DOUBLINGS_MAX if is_old else one.attempts
    due_at = retry_at(at, attempts=attempts, asked=outcome.after)
    return replace(_waiting(one, due_at), reason=outcome.reason)


def _waiting(one: Notice, due_at: datetime) -> Notice:
    return replace(one, state=State.WAITING, due_at=due_at, claimed_by=None, claimed_until=None)


def _given_up(reason: str) -> str:
    return f"given up after {GIVES_UP_AFTER.days} days: {reason}"
