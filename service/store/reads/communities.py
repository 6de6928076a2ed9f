"""Reads the gaps of the circle: who is outside, since when, and what there was before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select

from service.domain.circle import Standing
from service.flows.communities import CAUSES
from service.flows.reads.communities import CircleGapRow, CircleGapsView, CircleGapsWanted
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.circle import CircleGap
from service.store.tables.registry import Community

_GAP, _COMMUNITY = table_of(CircleGap), table_of(Community)
_STANDINGS: Final = {
    cause: [int(standing) for standing, its in CAUSES.items() if its == cause]
    for cause in CAUSES.values()
}
"""The standings that are told as one cause."""


class CommunityReads(Reading):
    """Keeps ``flows.reads.communities.CircleGaps``."""

    def outside_since(self, item: str) -> Mapping[str, datetime]:
        """Return, by community, since when it is outside for an item; who is inside is left out."""
        still_open = select(_GAP.c.community_id, func.min(_GAP.c.since).label("since")).where(
            _GAP.c.item == item, _GAP.c.closed_at.is_(None)
        )
        with self.moment() as connection:
            rows = connection.execute(still_open.group_by(_GAP.c.community_id))
            return {row.community_id: row.since for row in rows}

    def circle_gaps(self, wanted: CircleGapsWanted) -> CircleGapsView:
        """Return a page of gaps, the newest first."""
        place = ("name_zh", "name_en", "town_code", "lon", "lat")
        gaps = select(_GAP, *(_COMMUNITY.c[name] for name in place)).join(
            _COMMUNITY, _COMMUNITY.c.id == _GAP.c.community_id, isouter=True
        )
        if wanted.state == "open":
            gaps = gaps.where(_GAP.c.closed_at.is_(None))
        elif wanted.state == "closed":
            gaps = gaps.where(_GAP.c.closed_at.is_not(None))
        if wanted.item is not None:
            gaps = gaps.where(_GAP.c.item == wanted.item)
        if wanted.cause is not None:
            gaps = gaps.where(_GAP.c.cause.in_(_STANDINGS[wanted.cause]))
        if wanted.town_code is not None:
            gaps = gaps.where(_COMMUNITY.c.town_code == wanted.town_code)
        if wanted.before is not None:
            gaps = gaps.where(_GAP.c.id < wanted.before)
        newest = gaps.order_by(_GAP.c.id.desc()).limit(wanted.most + 1)
        with self.moment() as connection:
            rows = connection.execute(newest).all()
        page = tuple(_to_row(row) for row in rows[: wanted.most])
        return CircleGapsView(gaps=page, next=page[-1].id if len(rows) > wanted.most else None)


def _to_row(row: Row[Any]) -> CircleGapRow:
    columns = dict(row._mapping)  # noqa: SLF001 - its public name among SQLAlchemy's rows
    return CircleGapRow(**{**columns, "cause": CAUSES[Standing(row.cause)]})
