"""Tell of each community what it can reach of an item now: how, why not, how far."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import Standing
from service.domain.coverage import Walking
from service.domain.reach import Relation
from service.flows.decisions import basis_of, named
from service.flows.reads.circles import CircleNow
from service.flows.reads.communities import (
    Cause,
    CircleGaps,
    CommunitiesView,
    CommunityRow,
    StandingWord,
)
from service.flows.reads.decisions import PlaceNames

WORDS: Final[Mapping[Standing, StandingWord]] = {
    Standing.NEVER: "never",
    Standing.MACHINE: "machine",
    Standing.EMPTY: "empty",
    Standing.CLOSED: "closed",
    Standing.UNKNOWN: "unknown",
    Standing.STOCK_UNKNOWN: "stock_unknown",
    Standing.IN_STOCK: "in_stock",
}
CAUSES: Final[Mapping[Standing, Cause]] = {
    Standing.NEVER: "never",
    Standing.MACHINE: "machine",
    Standing.EMPTY: "stock",
    Standing.CLOSED: "closed",
    Standing.UNKNOWN: "unknown",
    Standing.STOCK_UNKNOWN: "unknown",
}


def communities_now(
    circle: CircleNow, names: PlaceNames, gaps: CircleGaps, item: str
) -> CommunitiesView:
    """Return how every community stands for an item, which the circle knows."""
    relation, standings = circle.relation, circle.standings[circle.items.index(item)]
    nearest, walk_m = nearest_of(relation, standings == Standing.IN_STOCK)
    best = np.full(len(relation.community_ids), Standing.NEVER, dtype=np.int8)
    np.maximum.at(best, relation.rows, standings[relation.outlets])
    communities = names.community_names(relation.community_ids)
    outlets = names.outlet_names({relation.outlet_ids[one] for one in nearest[nearest >= 0]})
    since = gaps.outside_since(item)
    rows = []
    for index, community_id in enumerate(relation.community_ids):
        standing = Standing(int(best[index]))
        cause = CAUSES.get(standing)
        outlet_id = relation.outlet_ids[nearest[index]] if nearest[index] >= 0 else None
        outlet = outlets.get(outlet_id) if outlet_id is not None else None
        lon, lat = circle.community_places[index].tolist()
        rows.append(
            CommunityRow(
                **named(community_id, communities),
                town_code=circle.town_codes[circle.towns[index]],
                lon=lon,
                lat=lat,
                people=int(circle.people[index]),
                standing=WORDS[standing],
                cause=cause,
                since=since.get(community_id) if cause is not None else None,
                walk_m=math.ceil(walk_m[index]) if outlet_id is not None else None,
                walk_minutes=(
                    minutes_of(float(walk_m[index]), circle.walking)
                    if outlet_id is not None
                    else None
                ),
                outlet_id=outlet_id,
                outlet_name_zh=outlet.zh if outlet is not None else None,
                outlet_name_en=outlet.en if outlet is not None else None,
            )
        )
    return CommunitiesView(basis=basis_of(circle), item=item, communities=tuple(rows))


def minutes_of(walk_m: float, walking: Walking) -> int:
    """Return the whole minutes that a walk takes at most."""
    return math.ceil(round(walking.minutes(walk_m), 6))


def nearest_of(
    relation: Relation, wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each community's nearest outlet of those that are wanted, and the walk to it.

    −1 and infinity where none is in reach. Of two as near, it is the first.
    """
    pairs = np.flatnonzero(wanted[relation.outlets])
    # By community, then by walk: the first of each community is its nearest.
    order = pairs[
        np.lexsort((relation.outlets[pairs], relation.walk_m[pairs], relation.rows[pairs]))
    ]
    communities, first = np.unique(relation.rows[order], return_index=True)
    nearest = np.full(len(relation.community_ids), -1, dtype=np.int64)
    walk_m = np.full(len(relation.community_ids), np.inf)
    nearest[communities] = relation.outlets[order[first]]
    walk_m[communities] = relation.walk_m[order[first]]
    return nearest, walk_m
