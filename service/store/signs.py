"""Signs that something is wrong, read from the books in SQL."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, func, select

from service.domain.facts import Outcome, Restocked
from service.flows.ports_signs import Differing, MissingThen
from service.store.facts import to_fact
from service.store.reads.missing import missing_facts
from service.store.sql import in_chunks, table_of
from service.store.tables.books import HourTally
from service.store.tables.discrepancies import DiscrepancyRow, MonthClose
from service.store.tables.ledger import FactRow
from service.store.tables.registry import Kiosk

_DISCREPANCY, _CLOSE = table_of(DiscrepancyRow), table_of(MonthClose)
_HOUR, _KIOSK, _FACT = table_of(HourTally), table_of(Kiosk), table_of(FactRow)
RESTOCKS_MAX: Final = 100
"""So many of a kiosk's newest are looked at: a full kiosk was filled by far fewer."""

_HOUR_LONG: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SqlSigns:
    """Reads signs; writes nothing."""

    connection: Connection

    def differing(self, since: datetime) -> dict[str, Differing]:
        """Return, by kiosk, how far counts since then were from the books."""
        difference = _DISCREPANCY.c.found_packs - _DISCREPANCY.c.expected_packs
        rows = self.connection.execute(
            select(
                _DISCREPANCY.c.kiosk_id,
                func.sum(case((difference < 0, -difference), else_=0)).label("missing"),
                func.sum(case((difference > 0, difference), else_=0)).label("found"),
                func.max(_DISCREPANCY.c.happened_at).label("latest_at"),
            )
            .where(_DISCREPANCY.c.happened_at >= since)
            .group_by(_DISCREPANCY.c.kiosk_id)
        )
        return {
            row.kiosk_id: Differing(
                packs_missing=int(row.missing),
                packs_found=int(row.found),
                latest_at=row.latest_at,
            )
            for row in rows
        }

    def missing(self, begin: datetime, end: datetime) -> MissingThen:
        """Return what is missing of a stretch of time."""
        found = missing_facts(self.connection, begin, end)
        return MissingThen(
            facts=sum(one.facts for one in found),
            gone=sum(one.facts for one in found if one.is_gone),
            site_ids=frozenset().union(*(one.site_ids for one in found)),
        )

    def restocks(
        self, kiosk_ids: Collection[str], since: datetime
    ) -> dict[tuple[str, int], list[Restocked]]:
        """Return what was last added to each slot since then, the newest first, so far back.

        Kiosk by kiosk, along the key that begins with it, so many at most.
        """
        found: dict[tuple[str, int], list[Restocked]] = {}
        for name in sorted(kiosk_ids):
            mine = (_FACT.c.kiosk_id == name, _FACT.c.kind == "restock")
            rows = (
                select(_FACT)
                .where(*mine, _FACT.c.happened_at >= since)
                .order_by(_FACT.c.epoch.desc(), _FACT.c.sequence.desc())
                .limit(RESTOCKS_MAX)
            )
            for row in self.connection.execute(rows):
                what = to_fact(row).what
                if isinstance(what, Restocked):
                    found.setdefault((name, what.slot), []).append(what)
        return found

    def closed_months(self) -> frozenset[date]:
        """Return the months that are closed, each by its first day."""
        return frozenset(self.connection.scalars(select(_CLOSE.c.month)))

    def last_taken(self, kiosk_ids: Collection[str], since: datetime) -> dict[str, datetime]:
        """Return when each kiosk last gave something out, where that was since then.

        To the hour, by the sums of its site; only kiosks that share one are asked for their facts.
        """
        hours = self.connection.execute(
            select(_HOUR.c.site_id, func.max(_HOUR.c.hour).label("hour"))
            .where(_HOUR.c.hour >= since, _HOUR.c.dispensed_packs > 0)
            .group_by(_HOUR.c.site_id)
        )
        by_site = {row.site_id: row.hour + _HOUR_LONG for row in hours}
        sites: dict[str, list[str]] = {}
        for row in self.connection.execute(select(_KIOSK.c.id, _KIOSK.c.site_id)):
            sites.setdefault(row.site_id, []).append(row.id)
        alone = {names[0]: site for site, names in sites.items() if len(names) == 1}
        found = {name: by_site[site] for name, site in alone.items() if site in by_site}
        together = {site for site, names in sites.items() if len(names) > 1 and site in by_site}
        found |= self._by_facts(together, since)
        wanted = set(kiosk_ids)
        return {name: taken for name, taken in found.items() if name in wanted}

    def _by_facts(self, site_ids: Collection[str], since: datetime) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for some in in_chunks(sorted(site_ids)):
            rows = self.connection.execute(
                select(_FACT.c.kiosk_id, func.max(_FACT.c.happened_at).label("at"))
                .where(
                    _FACT.c.site_id.in_(some),
                    _FACT.c.kind == "dispense",
                    _FACT.c.outcome == Outcome.DISPENSED.value,
                    _FACT.c.happened_at >= since,
                )
                .group_by(_FACT.c.kiosk_id)
            )
            found |= {row.kiosk_id: row.at for row in rows}
        return found
