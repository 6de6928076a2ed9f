"""How far each journal is settled, in SQL."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from service.domain.progress import Progress
from service.flows.ports import Journal
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.ledger import ProgressRow

_PROGRESS = table_of(ProgressRow)
_WHOLE: Final = "[]"


@dataclass(frozen=True, slots=True)
class SqlProgress:
    """Keeps watermarks in the table ``progress``."""

    connection: Connection

    def of(self, kiosk_ids: Collection[str]) -> dict[Journal, Progress]:
        """Return the progress of all journals of some kiosks."""
        found: dict[Journal, Progress] = {}
        for some in in_chunks(kiosk_ids):
            mine = select(_PROGRESS).where(_PROGRESS.c.kiosk_id.in_(some))
            for row in self.connection.execute(mine):
                found[row.kiosk_id, row.epoch] = read_progress(row.upto, row.beyond)
        return found

    def save(self, progress: Mapping[Journal, Progress]) -> None:
        """Keep the progress of some journals."""
        rows = [
            {
                "kiosk_id": kiosk_id,
                "epoch": epoch,
                "upto": one.upto,
                "beyond": json.dumps(one.beyond),
            }
            for (kiosk_id, epoch), one in sorted(progress.items())
        ]
        merge(self.connection, ProgressRow, rows, "replace")


def read_progress(upto: int | None, beyond: str | None) -> Progress:
    """Return the progress as a row has it; nearly every journal is whole, and none is no row."""
    if beyond is None or beyond == _WHOLE:
        return Progress(upto=upto or 0)
    stretches = tuple((first, last) for first, last in json.loads(beyond))
    return Progress(upto=upto or 0, beyond=stretches)
