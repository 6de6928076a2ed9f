"""Discrepancies in SQL: each by the fact that brought it, derived anew where facts come late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, tuple_

from service.domain.discrepancies import Discrepancy
from service.domain.facts import FactKey
from service.store.sql import merge, table_of
from service.store.tables.discrepancies import DiscrepancyRow

_DISCREPANCY = table_of(DiscrepancyRow)


@dataclass(frozen=True, slots=True)
class SqlDiscrepancies:
    """Keeps discrepancies in the table ``discrepancy``."""

    connection: Connection

    def add(self, found: Sequence[Discrepancy]) -> None:
        """Keep new discrepancies."""
        merge(self.connection, DiscrepancyRow, [_to_row(one) for one in found], "replace")

    def replace_after(self, after: FactKey, found: Sequence[Discrepancy]) -> None:
        """Put those found anew in the place of all of a kiosk that are newer than a fact."""
        mine = _DISCREPANCY.c.kiosk_id == after.kiosk_id
        position = tuple_(_DISCREPANCY.c.epoch, _DISCREPANCY.c.sequence)
        newer = position > (after.epoch, after.sequence)
        self.connection.execute(delete(_DISCREPANCY).where(mine, newer))
        self.add(found)


def to_discrepancy(row: Row[Any]) -> Discrepancy:
    """Return the discrepancy that a row keeps."""
    return Discrepancy(
        key=FactKey(row.kiosk_id, row.epoch, row.sequence),
        slot=row.slot,
        item=row.item,
        happened_at=row.happened_at,
        kind=row.kind,
        expected_packs=row.expected_packs,
        found_packs=row.found_packs,
    )


def _to_row(one: Discrepancy) -> dict[str, Any]:
    kiosk_id, epoch, sequence = one.key
    return {
        "kiosk_id": kiosk_id,
        "epoch": epoch,
        "sequence": sequence,
        "slot": one.slot,
        "item": one.item,
        "happened_at": one.happened_at,
        "kind": one.kind,
        "expected_packs": one.expected_packs,
        "found_packs": one.found_packs,
    }
