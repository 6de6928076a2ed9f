"""Remembers every kiosk's line, and reads again only those that may have changed since.

Whatever changes a line is written together with a change of its kiosk, so the changes say whom to
look at again. Two things they do not say: that time has passed, which is the stored moment at which
a kiosk counts as silent; and that the registry is another, which its version says. Whatever was
written beside all that, by hand, shows after some minutes.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Connection, func, select

from service.flows.reads.kiosks import KioskSummary
from service.store.engine import dialect_of
from service.store.reads.changes import POSTGRES_OVERLAP
from service.store.sql import in_chunks, table_of
from service.store.tables.registry import District
from service.store.tables.watch import ChangeRow, LivenessRow

FRESH_FOR: Final = timedelta(minutes=5)
"""So long lines are remembered at most."""

AGAIN_MAX: Final = 2_000
"""Where more kiosks than this may have changed, all are read at once."""


class Lines(Protocol):
    """Reads the lines of all kiosks, or of some."""

    def __call__(
        self, connection: Connection, now: datetime, *, only: Collection[str] | None = None
    ) -> list[KioskSummary]:
        """Return them by id; of kiosks that are not enrolled there are none."""


_CHANGE, _LIVENESS, _DISTRICT = table_of(ChangeRow), table_of(LivenessRow), table_of(District)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All lines as they stood at a moment, and when all were read together."""

    version: int
    change_id: int
    at: datetime
    whole_at: datetime
    lines: dict[str, KioskSummary]

    def holds(self, version: int, now: datetime) -> bool:
        """Say whether what is known can be brought up to date."""
        return self.version == version and self.whole_at <= now < self.whole_at + FRESH_FOR


class KioskMemory:
    """Gives all lines as of an open moment; asked by several threads, which read one by one."""

    def __init__(self, read: Lines) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def lines(self, connection: Connection, now: datetime) -> tuple[int, list[KioskSummary]]:
        """Return the newest change, and the lines of all kiosks by id as they stand with it."""
        change_id = connection.scalar(select(func.max(_CHANGE.c.id))) or 0
        version = connection.scalar(select(_DISTRICT.c.version)) or 0
        with self._lock:
            known = self._known
            if known is None or not known.holds(version, now):
                known = self._read_all(connection, version, change_id, now)
            # Else somebody with a younger moment was here first: it shows no less than ours says.
            elif known.change_id <= change_id:
                known = self._moved_on(connection, known, change_id, max(now, known.at))
            self._known = known
        return change_id, list(known.lines.values())

    def _read_all(
        self, connection: Connection, version: int, change_id: int, now: datetime
    ) -> _Known:
        lines = {one.id: one for one in self._read(connection, now)}
        return _Known(version=version, change_id=change_id, at=now, whole_at=now, lines=lines)

    def _moved_on(
        self, connection: Connection, known: _Known, change_id: int, now: datetime
    ) -> _Known:
        """Return the lines as they stand now; read are those alone that may differ."""
        again = _may_differ(connection, known, change_id, now)
        if len(again) > AGAIN_MAX:
            return self._read_all(connection, known.version, change_id, now)
        lines = dict(known.lines)
        for some in in_chunks(again):
            lines |= {one.id: one for one in self._read(connection, now, only=some)}
        return replace(known, change_id=change_id, at=now, lines=lines)


def _may_differ(
    connection: Connection, known: _Known, change_id: int, now: datetime
) -> Collection[str]:
    """Return the kiosks whose lines may be others now."""
    # PostgreSQL numbers rows before they are committed, so a lower number may turn up later.
    overlap = 0 if dialect_of(connection) == "sqlite" else POSTGRES_OVERLAP
    noted = (
        select(_CHANGE.c.subject)
        .distinct()
        .where(_CHANGE.c.kind == "kiosk", _CHANGE.c.id > known.change_id - overlap)
        .where(_CHANGE.c.id <= change_id)
    )
    fallen_silent = select(_LIVENESS.c.kiosk_id).where(
        _LIVENESS.c.silent_after > known.at, _LIVENESS.c.silent_after <= now
    )
    return {*connection.scalars(noted), *connection.scalars(fallen_silent)}
