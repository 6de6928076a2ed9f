"""Reads who hears what, and what was told; addresses are masked before they leave this room."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, tuple_

from service.domain.district import Named
from service.domain.notice import Notice, State
from service.domain.recipients import Channel, masked
from service.domain.words_notices import Glossary
from service.flows.reads.notices import (
    ChannelView,
    MaintenanceView,
    NoticeCounts,
    NoticesWanted,
    NoticeView,
    RecipientView,
    SubscriptionView,
    WindowState,
)
from service.store.contacts import read_glossary, to_channel, to_recipient, to_subscription
from service.store.notices import to_notice
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.notices import (
    ChannelRow,
    MaintenanceRow,
    NoticeRow,
    RecipientRow,
    SubscriptionRow,
)

_RECIPIENT, _CHANNEL = table_of(RecipientRow), table_of(ChannelRow)
_SUBSCRIPTION, _MAINTENANCE = table_of(SubscriptionRow), table_of(MaintenanceRow)
_NOTICE = table_of(NoticeRow)
_STATES: Final = {
    "waiting": (State.WAITING, State.SENDING),
    "sent": (State.SENT, State.GATHERED),
    "failed": (State.FAILED,),
    "dropped": (State.DROPPED,),
    "all": tuple(State),
}
_SAME: Final = (
    *("id", "state", "style", "recipient_id", "channel_id", "incident_id", "kind", "place"),
    *("severity", "what", "level_minutes", "event_at", "made_at", "due_at", "sent_at"),
    *("attempts", "reason", "digest_id"),
)
_ORDER: Final = (_NOTICE.c.made_at, _NOTICE.c.id)


class NoticeReads(Reading):
    """Reads for notices; keeps ``flows.reads.notices.TellingReads``."""

    def recipients(self) -> tuple[RecipientView, ...]:
        """Return all recipients by name."""
        rows = select(_RECIPIENT).order_by(_RECIPIENT.c.name, _RECIPIENT.c.id)
        with self.moment() as connection:
            return tuple(_recipient_view(row) for row in connection.execute(rows))

    def channels(self) -> tuple[ChannelView, ...]:
        """Return all channels, by recipient."""
        rows = select(_CHANNEL).order_by(_CHANNEL.c.recipient_id, _CHANNEL.c.id)
        with self.moment() as connection:
            return tuple(_channel_view(row) for row in connection.execute(rows))

    def subscriptions(self) -> tuple[SubscriptionView, ...]:
        """Return all subscriptions, by recipient."""
        rows = select(_SUBSCRIPTION).order_by(_SUBSCRIPTION.c.recipient_id, _SUBSCRIPTION.c.id)
        with self.moment() as connection:
            return tuple(_subscription_view(row) for row in connection.execute(rows))

    def maintenance(self, *, most: int) -> tuple[MaintenanceView, ...]:
        """Return windows of work, the latest end first."""
        rows = select(_MAINTENANCE).order_by(
            _MAINTENANCE.c.until_at.desc(), _MAINTENANCE.c.id.desc()
        )
        at = self.now()
        with self.moment() as connection:
            found = connection.execute(rows.limit(most)).all()
            glossary = read_glossary(connection, {row.place for row in found})
        return tuple(_window_view(row, glossary, at) for row in found)

    def notices(self, wanted: NoticesWanted) -> tuple[NoticeView, ...]:
        """Return notices, the newest first."""
        states = [state.value for state in _STATES[wanted.state]]
        rows = select(_NOTICE).order_by(*(column.desc() for column in _ORDER))
        if wanted.state != "all":
            rows = rows.where(_NOTICE.c.state.in_(states))
        if wanted.recipient_id is not None:
            rows = rows.where(_NOTICE.c.recipient_id == wanted.recipient_id)
        with self.moment() as connection:
            if wanted.after is not None:
                last = select(*_ORDER).where(_NOTICE.c.id == wanted.after)
                place = connection.execute(last).first()
                if place is None:
                    return ()
                rows = rows.where(tuple_(*_ORDER) < (place[0], place[1]))
            found = [to_notice(row) for row in connection.execute(rows.limit(wanted.most))]
            names = dict(connection.execute(select(_RECIPIENT.c.id, _RECIPIENT.c.name)).all())
            channels = {
                row.id: to_channel(row) for row in connection.execute(select(_CHANNEL)).all()
            }
            glossary = read_glossary(connection, {one.place for one in found if one.place})
        return tuple(_notice_view(one, names, channels, glossary) for one in found)

    def notice_counts(self) -> NoticeCounts:
        """Return the figures of a monitor."""
        by_state = select(_NOTICE.c.state, func.count(), func.min(_NOTICE.c.due_at))
        open_states = [State.WAITING.value, State.SENDING.value, State.FAILED.value]
        rows = by_state.where(_NOTICE.c.state.in_(open_states)).group_by(_NOTICE.c.state)
        with self.moment() as connection:
            found = {row[0]: (int(row[1]), row[2]) for row in connection.execute(rows)}
        unsent = [found[state] for state in open_states[:2] if state in found]
        oldest = min((due_at for _, due_at in unsent), default=None)
        age_s = 0.0 if oldest is None else (self.now() - oldest).total_seconds()
        return NoticeCounts(
            waiting=sum(count for count, _ in unsent),
            failed=found.get(State.FAILED.value, (0, None))[0],
            oldest_due_s=max(0.0, age_s),
        )


def _recipient_view(row: Row[Any]) -> RecipientView:
    one = to_recipient(row)
    return RecipientView(
        id=one.id,
        name=one.name,
        language=one.language,
        whole_district=one.whole_district,
        towns=tuple(sorted(one.towns)),
        sites=tuple(sorted(one.sites)),
        quiet_from=_clock(one.quiet.from_minute) if one.quiet else None,
        quiet_to=_clock(one.quiet.to_minute) if one.quiet else None,
        critical_passes=one.critical_passes,
        hourly_max=one.hourly_max,
        is_active=one.is_active,
    )


def _channel_view(row: Row[Any]) -> ChannelView:
    one = to_channel(row)
    return ChannelView(
        id=one.id,
        recipient_id=one.recipient_id,
        kind=one.kind,
        name=one.name,
        address=masked(one.kind, one.address),
        has_secret=bool(one.secret),
        is_active=one.is_active,
        failing_since=one.failing_since,
        trouble=row.trouble,
    )


def _subscription_view(row: Row[Any]) -> SubscriptionView:
    one = to_subscription(row)
    return SubscriptionView(
        id=one.id,
        recipient_id=one.recipient_id,
        channel_id=one.channel_id,
        towns=tuple(sorted(one.towns)),
        sites=tuple(sorted(one.sites)),
        kinds=tuple(sorted(one.kinds)),
        severity_min=one.severity_min,
        weekdays=one.weekdays,
        from_time=_clock(one.hours.from_minute),
        to_time=_clock(one.hours.to_minute),
        pace=one.pace,
        digest_hour=one.digest_hour,
        after_minutes=one.after_minutes,
        ends=one.ends,
    )


def _window_view(row: Row[Any], glossary: Glossary, at: datetime) -> MaintenanceView:
    state: WindowState = "planned" if at < row.from_at else "running"
    if row.until_at <= at:
        state = "over"
    name = glossary.places.get(row.place, glossary.district)
    return MaintenanceView(
        id=row.id,
        place=row.place,
        place_name_zh=name.zh,
        place_name_en=name.en,
        from_at=row.from_at,
        until_at=row.until_at,
        reason=row.reason,
        state=state,
    )


def _notice_view(
    one: Notice, names: Mapping[int, str], channels: Mapping[int, Channel], glossary: Glossary
) -> NoticeView:
    channel = channels.get(one.channel_id)
    place = glossary.places.get(one.place, glossary.district) if one.place else Named("", "")
    return NoticeView(
        **{name: getattr(one, name) for name in _SAME},
        recipient_name=names.get(one.recipient_id),
        channel_name=channel.name if channel else None,
        channel_kind=channel.kind if channel else None,
        place_name_zh=place.zh,
        place_name_en=place.en,
    )


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, 60)
    return f"{hours:02d}:{minutes:02d}"
