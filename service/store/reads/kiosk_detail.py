"""Reads everything of one kiosk."""

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from service.domain.clocks import local_hour
from service.domain.facts import Dispensed, Outcome
from service.domain.kiosks import KioskView
from service.domain.liveness import Liveness
from service.domain.totals import Tally
from service.flows.reads.kiosks import (
    DayCount,
    FactView,
    GapView,
    KioskDetail,
    KioskSummary,
    SlotDetail,
)
from service.store.liveness import SqlLiveness
from service.store.progress import SqlProgress
from service.store.reads.facts import COLUMNS, FACT, to_fact_view, to_gap_view
from service.store.reads.incidents import incident_views, standing_at
from service.store.reads.kiosk_list import summaries
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.stock import SqlStock
from service.store.tables.ledger import GapRow
from service.store.tables.registry import District, Kiosk, Site

DAYS: Final = 30
FACTS_MAX: Final = 50
GAPS_MAX: Final = 200
DAILY_FACTS_MAX: Final = 50_000
"""So many dispenses of thirty days are counted at most: a kiosk gives out a few a day."""

_GAP, _KIOSK, _SITE = table_of(GapRow), table_of(Kiosk), table_of(Site)
_DISTRICT = table_of(District)
_SUMMARY: Final = tuple(one.name for one in fields(KioskSummary))


class KioskDetailReads(Reading):
    """Reads one kiosk."""

    def kiosk(self, kiosk_id: str) -> KioskDetail | None:
        """Return everything of one kiosk; None where it is not enrolled."""
        now = self.now()
        with self.moment() as connection:
            found = summaries(connection, now, only=[kiosk_id])
            if not found:
                return None
            summary = found[0]
            view = SqlStock(connection).views(now, [kiosk_id])[kiosk_id]
            presence = SqlLiveness(connection).of([kiosk_id]).get(kiosk_id)
            return KioskDetail(
                **{name: getattr(summary, name) for name in _SUMMARY},
                **_machine(connection, kiosk_id),
                **_journal(connection, presence),
                slots=_slots(connection, kiosk_id, view),
                daily=self._daily(connection, summary, now),
                facts=_facts(connection, kiosk_id),
                gaps=_gaps(connection, kiosk_id),
                incidents=incident_views(connection, standing_at(kiosk_id), self.zone),
            )

    def _daily(
        self, connection: Connection, kiosk: KioskSummary, now: datetime
    ) -> tuple[DayCount, ...]:
        """Count the last thirty local days from the facts: a site's tally would mix two kiosks."""
        first = now.astimezone(self.zone).date() - timedelta(days=DAYS - 1)
        begin = datetime.combine(first, time(), self.zone).astimezone(UTC)
        dispenses = (
            select(FACT.c.happened_at, *(FACT.c[name] for name in _DISPENSE))
            .where(
                FACT.c.site_id == kiosk.site_id,
                FACT.c.happened_at >= begin,
                FACT.c.kiosk_id == kiosk.id,
                FACT.c.kind == "dispense",
            )
            .order_by(FACT.c.happened_at.desc())
            .limit(DAILY_FACTS_MAX)
        )
        days: dict[tuple[date, str], Tally] = {}
        for row in connection.execute(dispenses):
            _, day = local_hour(row.happened_at, self.zone)
            days.setdefault((day, row.item), Tally()).add(_dispensed(row))
        return tuple(
            DayCount(
                day=day,
                item=item,
                packs=tally.dispensed_packs,
                units=tally.dispensed_units,
                empty=tally.empty_asks,
            )
            for (day, item), tally in sorted(days.items())
        )


_DISPENSE: Final = ("slot", "item", "packs", "units", "outcome", "on_hand_after_packs")


def _dispensed(row: Row[Any]) -> Dispensed:
    return Dispensed(
        slot=row.slot,
        item=row.item,
        packs=row.packs,
        units=row.units,
        outcome=Outcome(row.outcome),
        on_hand_after_packs=row.on_hand_after_packs,
    )


def _machine(connection: Connection, kiosk_id: str) -> dict[str, Any]:
    row = connection.execute(
        select(_KIOSK.c.model, _SITE.c.opening_hours)
        .join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
        .where(_KIOSK.c.id == kiosk_id)
    ).one()
    region = connection.scalar(select(_DISTRICT.c.region)) or ""
    return {"region": region, "model": row.model, "opening_hours": row.opening_hours}


def _journal(connection: Connection, presence: Liveness | None) -> dict[str, Any]:
    if presence is None:
        names = ("firmware", "epoch", "head_sequence", "upto_sequence", "clock_offset_s")
        return dict.fromkeys(names)
    progress = SqlProgress(connection).of([presence.kiosk_id])
    journal = progress.get((presence.kiosk_id, presence.epoch))
    return {
        "firmware": presence.firmware or None,
        "epoch": presence.epoch,
        "head_sequence": presence.head,
        "upto_sequence": journal.upto if journal is not None else 0,
        "clock_offset_s": presence.clock_offset_s,
    }


def _slots(connection: Connection, kiosk_id: str, view: KioskView) -> tuple[SlotDetail, ...]:
    levels = SqlStock(connection).levels([kiosk_id])
    counted = {slot: level.counted_at for (_, slot), level in levels.items()}
    return tuple(
        SlotDetail(
            slot=slot.slot,
            item=slot.item,
            capacity_packs=slot.capacity_packs,
            on_hand_packs=slot.on_hand_packs,
            counted_at=counted.get(slot.slot),
            state=slot.state,
            jammed=slot.jammed,
        )
        for slot in view.slots
    )


def _facts(connection: Connection, kiosk_id: str) -> tuple[FactView, ...]:
    newest = (
        select(*COLUMNS)
        .where(FACT.c.kiosk_id == kiosk_id)
        .order_by(FACT.c.epoch.desc(), FACT.c.sequence.desc())
        .limit(FACTS_MAX)
    )
    return tuple(to_fact_view(row) for row in connection.execute(newest))


def _gaps(connection: Connection, kiosk_id: str) -> tuple[GapView, ...]:
    newest = (
        select(_GAP)
        .where(_GAP.c.kiosk_id == kiosk_id)
        .order_by(_GAP.c.epoch.desc(), _GAP.c.first.desc())
        .limit(GAPS_MAX)
    )
    return tuple(to_gap_view(row) for row in connection.execute(newest))
