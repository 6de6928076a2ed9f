"""Reads alerts, each with its place by name and its sentence."""

from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, case, or_, select

from service.domain.alerts import AlertKind, Severity
from service.domain.district import Named
from service.domain.words_alerts import Wording, why
from service.flows.reads.watch import AlertState, AlertView
from service.store.reads.reading import Reading
from service.store.sql import in_chunks, table_of
from service.store.tables.registry import Community, Item, Kiosk, Site
from service.store.tables.watch import AlertRow

OF_ONE_KIOSK_MAX: Final = 100
_ALERT, _KIOSK, _SITE = table_of(AlertRow), table_of(Kiosk), table_of(Site)
_COMMUNITY, _ITEM = table_of(Community), table_of(Item)

_GRAVEST: Final = case(
    {Severity.CRITICAL.value: 0, Severity.WARNING.value: 1}, value=_ALERT.c.severity, else_=2
)
_OPEN_FIRST: Final = case((_ALERT.c.resolved_at.is_(None), 0), else_=1)
_ANYTHING: Final = Named("药具", "item")
_PACK: Final = Named("盒", "box")


class AlertReads(Reading):
    """Reads alerts."""

    def alerts(self, state: AlertState, *, most: int) -> tuple[AlertView, ...]:
        """Return alerts: open ones first and the gravest of them first, then the newest."""
        rows = _rows()
        if state == "open":
            rows = rows.where(_ALERT.c.resolved_at.is_(None))
        elif state == "resolved":
            rows = rows.where(_ALERT.c.resolved_at.is_not(None))
        graver = case((_ALERT.c.resolved_at.is_(None), _GRAVEST), else_=0)
        rows = rows.order_by(_OPEN_FIRST, graver, _ALERT.c.id.desc()).limit(most)
        with self.moment() as connection:
            return alert_views(connection, rows, self.zone)

    def alerts_moved(self, subjects: Collection[str], since: datetime) -> tuple[AlertView, ...]:
        """Return the alerts about some subjects that were opened or resolved since then."""
        moved = or_(_ALERT.c.opened_at >= since, _ALERT.c.resolved_at >= since)
        found: list[AlertView] = []
        with self.moment() as connection:
            for some in in_chunks(subjects):
                rows = _rows().where(_ALERT.c.subject.in_(some), moved).order_by(_ALERT.c.id)
                found += alert_views(connection, rows, self.zone)
        return tuple(found)


def open_alerts_of(kiosk_id: str) -> Select[Any]:
    """Select the open alerts of one kiosk."""
    return (
        _rows()
        .where(_ALERT.c.place == kiosk_id, _ALERT.c.resolved_at.is_(None))
        .order_by(_GRAVEST, _ALERT.c.id.desc())
        .limit(OF_ONE_KIOSK_MAX)
    )


def alert_views(connection: Connection, rows: Select[Any], zone: tzinfo) -> tuple[AlertView, ...]:
    """Return the alerts of a selection as pages see them."""
    return tuple(_to_view(row, zone) for row in connection.execute(rows))


def _rows() -> Select[Any]:
    """Select alerts with the kiosk's site or the community that they are about, and their item."""
    return select(
        _ALERT,
        _KIOSK.c.id.label("kiosk_id"),
        _SITE.c.id.label("site_id"),
        _SITE.c.name_zh.label("site_zh"),
        _SITE.c.name_en.label("site_en"),
        _COMMUNITY.c.name_zh.label("community_zh"),
        _COMMUNITY.c.name_en.label("community_en"),
        _ITEM.c.name_zh.label("item_zh"),
        _ITEM.c.name_en.label("item_en"),
        _ITEM.c.pack_zh,
        _ITEM.c.pack_en,
    ).select_from(
        _ALERT.outerjoin(_KIOSK, _KIOSK.c.id == _ALERT.c.place)
        .outerjoin(_SITE, _SITE.c.id == _KIOSK.c.site_id)
        .outerjoin(_COMMUNITY, _COMMUNITY.c.id == _ALERT.c.place)
        .outerjoin(_ITEM, _ITEM.c.code == _ALERT.c.item)
    )


def _to_view(row: Row[Any], zone: tzinfo) -> AlertView:
    known = row.item_zh is not None
    item = Named(row.item_zh, row.item_en) if known else _ANYTHING
    pack = Named(row.pack_zh, row.pack_en) if known else _PACK
    kind = AlertKind(row.kind)
    sentence = why(kind, row.numbers, Wording(item=item, pack=pack, zone=zone))
    return AlertView(
        id=row.id,
        kind=kind,
        severity=Severity(row.severity),
        kiosk_id=row.kiosk_id,
        site_id=row.site_id,
        place=row.place,
        place_name_zh=row.site_zh or row.community_zh or row.place,
        place_name_en=row.site_en or row.community_en or row.place,
        item=row.item,
        slot=row.slot,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        why_zh=sentence.zh,
        why_en=sentence.en,
        facts=row.numbers,
    )
