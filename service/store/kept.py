"""All facts that are kept, wherever they are: in the table, and in the archive of closed months."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import Any, Final

from sqlalchemy import Column, Connection, Row, Select, func, select, tuple_

from service.domain.archive import ArchivedPart
from service.domain.facts import Fact
from service.store.archived import (
    ArchiveReader,
    KeptFact,
    archived_facts,
    archived_parts,
    archived_stretches,
)
from service.store.facts import to_fact
from service.store.sql import table_of
from service.store.tables.ledger import FactRow

ROWS_AT_ONCE: Final = 2_000
"""So many facts are in memory at a time."""

_FACT = table_of(FactRow)
_TALLIED: Final = ("dispense", "restock")


@dataclass(slots=True)
class Archive:
    """The archive's files, and of which kiosks they hold facts of each site."""

    reader: ArchiveReader
    _parts: list[ArchivedPart] = field(default_factory=list)
    _by_site: dict[str, dict[str, int]] = field(default_factory=dict)

    def facts_of(self, connection: Connection, kiosk_id: str) -> Iterator[KeptFact]:
        """Yield the archived facts of a kiosk by key."""
        return archived_facts(connection, self.reader, kiosk_id=kiosk_id)

    def at_site(self, connection: Connection, site_id: str) -> dict[str, int]:
        """Return how many archived facts of each kiosk are of a site.

        The files know facts by kiosk alone, so all are looked through, once for each state.
        """
        parts = archived_parts(connection)
        if parts != self._parts:
            by_site: dict[str, dict[str, int]] = {}
            for row in archived_facts(connection, self.reader):
                kiosks = by_site.setdefault(row.site_id, {})
                kiosks[row.kiosk_id] = kiosks.get(row.kiosk_id, 0) + 1
            self._parts, self._by_site = parts, by_site
        return self._by_site.get(site_id, {})


@dataclass(frozen=True, slots=True)
class KeptFacts:
    """Reads facts in streams and counts them, on an open connection."""

    connection: Connection
    archive: Archive
    at_once: int = ROWS_AT_ONCE

    def count(self) -> int:
        """Return how many facts are kept."""
        here = self.connection.scalar(select(func.count()).select_from(_FACT)) or 0
        return here + sum(part.facts for part in archived_parts(self.connection))

    def of_kiosk(self, kiosk_id: str) -> Iterator[Fact]:
        """Yield all facts of a kiosk by key."""
        mine = select(_FACT).where(_FACT.c.kiosk_id == kiosk_id)
        order = (_FACT.c.epoch, _FACT.c.sequence)
        here: Iterator[Row[Any] | KeptFact] = self._in_pages(mine, order)
        there: Iterator[Row[Any] | KeptFact] = self.archive.facts_of(self.connection, kiosk_id)
        return map(to_fact, merge(here, there, key=lambda row: (row.epoch, row.sequence)))

    def count_of_kiosk(self, kiosk_id: str) -> int:
        """Return how many facts of a kiosk are kept."""
        mine = select(func.count()).where(_FACT.c.kiosk_id == kiosk_id)
        here = self.connection.scalar(mine) or 0
        stretches = archived_stretches(self.connection, kiosk_id)
        return here + sum(last - first + 1 for _, first, last in stretches)

    def of_site(self, site_id: str) -> Iterator[Fact]:
        """Yield all facts of a site that are tallied, in any order."""
        mine = select(_FACT).where(_FACT.c.site_id == site_id, _FACT.c.kind.in_(_TALLIED))
        order = (_FACT.c.happened_at, _FACT.c.kiosk_id, _FACT.c.epoch, _FACT.c.sequence)
        yield from map(to_fact, self._in_pages(mine, order))
        for kiosk_id in self.archive.at_site(self.connection, site_id):
            for row in self.archive.facts_of(self.connection, kiosk_id):
                if row.site_id == site_id:
                    yield to_fact(row)

    def count_of_site(self, site_id: str) -> int:
        """Return how many facts of a site are kept."""
        mine = select(func.count()).where(_FACT.c.site_id == site_id)
        here = self.connection.scalar(mine) or 0
        return here + sum(self.archive.at_site(self.connection, site_id).values())

    def _in_pages(self, rows: Select[Any], order: tuple[Column[Any], ...]) -> Iterator[Row[Any]]:
        """Yield rows along an index, some at a time: no cursor stays open where somebody stops."""
        page = rows.order_by(*order).limit(self.at_once)
        found = self.connection.execute(page).all()
        while found:
            yield from found
            place = tuple(getattr(found[-1], column.name) for column in order)
            # Said twice: the index runs along the first, the others settle ties.
            behind = page.where(order[0] >= place[0], tuple_(*order) > place)
            is_last = len(found) < self.at_once
            found = [] if is_last else self.connection.execute(behind).all()
