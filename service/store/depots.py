"""Depots in SQL: entries are only added."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from service.domain.depots import Carton, Depot, Entry, EntryKind, Lot, Written
from service.domain.district import Named, Place
from service.store.sql import merge, table_of
from service.store.tables.depots import DepotEntryRow, DepotRow, ItemCodeRow

_DEPOT, _ENTRY, _CODE = table_of(DepotRow), table_of(DepotEntryRow), table_of(ItemCodeRow)


@dataclass(frozen=True, slots=True)
class SqlDepots:
    """Keeps the tables ``depot``, ``depot_entry`` and ``item_code``."""

    connection: Connection

    def all(self) -> tuple[Depot, ...]:
        """Return all depots by id."""
        rows = self.connection.execute(select(_DEPOT).order_by(_DEPOT.c.id))
        return tuple(
            Depot(id=row.id, name=Named(row.name_zh, row.name_en), place=Place(row.lon, row.lat))
            for row in rows
        )

    def save(self, depot: Depot) -> None:
        """Keep a depot, new or as it is now."""
        row = {
            "id": depot.id,
            "name_zh": depot.name.zh,
            "name_en": depot.name.en,
            "lon": depot.place.lon,
            "lat": depot.place.lat,
        }
        merge(self.connection, DepotRow, [row], "replace")

    def entries(self, depot_id: str, *, items: Collection[str] | None = None) -> list[Written]:
        """Return what came and left, oldest first."""
        mine = select(_ENTRY).where(_ENTRY.c.depot_id == depot_id).order_by(_ENTRY.c.id)
        if items is not None:
            mine = mine.where(_ENTRY.c.item.in_(items))
        return [_to_written(row) for row in self.connection.execute(mine)]

    def entry(self, number: int) -> Written | None:
        """Return one entry; None where there is none."""
        row = self.connection.execute(select(_ENTRY).where(_ENTRY.c.id == number)).first()
        return None if row is None else _to_written(row)

    def write(self, entries: Sequence[Entry]) -> list[int]:
        """Write entries; return their numbers."""
        numbers = []
        for one in entries:
            done = self.connection.execute(insert(_ENTRY).values(_to_row(one)))
            assert done.inserted_primary_key is not None
            numbers.append(int(done.inserted_primary_key[0]))
        return numbers

    def carton(self, gtin: str) -> Carton | None:
        """Return what a code stands for; None where nobody has said."""
        row = self.connection.execute(select(_CODE).where(_CODE.c.gtin == gtin)).first()
        return None if row is None else Carton(gtin=row.gtin, item=row.item, packs=row.packs)

    def name_carton(self, carton: Carton) -> None:
        """Keep what a code stands for."""
        row = {"gtin": carton.gtin, "item": carton.item, "packs": carton.packs}
        merge(self.connection, ItemCodeRow, [row], "replace")


def _to_row(entry: Entry) -> dict[str, Any]:
    return {
        "depot_id": entry.depot_id,
        "kind": entry.kind.value,
        "item": entry.lot.item,
        "lot": entry.lot.lot,
        "expires_on": entry.lot.expires_on,
        "packs": entry.packs,
        "at": entry.at,
        "entered_by": entry.by,
        "note": entry.note,
        "round_id": entry.round_id,
        "reverses": entry.reverses,
    }


def _to_written(row: Row[Any]) -> Written:
    return Written(
        row.id,
        Entry(
            depot_id=row.depot_id,
            kind=EntryKind(row.kind),
            lot=Lot(row.item, row.lot, row.expires_on),
            packs=row.packs,
            at=row.at,
            by=row.entered_by,
            note=row.note,
            round_id=row.round_id,
            reverses=row.reverses,
        ),
    )
