"""A few kiosks as they stand, in one statement: what the circle looks at after each message."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
)

from service.domain.kiosks import MACHINE_FAULTS, KioskView, SlotView
from service.domain.progress import Progress
from service.domain.timeline import JAM
from service.store.driver import ask
from service.store.engine import dialect_of
from service.store.sql import in_chunks, table_of
from service.store.tables.books import FaultRow, LevelRow
from service.store.tables.ledger import ProgressRow
from service.store.tables.registry import Kiosk, Slot
from service.store.tables.watch import LivenessRow

_KIOSK, _SLOT, _LEVEL = table_of(Kiosk), table_of(Slot), table_of(LevelRow)
_FAULT, _LIVENESS, _PROGRESS = table_of(FaultRow), table_of(LivenessRow), table_of(ProgressRow)
_ID: Final = itemgetter(0)


class _Row(NamedTuple):
    """A slot of a kiosk as the driver has it, in the order of the statement's columns."""

    kiosk_id: str
    silent_after: Any
    head: int | None
    upto: int | None
    beyond: str
    faults: int
    slot: int | None
    item: str
    capacity_packs: int
    counted_packs: int | None
    left_packs: int
    raised: bool | None


def _said(code: str) -> ColumnElement[str]:
    """Return one of our own codes as it stands in a statement: the ids alone are left open."""
    return literal_column(f"'{code}'")


def _slot_by_slot() -> Select[Any]:
    """Select a row for each slot of some kiosks, and one for a kiosk without any."""
    jam = _FAULT.alias("jam")
    of_kiosk, of_slot = _SLOT.c.kiosk_id == _KIOSK.c.id, _LEVEL.c.slot == _SLOT.c.slot
    journal = and_(_PROGRESS.c.kiosk_id == _KIOSK.c.id, _PROGRESS.c.epoch == _LIVENESS.c.epoch)
    jammed = and_(jam.c.kiosk_id == _KIOSK.c.id, jam.c.slot == _SLOT.c.slot)
    faults = select(func.count()).where(
        _FAULT.c.kiosk_id == _KIOSK.c.id,
        _FAULT.c.code.in_([_said(code) for code in sorted(MACHINE_FAULTS)]),
        _FAULT.c.slot == literal_column("0"),
        _FAULT.c.raised.is_(true()),
    )
    return (
        select(
            _KIOSK.c.id,
            _LIVENESS.c.silent_after,
            _LIVENESS.c.head,
            _PROGRESS.c.upto,
            _PROGRESS.c.beyond,
            faults.scalar_subquery().label("faults"),
            _SLOT.c.slot,
            func.coalesce(_LEVEL.c.item, _SLOT.c.item).label("item"),
            _SLOT.c.capacity_packs,
            _LEVEL.c.counted_packs,
            _LEVEL.c.left_packs,
            jam.c.raised,
        )
        .select_from(_KIOSK)
        .outerjoin(_LIVENESS, _LIVENESS.c.kiosk_id == _KIOSK.c.id)
        .outerjoin(_PROGRESS, journal)
        .outerjoin(_SLOT, of_kiosk)
        .outerjoin(_LEVEL, and_(_LEVEL.c.kiosk_id == _KIOSK.c.id, of_slot))
        .outerjoin(jam, and_(jammed, jam.c.code == _said(JAM)))
        .order_by(_KIOSK.c.id, _SLOT.c.slot)
    )


_SLOT_BY_SLOT: Final = _slot_by_slot()


def views_of(
    connection: Connection, kiosk_ids: Collection[str], at: datetime
) -> dict[str, KioskView]:
    """Return some kiosks as they stand at a moment; those that are not enrolled are left out."""
    moment = _moment(connection.dialect)
    found: dict[str, KioskView] = {}
    for some in in_chunks(kiosk_ids):
        for kiosk_id, group in groupby(_read(connection, some), key=_ID):
            rows = [_Row(*row) for row in group]
            silent_after = moment(rows[0].silent_after)
            found[kiosk_id] = KioskView(
                silent=silent_after is None or silent_after <= at,
                behind_facts=_behind(rows[0]),
                machine_faults=rows[0].faults,
                slots=tuple(_slots(rows)),
            )
    return found


def _read(connection: Connection, some: list[str]) -> list[tuple[Any, ...]]:
    """Ask for some kiosks; the last stands so often that there are few different statements."""
    many = 1 << (len(some) - 1).bit_length()
    text, names = _statement(connection.dialect, many)
    ids = [*some, *[some[-1]] * (many - len(some))]
    if dialect_of(connection) == "sqlite":
        return ask(connection, text, ids)
    return ask(connection, text, dict(zip(names, ids, strict=True)))


@lru_cache(maxsize=32)
def _statement(dialect: Dialect, many: int) -> tuple[str, tuple[str, ...]]:
    names = tuple(f"kiosk_{number}" for number in range(many))
    asked = _SLOT_BY_SLOT.where(_KIOSK.c.id.in_([bindparam(name) for name in names]))
    return str(asked.compile(dialect=dialect)), names


@lru_cache(maxsize=2)
def _moment(dialect: Dialect) -> Callable[[Any], datetime | None]:
    moment = _LIVENESS.c.silent_after.type.dialect_impl(dialect)
    return moment.result_processor(dialect, None) or _as_it_is


def _as_it_is(value: datetime | None) -> datetime | None:
    return value


def _behind(row: _Row) -> int:
    """Return how many facts a kiosk owes us of the journal that it keeps now."""
    if row.head is None:
        return 0
    if row.upto is None:
        return max(0, int(row.head))
    beyond = tuple((first, last) for first, last in json.loads(row.beyond))
    return max(0, int(row.head) - Progress(upto=row.upto, beyond=beyond).settled_count())


def _slots(rows: Iterable[_Row]) -> Iterator[SlotView]:
    for row in rows:
        if row.slot is None:
            continue
        counted = row.counted_packs
        yield SlotView(
            slot=row.slot,
            item=row.item,
            capacity_packs=row.capacity_packs,
            on_hand_packs=None if counted is None else max(0, counted - row.left_packs),
            jammed=bool(row.raised),
        )
