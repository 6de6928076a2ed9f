"""Levels and faults in SQL, and every kiosk as it stands now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.facts import Fact, FactKey
from service.domain.faults import newest_words
from service.domain.kiosks import MACHINE_FAULTS, KioskView, SlotView
from service.domain.stock import Levels, SlotLevel
from service.store.engine import dialect_of
from service.store.progress import read_progress
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.books import FaultRow, LevelRow
from service.store.tables.ledger import ProgressRow
from service.store.tables.registry import Kiosk, Slot
from service.store.tables.watch import LivenessRow

_LEVEL = table_of(LevelRow)
_FAULT = table_of(FaultRow)
_SLOT = table_of(Slot)
_KIOSK = table_of(Kiosk)
_LIVENESS = table_of(LivenessRow)
_PROGRESS = table_of(ProgressRow)
_PRESENT: Final = select(
    _KIOSK.c.id, _LIVENESS.c.silent_after, _LIVENESS.c.head, _PROGRESS.c.upto, _PROGRESS.c.beyond
).select_from(
    _KIOSK.outerjoin(_LIVENESS, _LIVENESS.c.kiosk_id == _KIOSK.c.id).outerjoin(
        _PROGRESS,
        (_PROGRESS.c.kiosk_id == _LIVENESS.c.kiosk_id) & (_PROGRESS.c.epoch == _LIVENESS.c.epoch),
    )
)
"""Of each kiosk when it counts as silent, how far its journal goes, and how far we have it."""


@dataclass(frozen=True, slots=True)
class SqlStock:
    """Keeps levels in the table ``level`` and faults in the table ``fault``."""

    connection: Connection

    def levels(self, kiosk_ids: Collection[str]) -> Levels:
        """Return the levels of all slots of some kiosks."""
        found: Levels = {}
        for some in in_chunks(kiosk_ids):
            mine = select(_LEVEL).where(_LEVEL.c.kiosk_id.in_(some))
            for row in self.connection.execute(mine):
                found[row.kiosk_id, row.slot] = _to_level(row)
        return found

    def save_levels(self, levels: Levels) -> None:
        """Keep some levels."""
        rows = [
            {
                "kiosk_id": level.kiosk_id,
                "slot": level.slot,
                "item": level.item,
                "counted_packs": level.counted_packs,
                "counted_at": level.counted_at,
                "left_packs": level.left_packs,
                "epoch": level.moved_by.epoch,
                "sequence": level.moved_by.sequence,
            }
            for _, level in sorted(levels.items())
        ]
        merge(self.connection, LevelRow, rows, "replace")

    def note_faults(self, facts: Sequence[Fact]) -> None:
        """Keep, per fault, the word with the newest key."""
        rows = [
            {
                "kiosk_id": kiosk_id,
                "code": code,
                "slot": slot,
                "raised": what.raised,
                "since": fact.happened_at,
                "epoch": fact.key.epoch,
                "sequence": fact.key.sequence,
            }
            for (kiosk_id, code, slot), (fact, what) in sorted(newest_words(facts).items())
        ]
        insert = (sqlite.insert if dialect_of(self.connection) == "sqlite" else postgresql.insert)(
            _FAULT
        )
        new = insert.excluded
        upsert = insert.on_conflict_do_update(
            index_elements=["kiosk_id", "code", "slot"],
            set_={name: new[name] for name in ("raised", "since", "epoch", "sequence")},
            where=tuple_(_FAULT.c.epoch, _FAULT.c.sequence) < tuple_(new.epoch, new.sequence),
        )
        self.connection.execute(upsert, rows)

    def views(self, at: datetime, only: Collection[str] | None = None) -> dict[str, KioskView]:
        """Return every kiosk, or only some, as they stand at a moment."""
        slots = _slots(self.connection, only)
        faults = _machine_faults(self.connection, only)
        return {
            kiosk_id: KioskView(
                silent=silent_after is None or silent_after <= at,
                behind_facts=max(0, (head or 0) - read_progress(upto, beyond).settled_count()),
                machine_faults=faults.get(kiosk_id, 0),
                slots=slots.get(kiosk_id, ()),
            )
            for kiosk_id, silent_after, head, upto, beyond in self.connection.execute(
                _of(only, _PRESENT, _KIOSK.c.id).order_by(_KIOSK.c.id)
            )
        }


def _to_level(row: Row[Any]) -> SlotLevel:
    return SlotLevel(
        kiosk_id=row.kiosk_id,
        slot=row.slot,
        item=row.item,
        counted_packs=row.counted_packs,
        counted_at=row.counted_at,
        left_packs=row.left_packs,
        moved_by=FactKey(row.kiosk_id, row.epoch, row.sequence),
    )


def _slots(connection: Connection, only: Collection[str] | None) -> dict[str, tuple[SlotView, ...]]:
    jam = _FAULT.alias("jam")
    rows = select(
        _SLOT.c.kiosk_id,
        _SLOT.c.slot,
        _SLOT.c.capacity_packs,
        _SLOT.c.item.label("planned"),
        _LEVEL.c.item,
        _LEVEL.c.counted_packs,
        _LEVEL.c.left_packs,
        jam.c.raised,
    ).select_from(
        _SLOT.outerjoin(
            _LEVEL, (_LEVEL.c.kiosk_id == _SLOT.c.kiosk_id) & (_LEVEL.c.slot == _SLOT.c.slot)
        ).outerjoin(
            jam,
            (jam.c.kiosk_id == _SLOT.c.kiosk_id)
            & (jam.c.slot == _SLOT.c.slot)
            & (jam.c.code == "aisle_jam"),
        )
    )
    rows = _of(only, rows, _SLOT.c.kiosk_id).order_by(_SLOT.c.kiosk_id, _SLOT.c.slot)
    return {
        kiosk_id: tuple(_to_view(*row) for row in group)
        for kiosk_id, group in groupby(connection.execute(rows), key=itemgetter(0))
    }


def _to_view(
    _kiosk_id: str,
    slot: int,
    capacity_packs: int,
    planned: str,
    item: str | None,
    counted_packs: int | None,
    left_packs: int,
    raised: bool | None,  # noqa: FBT001 - a row's columns, in their order
) -> SlotView:
    return SlotView(
        slot=slot,
        item=item or planned,
        capacity_packs=capacity_packs,
        on_hand_packs=None if counted_packs is None else max(0, counted_packs - left_packs),
        jammed=bool(raised),
    )


def _of(only: Collection[str] | None, rows: Select[Any], kiosk_id: Column[Any]) -> Select[Any]:
    """Return rows of all kiosks, or of some."""
    return rows if only is None else rows.where(kiosk_id.in_(only))


def _machine_faults(connection: Connection, only: Collection[str] | None) -> dict[str, int]:
    rows = select(_FAULT.c.kiosk_id, _FAULT.c.code).where(
        _FAULT.c.raised.is_(True), _FAULT.c.slot == 0, _FAULT.c.code.in_(sorted(MACHINE_FAULTS))
    )
    faults: dict[str, int] = {}
    for kiosk_id, _ in connection.execute(_of(only, rows, _FAULT.c.kiosk_id)):
        faults[kiosk_id] = faults.get(kiosk_id, 0) + 1
    return faults
