"""Notices and who hears them, in memory: the same promise as the tables."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from service.domain.district import DistrictPlan, Named
from service.domain.incidents import Incident
from service.domain.notice import LINES, Notice, State, Style
from service.domain.recipients import (
    Channel,
    Maintenance,
    Recipient,
    Roster,
    Subscription,
    Whereabouts,
)
from service.domain.words_incidents import ItemWords, Wording
from service.domain.words_notices import Glossary


@dataclass
class NoticePages:
    """All that is kept of notices, and of who hears them."""

    notices: dict[str, Notice] = field(default_factory=dict)
    recipient: dict[int, Recipient] = field(default_factory=dict)
    channel: dict[int, Channel] = field(default_factory=dict)
    subscription: dict[int, Subscription] = field(default_factory=dict)
    maintenance: dict[int, Maintenance] = field(default_factory=dict)
    troubles: dict[int, str] = field(default_factory=dict)

    def __copy__(self) -> "NoticePages":
        return NoticePages(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})


@dataclass(frozen=True)
class MemoryNotices:
    """Notices in a dictionary."""

    pages: NoticePages
    plan: DistrictPlan
    incidents: Mapping[int, Incident]

    def roster(self, places: Collection[str]) -> Roster:
        return Roster(
            zone=ZoneInfo(self.plan.timezone),
            recipients=self.pages.recipient,
            channels=self.pages.channel,
            subscriptions=tuple(one for _, one in sorted(self.pages.subscription.items())),
            maintenance=tuple(one for _, one in sorted(self.pages.maintenance.items())),
            places={where.place: where for where, _ in self._places() if where.place in places},
        )

    def glossary(self, places: Collection[str]) -> Glossary:
        items = {one.code: ItemWords(name=one.name, pack=one.pack) for one in self.plan.items}
        return Glossary(
            wording=Wording(items=items, zone=ZoneInfo(self.plan.timezone)),
            places={where.place: name for where, name in self._places() if where.place in places},
            district=self.plan.name,
        )

    def _places(self) -> list[tuple[Whereabouts, Named]]:
        plan, sites = self.plan, {one.id: one for one in self.plan.sites}
        found = [(Whereabouts(place=one.code, town_code=one.code), one.name) for one in plan.towns]
        found += [
            (Whereabouts(place=one.id, town_code=one.town_code), one.name)
            for one in plan.communities
        ]
        at_sites = [(one.id, one.id) for one in plan.sites]
        at_sites += [(one.id, one.site_id) for one in plan.kiosks]
        for place, site_id in at_sites:
            site = sites[site_id]
            where = Whereabouts(place=place, site_id=site_id, town_code=site.town_code)
            found.append((where, site.name))
        return found

    def add(self, notices: Sequence[Notice]) -> None:
        for one in notices:
            self.pages.notices.setdefault(one.id, one)

    def of(self, incident_ids: Collection[int]) -> list[Notice]:
        return [one for one in self.pages.notices.values() if one.incident_id in incident_ids]

    def by_id(self, ids: Collection[str]) -> list[Notice]:
        return [self.pages.notices[one] for one in ids if one in self.pages.notices]

    def lines(self, digest_ids: Collection[str]) -> list[Notice]:
        return [one for one in self.pages.notices.values() if one.digest_id in digest_ids]

    def drop(self, reasons: Mapping[str, str]) -> None:
        for number, reason in reasons.items():
            one = self.pages.notices[number]
            if one.state is State.WAITING:
                self.save([replace(one, state=State.DROPPED, reason=reason)])

    def is_due(self, at: datetime, *, besides: Collection[int]) -> bool:
        return bool(self.due(at, besides=besides, most=1) or self.lapsed(at))

    def due(self, at: datetime, *, besides: Collection[int], most: int) -> list[Notice]:
        found: list[Notice] = []
        singles: dict[int, int] = {}
        for one in sorted(
            self.pages.notices.values(), key=lambda one: (one.due_at, one.event_at, one.id)
        ):
            is_due = one.state is State.WAITING and one.due_at <= at
            if not is_due or one.channel_id in besides:
                continue
            singles[one.channel_id] = singles.get(one.channel_id, 0) + (one.style not in LINES)
            if one.style in LINES or singles[one.channel_id] <= most:
                found.append(one)
        return found

    def lapsed(self, at: datetime) -> list[Notice]:
        sending = (one for one in self.pages.notices.values() if one.state is State.SENDING)
        return [one for one in sending if one.claimed_until is None or one.claimed_until <= at]

    def save(self, notices: Sequence[Notice]) -> None:
        self.pages.notices.update({one.id: one for one in notices})

    def settle(self, notice: Notice, token: str) -> bool:
        kept = self.pages.notices[notice.id]
        is_ours = kept.state is State.SENDING and kept.claimed_by == token
        if is_ours:
            self.save([notice])
        return is_ours

    def put_off(self, channel_id: int, until: datetime) -> None:
        for one in self._singles_waiting(channel_id):
            if one.due_at < until:
                self.save([replace(one, due_at=until)])

    def expire(self, channel_id: int, made_before: datetime, reason: str) -> None:
        for one in self._singles_waiting(channel_id):
            if one.made_at < made_before:
                self.save([replace(one, state=State.FAILED, reason=reason)])

    def _singles_waiting(self, channel_id: int) -> list[Notice]:
        return [
            one
            for one in self.pages.notices.values()
            if one.channel_id == channel_id
            and one.state is State.WAITING
            and one.style not in LINES
        ]

    def told(self, since: datetime) -> dict[int, int]:
        found: dict[int, int] = {}
        for one in self.pages.notices.values():
            if one.sent_at is not None and one.sent_at > since and one.style is Style.AT_ONCE:
                found[one.recipient_id] = found.get(one.recipient_id, 0) + 1
        return found

    def taken_up(self, incident_ids: Collection[int]) -> set[int]:
        mine = (self.incidents.get(number) for number in incident_ids)
        return {
            one.id
            for one in mine
            if one is not None
            and any((one.acknowledged_at, one.resolved_at, one.assigned_to, one.snoozed_until))
        }

    def note_channel(self, channel_id: int, *, trouble: str, at: datetime) -> None:
        self.pages.troubles[channel_id] = trouble
        channel = self.pages.channel.get(channel_id)
        if channel is not None:
            since = (channel.failing_since or at) if trouble else None
            self.pages.channel[channel_id] = replace(channel, failing_since=since)


@dataclass(frozen=True)
class MemoryContacts:
    """Who hears what, in dictionaries."""

    pages: NoticePages

    def save_recipient(self, recipient: Recipient) -> int:
        number = self._number(self.pages.recipient, recipient.id)
        self.pages.recipient[number] = replace(recipient, id=number)
        return number

    def save_channel(self, channel: Channel) -> int:
        number = self._number(self.pages.channel, channel.id)
        self.pages.channel[number] = replace(channel, id=number)
        return number

    def save_subscription(self, subscription: Subscription) -> int:
        number = self._number(self.pages.subscription, subscription.id)
        self.pages.subscription[number] = replace(subscription, id=number)
        return number

    def save_maintenance(self, maintenance: Maintenance) -> int:
        number = self._number(self.pages.maintenance, maintenance.id)
        self.pages.maintenance[number] = replace(maintenance, id=number)
        return number

    @staticmethod
    def _number(table: Mapping[int, object], number: int) -> int:
        return number or len(table) + 1

    def remove(self, what: str, number: int) -> bool:
        table: dict[int, object] = getattr(self.pages, what)
        if what == "recipient":
            for name in ("channel", "subscription"):
                rows = getattr(self.pages, name)
                for one in [one.id for one in rows.values() if one.recipient_id == number]:
                    del rows[one]
        if what == "channel":
            rows = self.pages.subscription
            for one in [one.id for one in rows.values() if one.channel_id == number]:
                del rows[one]
        return table.pop(number, None) is not None

    def release(self, maintenance_id: int, at: datetime) -> None:
        window = self.pages.maintenance.get(maintenance_id)
        if window is None or window.until_at <= at:
            return
        self.pages.maintenance[maintenance_id] = replace(window, until_at=at)
        for one in list(self.pages.notices.values()):
            is_held = one.style is Style.MAINTENANCE and one.due_at == window.until_at
            if is_held and one.state is State.WAITING:
                self.pages.notices[one.id] = replace(one, due_at=at)
