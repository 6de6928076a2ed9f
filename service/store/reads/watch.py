"""Reads the circle as it was computed last, and what was set aside."""

from typing import Final

from sqlalchemy import func, select

from service.domain.coverage import DETOUR, WALK_LIMIT_M
from service.flows.reads.watch import CoverageView, ItemCoverageView, QuarantinedView
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.ledger import QuarantineRow
from service.store.tables.registry import Community
from service.store.tables.watch import CoverageRow

METHOD: Final = f"straight_line_x{DETOUR}"
_COVERAGE, _COMMUNITY = table_of(CoverageRow), table_of(Community)
_QUARANTINE = table_of(QuarantineRow)
_SHOWN: Final = (
    "id",
    "reason",
    "detail",
    "kiosk_id",
    "topic",
    "first_heard_at",
    "heard_at",
    "count",
    "head",
)


class WatchReads(Reading):
    """Reads coverage and quarantine."""

    def coverage(self) -> CoverageView:
        """Return the circle as it was computed last."""
        newest = select(_COVERAGE).order_by(_COVERAGE.c.id.desc()).limit(1)
        with self.moment() as connection:
            row = connection.execute(newest).first()
            people = connection.scalar(select(func.sum(_COMMUNITY.c.people))) if row is None else 0
        return CoverageView(
            computed_at=row.computed_at if row is not None else None,
            estimate=True,
            method=METHOD,
            limit_m=int(WALK_LIMIT_M),
            people=row.people if row is not None else int(people or 0),
            items=tuple(ItemCoverageView(**one) for one in row.items) if row is not None else (),
        )

    def quarantine(self, *, most: int) -> tuple[QuarantinedView, ...]:
        """Return what was set aside, the latest heard first."""
        columns = (_QUARANTINE.c[name] for name in _SHOWN)
        rows = select(*columns).order_by(_QUARANTINE.c.heard_at.desc(), _QUARANTINE.c.id.desc())
        with self.moment() as connection:
            found = connection.execute(rows.limit(most)).mappings()
            return tuple(QuarantinedView(**row) for row in found)
