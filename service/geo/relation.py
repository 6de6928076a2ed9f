"""Who walks how far to what: along the streets, or by straight line where there are none."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.spatial import KDTree

from service.domain.coordinates import Points
from service.domain.coverage import DETOUR, WALK_LIMIT_M
from service.domain.reach import Relation
from service.geo.edits import EDITS_MAX, edited
from service.geo.network import Network, arc_m, in_grains, on_sphere
from service.geo.progress import Tell, tell_nobody
from service.geo.walks import BLOCK_M, CELLS_MAX, MARGIN, Pairs, joined, rounded_up, walks


def relate(
    network: Network,
    *,
    communities: Points,
    community_ids: tuple[str, ...],
    outlets: Points,
    outlet_ids: tuple[str, ...],
    limit_m: float = WALK_LIMIT_M,
    tell: Tell = tell_nobody,
) -> Relation:
    """Return all pairs within the limit along the streets, the legs at both ends counted.

    Who is off the network (``service.geo.walks.snap`` says who) reaches nothing.
    """
    found = walks(network, outlets, communities, limit_m=limit_m, tell=tell)
    tell(1.0)
    return _relation(found, community_ids, outlet_ids, limit_m=limit_m, is_estimate=False)


def estimate(
    *,
    communities: Points,
    community_ids: tuple[str, ...],
    outlets: Points,
    outlet_ids: tuple[str, ...],
    limit_m: float = WALK_LIMIT_M,
    tell: Tell = tell_nobody,
) -> Relation:
    """Return all pairs within the limit by straight line × 1.4, where there are no streets."""
    found = _straight(outlets, communities, limit_m=limit_m, tell=tell)
    tell(1.0)
    return _relation(found, community_ids, outlet_ids, limit_m=limit_m, is_estimate=True)


def moved(
    relation: Relation,
    network: Network | None,
    *,
    communities: Points,
    community_ids: tuple[str, ...],
    outlets: Points,
    outlet_ids: tuple[str, ...],
    communities_moved: Collection[str] = (),
    outlets_moved: Collection[str] = (),
) -> Relation:
    """Return the relation as it would be built anew, reckoning only what moved, came or went.

    Places and ids are as they are now. An id that the relation does not know has come, one that is
    no longer given has gone; of the others only the ``moved`` are where they were not before. The
    streets, or that there are none, must be those that the relation was built on.
    """
    assert relation.is_estimate == (network is None)
    now_community = _now(relation.community_ids, community_ids, communities_moved)
    now_outlet = _now(relation.outlet_ids, outlet_ids, outlets_moved)
    fresh = _fresh(relation, network, (outlets, now_outlet), (communities, now_community))
    if relation.community_ids == community_ids and relation.outlet_ids == outlet_ids:
        gone = np.flatnonzero(_of(relation, now_community < 0, now_outlet < 0))
        if len(gone) + len(fresh.walk_m) <= EDITS_MAX:
            return edited(relation, gone, fresh)
    begin, end = now_outlet[relation.outlets], now_community[relation.rows]
    here = (begin >= 0) & (end >= 0)
    return _relation(
        joined([Pairs(begin[here], end[here], relation.walk_m[here]), fresh]),
        community_ids,
        outlet_ids,
        limit_m=relation.limit_m,
        is_estimate=relation.is_estimate,
    )


_Side = tuple[Points, NDArray[np.int32]]
"""Where places are now, and for those of before, where in this order each stands now."""


def _fresh(
    relation: Relation, network: Network | None, outlets: _Side, communities: _Side
) -> Pairs:
    """Return the pairs of which one end is new, or both."""
    (begin, stayed_outlets), (end, stayed_communities) = outlets, communities
    new_outlet = ~np.isin(np.arange(len(begin)), stayed_outlets)
    new_community = ~np.isin(np.arange(len(end)), stayed_communities)

    def between(some: NDArray[np.bool_], others: NDArray[np.bool_]) -> Pairs:
        at, to = np.flatnonzero(some).astype(np.int32), np.flatnonzero(others).astype(np.int32)
        if network is None:
            found = _straight(begin[at], end[to], limit_m=relation.limit_m, tell=tell_nobody)
        else:
            limit_m = relation.limit_m
            found = walks(network, begin[at], end[to], limit_m=limit_m, tell=tell_nobody)
        return Pairs(at[found.begin], to[found.end], found.walk_m)

    everybody = np.ones(len(end), dtype=np.bool_)
    return joined([between(new_outlet, everybody), between(~new_outlet, new_community)])


def _of(
    relation: Relation, communities: NDArray[np.bool_], outlets: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which pairs are of any of these communities or outlets."""
    # The way by sorting compares with each, if they are few, and that is the quickest.
    found = np.isin(relation.outlets, np.flatnonzero(outlets), kind="sort")
    for community in np.flatnonzero(communities):
        found[relation.indptr[community] : relation.indptr[community + 1]] = True
    return found


def _now(
    before: tuple[str, ...], after: tuple[str, ...], has_moved: Collection[str]
) -> NDArray[np.int32]:
    """Return where each id of before stands now, −1 where its walks must be reckoned anew."""
    again = frozenset(has_moved)
    if before == after:
        now = np.arange(len(after), dtype=np.int32)
        if again:
            now[[number for number, one in enumerate(after) if one in again]] = -1
        return now
    place = {one: number for number, one in enumerate(after) if one not in again}
    return np.array([place.get(one, -1) for one in before], dtype=np.int32)


def _straight(begin: Points, end: Points, *, limit_m: float, tell: Tell) -> Pairs:
    """Return all pairs within the limit by straight line × 1.4."""
    if not (len(begin) and len(end)):
        return joined([])
    points, tree = on_sphere(begin), KDTree(on_sphere(end))
    # Those that lie together are asked for together: then most of the others is never looked at.
    order = np.lexsort(np.floor(points / BLOCK_M).T)
    some = max(1, CELLS_MAX // len(end))
    parts: list[Pairs] = []
    for first in range(0, len(begin), some):
        chunk = order[first : first + some]
        near = KDTree(points[chunk]).sparse_distance_matrix(
            tree, limit_m / DETOUR * MARGIN, output_type="ndarray"
        )
        walk_m = in_grains(arc_m(near["v"]) * DETOUR)
        within = walk_m <= limit_m
        at, to = chunk[near["i"][within]], near["j"][within]
        parts.append(Pairs(at.astype(np.int32), to.astype(np.int32), rounded_up(walk_m[within])))
        tell(min(1.0, (first + some) / len(begin)))
    return joined(parts)


def _relation(
    pairs: Pairs,
    community_ids: tuple[str, ...],
    outlet_ids: tuple[str, ...],
    *,
    limit_m: float,
    is_estimate: bool,
) -> Relation:
    """Return walks from outlets to communities as compressed rows."""
    shape = (len(outlet_ids), len(community_ids))
    cells = coo_array((pairs.walk_m, (pairs.begin, pairs.end)), shape=shape)
    cells.has_canonical_format = True  # No pair comes twice: there is nothing to add up.
    # Sorted by counting, first by outlet, then by community: each step keeps the order before.
    by_community = cells.tocsr().tocsc()
    return Relation(
        community_ids=community_ids,
        outlet_ids=outlet_ids,
        indptr=by_community.indptr.astype(np.int64),
        outlets=by_community.indices.astype(np.int32),
        walk_m=by_community.data,
        limit_m=limit_m,
        is_estimate=is_estimate,
    )
