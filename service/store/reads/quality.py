"""Reads how good the data are, in one moment, and the lists behind its figures page by page."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, case, func, select, tuple_

from service.flows.reads.quality import (
    ClockLine,
    ClocksView,
    DiscrepanciesFound,
    DiscrepanciesView,
    DiscrepancyLine,
    DiscrepancyPlace,
    GapLine,
    GapPlace,
    GapsFound,
    GapState,
    NetworkCounts,
    QualityView,
)
from service.store.reads import quality_parts as parts
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.discrepancies import DiscrepancyRow
from service.store.tables.incidents import IncidentRow
from service.store.tables.ledger import GapRow
from service.store.tables.registry import Kiosk
from service.store.tables.watch import LivenessRow

NEWEST_MAX: Final = 10

_GAP, _DISCREPANCY = table_of(GapRow), table_of(DiscrepancyRow)
_KIOSK, _LIVENESS = table_of(Kiosk), table_of(LivenessRow)
_INCIDENT = table_of(IncidentRow)
_GAP_KEY: Final = (_GAP.c.kiosk_id, _GAP.c.epoch, _GAP.c.first)
_DIFFERENCE: Final = _DISCREPANCY.c.found_packs - _DISCREPANCY.c.expected_packs
_DISCREPANCY_ORDER: Final = tuple(
    _DISCREPANCY.c[name]
    for name in ("happened_at", "kiosk_id", "epoch", "sequence", "slot", "item")
)


class QualityReads(Reading):
    """Reads data quality."""

    def quality(self) -> QualityView:
        """Return how good the data are."""
        now = self.now()
        with self.moment() as connection:
            clocks = parts.clocks(connection)
            return QualityView(
                at=now,
                timezone=str(self.zone),
                reporting=parts.reporting(connection, now, self.zone),
                lateness=parts.lateness(connection, now.astimezone(self.zone).date()),
                gaps=parts.gaps(connection),
                clocks=ClocksView(kiosks=len(clocks), worst=tuple(clocks[: parts.WORST_MAX])),
                quarantine=parts.quarantine(connection),
                discrepancies=_discrepancies(connection, now),
            )

    def clocks(self, *, most: int) -> tuple[ClockLine, ...]:
        """Return the kiosks whose clock is off, the worst first."""
        with self.moment() as connection:
            return tuple(parts.clocks(connection)[:most])

    def gaps(
        self, state: GapState, *, kiosk_id: str | None, after: GapPlace | None, most: int
    ) -> GapsFound:
        """Return a page of gaps by kiosk, epoch and sequence."""
        facts = (_GAP.c.last - _GAP.c.first + 1).label("facts")
        rows = select(_GAP, facts, *parts.PLACE)
        rows = rows.select_from(parts.with_place(_GAP, _GAP.c.kiosk_id)).order_by(*_GAP_KEY)
        if state != "all":
            rows = rows.where(_GAP.c.permanent.is_(state == "permanent"))
        if kiosk_id is not None:
            rows = rows.where(_GAP.c.kiosk_id == kiosk_id)
        if after is not None:
            rows = rows.where(tuple_(*_GAP_KEY) > (after.kiosk_id, after.epoch, after.first))
        with self.moment() as connection:
            found = connection.execute(rows.limit(most + 1)).mappings().all()
        gaps = tuple(_gap_line(row) for row in found[:most])
        if len(found) <= most:
            return GapsFound(gaps=gaps, next=None)
        last = gaps[-1]
        return GapsFound(gaps=gaps, next=GapPlace(last.kiosk_id, last.epoch, last.first))

    def discrepancies(
        self, *, kiosk_id: str | None, after: DiscrepancyPlace | None, most: int
    ) -> DiscrepanciesFound:
        """Return a page of discrepancies, the newest first."""
        with self.moment() as connection:
            found = _discrepancy_lines(connection, kiosk_id=kiosk_id, after=after, most=most + 1)
        if len(found) <= most:
            return DiscrepanciesFound(discrepancies=found, next=None)
        last = found[most - 1]
        place = DiscrepancyPlace(
            last.happened_at, last.kiosk_id, last.epoch, last.sequence, last.slot, last.item
        )
        return DiscrepanciesFound(discrepancies=found[:most], next=place)

    def network_counts(self) -> NetworkCounts:
        """Return the figures that a monitor reads every few seconds."""
        now = self.now()
        with self.moment() as connection:
            return NetworkCounts(
                **_presence_counts(connection, now),
                **_gap_counts(connection),
                quarantine=parts.reasons(connection),
                open_incidents=_open_incidents(connection),
            )


def _gap_line(row: Any) -> GapLine:  # noqa: ANN401 - a mapping of SQLAlchemy
    names = ("kiosk_id", "site_id", "site_name_zh", "site_name_en", "epoch", "first", "last")
    return GapLine(
        **{name: row[name] for name in (*names, "facts", "noticed_at", "asks", "next_ask_at")},
        state="permanent" if row["permanent"] else "open",
    )


def _discrepancy_lines(
    connection: Connection, *, kiosk_id: str | None, after: DiscrepancyPlace | None, most: int
) -> tuple[DiscrepancyLine, ...]:
    rows = select(_DISCREPANCY, _DIFFERENCE.label("difference_packs"), *parts.PLACE)
    rows = rows.select_from(parts.with_place(_DISCREPANCY, _DISCREPANCY.c.kiosk_id))
    if kiosk_id is not None:
        rows = rows.where(_DISCREPANCY.c.kiosk_id == kiosk_id)
    if after is not None:
        place = (
            *(after.happened_at, after.kiosk_id, after.epoch),
            *(after.sequence, after.slot, after.item),
        )
        # Said twice: the index runs along the first, the second settles ties.
        earlier = _DISCREPANCY.c.happened_at <= after.happened_at
        rows = rows.where(earlier, tuple_(*_DISCREPANCY_ORDER) < place)
    in_order = rows.order_by(*(column.desc() for column in _DISCREPANCY_ORDER)).limit(most)
    return tuple(DiscrepancyLine(**row) for row in connection.execute(in_order).mappings())


def _discrepancies(connection: Connection, now: datetime) -> DiscrepanciesView:
    since = now - timedelta(days=parts.DAYS)
    row = connection.execute(
        select(
            func.count().label("rows"),
            func.count(_DISCREPANCY.c.kiosk_id.distinct()).label("kiosks"),
            func.sum(case((_DIFFERENCE < 0, -_DIFFERENCE), else_=0)).label("missing_packs"),
            func.sum(case((_DIFFERENCE > 0, _DIFFERENCE), else_=0)).label("extra_packs"),
        ).where(_DISCREPANCY.c.happened_at >= since)
    ).one()
    return DiscrepanciesView(
        days=parts.DAYS,
        rows=row.rows,
        kiosks=row.kiosks,
        missing_packs=int(row.missing_packs or 0),
        extra_packs=int(row.extra_packs or 0),
        newest=_discrepancy_lines(connection, kiosk_id=None, after=None, most=NEWEST_MAX),
    )


def _presence_counts(connection: Connection, now: datetime) -> dict[str, int]:
    here = _KIOSK.outerjoin(_LIVENESS, _LIVENESS.c.kiosk_id == _KIOSK.c.id)
    row = connection.execute(
        select(
            func.count().label("enrolled"),
            func.sum(case((_LIVENESS.c.online.is_(True), 1), else_=0)).label("online"),
            func.sum(case((_LIVENESS.c.silent_after > now, 0), else_=1)).label("silent"),
        ).select_from(here)
    ).one()
    return {
        "kiosks_enrolled": row.enrolled,
        "kiosks_online": int(row.online or 0),
        "kiosks_silent": int(row.silent or 0),
    }


def _gap_counts(connection: Connection) -> dict[str, int]:
    asked = func.sum(case((_GAP.c.asks > 0, 1), else_=0)).label("asked")
    facts = func.sum(_GAP.c.last - _GAP.c.first + 1).label("facts")
    rows = connection.execute(
        select(_GAP.c.permanent, func.count().label("gaps"), facts, asked).group_by(
            _GAP.c.permanent
        )
    )
    by_kind = {bool(row.permanent): row for row in rows}
    found = {}
    for permanent, name in ((False, "open"), (True, "permanent")):
        row = by_kind.get(permanent)
        found[f"{name}_gaps"] = row.gaps if row is not None else 0
        found[f"{name}_gap_facts"] = int(row.facts) if row is not None else 0
    found["asked_gaps"] = int(by_kind[False].asked) if False in by_kind else 0
    return found


def _open_incidents(connection: Connection) -> tuple[tuple[str, int], ...]:
    rows = (
        select(_INCIDENT.c.kind, func.count())
        .where(_INCIDENT.c.resolved_at.is_(None))
        .group_by(_INCIDENT.c.kind)
        .order_by(_INCIDENT.c.kind)
    )
    return tuple((kind, number) for kind, number in connection.execute(rows))
