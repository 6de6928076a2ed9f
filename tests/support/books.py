"""Reads back what a store keeps, in one shape for memory and SQL, so that two can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Engine, select

from service.domain.discrepancies import Discrepancy, Place, by_place
from service.domain.facts import Fact, FactKey, Faulted
from service.domain.gaps import Gap
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.domain.stock import Levels
from service.domain.totals import Tally
from service.flows.ports import Journal, WatchedStore
from service.store.discrepancies import to_discrepancy
from service.store.facts import to_fact
from service.store.sql import table_of
from service.store.sql_store import SqlStore
from service.store.tables.books import DayTally, FaultRow, HourTally
from service.store.tables.discrepancies import DiscrepancyRow
from service.store.tables.incidents import IncidentRow
from service.store.tables.ledger import FactRow, GapRow, ProgressRow, QuarantineRow
from service.store.tables.registry import Kiosk
from service.store.tables.watch import ChangeRow, CoverageRow, LivenessRow
from tests.fakes.memory import MemoryStore

FaultLine = tuple[bool, datetime, int, int]
AsideLine = tuple[str, str | None, int | None, int | None, int]
"""Reason, kiosk, epoch, sequence and how often it came."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Everything that is kept, by value."""

    facts: dict[FactKey, Fact]
    levels: Levels
    faults: dict[tuple[str, str, int], FaultLine]
    discrepancies: dict[Place, Discrepancy]
    hourly: dict[tuple[str, str, datetime], Tally]
    daily: dict[tuple[str, str, date], Tally]
    progress: dict[Journal, Progress] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    liveness: dict[str, Liveness] = field(default_factory=dict)
    quarantine: list[AsideLine] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    incidents_resolved: int = 0
    coverages: int = 0
    changes: list[tuple[str, str]] = field(default_factory=list)

    def books(self) -> tuple[object, ...]:
        """Return what is derived from facts alone and can be rebuilt from them."""
        return self.levels, self.faults, self.discrepancies, self.hourly, self.daily


class Keeper(Protocol):
    """A store, and a way to look into it."""

    name: str
    store: WatchedStore

    def read(self) -> Kept:
        """Return everything that is committed."""


class MemoryKeeper:
    name = "memory"

    def __init__(self, store: MemoryStore) -> None:
        self.store: WatchedStore = store
        self._memory = store

    def read(self) -> Kept:
        pages = self._memory.pages
        return Kept(
            facts=dict(pages.facts),
            levels=dict(pages.levels),
            faults={place: _fault(fact) for place, fact in pages.faults.items()},
            discrepancies=dict(pages.discrepancies),
            hourly=dict(pages.hourly),
            daily=dict(pages.daily),
            progress=dict(pages.progress),
            gaps=[gap for _, gap in sorted(pages.gaps.items())],
            liveness=dict(pages.liveness),
            quarantine=_in_order(
                (
                    one.reason.value,
                    one.kiosk_id,
                    one.key.epoch if one.key else None,
                    one.key.sequence if one.key else None,
                    count,
                )
                for one, count in pages.quarantine.values()
            ),
            standing=sorted(
                one.subject.key for one in pages.incidents.values() if one.resolved_at is None
            ),
            incidents_resolved=sum(one.resolved_at is not None for one in pages.incidents.values()),
            coverages=len(pages.coverage),
            changes=list(pages.changes),
        )


def _fault(fact: Fact) -> FaultLine:
    assert isinstance(fact.what, Faulted)
    return fact.what.raised, fact.happened_at, fact.key.epoch, fact.key.sequence


def _in_order(lines: Any) -> list[AsideLine]:  # noqa: ANN401 - any iterable of lines
    return sorted(lines, key=repr)


class SqlKeeper:
    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        self.store: WatchedStore = SqlStore(engine)

    def read(self) -> Kept:
        with self.engine.begin() as connection:
            books = SqlStore(self.engine).books(connection)
            kiosk_ids = list(connection.scalars(select(table_of(Kiosk).c.id)))

            def rows(model: Any) -> Sequence[Any]:  # noqa: ANN401 - any table
                return connection.execute(select(table_of(model))).all()

            facts = [to_fact(row) for row in rows(FactRow)]
            incidents = rows(IncidentRow)
            progress = books.progress.of({row.kiosk_id for row in rows(ProgressRow)})
            return Kept(
                facts={fact.key: fact for fact in facts},
                levels=books.stock.levels(kiosk_ids),
                faults={
                    (row.kiosk_id, row.code, row.slot): tuple(row)[3:] for row in rows(FaultRow)
                },
                discrepancies=by_place(to_discrepancy(row) for row in rows(DiscrepancyRow)),
                hourly={(r.site_id, r.item, r.hour): _tally(r) for r in rows(HourTally)},
                daily={(r.site_id, r.item, r.day): _tally(r) for r in rows(DayTally)},
                progress=progress,
                gaps=books.gaps.of({(row.kiosk_id, row.epoch) for row in rows(GapRow)}),
                liveness=books.liveness.of({row.kiosk_id for row in rows(LivenessRow)}),
                quarantine=_in_order(
                    (r.reason, r.kiosk_id, *_held(r), r._mapping["count"])  # noqa: SLF001 - a tuple has a method of this name
                    for r in rows(QuarantineRow)
                ),
                standing=sorted(
                    f"{row.kind}|{row.place}" for row in incidents if row.resolved_at is None
                ),
                incidents_resolved=sum(row.resolved_at is not None for row in incidents),
                coverages=len(rows(CoverageRow)),
                changes=[(row.kind, row.subject) for row in sorted(rows(ChangeRow))],
            )


def _held(row: Any) -> tuple[int | None, int | None]:  # noqa: ANN401 - a row of the quarantine
    return (row.epoch, row.sequence) if row.held else (None, None)


def _tally(row: Any) -> Tally:  # noqa: ANN401 - a row of either book
    return Tally(**{one.name: getattr(row, one.name) for one in fields(Tally)})
