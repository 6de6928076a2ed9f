"""Reads the circle as it stands now, along streets or by straight line."""

from dataclasses import asdict
from typing import Final

from sqlalchemy import func, select

from service.domain.circle import CoverageFigures
from service.domain.coverage import DETOUR, item_coverage
from service.flows.reads.circles import CircleNow
from service.flows.reads.watch import CoverageView, ItemCoverageView, TownCoverageView
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.registry import Community, Town
from service.store.tables.watch import CoverageRow

STRAIGHT_LINE: Final = f"straight_line_x{DETOUR}"
ALONG_STREETS: Final = "along_streets"
_COVERAGE, _COMMUNITY, _TOWN = table_of(CoverageRow), table_of(Community), table_of(Town)


class WatchReads(Reading):
    """Reads coverage."""

    def coverage(self) -> CoverageView:
        """Return the circle as it stands now; without items before the first look round."""
        with self.moment() as connection:
            is_kept = connection.scalar(select(func.max(_COVERAGE.c.id))) is not None
            people = int(connection.scalar(select(func.sum(_COMMUNITY.c.people))) or 0)
        now = self.circles.now() if self.circles is not None and is_kept else None
        is_estimate = now is None or now.relation.is_estimate
        return CoverageView(
            computed_at=now.at if now is not None else None,
            estimate=is_estimate,
            method=STRAIGHT_LINE if is_estimate else ALONG_STREETS,
            limit_m=int(self.walking.limit_m),
            near_m=int(self.walking.near_m),
            walk_kmh=self.walking.kmh,
            people=people,
            items=self._items(now) if now is not None else (),
        )

    def _items(self, now: CircleNow) -> tuple[ItemCoverageView, ...]:
        far, near = now.circle(), now.circle(self.walking.near_m)
        return tuple(
            _view(item, far.figures(index), near.figures(index))
            for index, item in enumerate(now.items)
        )

    def coverage_by_town(self, item: str) -> tuple[TownCoverageView, ...] | None:
        """Return the circle of an item by town; None where the item is not given out here."""
        now = self.circles.now() if self.circles is not None else None
        if now is None or item not in now.items:
            return None
        index = now.items.index(item)
        far = now.circle().figures_by_town(index)
        near = now.circle(self.walking.near_m).figures_by_town(index)
        with self.moment() as connection:
            names = {row.code: row for row in connection.execute(select(_TOWN))}
        return tuple(
            TownCoverageView(
                town_code=code,
                name_zh=names[code].name_zh,
                name_en=names[code].name_en,
                people=figures.people,
                coverage=_view(item, figures, near[code]),
            )
            for code, figures in sorted(far.items())
        )


def _view(item: str, far: CoverageFigures, near: CoverageFigures) -> ItemCoverageView:
    return ItemCoverageView(
        **asdict(item_coverage(item, far)),
        near_in_stock_low=near.in_stock_low,
        near_in_stock_high=near.in_stock_high,
    )
