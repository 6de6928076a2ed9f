"""What was set aside, in SQL: bounded, each message once, counted when it comes again."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.quarantine import SetAside
from service.store.engine import dialect_of
from service.store.sql import table_of
from service.store.tables.ledger import QuarantineRow

ROWS_MAX: Final = 20_000
"""Past this many different messages a new one without identity is only counted, by its reason."""

HEAD_BYTES: Final = 512
PAYLOAD_BYTES_MAX: Final = 16 * 1024
"""A longer message is kept by its head alone: nothing that the contract allows is longer."""

_QUARANTINE = table_of(QuarantineRow)


@dataclass(frozen=True, slots=True)
class SqlQuarantine:
    """Keeps what was set aside in the table ``quarantine``."""

    connection: Connection

    def add(self, messages: Sequence[SetAside]) -> int:
        """Keep messages; the same again only counts up. Return how many found no room."""
        full = self._size() >= ROWS_MAX
        rows: dict[tuple[str, bytes], dict[str, Any]] = {}
        no_room = 0
        for message in messages:
            row = _to_row(message)
            if full and message.key is None:
                row |= _crowded(message)
                no_room += 1
            known = rows.setdefault((row["reason"], row["digest"]), row)
            if known is not row:
                known["count"] += 1
        self.connection.execute(self._merge(), list(rows.values()))
        return no_room

    def recent(self, reasons: Collection[str], since: datetime) -> dict[tuple[str, str], int]:
        """Return how often each (reason, kiosk) came since then."""
        rows = (
            select(_QUARANTINE.c.reason, _QUARANTINE.c.kiosk_id, func.sum(_QUARANTINE.c.count))
            .where(
                _QUARANTINE.c.reason.in_(reasons),
                _QUARANTINE.c.kiosk_id.is_not(None),
                _QUARANTINE.c.heard_at >= since,
            )
            .group_by(_QUARANTINE.c.reason, _QUARANTINE.c.kiosk_id)
        )
        return {(row[0], row[1]): int(row[2]) for row in self.connection.execute(rows)}

    def _size(self) -> int:
        return self.connection.scalar(select(func.count()).select_from(_QUARANTINE)) or 0

    def _merge(self) -> Any:  # noqa: ANN401 - one of two dialects' statements
        name = dialect_of(self.connection)
        insert = (sqlite.insert if name == "sqlite" else postgresql.insert)(_QUARANTINE)
        return insert.on_conflict_do_update(
            index_elements=["reason", "digest"],
            set_={
                "count": _QUARANTINE.c.count + insert.excluded["count"],
                "heard_at": insert.excluded.heard_at,
            },
        )


def _to_row(message: SetAside) -> dict[str, Any]:
    # Two facts of a kiosk whose clock stands still may read the same: their keys tell them apart.
    identity = f"{message.topic}\n{message.kiosk_id}\n{message.key}\n".encode()
    kept = message.payload if len(message.payload) <= PAYLOAD_BYTES_MAX else b""
    # PostgreSQL's text holds no NUL.
    head = message.payload[:HEAD_BYTES].decode("utf-8", errors="replace").replace("\0", "\ufffd")
    return {
        "reason": message.reason.value,
        "detail": message.detail[:400].replace("\0", "\ufffd"),
        "topic": message.topic[:256].replace("\0", "\ufffd"),
        "kiosk_id": message.kiosk_id,
        "epoch": message.key.epoch if message.key else None,
        "sequence": message.key.sequence if message.key else None,
        "first_heard_at": message.heard_at,
        "heard_at": message.heard_at,
        "count": 1,
        "size_bytes": len(message.payload),
        "head": head,
        "digest": hashlib.sha256(identity + message.payload).digest(),
        "payload": kept,
    }


def _crowded(message: SetAside) -> dict[str, Any]:
    """Return what a row says instead when there is no more room: its reason, counted together."""
    return {
        "detail": "more of these than are kept one by one; counted together",
        "topic": "",
        "kiosk_id": None,
        "head": "",
        "payload": b"",
        "digest": hashlib.sha256(message.reason.value.encode()).digest(),
    }
