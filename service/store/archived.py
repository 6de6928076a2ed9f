"""What is on record of archived facts, in SQL, and how they are read where they are."""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Final, NamedTuple, Protocol

from sqlalchemy import Connection, select, tuple_

from service.domain.archive import ArchivedPart
from service.domain.facts import FactKey
from service.flows.ports import Journal
from service.store.sql import in_chunks, table_of
from service.store.tables.archive import ArchivedMonth
from service.store.tables.archive import ArchivedStretch as StretchRow
from service.store.tables.ledger import FactRow

DIGEST_BYTES: Final = 32
SEQUENCE_MAX: Final = 2**63 - 1
STRETCHES_AT_ONCE: Final = 100
"""Their digests weigh 32 KiB each."""

_MONTH, _STRETCH = table_of(ArchivedMonth), table_of(StretchRow)
_PART: Final = tuple(column for column in _MONTH.c if column.name != "whole")


class KeptFact(NamedTuple):
    """A fact out of the archive: what a row of ``fact`` is, column by column."""

    kiosk_id: str
    epoch: int
    sequence: int
    site_id: str
    kind: str
    happened_at: datetime
    heard_at: datetime
    slot: int | None
    item: str | None
    packs: int | None
    units: int | None
    outcome: str | None
    reason: str | None
    removed_packs: int | None
    on_hand_after_packs: int | None
    counted: str | None
    digest: bytes
    body: str


assert KeptFact._fields == tuple(column.name for column in table_of(FactRow).columns)


class ArchiveReader(Protocol):
    """The files, as far as they are read without being brought back."""

    def since(
        self, part: ArchivedPart, kiosk_id: str | None, since: FactKey | None
    ) -> Iterator[KeptFact]:
        """Yield the facts of a part by key: of one kiosk, from a key on, or all."""


def archived_parts(connection: Connection) -> list[ArchivedPart]:
    """Return what is in the archive, oldest month first."""
    rows = select(*_PART).where(_MONTH.c.whole).order_by(_MONTH.c.month, _MONTH.c.part)
    return [ArchivedPart(**row) for row in connection.execute(rows).mappings()]


def archived_stretches(
    connection: Connection, kiosk_id: str | None = None
) -> Iterator[tuple[Journal, int, int]]:
    """Yield journal, first and last of every archived stretch by key, of one kiosk or of all."""
    rows = (
        select(_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first, _STRETCH.c.last)
        .join(_MONTH, (_MONTH.c.month == _STRETCH.c.month) & (_MONTH.c.part == _STRETCH.c.part))
        .where(_MONTH.c.whole)
        .order_by(_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first)
    )
    if kiosk_id is not None:
        rows = rows.where(_STRETCH.c.kiosk_id == kiosk_id)
    for row in connection.execute(rows):
        yield (row[0], row[1]), row[2], row[3]


def archived_facts(
    connection: Connection,
    reader: ArchiveReader,
    *,
    kiosk_id: str | None = None,
    since: FactKey | None = None,
) -> Iterator[KeptFact]:
    """Yield archived facts by key, all or those of a kiosk (from a key on), each of them once."""
    parts = archived_parts(connection)
    if parts and kiosk_id is not None:
        holding = _parts_with(connection, kiosk_id, since or FactKey(kiosk_id, 0, 0))
        parts = [part for part in parts if (part.month, part.part) in holding]
    return merge(*(reader.since(part, kiosk_id, since) for part in parts), key=lambda row: row[:3])


def is_archived_since(connection: Connection, since: FactKey) -> bool:
    """Say whether any fact of a kiosk, from a key on, is in the archive."""
    return bool(_parts_with(connection, since.kiosk_id, since))


def _parts_with(connection: Connection, kiosk_id: str, since: FactKey) -> set[tuple[date, int]]:
    rows = (
        select(_STRETCH.c.month, _STRETCH.c.part)
        .join(_MONTH, (_MONTH.c.month == _STRETCH.c.month) & (_MONTH.c.part == _STRETCH.c.part))
        .where(
            _MONTH.c.whole,
            _STRETCH.c.kiosk_id == kiosk_id,
            tuple_(_STRETCH.c.epoch, _STRETCH.c.last) >= (since.epoch, since.sequence),
        )
        .distinct()
    )
    return {(month, part) for month, part in connection.execute(rows)}


def archived_digests(connection: Connection, keys: Collection[FactKey]) -> dict[FactKey, bytes]:
    """Return the digests of those facts that are in the archive."""
    begins = _begins(connection, {(key.kiosk_id, key.epoch) for key in keys})
    wanted: dict[FactKey, list[FactKey]] = {}
    for key in keys:
        mine = begins.get((key.kiosk_id, key.epoch), [])
        index = bisect_right(mine, (key.sequence, SEQUENCE_MAX)) - 1
        if index >= 0 and key.sequence <= mine[index][1]:
            wanted.setdefault(key._replace(sequence=mine[index][0]), []).append(key)
    found: dict[FactKey, bytes] = {}
    stretch_key = tuple_(_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first)
    columns = (_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first, _STRETCH.c.digests)
    waiting = iter(wanted)
    while some := list(islice(waiting, STRETCHES_AT_ONCE)):
        for row in connection.execute(select(*columns).where(stretch_key.in_(some))):
            begin, digests = FactKey(row[0], row[1], row[2]), bytes(row[3])
            for key in wanted[begin]:
                at = (key.sequence - begin.sequence) * DIGEST_BYTES
                found[key] = digests[at : at + DIGEST_BYTES]
    return found


def _begins(
    connection: Connection, journals: Collection[Journal]
) -> dict[Journal, list[tuple[int, int]]]:
    """Return first and last of the archived stretches of some journals, in order."""
    begins: dict[Journal, list[tuple[int, int]]] = {}
    journal = tuple_(_STRETCH.c.kiosk_id, _STRETCH.c.epoch)
    columns = (_STRETCH.c.kiosk_id, _STRETCH.c.epoch, _STRETCH.c.first, _STRETCH.c.last)
    for some in in_chunks(journals):
        rows = select(*columns).where(journal.in_(some)).order_by(*columns[:3])
        for kiosk_id, epoch, first, last in connection.execute(rows):
            begins.setdefault((kiosk_id, epoch), []).append((first, last))
    return begins
