"""Traces what is painted on a grid: the rings around it, its inside always on their left."""

import numpy as np
from numpy.typing import NDArray

from service.domain.coordinates import Points

Mask = NDArray[np.bool_]
Corners = NDArray[np.int64]


def trace(mask: Mask) -> list[Points]:
    """Return closed rings in cells; cell (i, j) is the square from (i, j) to (i + 1, j + 1).

    Outer rings turn left and holes right. They run through the middles of the cells' sides, which
    cuts off corners: a slanted street has a slanted edge. Nothing may be painted on the grid's own
    edge. Cells that touch only by a corner are joined, so that no ring touches itself.
    """
    joined = _join_corners(mask)
    begin, end = _sides(joined)
    order = np.argsort(begin)
    begin, end = begin[order], end[order]
    # Each corner on a ring begins one side: the side that goes on is found by its beginning.
    following = np.searchsorted(begin, end)
    height = mask.shape[1] + 1
    middles = (np.stack(np.divmod(begin, height), 1) + np.stack(np.divmod(end, height), 1)) / 2
    bends = _bends(middles, following)
    return [_closed(middles, bends, np.array(ring)) for ring in _cycles(following.tolist())]


def _join_corners(mask: Mask) -> Mask:
    """Return the mask with both other cells painted wherever two touch only by a corner."""
    joined = mask.copy()
    while True:
        a, b, c, d = joined[:-1, :-1], joined[1:, 1:], joined[1:, :-1], joined[:-1, 1:]
        places = np.flatnonzero((a == b) & (c == d) & (a != c))
        if not places.size:
            return joined
        x, y = np.divmod(places, joined.shape[1] - 1)
        for right in (0, 1):
            for up in (0, 1):
                joined[x + right, y + up] = True


def _sides(mask: Mask) -> tuple[Corners, Corners]:
    """Return the sides between inside and outside, by the numbers of their two corners."""
    height = mask.shape[1] + 1
    begins, ends = [], []
    # (i, j) is in and its neighbour is not, or the other way round: the side turns about.
    for inside, beyond, corner, from_, to in (
        (mask[1:], mask[:-1], (1, 0), 1, 0),
        (mask[:-1], mask[1:], (1, 0), 0, 1),
        (mask[:, 1:], mask[:, :-1], (0, 1), 0, height),
        (mask[:, :-1], mask[:, 1:], (0, 1), height, 0),
    ):
        x, y = np.divmod(np.flatnonzero(inside & ~beyond), inside.shape[1])
        at = (x + corner[0]) * height + y + corner[1]
        begins.append(at + from_)
        ends.append(at + to)
    return np.concatenate(begins), np.concatenate(ends)


def _cycles(following: list[int]) -> list[list[int]]:
    """Return the cycles of a permutation."""
    cycles, is_seen = [], bytearray(len(following))
    for first in range(len(following)):
        if is_seen[first]:
            continue
        cycle, one = [], first
        while not is_seen[one]:
            is_seen[one] = 1
            cycle.append(one)
            one = following[one]
        cycles.append(cycle)
    return cycles


def _bends(corners: Points, following: Corners) -> NDArray[np.bool_]:
    """Return which corners do not lie straight between the one before and the one after."""
    on = corners[following] - corners
    back = np.empty_like(on)
    back[following] = on
    bends: NDArray[np.bool_] = back[:, 0] * on[:, 1] != back[:, 1] * on[:, 0]
    return bends


def _closed(corners: Points, bends: NDArray[np.bool_], ring: Corners) -> Points:
    """Return a ring's corners, the first also last; what lies straight is left out."""
    kept = ring[bends[ring]]
    closed: Points = corners[np.append(kept, kept[0])]
    return closed
