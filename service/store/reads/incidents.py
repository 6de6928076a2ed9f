"""Reads incidents, each with its place by name and its sentence."""

from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, or_, select

from service.domain.district import Named
from service.domain.incidents import ITEMS, IncidentKind, Severity, Subject, What
from service.domain.words_incidents import ItemWords, Wording, why
from service.flows.reads.incidents import (
    IncidentDetail,
    IncidentEventView,
    IncidentFilter,
    IncidentsWanted,
    IncidentView,
)
from service.store.incidents import to_incident
from service.store.reads.reading import Reading
from service.store.sql import in_chunks, table_of
from service.store.tables.incidents import IncidentEventRow, IncidentRow
from service.store.tables.registry import Community, District, Item, Kiosk, Site

OF_ONE_KIOSK_MAX: Final = 100
EVENTS_MAX: Final = 500
_INCIDENT, _EVENT = table_of(IncidentRow), table_of(IncidentEventRow)
_KIOSK, _SITE, _DISTRICT = table_of(Kiosk), table_of(Site), table_of(District)
_COMMUNITY, _ITEM = table_of(Community), table_of(Item)
_NAMES: Final = (
    _KIOSK.c.id.label("kiosk_id"),
    _SITE.c.id.label("site_id"),
    *(
        table.c[f"name_{lang}"].label(f"{name}_{lang}")
        for name, table in (("site", _SITE), ("community", _COMMUNITY), ("district", _DISTRICT))
        for lang in ("zh", "en")
    ),
)

_GRAVEST: Final = case(
    {Severity.CRITICAL.value: 0, Severity.WARNING.value: 1}, value=_INCIDENT.c.severity, else_=2
)
_STANDING: Final = _INCIDENT.c.resolved_at.is_(None)
_STANDING_FIRST: Final = case((_STANDING, 0), else_=1)


class IncidentReads(Reading):
    """Reads incidents."""

    def incidents(self, wanted: IncidentsWanted) -> tuple[IncidentView, ...]:
        """Return incidents: those that stand first, the gravest of them first, then the newest."""
        rows = _rows().where(*_of_state(wanted.state))
        if wanted.kind is not None:
            rows = rows.where(_INCIDENT.c.kind == wanted.kind.value)
        if wanted.place is not None:
            rows = rows.where(_INCIDENT.c.place == wanted.place)
        graver = case((_STANDING, _GRAVEST), else_=0)
        rows = rows.order_by(_STANDING_FIRST, graver, _INCIDENT.c.id.desc()).limit(wanted.most)
        with self.moment() as connection:
            return incident_views(connection, rows, self.zone)

    def incident(self, incident_id: int) -> IncidentDetail | None:
        """Return an incident with all that happened to it; None where there is none."""
        with self.moment() as connection:
            one = _rows().where(_INCIDENT.c.id == incident_id)
            found = incident_views(connection, one, self.zone)
            if not found:
                return None
            events = select(_EVENT).where(_EVENT.c.incident_id == incident_id)
            newest = events.order_by(_EVENT.c.id.desc()).limit(EVENTS_MAX)
            told = tuple(_to_event(row) for row in connection.execute(newest))
        return IncidentDetail(incident=found[0], events=told)

    def incidents_moved(
        self, subjects: Collection[str], since: datetime
    ) -> tuple[IncidentView, ...]:
        """Return incidents about some subjects that stand, or were resolved since then."""
        moved = or_(_STANDING, _INCIDENT.c.resolved_at >= since)
        found: list[IncidentView] = []
        with self.moment() as connection:
            for places in in_chunks({subject.split("|", 1)[1] for subject in subjects}):
                rows = _rows().where(_INCIDENT.c.place.in_(places), moved)
                found += incident_views(connection, rows.order_by(_INCIDENT.c.id), self.zone)
        return tuple(one for one in found if Subject(one.kind, one.place).key in subjects)


def standing_at(kiosk_id: str) -> Select[Any]:
    """Select the incidents of one kiosk that are not resolved."""
    return (
        _rows()
        .where(_INCIDENT.c.place == kiosk_id, _STANDING)
        .order_by(_GRAVEST, _INCIDENT.c.id.desc())
        .limit(OF_ONE_KIOSK_MAX)
    )


def incident_views(
    connection: Connection, rows: Select[Any], zone: tzinfo
) -> tuple[IncidentView, ...]:
    """Return the incidents of a selection as pages see them."""
    words = Wording(
        items={
            row.code: ItemWords(
                name=Named(row.name_zh, row.name_en), pack=Named(row.pack_zh, row.pack_en)
            )
            for row in connection.execute(select(_ITEM))
        },
        zone=zone,
    )
    return tuple(_to_view(row, words) for row in connection.execute(rows))


def _of_state(state: IncidentFilter) -> tuple[ColumnElement[bool], ...]:
    """Return what must hold of incidents of a state."""
    awake = _INCIDENT.c.snoozed_until.is_(None)
    acknowledged = _INCIDENT.c.acknowledged_at.is_not(None)
    return {
        "unresolved": (_STANDING,),
        "open": (_STANDING, ~acknowledged, awake),
        "acknowledged": (_STANDING, acknowledged, awake),
        "snoozed": (_STANDING, ~awake),
        "resolved": (~_STANDING,),
        "all": (),
    }[state]


def _rows() -> Select[Any]:
    """Select incidents with the kiosk's site, the community or the district they are about."""
    return select(_INCIDENT, *_NAMES).select_from(
        _INCIDENT.outerjoin(_KIOSK, _KIOSK.c.id == _INCIDENT.c.place)
        .outerjoin(_SITE, _SITE.c.id == _KIOSK.c.site_id)
        .outerjoin(_COMMUNITY, _COMMUNITY.c.id == _INCIDENT.c.place)
        .outerjoin(_DISTRICT, _DISTRICT.c.region == _INCIDENT.c.place)
    )


def _to_view(row: Row[Any], words: Wording) -> IncidentView:
    told = row._mapping  # noqa: SLF001 - its public name is this one
    one = to_incident({column.name: told[column] for column in _INCIDENT.columns})
    kind = IncidentKind(row.kind)
    sentence = why(kind, one.numbers, words)
    parts = one.numbers.get(ITEMS, ())
    return IncidentView(
        id=one.id,
        kind=kind,
        severity=one.severity,
        state=one.state,
        kiosk_id=row.kiosk_id,
        site_id=row.site_id,
        place=row.place,
        place_name_zh=row.site_zh or row.community_zh or row.district_zh or row.place,
        place_name_en=row.site_en or row.community_en or row.district_en or row.place,
        item=parts[0]["item"] if len(parts) == 1 else None,
        opened_at=one.opened_at,
        acknowledged_at=one.acknowledged_at,
        acknowledged_by=one.acknowledged_by,
        assigned_to=one.assigned_to,
        snoozed_until=one.snoozed_until,
        snooze_reason=one.snooze_reason,
        resolved_at=one.resolved_at,
        resolved_by=one.resolved_by,
        why_zh=sentence.zh,
        why_en=sentence.en,
        facts=one.numbers,
    )


def _to_event(row: Row[Any]) -> IncidentEventView:
    return IncidentEventView(
        at=row.at,
        what=What(row.what),
        severity=Severity(row.severity),
        by=row.done_by,
        note=row.note,
        numbers=row.numbers,
    )
