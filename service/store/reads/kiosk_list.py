"""Reads kiosks as they stand now: one line of each, worst first."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from service.domain.alerts import AlertKind
from service.domain.kiosks import BEHIND_FACTS_MAX, MACHINE_FAULTS, KioskState, KioskView, SlotState
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.flows.reads.kiosks import ItemLevel, KioskList, KioskSummary
from service.flows.reads.watch import ProgressView
from service.store.liveness import SqlLiveness
from service.store.progress import SqlProgress
from service.store.reads.reading import Reading
from service.store.sql import IN_MAX, table_of
from service.store.stock import SqlStock
from service.store.tables.books import FaultRow
from service.store.tables.registry import Kiosk, Site
from service.store.tables.watch import AlertRow, ChangeRow, LivenessRow

_KIOSK, _SITE, _ALERT = table_of(Kiosk), table_of(Site), table_of(AlertRow)
_CHANGE, _FAULT, _LIVENESS = table_of(ChangeRow), table_of(FaultRow), table_of(LivenessRow)

_FAULTS_THAT_COUNT: Final = sorted({*MACHINE_FAULTS, "aisle_jam"})
_ALERT_OF: Final = {KioskState.EMPTY: AlertKind.OUT, KioskState.LOW: AlertKind.LOW}


class KioskListReads(Reading):
    """Reads all kiosks, or some."""

    def kiosks(self) -> KioskList:
        """Return all kiosks, worst first, and the newest change that they already show."""
        with self.moment() as connection:
            change_id = connection.scalar(select(func.max(_CHANGE.c.id))) or 0
            progress = _progress(connection, self.now())
            kiosks = summaries(connection, self.now())
        kiosks.sort(key=lambda kiosk: (-kiosk.urgency, kiosk.id))
        return KioskList(change_id=change_id, progress=progress, kiosks=tuple(kiosks))

    def kiosks_of(self, kiosk_ids: Collection[str]) -> tuple[KioskSummary, ...]:
        """Return some kiosks; those that are not enrolled are left out."""
        if not kiosk_ids:
            return ()
        with self.moment() as connection:
            return tuple(summaries(connection, self.now(), only=kiosk_ids))

    def progress(self) -> ProgressView:
        """Return how much of the past is still to come from kiosks that are there to tell it."""
        with self.moment() as connection:
            return _progress(connection, self.now())


def _progress(connection: Connection, now: datetime) -> ProgressView:
    here = select(_LIVENESS.c.kiosk_id).where(_LIVENESS.c.silent_after > now)
    here = here.join(_KIOSK, _KIOSK.c.id == _LIVENESS.c.kiosk_id)
    presences = SqlLiveness(connection).of(connection.scalars(here).all())
    progress = SqlProgress(connection).of(presences.keys())
    nothing = Progress()
    behind = (
        presence.head - progress.get((kiosk_id, presence.epoch), nothing).settled_count()
        for kiosk_id, presence in presences.items()
    )
    telling = [facts for facts in behind if facts > BEHIND_FACTS_MAX]
    return ProgressView(
        behind_facts=sum(telling),
        kiosks_catching_up=len(telling),
        facts_expected=sum(presence.head for presence in presences.values()),
    )


def summaries(
    connection: Connection, now: datetime, *, only: Collection[str] | None = None
) -> list[KioskSummary]:
    """Return the lines of all or some kiosks by id, by the rules of the domain."""
    few = only if only is not None and len(only) <= IN_MAX else None
    views = SqlStock(connection).views(now, few)
    wanted = views.keys() if only is None else views.keys() & set(only)
    presences = SqlLiveness(connection).of(wanted)
    since, open_alerts = _since_by_kiosk(connection, few), _open_alerts(connection, few)
    rows = select(_KIOSK.c.id.label("kiosk_id"), _SITE).join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
    if few is not None:
        rows = rows.where(_KIOSK.c.id.in_(few))
    found = []
    for row in connection.execute(rows.order_by(_KIOSK.c.id)):
        if row.kiosk_id not in wanted:
            continue
        view, presence = views[row.kiosk_id], presences.get(row.kiosk_id)
        alerts = open_alerts.get(row.kiosk_id, {})
        state = view.state
        found.append(
            KioskSummary(
                **_place(row),
                **_standing(view),
                state=state,
                state_since=_state_since(state, presence, alerts, since.get(row.kiosk_id)),
                online=presence.online if presence else False,
                heard_at=presence.heard_at if presence else None,
                open_alerts=sum(count for count, _ in alerts.values()),
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
    return {
        "on_hand_packs": sum(counted) if counted else None,
        "capacity_packs": sum(slot.capacity_packs for slot in view.slots),
        "slots_low": sum(slot.state is SlotState.LOW for slot in view.slots),
        "slots_empty": sum(slot.state is SlotState.EMPTY for slot in view.slots),
        "items": tuple(_level(view, item, state) for item, state in view.items),
        "behind_facts": view.behind_facts,
        "urgency": view.urgency,
    }


def _level(view: KioskView, item: str, state: SlotState) -> ItemLevel:
    slots = [slot for slot in view.slots if slot.item == item]
    # What lies behind a jam is not to be had; it is told only where nothing else is there.
    working = [slot for slot in slots if not slot.jammed] or slots
    counted = [slot.on_hand_packs for slot in working if slot.on_hand_packs is not None]
    known = bool(counted) and state is not SlotState.UNKNOWN
    return ItemLevel(item=item, state=state, on_hand_packs=sum(counted) if known else None)


Alerts = Mapping[str, tuple[int, datetime]]


def _open_alerts(
    connection: Connection, only: Collection[str] | None
) -> dict[str, dict[str, tuple[int, datetime]]]:
    """Return, by place and kind, how many alerts are open and since when."""
    count, since = func.count().label("number"), func.min(_ALERT.c.opened_at).label("since")
    rows = (
        select(_ALERT.c.place, _ALERT.c.kind, count, since)
        .where(_ALERT.c.resolved_at.is_(None))
        .group_by(_ALERT.c.place, _ALERT.c.kind)
    )
    if only is not None:
        rows = rows.where(_ALERT.c.place.in_(only))
    found: dict[str, dict[str, tuple[int, datetime]]] = {}
    for row in connection.execute(rows):
        found.setdefault(row.place, {})[row.kind] = (row.number, row.since)
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
    state: KioskState, presence: Liveness | None, alerts: Alerts, fault_since: datetime | None
) -> datetime | None:
    """Return since when, where something on record says so: never a guess."""
    if state is KioskState.SILENT:
        return presence.silent_after if presence else None
    if state is KioskState.FAULT:
        return fault_since
    kind = _ALERT_OF.get(state)
    return alerts[kind][1] if kind is not None and kind in alerts else None
