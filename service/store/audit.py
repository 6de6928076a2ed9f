"""One moment of the database, read in streams, for the audit and for rebuilding."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, exists, func, select, union_all
from sqlalchemy.sql.selectable import FromClause

from service.domain.books import KioskBooks
from service.domain.discrepancies import by_place
from service.domain.facts import Fact, FactKey
from service.domain.incidents import IncidentKind
from service.domain.months import Closing
from service.domain.progress import Progress
from service.domain.quarantine import Reason
from service.domain.totals import SUMS, Tallies, Tally
from service.flows.audit import Conflict, Journals
from service.store.audit_past import SqlPastSnapshot
from service.store.discrepancies import to_discrepancy
from service.store.gaps import SqlGaps
from service.store.kept import KeptFacts
from service.store.months import SqlMonths
from service.store.progress import SqlProgress
from service.store.sql import table_of
from service.store.stock import SqlStock
from service.store.tables.books import DayTally, FaultRow, HourTally, LevelRow
from service.store.tables.discrepancies import DiscrepancyRow
from service.store.tables.incidents import IncidentRow
from service.store.tables.ledger import FactRow, GapRow, ProgressRow, QuarantineRow
from service.store.tables.registry import Kiosk

_FACT, _FAULT, _LEVEL = table_of(FactRow), table_of(FaultRow), table_of(LevelRow)
_DISCREPANCY = table_of(DiscrepancyRow)
_PROGRESS, _GAP, _ASIDE = table_of(ProgressRow), table_of(GapRow), table_of(QuarantineRow)
_HOUR, _DAY = table_of(HourTally), table_of(DayTally)
_KIOSK, _INCIDENT = table_of(Kiosk), table_of(IncidentRow)
_OF_KIOSKS: Final = (_FACT, _LEVEL, _FAULT, _DISCREPANCY, _PROGRESS, _GAP)
_OF_SITES: Final = (_FACT, _HOUR, _DAY)


@dataclass(frozen=True, slots=True)
class SqlSnapshot(SqlPastSnapshot):
    """Reads everything of one kiosk or one site at a time, on an open connection."""

    kept: KeptFacts

    def fact_count(self) -> int:
        """Return how many facts are kept."""
        return self.kept.count()

    def kiosks(self, after: str = "") -> Iterator[str]:
        """Yield, in order, every kiosk of which anything is kept."""
        return _names(self.connection, _OF_KIOSKS, "kiosk_id", after)

    def facts(self, kiosk_id: str) -> Iterator[Fact]:
        """Yield all facts of a kiosk by key."""
        return self.kept.of_kiosk(kiosk_id)

    def kiosk_fact_count(self, kiosk_id: str) -> int:
        """Return how many facts of a kiosk are kept."""
        return self.kept.count_of_kiosk(kiosk_id)

    def kiosk_books(self, kiosk_id: str) -> KioskBooks:
        """Return the books of a kiosk as they are kept."""
        faults = self.connection.execute(select(_FAULT).where(_FAULT.c.kiosk_id == kiosk_id))
        found = select(_DISCREPANCY).where(_DISCREPANCY.c.kiosk_id == kiosk_id)
        return KioskBooks(
            levels=SqlStock(self.connection).levels([kiosk_id]),
            faults={
                (kiosk_id, row.code, row.slot): (
                    row.raised,
                    row.since,
                    FactKey(kiosk_id, row.epoch, row.sequence),
                )
                for row in faults
            },
            discrepancies=by_place(to_discrepancy(row) for row in self.connection.execute(found)),
        )

    def journals(self, kiosk_id: str) -> Journals:
        """Return how far a kiosk's journals are heard."""
        progress = SqlProgress(self.connection).of([kiosk_id])
        epochs = select(_GAP.c.epoch).where(_GAP.c.kiosk_id == kiosk_id).distinct()
        gaps = SqlGaps(self.connection).of(
            [(kiosk_id, epoch) for epoch in self.connection.scalars(epochs)]
        )
        aside: dict[int, list[int]] = {}
        keys = select(_ASIDE.c.epoch, _ASIDE.c.sequence).where(
            _ASIDE.c.kiosk_id == kiosk_id,
            _ASIDE.c.held.is_(True),
            _ASIDE.c.reason != Reason.CONFLICT.value,
            # What was settled is a fact by now: then the fact itself has to be there.
            _ASIDE.c.settled_at.is_(None),
        )
        for epoch, sequence in self.connection.execute(keys):
            aside.setdefault(epoch, []).append(sequence)
        by_epoch: dict[int, Progress] = {epoch: one for (_, epoch), one in progress.items()}
        return Journals(progress=by_epoch, aside=aside, gaps=tuple(gaps))

    def sites(self, after: str = "") -> Iterator[str]:
        """Yield, in order, every site of which anything is kept."""
        return _names(self.connection, _OF_SITES, "site_id", after)

    def site_facts(self, site_id: str) -> Iterator[Fact]:
        """Yield all facts of a site that are tallied, in any order."""
        return self.kept.of_site(site_id)

    def site_fact_count(self, site_id: str) -> int:
        """Return how many facts of a site are kept."""
        return self.kept.count_of_site(site_id)

    def tallies(self, site_id: str) -> Tallies:
        """Return the sums of a site as they are kept."""
        hours = self.connection.execute(select(_HOUR).where(_HOUR.c.site_id == site_id))
        days = self.connection.execute(select(_DAY).where(_DAY.c.site_id == site_id))
        return Tallies(
            hourly={(site_id, row.item, row.hour): _to_tally(row) for row in hours},
            daily={(site_id, row.item, row.day): _to_tally(row) for row in days},
        )

    def conflicts(self) -> list[Conflict]:
        """Return the conflicts of enrolled kiosks, one for each kiosk."""
        is_conflict = _INCIDENT.c.kind == IncidentKind.CONFLICT.value
        alarm = and_(is_conflict, _INCIDENT.c.place == _ASIDE.c.kiosk_id)
        still_open = exists().where(alarm, _INCIDENT.c.resolved_at.is_(None))
        resolved = select(func.max(_INCIDENT.c.resolved_at)).where(alarm).correlate(_ASIDE)
        rows = (
            select(
                _ASIDE.c.kiosk_id,
                func.max(_ASIDE.c.heard_at).label("heard_at"),
                still_open.correlate(_ASIDE).label("alarm_open"),
                resolved.scalar_subquery().label("alarm_resolved_at"),
            )
            .join(_KIOSK, _KIOSK.c.id == _ASIDE.c.kiosk_id)
            .where(_ASIDE.c.reason == Reason.CONFLICT.value)
            .group_by(_ASIDE.c.kiosk_id)
        )
        return [
            Conflict(row.kiosk_id, row.heard_at, bool(row.alarm_open), row.alarm_resolved_at)
            for row in self.connection.execute(rows)
        ]

    def closed_months(self) -> list[Closing]:
        """Return the closed months."""
        return SqlMonths(self.connection).closed()


def _names(
    connection: Connection, tables: tuple[FromClause, ...], column: str, after: str
) -> Iterator[str]:
    """Yield the names in a column of some tables: one step along their indexes for each."""
    name = after
    while True:
        columns = [table.c[column] for table in tables]
        firsts = (select(func.min(one).label("name")).where(one > name) for one in columns)
        first = union_all(*firsts).subquery()
        following = connection.scalar(select(func.min(first.c.name)))
        if following is None:
            return
        name = following
        yield name


def _to_tally(row: Row[Any]) -> Tally:
    return Tally(*(getattr(row, name) for name in SUMS))
