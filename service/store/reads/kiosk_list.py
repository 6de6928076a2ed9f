"""Reads kiosks as they stand now: one line of each, worst first."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from service.domain.incidents import IncidentKind
from service.domain.kiosks import (
    BEHIND_FACTS_MAX,
    MACHINE_FAULTS,
    KioskState,
    KioskView,
    SlotState,
    SlotView,
)
from service.flows.reads.kiosks import ItemLevel, KioskList, KioskSummary
from service.flows.reads.watch import ProgressView
from service.store.progress import read_progress
from service.store.reads.kiosk_memory import KioskMemory
from service.store.reads.reading import Reading
from service.store.sql import IN_MAX, table_of
from service.store.stock import SqlStock
from service.store.tables.books import FaultRow
from service.store.tables.incidents import IncidentRow
from service.store.tables.ledger import ProgressRow
from service.store.tables.registry import Kiosk, Site
from service.store.tables.watch import LivenessRow

_KIOSK, _SITE, _INCIDENT = table_of(Kiosk), table_of(Site), table_of(IncidentRow)
_FAULT, _LIVENESS = table_of(FaultRow), table_of(LivenessRow)
_PROGRESS = table_of(ProgressRow)

_OF_SITE: Final = ("name_zh", "name_en", "kind", "town_code", "lon", "lat")
_OF_PRESENCE: Final = ("online", "heard_at", "silent_after")
_LINES: Final = (
    select(
        _KIOSK.c.id.label("kiosk_id"),
        _SITE.c.id,
        *(_SITE.c[name] for name in _OF_SITE),
        *(_LIVENESS.c[name] for name in _OF_PRESENCE),
    )
    .join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
    .outerjoin(_LIVENESS, _LIVENESS.c.kiosk_id == _KIOSK.c.id)
)
_FAULTS_THAT_COUNT: Final = sorted({*MACHINE_FAULTS, "aisle_jam"})
_INCIDENT_OF: Final = {KioskState.EMPTY: IncidentKind.OUT, KioskState.LOW: IncidentKind.LOW}


class KioskListReads(Reading):
    """Reads all kiosks, or some."""

    def kiosks(self) -> KioskList:
        """Return all kiosks, worst first, and the newest change that they already show."""
        with self.moment() as connection:
            progress = _progress(connection, self.now())
            change_id, kiosks = self._memory.lines(connection, self.now())
        kiosks.sort(key=lambda kiosk: (-kiosk.urgency, kiosk.id))
        return KioskList(change_id=change_id, progress=progress, kiosks=tuple(kiosks))

    def kiosks_of(self, kiosk_ids: Collection[str]) -> tuple[KioskSummary, ...]:
        """Return some kiosks; those that are not enrolled are left out."""
        if not kiosk_ids:
            return ()
        with self.moment() as connection:
            return tuple(summaries(connection, self.now(), only=kiosk_ids))

    @cached_property
    def _memory(self) -> KioskMemory:
        return KioskMemory(summaries)

    def progress(self) -> ProgressView:
        """Return how much of the past is still to come from kiosks that are there to tell it."""
        with self.moment() as connection:
            return _progress(connection, self.now())


def _progress(connection: Connection, now: datetime) -> ProgressView:
    here = (
        select(_LIVENESS.c.head, _PROGRESS.c.upto, _PROGRESS.c.beyond)
        .join(_KIOSK, _KIOSK.c.id == _LIVENESS.c.kiosk_id)
        .outerjoin(
            _PROGRESS,
            (_PROGRESS.c.kiosk_id == _LIVENESS.c.kiosk_id)
            & (_PROGRESS.c.epoch == _LIVENESS.c.epoch),
        )
        .where(_LIVENESS.c.silent_after > now)
    )
    rows = connection.execute(here).all()
    behind = (head - read_progress(upto, beyond).settled_count() for head, upto, beyond in rows)
    telling = [facts for facts in behind if facts > BEHIND_FACTS_MAX]
    return ProgressView(
        behind_facts=sum(telling),
        kiosks_catching_up=len(telling),
        facts_expected=sum(head for head, _, _ in rows),
    )


def summaries(
    connection: Connection, now: datetime, *, only: Collection[str] | None = None
) -> list[KioskSummary]:
    """Return the lines of all or some kiosks by id, by the rules of the domain."""
    few = only if only is not None and len(only) <= IN_MAX else None
    views = SqlStock(connection).views(now, few)
    wanted = views.keys() if only is None else views.keys() & set(only)
    since, standing = _since_by_kiosk(connection, few), _standing_since(connection, few)
    rows = _LINES if few is None else _LINES.where(_KIOSK.c.id.in_(few))
    found = []
    for row in connection.execute(rows.order_by(_KIOSK.c.id)):
        if row.kiosk_id not in wanted:
            continue
        view = views[row.kiosk_id]
        incidents = standing.get(row.kiosk_id, {})
        state = view.state
        found.append(
            KioskSummary(
                **_place(row),
                **_standing(view),
                state=state,
                state_since=_state_since(
                    state, row.silent_after, incidents, since.get(row.kiosk_id)
                ),
                online=bool(row.online),
                heard_at=row.heard_at,
                open_incidents=len(incidents),
            )
        )
    return found


def _place(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.kiosk_id,
        "site_id": row.id,
        "site_name_zh": row.name_zh,
        "site_name_en": row.name_en,
        "site_kind": row.kind,
        "town_code": row.town_code,
        "lon": row.lon,
        "lat": row.lat,
    }


def _standing(view: KioskView) -> dict[str, Any]:
    counted = [slot.on_hand_packs for slot in view.slots if slot.on_hand_packs is not None]
    states = [slot.state for slot in view.slots]
    slots_of = dict(view.by_item)
    return {
        "on_hand_packs": sum(counted) if counted else None,
        "capacity_packs": sum([slot.capacity_packs for slot in view.slots]),
        "slots_low": states.count(SlotState.LOW),
        "slots_empty": states.count(SlotState.EMPTY),
        "items": tuple([_level(slots_of[item], item, state) for item, state in view.items]),
        "behind_facts": view.behind_facts,
        "urgency": view.urgency,
    }


def _level(slots: Sequence[SlotView], item: str, state: SlotState) -> ItemLevel:
    # What lies behind a jam is not to be had; it is told only where nothing else is there.
    working = [slot for slot in slots if not slot.jammed] or slots
    counted = [slot.on_hand_packs for slot in working if slot.on_hand_packs is not None]
    known = bool(counted) and state is not SlotState.UNKNOWN
    return ItemLevel(item=item, state=state, on_hand_packs=sum(counted) if known else None)


SinceByKind = Mapping[str, datetime]


def _standing_since(
    connection: Connection, only: Collection[str] | None
) -> dict[str, dict[str, datetime]]:
    """Return, by place and kind, since when an incident is not resolved."""
    rows = select(_INCIDENT.c.place, _INCIDENT.c.kind, _INCIDENT.c.opened_at).where(
        _INCIDENT.c.resolved_at.is_(None)
    )
    if only is not None:
        rows = rows.where(_INCIDENT.c.place.in_(only))
    found: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(rows):
        found.setdefault(row.place, {})[row.kind] = row.opened_at
    return found


def _since_by_kiosk(connection: Connection, only: Collection[str] | None) -> dict[str, datetime]:
    """Return since when each kiosk has had a fault that counts."""
    rows = (
        select(_FAULT.c.kiosk_id, func.min(_FAULT.c.since).label("since"))
        .where(_FAULT.c.raised.is_(True), _FAULT.c.code.in_(_FAULTS_THAT_COUNT))
        .group_by(_FAULT.c.kiosk_id)
    )
    if only is not None:
        rows = rows.where(_FAULT.c.kiosk_id.in_(only))
    return {row.kiosk_id: row.since for row in connection.execute(rows)}


def _state_since(
    state: KioskState,
    silent_after: datetime | None,
    incidents: SinceByKind,
    fault_since: datetime | None,
) -> datetime | None:
    """Return since when, where something on record says so: never a guess."""
    if state is KioskState.SILENT:
        return silent_after
    if state is KioskState.FAULT:
        return fault_since
    kind = _INCIDENT_OF.get(state)
    return incidents.get(kind) if kind is not None else None
