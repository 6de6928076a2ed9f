"""Notices: who is told of what happened to an incident, by which way, and from when on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from service.domain.incidents import IncidentEvent, What
from service.domain.notice import LINES, TOLD, Notice, State, Style
from service.domain.notice_times import next_daily, next_hour
from service.domain.recipients import Channel, Pace, Roster, Subscription, quiet_until

BEGINNINGS: Final = frozenset({What.OPENED, What.REOPENED, What.WOKEN, What.ESCALATED})
"""What is told to whoever asked for such incidents; its end to those who heard of it."""

TAKEN_UP: Final = frozenset({What.ACKNOWLEDGED, What.ASSIGNED, What.SNOOZED, What.RESOLVED})
"""Whoever would hear only because nobody took it up need not hear any more."""

_OVER: Final = "resolved before it was told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to write: new notices, and by id those that need not be told any more, and why."""

    notices: tuple[Notice, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)


def plan(
    events: Sequence[IncidentEvent],
    roster: Roster,
    at: datetime,
    *,
    before: Iterable[Notice] = (),
    since: Mapping[int, datetime] | None = None,
) -> Plan:
    """Return what events bring; ``before`` are the notices that there are of the same incidents.

    ``since`` says when they were opened, of those that were opened before.
    Who heard of a beginning hears of its end. What is over before anybody was told of it is told
    to nobody; where it stands in a digest to come, it stays there as one line.
    """
    desk = _Desk(roster=roster, at=at, opened=since or {})
    for one in before:
        desk.know(one)
    for event in sorted(events, key=lambda one: (one.at, one.incident_id)):
        desk.take(event)
    return Plan(notices=tuple(desk.fresh.values()), dropped=desk.dropped)


@dataclass(slots=True, kw_only=True)
class _Desk:
    """The notices of some incidents, while their events are gone through one by one."""

    roster: Roster
    at: datetime
    opened: Mapping[int, datetime]
    known: dict[int | None, dict[str, Notice]] = field(default_factory=dict)
    fresh: dict[str, Notice] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)

    def know(self, notice: Notice) -> None:
        self.known.setdefault(notice.incident_id, {})[notice.id] = notice

    def take(self, event: IncidentEvent) -> None:
        if event.what in TAKEN_UP:
            self._call_off(event)
        if event.what in BEGINNINGS:
            for notice in self._beginnings(event):
                self._add(notice)
        elif event.what is What.RESOLVED:
            for notice in list(self._ends(event)):
                self._add(notice)

    def _add(self, notice: Notice) -> None:
        if notice.id not in self.known.get(notice.incident_id, {}):
            self.know(notice)
            self.fresh[notice.id] = notice

    def _drop(self, notice: Notice, reason: str) -> None:
        del self.known[notice.incident_id][notice.id]
        if self.fresh.pop(notice.id, None) is None:
            self.dropped[notice.id] = reason

    def _of(self, event: IncidentEvent) -> list[Notice]:
        return list(self.known.get(event.incident_id, {}).values())

    def _call_off(self, event: IncidentEvent) -> None:
        """Drop what waits for nobody to take it up; a snooze keeps away all that was not told."""
        for one in self._of(event):
            if one.state is State.WAITING and one.what != What.RESOLVED:
                if one.level_minutes > 0:
                    self._drop(one, f"{event.what} before it was due")
                elif event.what is What.SNOOZED:
                    self._drop(one, "snoozed before it was told")

    def _beginnings(self, event: IncidentEvent) -> Iterator[Notice]:
        """Yield one for each channel and level that asked for it, the soonest where several did."""
        chosen: dict[tuple[int, int], Notice] = {}
        for one in self.roster.subscriptions:
            channels = self.roster.channels_of(one)
            if not (channels and self._asked(one, event)):
                continue
            for channel in channels:
                notice = self._to(channel, one, event)
                mine = (channel.id, one.after_minutes)
                if mine not in chosen or notice.due_at < chosen[mine].due_at:
                    chosen[mine] = notice
        for _, notice in sorted(chosen.items()):
            yield notice

    def _asked(self, one: Subscription, event: IncidentEvent) -> bool:
        is_wanted = self.roster.wants(
            one, kind=event.kind, severity=event.severity, place=event.place
        )
        return is_wanted and self.roster.listens(one, event.at)

    def _to(self, channel: Channel, one: Subscription, event: IncidentEvent) -> Notice:
        level = one.after_minutes
        due_at, style = self._when(channel, one, event)
        return Notice(
            key=f"{event.incident_id}|{event.at.isoformat()}|begin|{channel.id}|{level}",
            recipient_id=channel.recipient_id,
            channel_id=channel.id,
            incident_id=event.incident_id,
            kind=event.kind,
            place=event.place,
            severity=event.severity,
            what=event.what,
            event_at=event.at,
            since=self.opened.get(event.incident_id, event.at),
            by=event.by,
            numbers=event.numbers,
            level_minutes=level,
            wants_end=one.ends,
            style=style,
            made_at=self.at,
            due_at=due_at,
        )

    def _when(
        self, channel: Channel, one: Subscription, event: IncidentEvent
    ) -> tuple[datetime, Style]:
        """Return when it is due and as what: work at the place holds it, then the night does."""
        begin, style = self.at, Style(one.pace)
        held = self.roster.held_until(event.place, self.at)
        if held is not None:
            begin, style = held, Style.MAINTENANCE
        due_at = begin + timedelta(minutes=one.after_minutes)
        if one.pace is Pace.HOURLY:
            due_at = next_hour(due_at, self.roster.zone)
        elif one.pace is Pace.DAILY:
            return next_daily(due_at, self.roster.zone, hour=one.digest_hour), style
        recipient = self.roster.recipients[channel.recipient_id]
        free_at = quiet_until(recipient, due_at, self.roster.zone, severity=event.severity)
        if free_at > due_at and style is Style.AT_ONCE:
            style = Style.QUIET
        return free_at, style

    def _ends(self, event: IncidentEvent) -> Iterator[Notice]:
        """Yield the end for each channel, by what it was told and what it is still to be told."""
        by_channel: dict[int, list[Notice]] = {}
        for one in self._of(event):
            if one.state is State.WAITING and one.style not in LINES and one.what in BEGINNINGS:
                self._drop(one, _OVER)
            else:
                by_channel.setdefault(one.channel_id, []).append(one)
        for _, notices in sorted(by_channel.items()):
            waiting = [one for one in notices if one.state is State.WAITING]
            if line := _newest(waiting):
                yield self._end(line, event, way="line", due_at=line.due_at, style=line.style)
            told = _newest([one for one in notices if one.state in TOLD and _is_single(one)])
            if told or (not line and (told := _newest(_told_of(notices)))):
                due_at, style = self._when_told(told)
                yield self._end(told, event, way="single", due_at=due_at, style=style)

    def _end(
        self, last: Notice, event: IncidentEvent, *, way: str, due_at: datetime, style: Style
    ) -> Notice:
        return replace(
            last,
            key=f"{event.incident_id}|{event.at.isoformat()}|end|{last.channel_id}|{way}",
            what=event.what,
            severity=event.severity,
            event_at=event.at,
            by=event.by,
            numbers=event.numbers,
            level_minutes=0,
            made_at=self.at,
            due_at=due_at,
            style=style,
            state=State.WAITING,
            attempts=0,
            lapses=0,
            reason="",
            sent_at=None,
            digest_id=None,
            claimed_by=None,
            claimed_until=None,
        )

    def _when_told(self, last: Notice) -> tuple[datetime, Style]:
        """Return when those who were told hear of the end: at their pace, and not at night."""
        recipient = self.roster.recipients.get(last.recipient_id)
        if recipient is None:
            return self.at, Style.AT_ONCE
        if last.style in {Style.HOURLY, Style.DAILY}:
            return next_hour(self.at, self.roster.zone), Style.HOURLY
        due_at = quiet_until(recipient, self.at, self.roster.zone, severity=last.severity)
        return due_at, Style.QUIET if due_at > self.at else Style.AT_ONCE


def _newest(notices: Sequence[Notice]) -> Notice | None:
    """Return the newest, where it is a beginning whose end is wanted."""
    last = max(notices, key=lambda one: (one.event_at, one.id), default=None)
    return last if last is not None and last.what in BEGINNINGS and last.wants_end else None


def _is_single(one: Notice) -> bool:
    return one.state is not State.GATHERED


def _told_of(notices: Sequence[Notice]) -> list[Notice]:
    return [one for one in notices if one.state in TOLD]
