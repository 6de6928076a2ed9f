"""What somebody should look at in a file: a likely other coordinate system, and islands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from service.domain.coordinates import (
    HINT_POINTS_MIN,
    Crs,
    apart_m,
    from_wgs84,
    likely_crs,
    likely_crs_within,
)
from service.domain.district import CommunityPlan, Named, SitePlan
from service.flows.import_checks import points_of
from service.flows.ports_imports import Around

AnyPlan = CommunityPlan | SitePlan

HINT_POINTS_MAX: Final = 10_000
"""So many points, taken evenly, are enough to see another coordinate system."""


def hinted_crs(
    rows: Sequence[AnyPlan], *, stated: Crs, known: Mapping[str, AnyPlan], around: Around
) -> Crs | None:
    """Return the coordinate system that would fit the district clearly better, if any.

    It is asked of the streets. Without them it is asked of the same places as the district knows
    them, or, where these are few, of its outline, and else of any place that it has.
    """
    some = rows[:: max(1, len(rows) // HINT_POINTS_MAX)]
    if around.has_streets:
        written = from_wgs84(points_of(some), stated)
        return likely_crs(written, stated=stated, nearest_m=around.street_m)
    same = [row for row in some if row.id in known]
    if len(same) >= HINT_POINTS_MIN:
        before = points_of(known[row.id] for row in same)
        written = from_wgs84(points_of(same), stated)
        return likely_crs(written, stated=stated, nearest_m=lambda now: apart_m(now, before))
    written = from_wgs84(points_of(some), stated)
    if around.has_border:
        return likely_crs_within(written, stated=stated, outside=around.outside)
    return likely_crs(written, stated=stated, nearest_m=around.known_m)


def words_on_islands(rows: Sequence[AnyPlan], around: Around) -> Iterator[Named]:
    """Yield a word on the people, or the outlets, whose nearest street leads to no other."""
    if not around.has_streets:
        return
    alone = np.flatnonzero(around.on_island(points_of(rows))).tolist()
    plans = [rows[index] for index in alone]
    people = sum(plan.people for plan in plans if isinstance(plan, CommunityPlan))
    outlets = sum(isinstance(plan, SitePlan) for plan in plans)
    if people:
        yield Named(
            f"{len(plans) - outlets} 个社区共 {people:,} 人最近的道路与主要路网不相连，"
            "按道路走不到别处：请检查那里的道路数据。",
            f"The nearest street of {people:,} people in {len(plans) - outlets} communities is "
            "joined to no other: along it they reach nothing else. Check the streets there.",
        )
    if outlets:
        yield Named(
            f"{outlets} 个网点最近的道路与主要路网不相连，别处的人走不到：请检查那里的道路数据。",
            f"The nearest street of {outlets} outlets is joined to no other: nobody walks there "
            "from elsewhere. Check the streets there.",
        )
