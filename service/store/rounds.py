"""Rounds in SQL: each is kept whole, with its stops, its packs and what came of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, select

from service.domain.depots import Held, Lot
from service.domain.picking import (
    Difference,
    DoneBy,
    PickLine,
    Receipt,
    Round,
    RoundState,
    Stop,
    differences,
)
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.rounds import (
    PickLineRow,
    RoundDifferenceRow,
    RoundReceiptRow,
    RoundRow,
    RoundStopRow,
)

_ROUND, _STOP, _LINE = table_of(RoundRow), table_of(RoundStopRow), table_of(PickLineRow)
_RECEIPT, _DIFFERENCE = table_of(RoundReceiptRow), table_of(RoundDifferenceRow)
_UNDER_WAY: Final = (RoundState.PLANNED.value, RoundState.PICKED.value)


@dataclass(frozen=True, slots=True)
class SqlRounds:
    """Keeps the tables ``round``, ``round_stop``, ``pick_line`` and what came of them."""

    connection: Connection

    def of(self, round_ids: Collection[str]) -> dict[str, Round]:
        """Return some rounds, whole."""
        found: dict[str, Round] = {}
        for some in in_chunks(sorted(round_ids)):
            stops, lines = self._stops(some), self._lines(some)
            rows = self.connection.execute(select(_ROUND).where(_ROUND.c.id.in_(some)))
            for row in rows:
                found[row.id] = to_round(row, stops.get(row.id, ()), lines.get(row.id, ()))
        return found

    def newest(self, *, most: int) -> list[Round]:
        """Return rounds, whole, the newest first."""
        order = (_ROUND.c.made_at.desc(), _ROUND.c.id.desc())
        ids = list(self.connection.scalars(select(_ROUND.c.id).order_by(*order).limit(most)))
        found = self.of(ids)
        return [found[one] for one in ids]

    def made_on(self, day: date) -> int:
        """Return how many rounds there are for a day."""
        count = select(func.count()).select_from(_ROUND).where(_ROUND.c.for_day == day)
        return self.connection.scalar(count) or 0

    def add(self, one: Round) -> None:
        """Keep a new round."""
        merge(self.connection, RoundRow, [_to_row(one)], "replace")
        merge(self.connection, RoundStopRow, _stop_rows(one), "replace")
        lines = [
            {
                "round_id": one.id,
                "line": number,
                "stop": line.stop,
                "slot": line.slot,
                "item": line.lot.item,
                "lot": line.lot.lot,
                "expires_on": line.lot.expires_on,
                "packs": line.packs,
            }
            for number, line in enumerate(one.lines, start=1)
        ]
        merge(self.connection, PickLineRow, lines, "replace")

    def save(self, one: Round, *, at: datetime) -> tuple[Difference, ...]:
        """Keep how a round has come on; return the differences that are new or other than before.

        What is picked for it never changes.
        """
        merge(self.connection, RoundRow, [_to_row(one)], "replace")
        merge(self.connection, RoundStopRow, _stop_rows(one), "replace")
        receipts = [
            {
                "round_id": one.id,
                "stop": stop.number,
                "slot": receipt.slot,
                "item": receipt.item,
                "heard_packs": receipt.heard_packs,
                "said_packs": receipt.said_packs,
            }
            for stop in one.stops
            for receipt in stop.receipts
        ]
        merge(self.connection, RoundReceiptRow, receipts, "replace")
        return self._settle(one, at)

    def promised(self, depot_id: str) -> Held:
        """Return what rounds that are planned, and not picked yet, will take from a depot."""
        rows = self.connection.execute(
            select(_LINE.c.item, _LINE.c.lot, _LINE.c.expires_on, func.sum(_LINE.c.packs))
            .join(_ROUND, _ROUND.c.id == _LINE.c.round_id)
            .where(_ROUND.c.depot_id == depot_id, _ROUND.c.state == RoundState.PLANNED.value)
            .group_by(_LINE.c.item, _LINE.c.lot, _LINE.c.expires_on)
        )
        return {Lot(item, lot, expires_on): int(packs) for item, lot, expires_on, packs in rows}

    def on_the_way(self) -> dict[tuple[str, str], int]:
        """Return what stops that are not done yet will bring, by kiosk and item."""
        rows = self.connection.execute(
            select(_STOP.c.kiosk_id, _LINE.c.item, func.sum(_LINE.c.packs))
            .join(_LINE, (_LINE.c.round_id == _STOP.c.round_id) & (_LINE.c.stop == _STOP.c.stop))
            .where(_STOP.c.state.in_(_UNDER_WAY))
            .group_by(_STOP.c.kiosk_id, _LINE.c.item)
        )
        return {(kiosk_id, item): int(packs) for kiosk_id, item, packs in rows}

    def differences(self, since: datetime) -> list[tuple[Difference, datetime]]:
        """Return the differences that were noticed since a moment, the newest first."""
        rows = self.connection.execute(
            select(_DIFFERENCE)
            .where(_DIFFERENCE.c.noticed_at >= since)
            .order_by(_DIFFERENCE.c.noticed_at.desc(), _DIFFERENCE.c.round_id, _DIFFERENCE.c.stop)
        )
        return [(_to_difference(row), row.noticed_at) for row in rows]

    def _settle(self, one: Round, at: datetime) -> tuple[Difference, ...]:
        mine = _DIFFERENCE.c.round_id == one.id
        before = {
            _to_difference(r) for r in self.connection.execute(select(_DIFFERENCE).where(mine))
        }
        now = set(differences(one))
        for gone in before - now:
            self.connection.execute(
                delete(_DIFFERENCE).where(
                    mine,
                    _DIFFERENCE.c.stop == gone.stop,
                    _DIFFERENCE.c.slot == gone.slot,
                    _DIFFERENCE.c.item == gone.item,
                )
            )
        fresh = sorted(now - before, key=lambda it: (it.stop, it.slot, it.item))
        rows = [
            {
                "round_id": it.round_id,
                "stop": it.stop,
                "slot": it.slot,
                "item": it.item,
                "kiosk_id": it.kiosk_id,
                "picked_packs": it.picked_packs,
                "received_packs": it.received_packs,
                "noticed_at": at,
            }
            for it in fresh
        ]
        merge(self.connection, RoundDifferenceRow, rows, "replace")
        return tuple(fresh)

    def _stops(self, round_ids: Sequence[str]) -> dict[str, list[Stop]]:
        receipts: dict[tuple[str, int], list[Receipt]] = {}
        told = select(_RECEIPT).where(_RECEIPT.c.round_id.in_(round_ids))
        for row in self.connection.execute(told.order_by(_RECEIPT.c.slot, _RECEIPT.c.item)):
            receipts.setdefault((row.round_id, row.stop), []).append(
                Receipt(
                    slot=row.slot,
                    item=row.item,
                    heard_packs=row.heard_packs,
                    said_packs=row.said_packs,
                )
            )
        found: dict[str, list[Stop]] = {}
        mine = select(_STOP).where(_STOP.c.round_id.in_(round_ids)).order_by(_STOP.c.stop)
        for row in self.connection.execute(mine):
            stop = _to_stop(row, receipts.get((row.round_id, row.stop), []))
            found.setdefault(row.round_id, []).append(stop)
        return found

    def _lines(self, round_ids: Sequence[str]) -> dict[str, list[PickLine]]:
        found: dict[str, list[PickLine]] = {}
        mine = select(_LINE).where(_LINE.c.round_id.in_(round_ids)).order_by(_LINE.c.line)
        for row in self.connection.execute(mine):
            lot = Lot(row.item, row.lot, row.expires_on)
            line = PickLine(stop=row.stop, slot=row.slot, lot=lot, packs=row.packs)
            found.setdefault(row.round_id, []).append(line)
        return found


def to_round(row: Row[Any], stops: Sequence[Stop], lines: Sequence[PickLine]) -> Round:
    """Return a round as it was kept."""
    return Round(
        id=row.id,
        depot_id=row.depot_id,
        for_day=row.for_day,
        made_at=row.made_at,
        made_by=row.made_by,
        state=RoundState(row.state),
        picked_at=row.picked_at,
        done_at=row.done_at,
        solver=row.solver,
        is_estimate=row.is_estimate,
        stops=tuple(stops),
        lines=tuple(lines),
    )


def _to_row(one: Round) -> dict[str, Any]:
    return {
        "id": one.id,
        "depot_id": one.depot_id,
        "for_day": one.for_day,
        "made_at": one.made_at,
        "made_by": one.made_by,
        "state": one.state.value,
        "picked_at": one.picked_at,
        "done_at": one.done_at,
        "solver": one.solver,
        "is_estimate": one.is_estimate,
    }


def _stop_rows(one: Round) -> list[dict[str, Any]]:
    return [
        {
            "round_id": one.id,
            "stop": stop.number,
            "tour": stop.tour,
            "kiosk_id": stop.kiosk_id,
            "arrive_minutes": stop.arrive_minutes,
            "metres": stop.metres,
            "pickups": stop.pickups,
            "state": stop.state.value,
            "done_at": stop.done_at,
            "done_by": stop.done_by.value if stop.done_by is not None else None,
            "note": stop.note,
        }
        for stop in one.stops
    ]


def _to_stop(row: Row[Any], receipts: Sequence[Receipt]) -> Stop:
    return Stop(
        number=row.stop,
        tour=row.tour,
        kiosk_id=row.kiosk_id,
        arrive_minutes=row.arrive_minutes,
        metres=row.metres,
        pickups=row.pickups,
        state=RoundState(row.state),
        done_at=row.done_at,
        done_by=DoneBy(row.done_by) if row.done_by is not None else None,
        note=row.note,
        receipts=tuple(receipts),
    )


def _to_difference(row: Row[Any]) -> Difference:
    return Difference(
        round_id=row.round_id,
        stop=row.stop,
        kiosk_id=row.kiosk_id,
        slot=row.slot,
        item=row.item,
        picked_packs=row.picked_packs,
        received_packs=row.received_packs,
    )
