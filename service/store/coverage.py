"""Coverage in SQL: a row whenever the figures changed; and what the circle is computed from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, insert, select

from service.domain.coverage import WALK_LIMIT_M, ItemCoverage, estimate_walk_m
from service.flows.circle import CircleMap
from service.store.sql import table_of
from service.store.tables.registry import Community, Kiosk, Site
from service.store.tables.watch import CoverageRow

_COVERAGE = table_of(CoverageRow)
_COMMUNITY = table_of(Community)
_KIOSK = table_of(Kiosk)
_SITE = table_of(Site)


@dataclass(frozen=True, slots=True)
class SqlCoverage:
    """Keeps figures in the table ``coverage``."""

    connection: Connection

    def save(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> bool:
        """Keep the figures if they differ from the newest kept; say whether they did."""
        figures = [asdict(item) for item in items]
        newest = select(_COVERAGE).order_by(_COVERAGE.c.id.desc()).limit(1)
        before = self.connection.execute(newest).first()
        if before is not None and (before.people, before.items) == (people, figures):
            return False
        row = {"computed_at": at, "people": people, "items": figures}
        self.connection.execute(insert(_COVERAGE), [row])
        return True


def read_circle_map(connection: Connection) -> CircleMap:
    """Return communities, kiosks and who reaches what, by straight line × 1.4: an estimate."""
    columns = (_COMMUNITY.c.id, _COMMUNITY.c.lon, _COMMUNITY.c.lat, _COMMUNITY.c.people)
    communities = connection.execute(select(*columns).order_by(_COMMUNITY.c.id)).all()
    places = select(_KIOSK.c.id, _SITE.c.lon, _SITE.c.lat).join_from(
        _KIOSK, _SITE, _KIOSK.c.site_id == _SITE.c.id
    )
    kiosks = connection.execute(places.order_by(_KIOSK.c.id)).all()
    walk_m = estimate_walk_m(
        np.array([(row.lon, row.lat) for row in communities], dtype=np.float64).reshape(-1, 2),
        np.array([(row.lon, row.lat) for row in kiosks], dtype=np.float64).reshape(-1, 2),
    )
    return CircleMap(
        community_ids=tuple(row.id for row in communities),
        people=np.array([row.people for row in communities], dtype=np.int64),
        kiosk_ids=tuple(row.id for row in kiosks),
        reach=walk_m <= WALK_LIMIT_M,
    )
