"""Who hears what, in SQL; read for the places of some events, changed by people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from service.domain.district import Named
from service.domain.incidents import IncidentKind, Severity
from service.domain.notice import State, Style
from service.domain.recipients import (
    Channel,
    ChannelKind,
    Hours,
    Maintenance,
    Pace,
    Recipient,
    Roster,
    Subscription,
    Whereabouts,
)
from service.domain.words_incidents import ItemWords, Wording
from service.domain.words_notices import Glossary
from service.store.sql import in_chunks, table_of
from service.store.tables.notices import (
    ChannelRow,
    MaintenanceRow,
    NoticeRow,
    RecipientRow,
    SubscriptionRow,
)
from service.store.tables.registry import Community, District, Item, Kiosk, Site, Town

_RECIPIENT, _CHANNEL = table_of(RecipientRow), table_of(ChannelRow)
_SUBSCRIPTION, _MAINTENANCE = table_of(SubscriptionRow), table_of(MaintenanceRow)
_KIOSK, _SITE, _TOWN, _ITEM = (table_of(one) for one in (Kiosk, Site, Town, Item))
_COMMUNITY, _DISTRICT, _NOTICE = table_of(Community), table_of(District), table_of(NoticeRow)
_TABLES: Final[Mapping[str, Table]] = {
    "recipient": _RECIPIENT,
    "channel": _CHANNEL,
    "subscription": _SUBSCRIPTION,
    "maintenance": _MAINTENANCE,
}


@dataclass(frozen=True, slots=True)
class SqlContacts:
    """Keeps recipients, channels, subscriptions and windows of work."""

    connection: Connection

    def save_recipient(self, recipient: Recipient) -> int:
        """Keep a recipient; return his id."""
        quiet = recipient.quiet
        values = {
            "name": recipient.name,
            "language": recipient.language,
            "whole_district": recipient.whole_district,
            "towns": sorted(recipient.towns),
            "sites": sorted(recipient.sites),
            "quiet_from": quiet.from_minute if quiet else None,
            "quiet_to": quiet.to_minute if quiet else None,
            "critical_passes": recipient.critical_passes,
            "hourly_max": recipient.hourly_max,
            "is_active": recipient.is_active,
        }
        return self._save(_RECIPIENT, recipient.id, values)

    def save_channel(self, channel: Channel) -> int:
        """Keep a channel; return its id."""
        names = ("recipient_id", "name", "address", "secret", "is_active")
        values = {name: getattr(channel, name) for name in names}
        values |= {"kind": channel.kind.value, "trouble": "", "failing_since": None}
        return self._save(_CHANNEL, channel.id, values)

    def save_subscription(self, subscription: Subscription) -> int:
        """Keep a subscription; return its id."""
        names = ("recipient_id", "channel_id", "digest_hour", "after_minutes", "ends")
        values = {name: getattr(subscription, name) for name in names}
        values |= {
            "towns": sorted(subscription.towns),
            "sites": sorted(subscription.sites),
            "kinds": sorted(kind.value for kind in subscription.kinds),
            "severity_min": subscription.severity_min.value,
            "weekdays": list(subscription.weekdays),
            "from_minute": subscription.hours.from_minute,
            "to_minute": subscription.hours.to_minute,
            "pace": subscription.pace.value,
        }
        return self._save(_SUBSCRIPTION, subscription.id, values)

    def save_maintenance(self, maintenance: Maintenance) -> int:
        """Keep a window of work; return its id."""
        names = ("place", "from_at", "until_at", "reason")
        values = {name: getattr(maintenance, name) for name in names}
        return self._save(_MAINTENANCE, maintenance.id, values)

    def remove(self, what: str, number: int) -> bool:
        """Remove a recipient, channel, subscription or window; say whether it was there.

        With a recipient go his channels and subscriptions; what was told stays on record.
        """
        if what == "recipient":
            for table in (_SUBSCRIPTION, _CHANNEL):
                self.connection.execute(delete(table).where(table.c.recipient_id == number))
        if what == "channel":
            mine = _SUBSCRIPTION.c.channel_id == number
            self.connection.execute(delete(_SUBSCRIPTION).where(mine))
        table = _TABLES[what]
        return self.connection.execute(delete(table).where(table.c.id == number)).rowcount == 1

    def release(self, maintenance_id: int, at: datetime) -> None:
        """End a window now, and let what it held go out."""
        mine = _MAINTENANCE.c.id == maintenance_id
        until = self.connection.scalar(select(_MAINTENANCE.c.until_at).where(mine))
        if until is None or until <= at:
            return
        self.connection.execute(update(_MAINTENANCE).where(mine).values(until_at=at))
        held = (_NOTICE.c.style == Style.MAINTENANCE.value) & (_NOTICE.c.due_at == until)
        waiting = held & (_NOTICE.c.state == State.WAITING.value)
        self.connection.execute(update(_NOTICE).where(waiting).values(due_at=at))

    def _save(self, table: Table, number: int, values: dict[str, Any]) -> int:
        if number:
            changed = self.connection.execute(
                update(table).where(table.c.id == number).values(values)
            )
            return number if changed.rowcount == 1 else 0
        told = insert(table).values(values).returning(table.c.id)
        return int(self.connection.scalar(told) or 0)


def read_roster(connection: Connection, places: Collection[str]) -> Roster:
    """Return who hears what, with where some places are and the work that is going on."""
    district = connection.execute(select(_DISTRICT.c.timezone)).one()
    recipients = [to_recipient(row) for row in connection.execute(select(_RECIPIENT))]
    channels = [to_channel(row) for row in connection.execute(select(_CHANNEL))]
    subscriptions = connection.execute(select(_SUBSCRIPTION).order_by(_SUBSCRIPTION.c.id))
    windows = connection.execute(select(_MAINTENANCE).order_by(_MAINTENANCE.c.id))
    return Roster(
        zone=ZoneInfo(district.timezone),
        recipients={one.id: one for one in recipients},
        channels={one.id: one for one in channels},
        subscriptions=tuple(to_subscription(row) for row in subscriptions),
        maintenance=tuple(Maintenance(**row._mapping) for row in windows),  # noqa: SLF001 - public in spite of its name
        places={where.place: where for where, _ in _places(connection, places)},
    )


def read_glossary(connection: Connection, places: Collection[str]) -> Glossary:
    """Return the names of some places, and of all items."""
    district = connection.execute(select(_DISTRICT)).one()
    items = {
        row.code: ItemWords(
            name=Named(row.name_zh, row.name_en), pack=Named(row.pack_zh, row.pack_en)
        )
        for row in connection.execute(select(_ITEM))
    }
    return Glossary(
        wording=Wording(items=items, zone=ZoneInfo(district.timezone)),
        places={where.place: name for where, name in _places(connection, places)},
        district=Named(district.name_zh, district.name_en),
    )


def _places(connection: Connection, places: Collection[str]) -> list[tuple[Whereabouts, Named]]:
    """Return where kiosks, sites, communities and towns are, and what they are called."""
    name = ("name_zh", "name_en")
    site = (_SITE.c.id.label("site_id"), _SITE.c.town_code, *(_SITE.c[one] for one in name))
    kiosks = select(_KIOSK.c.id.label("place"), *site).join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
    sites = select(_SITE.c.id.label("place"), *site)
    communities = select(_COMMUNITY.c.id.label("place"), _COMMUNITY)
    towns = select(_TOWN.c.code.label("place"), _TOWN.c.code.label("town_code"), _TOWN)
    wanted = (
        (towns, _TOWN.c.code),
        (communities, _COMMUNITY.c.id),
        (sites, _SITE.c.id),
        (kiosks, _KIOSK.c.id),
    )
    found = []
    for rows, key in wanted:
        for some in in_chunks(places):
            for row in connection.execute(rows.where(key.in_(some))):
                where = Whereabouts(
                    place=row.place,
                    site_id=getattr(row, "site_id", None),
                    town_code=row.town_code,
                )
                found.append((where, Named(row.name_zh, row.name_en)))
    return found


def to_recipient(row: Row[Any]) -> Recipient:
    """Return a recipient as it is kept."""
    quiet = None
    if row.quiet_from is not None and row.quiet_to is not None:
        quiet = Hours(row.quiet_from, row.quiet_to)
    return Recipient(
        id=row.id,
        name=row.name,
        language=row.language,
        whole_district=row.whole_district,
        towns=frozenset(row.towns),
        sites=frozenset(row.sites),
        quiet=quiet,
        critical_passes=row.critical_passes,
        hourly_max=row.hourly_max,
        is_active=row.is_active,
    )


def to_channel(row: Row[Any]) -> Channel:
    """Return a channel as it is kept, its secrets in it."""
    names = ("id", "recipient_id", "name", "address", "secret", "is_active", "failing_since")
    return Channel(**{name: getattr(row, name) for name in names}, kind=ChannelKind(row.kind))


def to_subscription(row: Row[Any]) -> Subscription:
    """Return a subscription as it is kept."""
    names = ("id", "recipient_id", "channel_id", "digest_hour", "after_minutes", "ends")
    return Subscription(
        **{name: getattr(row, name) for name in names},
        towns=frozenset(row.towns),
        sites=frozenset(row.sites),
        kinds=frozenset(IncidentKind(kind) for kind in row.kinds),
        severity_min=Severity(row.severity_min),
        weekdays=tuple(row.weekdays),
        hours=Hours(row.from_minute, row.to_minute),
        pace=Pace(row.pace),
    )
