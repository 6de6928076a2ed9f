"""What was set aside, in SQL: bounded, each message once, counted when it comes again."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.facts import FactKey
from service.domain.quarantine import Fate, Reason, SetAside, Waiting, Wanted
from service.store.engine import dialect_of
from service.store.sql import in_chunks, table_of
from service.store.tables.ledger import QuarantineRow

ROWS_MAX: Final = 20_000
"""Past this many different messages a new one without identity is only counted, by its reason."""

HEAD_BYTES: Final = 512
PAYLOAD_BYTES_MAX: Final = 16 * 1024
"""A longer message is kept by its head alone: nothing that the contract allows is longer."""

_QUARANTINE = table_of(QuarantineRow)
_OPEN: Final = _QUARANTINE.c.settled_at.is_(None)
_KEY: Final = tuple_(*(_QUARANTINE.c[name] for name in ("kiosk_id", "epoch", "sequence")))


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
        """Return how often each (reason, kiosk) that waits came since then."""
        rows = (
            select(_QUARANTINE.c.reason, _QUARANTINE.c.kiosk_id, func.sum(_QUARANTINE.c.count))
            .where(
                _QUARANTINE.c.reason.in_(reasons),
                _QUARANTINE.c.kiosk_id.is_not(None),
                _QUARANTINE.c.heard_at >= since,
                _OPEN,
            )
            .group_by(_QUARANTINE.c.reason, _QUARANTINE.c.kiosk_id)
        )
        return {(row[0], row[1]): int(row[2]) for row in self.connection.execute(rows)}

    def latest(self, reasons: Collection[str], since: datetime) -> dict[str, datetime]:
        """Return, by kiosk, when one that waits came last, where that was since then."""
        rows = (
            select(_QUARANTINE.c.kiosk_id, func.max(_QUARANTINE.c.heard_at))
            .where(
                _QUARANTINE.c.reason.in_(reasons),
                _QUARANTINE.c.kiosk_id.is_not(None),
                _QUARANTINE.c.heard_at >= since,
                _OPEN,
            )
            .group_by(_QUARANTINE.c.kiosk_id)
        )
        return {row[0]: row[1] for row in self.connection.execute(rows)}

    def waiting(self, wanted: Wanted) -> list[Waiting]:
        """Return messages that wait and are kept whole, by number."""
        rows = select(_QUARANTINE).where(_OPEN, is_whole(), _QUARANTINE.c.id > wanted.after)
        if wanted.reason is not None:
            rows = rows.where(_QUARANTINE.c.reason == wanted.reason.value)
        if wanted.ids is not None:
            rows = rows.where(_QUARANTINE.c.id.in_(wanted.ids))
        found = self.connection.execute(rows.order_by(_QUARANTINE.c.id).limit(wanted.most))
        return [Waiting(id=row.id, message=_to_message(row)) for row in found]

    def held(self, keys: Collection[FactKey]) -> dict[FactKey, Waiting]:
        """Return the first message that waits and that we hold for each identity."""
        found: dict[FactKey, Waiting] = {}
        for some in in_chunks(keys):
            rows = select(_QUARANTINE).where(
                _KEY.in_(some),
                _QUARANTINE.c.held.is_(True),
                _QUARANTINE.c.reason != Reason.CONFLICT.value,
                _OPEN,
                is_whole(),
            )
            for row in self.connection.execute(rows.order_by(_QUARANTINE.c.id)):
                key = FactKey(row.kiosk_id, row.epoch, row.sequence)
                found.setdefault(key, Waiting(id=row.id, message=_to_message(row)))
        return found

    def settle(self, fates: dict[int, Fate], at: datetime) -> None:
        """Note what became of messages that waited."""
        for fate in sorted(set(fates.values())):
            mine = [number for number, one in fates.items() if one is fate]
            self.connection.execute(
                update(_QUARANTINE)
                .where(_QUARANTINE.c.id.in_(mine), _OPEN)
                .values(settled_at=at, fate=fate.value)
            )

    def refuse_again(self, number: int, message: SetAside, at: datetime) -> None:
        """Note the newest reason why a message still waits; another one counts as of now."""
        mine = _QUARANTINE.c.id == number
        row = self.connection.execute(select(_QUARANTINE).where(mine)).one_or_none()
        if row is None:
            return
        twin = and_(
            _QUARANTINE.c.reason == message.reason.value,
            _QUARANTINE.c.digest == row.digest,
            _QUARANTINE.c.id != number,
        )
        # It may have come again since, and been set aside for that reason: they are one message.
        count = self.connection.scalar(select(_QUARANTINE.c.count).where(twin)) or 0
        self.connection.execute(delete(_QUARANTINE).where(twin))
        self.connection.execute(
            update(_QUARANTINE)
            .where(mine)
            .values(
                reason=message.reason.value,
                detail=_detail(message),
                held=row.held or message.key is not None,
                # What is found out only now, alarms only now.
                heard_at=row.heard_at if row.reason == message.reason.value else at,
                count=_QUARANTINE.c.count + count,
            )
        )

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
                "held": or_(_QUARANTINE.c.held, insert.excluded.held),
                # What comes again is wrong again, whatever became of it the last time.
                "settled_at": null(),
                "fate": null(),
            },
        )


def is_whole() -> ColumnElement[bool]:
    """Say whether a message is kept whole, so that it can be tried again."""
    whole = func.length(_QUARANTINE.c.payload) == _QUARANTINE.c.size_bytes
    return and_(whole, or_(_QUARANTINE.c.topic != "", _QUARANTINE.c.epoch.is_not(None)))


def _to_message(row: Row[Any]) -> SetAside:
    identity = None
    if row.kiosk_id is not None and row.epoch is not None and row.sequence is not None:
        identity = FactKey(row.kiosk_id, row.epoch, row.sequence)
    return SetAside(
        topic=row.topic,
        payload=bytes(row.payload),
        heard_at=row.first_heard_at,
        reason=Reason(row.reason),
        detail=row.detail,
        kiosk_id=row.kiosk_id,
        key=identity if row.held else None,
        claims=None if row.held else identity,
    )


def _to_row(message: SetAside) -> dict[str, Any]:
    # Two facts of a kiosk whose clock stands still may read the same: their keys tell them apart.
    named = message.identity
    identity = f"{message.topic}\n{message.kiosk_id}\n{named}\n".encode()
    # What its kiosk was told we hold is held whole: in one spelling it can be longer than it came.
    whole = message.key is not None or len(message.payload) <= PAYLOAD_BYTES_MAX
    kept = message.payload if whole else b""
    # PostgreSQL's text holds no NUL.
    head = message.payload[:HEAD_BYTES].decode("utf-8", errors="replace").replace("\0", "\ufffd")
    return {
        "reason": message.reason.value,
        "detail": _detail(message),
        "topic": message.topic[:256].replace("\0", "\ufffd"),
        "kiosk_id": message.kiosk_id,
        "epoch": named.epoch if named else None,
        "sequence": named.sequence if named else None,
        "first_heard_at": message.heard_at,
        "heard_at": message.heard_at,
        "count": 1,
        "size_bytes": len(message.payload),
        "head": head,
        "digest": hashlib.sha256(identity + message.payload).digest(),
        "payload": kept,
        "held": message.key is not None,
    }


def _detail(message: SetAside) -> str:
    return message.detail[:400].replace("\0", "\ufffd")


def _crowded(message: SetAside) -> dict[str, Any]:
    """Return what a row says instead when there is no more room: its reason, counted together."""
    return {
        "detail": "more of these than are kept one by one; counted together",
        "topic": "",
        "kiosk_id": None,
        "epoch": None,
        "sequence": None,
        "head": "",
        "payload": b"",
        "digest": hashlib.sha256(message.reason.value.encode()).digest(),
    }
