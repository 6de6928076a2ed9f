"""Closed months in SQL, and the facts that were heard after their month was closed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, tzinfo

from sqlalchemy import Connection, delete, func, insert, select

from service.domain.months import Closing, month_instants
from service.store.sql import table_of
from service.store.tables.discrepancies import MonthClose
from service.store.tables.ledger import FactRow
from service.store.tables.registry import Site

_CLOSE, _FACT, _SITE = table_of(MonthClose), table_of(FactRow), table_of(Site)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFacts:
    """How many facts of one site and item were heard after their month was closed."""

    site_id: str
    item: str | None
    facts: int
    packs: int


@dataclass(frozen=True, slots=True)
class SqlMonths:
    """Keeps closed months in the table ``month_close``."""

    connection: Connection

    def closed(self) -> list[Closing]:
        """Return the closed months, oldest first."""
        rows = self.connection.execute(select(_CLOSE).order_by(_CLOSE.c.month))
        return [Closing(**row) for row in rows.mappings()]

    def close(self, closing: Closing) -> None:
        """Close a month; one that is closed already is our own mistake."""
        self.connection.execute(insert(_CLOSE), [asdict(closing)])

    def reopen(self, month: date) -> bool:
        """Open a month again; say whether it was closed."""
        opened = self.connection.execute(delete(_CLOSE).where(_CLOSE.c.month == month))
        return opened.rowcount > 0

    def heard_after_close(self, closing: Closing, zone: tzinfo) -> Iterator[LateFacts]:
        """Yield, by site and item, what came after a month's close: a revision can take it in."""
        begin, end = month_instants(closing.month, zone)
        for site_id in self.connection.scalars(select(_SITE.c.id).order_by(_SITE.c.id)).all():
            # Site by site, along the index that begins with the site.
            late = (
                select(
                    _FACT.c.item,
                    func.count().label("facts"),
                    func.sum(func.coalesce(_FACT.c.packs, 0)).label("packs"),
                )
                .where(
                    _FACT.c.site_id == site_id,
                    _FACT.c.happened_at >= begin,
                    _FACT.c.happened_at < end,
                    _FACT.c.heard_at > closing.closed_at,
                )
                .group_by(_FACT.c.item)
                .order_by(_FACT.c.item)
            )
            for row in self.connection.execute(late):
                yield LateFacts(
                    site_id=site_id, item=row.item, facts=row.facts, packs=int(row.packs)
                )
