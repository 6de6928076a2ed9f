"""The shortest walks along the streets between two sets of places, block by block, all of them.

A place walks straight to its nearest node; that leg counts at both ends. Of a block of starting
points only the streets are looked at that a walk within the limit can touch, and no more cells are
held at a time than ``CELLS_MAX``, however many places there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from service.domain.coordinates import Points
from service.domain.coverage import EARTH_RADIUS_M
from service.geo.network import Metres, Network, Nodes, haversine_m, in_grains, on_sphere
from service.geo.progress import Tell

OFF_NETWORK_M: Final = 500.0
"""Whoever is farther from any street is off the network, and reaches nothing along it."""

BLOCK_M: Final = 3_000.0
"""Starting points are taken by squares of this side."""

CELLS_MAX: Final = 1_000_000
"""So many distances are held at a time: 8 MB, a few times over."""

MARGIN: Final = 1.01
"""A walk strays no farther than its length; a hundredth more covers how lengths are rounded."""


class Pairs(NamedTuple):
    """Who walks to whom, as indices, and how far, in metres; each pair once."""

    begin: NDArray[np.int32]
    end: NDArray[np.int32]
    walk_m: NDArray[np.float32]

    def turned(self) -> "Pairs":
        """Return the same walks the other way round."""
        return Pairs(self.end, self.begin, self.walk_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """Each place's nearest node, and the straight way to it, off the network or not."""

    node: Nodes
    leg_m: Metres

    @property
    def is_off(self) -> NDArray[np.bool_]:
        """Which places are off the network."""
        return self.leg_m > OFF_NETWORK_M

    @property
    def off(self) -> int:
        """How many places are off the network."""
        return int(self.is_off.sum())


def snap(network: Network, lon_lat: Points) -> Legs:
    """Return the way of each place to the network."""
    if not network.nodes:
        nowhere = np.zeros(len(lon_lat), dtype=np.int32)
        return Legs(node=nowhere, leg_m=np.full(len(lon_lat), np.inf))
    _, found = network.tree.query(on_sphere(lon_lat))
    node = np.asarray(found, dtype=np.int32).reshape(len(lon_lat))
    return Legs(node=node, leg_m=in_grains(haversine_m(lon_lat, network.lon_lat[node])))


def walks(network: Network, begin: Points, end: Points, *, limit_m: float, tell: Tell) -> Pairs:
    """Return all pairs within the limit, by ``begin``; the smaller set is walked from."""
    if len(begin) > len(end):
        return walks(network, end, begin, limit_m=limit_m, tell=tell).turned()
    if not len(begin):
        return joined([])
    near = _near(network, begin, end, limit_m)
    starts, targets = _Places.of(network, begin), _Places.of(network, end[near])
    parts: list[Pairs] = []
    done = 0
    for block in _blocks(network, starts):
        parts.extend(_block_walks(network, starts.only(block), targets, limit_m))
        done += len(block)
        tell(done / len(starts.number))
    found = joined(parts)
    return Pairs(found.begin, near.astype(np.int32)[found.end], found.walk_m)


def joined(parts: list[Pairs]) -> Pairs:
    """Return all pairs of the parts."""
    if not parts:
        none = np.empty(0, dtype=np.int32)
        return Pairs(none, none, np.empty(0, dtype=np.float32))
    return Pairs(
        np.concatenate([part.begin for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.walk_m for part in parts]),
    )


def rounded_up(metres: Metres) -> NDArray[np.float32]:
    """Return the metres in single precision, none of them shorter than it is.

    What is beyond a limit stays beyond it, also when the limit is drawn later.
    """
    near = metres.astype(np.float32)
    return np.where(near < metres, np.nextafter(near, np.float32(np.inf)), near)


class _Places(NamedTuple):
    """Places on the network, by node: their number, node and leg."""

    number: NDArray[np.int32]
    node: Nodes
    leg_m: Metres

    @classmethod
    def of(cls, network: Network, lon_lat: Points) -> "_Places":
        """Return the places that are not off the network."""
        legs = snap(network, lon_lat)
        order = np.argsort(legs.node, kind="stable")
        order = order[~legs.is_off[order]]
        return cls(order.astype(np.int32), legs.node[order], legs.leg_m[order])

    def only(self, some: NDArray[np.integer] | slice) -> "_Places":
        return _Places(self.number[some], self.node[some], self.leg_m[some])


def _near(network: Network, begin: Points, end: Points, limit_m: float) -> NDArray[np.intp]:
    """Return which of the ends the beginnings might reach; latitude goes first, it is cheap."""
    wide = np.degrees(limit_m * MARGIN / EARTH_RADIUS_M)
    low, high = begin[:, 1].min() - wide, begin[:, 1].max() + wide
    near = np.flatnonzero((end[:, 1] >= low) & (end[:, 1] <= high))
    return near[_box(network.to_level(end[near]), network.to_level(begin), limit_m)]


def _box(level_m: Metres, around_m: Metres, limit_m: float) -> NDArray[np.intp]:
    """Return which points lie in the box that no walk from the others leaves, ascending."""
    low = around_m.min(axis=0) - limit_m * MARGIN
    high = around_m.max(axis=0) + limit_m * MARGIN
    east, north = level_m.T
    some = np.flatnonzero((east >= low[0]) & (east <= high[0]))
    north = north[some]
    inside: NDArray[np.intp] = some[(north >= low[1]) & (north <= high[1])]
    return inside


def _blocks(network: Network, places: _Places) -> Iterator[NDArray[np.int64]]:
    """Give the places block by block."""
    if not len(places.number):
        return
    squares = np.floor(network.level_m[places.node] / BLOCK_M)
    _, of = np.unique(squares, axis=0, return_inverse=True)
    order = np.argsort(of, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(of[order])) + 1)


def _block_walks(
    network: Network, starts: _Places, targets: _Places, limit_m: float
) -> Iterator[Pairs]:
    """Give the walks from some starting points that lie together."""
    nodes = _box(network.level_m, network.level_m[starts.node], limit_m)
    inside = np.zeros(network.nodes, dtype=np.bool_)
    inside[nodes] = True
    targets = targets.only(np.flatnonzero(inside[targets.node]))
    graph = network.graph[nodes][:, nodes]
    column = np.searchsorted(nodes, targets.node)
    some = max(1, CELLS_MAX // max(len(nodes), len(column)))
    for first in range(0, len(starts.number), some):
        chunk = starts.only(slice(first, first + some))
        sources, row = np.unique(np.searchsorted(nodes, chunk.node), return_inverse=True)
        left_m = limit_m - chunk.leg_m.min()
        if left_m < 0:
            continue
        street_m = dijkstra(graph, indices=sources, limit=left_m)
        walk_m = street_m[row[:, None], column]
        walk_m += targets.leg_m
        walk_m += chunk.leg_m[:, None]
        begin, end = np.nonzero(walk_m <= limit_m)
        yield Pairs(chunk.number[begin], targets.number[end], rounded_up(walk_m[begin, end]))
