"""Gaps in SQL, with the deadline of the next ask stored and indexed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_

from service.domain.gaps import Gap
from service.flows.ports import Journal
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.ledger import GapRow

_GAP = table_of(GapRow)
_JOURNAL = tuple_(_GAP.c.kiosk_id, _GAP.c.epoch)
_KEY = tuple_(_GAP.c.kiosk_id, _GAP.c.epoch, _GAP.c.first)


@dataclass(frozen=True, slots=True)
class SqlGaps:
    """Keeps gaps in the table ``gap``."""

    connection: Connection

    def of(self, journals: Collection[Journal]) -> list[Gap]:
        """Return all gaps of some journals, permanent ones too."""
        found: list[Gap] = []
        for some in in_chunks(journals):
            mine = select(_GAP).where(_JOURNAL.in_(some)).order_by(*_GAP.primary_key.columns)
            found += [Gap(**row) for row in self.connection.execute(mine).mappings()]
        return found

    def due(self, at: datetime, *, most: int) -> list[Gap]:
        """Return open gaps whose next ask is due, the longest due first."""
        due = select(_GAP).where(_GAP.c.next_ask_at <= at, _GAP.c.permanent.is_(False))
        rows = self.connection.execute(due.order_by(_GAP.c.next_ask_at).limit(most))
        return [Gap(**row) for row in rows.mappings()]

    def by_command(self, kiosk_id: str, command_id: str) -> list[Gap]:
        """Return the open gaps that a command asked for."""
        asked = select(_GAP).where(
            _GAP.c.command_id == command_id,
            _GAP.c.kiosk_id == kiosk_id,
            _GAP.c.permanent.is_(False),
        )
        return [Gap(**row) for row in self.connection.execute(asked).mappings()]

    def replace(self, old: Sequence[Gap], new: Sequence[Gap]) -> None:
        """Put new gaps in the place of old ones."""
        keys = [(gap.kiosk_id, gap.epoch, gap.first) for gap in old]
        for some in in_chunks(keys):
            self.connection.execute(delete(_GAP).where(_KEY.in_(some)))
        merge(self.connection, GapRow, [asdict(gap) for gap in new], "replace")
