"""Presence in SQL, with the deadline of silence stored and indexed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection, select

from service.domain.liveness import Liveness
from service.store.bulk import merge_rows
from service.store.sql import in_chunks, table_of
from service.store.tables.watch import LivenessRow

_LIVENESS = table_of(LivenessRow)
_COLUMNS: Final = tuple(column.name for column in _LIVENESS.columns)
_COLUMNS_OF: Final = attrgetter(*_COLUMNS)


@dataclass(frozen=True, slots=True)
class SqlLiveness:
    """Keeps presence in the table ``liveness``."""

    connection: Connection

    def of(self, kiosk_ids: Collection[str]) -> dict[str, Liveness]:
        """Return the presence of those kiosks that were ever heard."""
        found: dict[str, Liveness] = {}
        for some in in_chunks(kiosk_ids):
            mine = select(_LIVENESS).where(_LIVENESS.c.kiosk_id.in_(some))
            for row in self.connection.execute(mine).mappings():
                found[row["kiosk_id"]] = Liveness(**row)
        return found

    def save(self, presences: Iterable[Liveness]) -> None:
        """Keep the presence of some kiosks."""
        in_order = sorted(presences, key=attrgetter("kiosk_id"))
        rows = [_COLUMNS_OF(one) for one in in_order]
        merge_rows(self.connection, _LIVENESS, _COLUMNS, rows, how="replace")

    def silent(self, at: datetime) -> dict[str, Liveness]:
        """Return those heard once whose stored deadline has passed: one indexed query."""
        due = select(_LIVENESS).where(_LIVENESS.c.silent_after <= at)
        rows = self.connection.execute(due).mappings()
        return {row["kiosk_id"]: Liveness(**row) for row in rows}
