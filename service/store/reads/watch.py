"""Reads the circle as it was computed last."""

from typing import Final

from sqlalchemy import func, select

from service.domain.coverage import DETOUR, WALK_LIMIT_M
from service.flows.reads.watch import CoverageView, ItemCoverageView
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.registry import Community
from service.store.tables.watch import CoverageRow

METHOD: Final = f"straight_line_x{DETOUR}"
_COVERAGE, _COMMUNITY = table_of(CoverageRow), table_of(Community)


class WatchReads(Reading):
    """Reads coverage."""

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
