"""How far it is between places along the streets, each to each, for whoever goes on a round.

The streets are those that residents walk on: roads and paths, taken in both directions. Where there
are none, or a place is off them, it is the straight line × 1.4, and an estimate.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.sparse.csgraph import dijkstra

from service.domain.coordinates import Points
from service.domain.rounds import Ways
from service.geo.network import Metres, Network, haversine_m
from service.geo.walks import snap

CROW_FACTOR: Final = 1.4
"""How much longer a way is than the straight line, where nothing else is known."""

SOURCES_AT_ONCE: Final = 16
"""From so many places at a time, so that a large city does not fill the memory."""


class Roads:
    """Keeps ``domain.rounds.Roads`` on the streets as they are when asked."""

    def __init__(self, network: Callable[[], Network | None]) -> None:
        """Take what gives the streets; None: there are none."""
        self._network = network

    def __call__(self, lon_lat: Points) -> Ways:
        """Return how far it is from each place to each."""
        crow_m = crow_between(lon_lat)
        network = self._network()
        if network is None or not network.nodes:
            return Ways(metres=crow_m, estimates=~np.eye(len(lon_lat), dtype=np.bool_))
        metres = _along(network, lon_lat)
        unknown = ~np.isfinite(metres)
        return Ways(metres=np.where(unknown, crow_m, metres), estimates=unknown)


def crow_between(lon_lat: Points) -> Metres:
    """Return the straight line between all places × 1.4, in metres."""
    size = len(lon_lat)
    begin, end = np.repeat(lon_lat, size, axis=0), np.tile(lon_lat, (size, 1))
    return CROW_FACTOR * haversine_m(begin, end).reshape(size, size)


def _along(network: Network, lon_lat: Points) -> Metres:
    """Return the ways along streets; infinite where none leads."""
    legs = snap(network, lon_lat)
    nodes, column = np.unique(legs.node, return_inverse=True)
    street_m = np.empty((len(nodes), len(nodes)))
    for first in range(0, len(nodes), SOURCES_AT_ONCE):
        some = slice(first, first + SOURCES_AT_ONCE)
        street_m[some] = dijkstra(network.graph, indices=nodes[some])[:, nodes]
    found = street_m[np.ix_(column, column)] + legs.leg_m[:, None] + legs.leg_m[None, :]
    found[legs.is_off, :] = np.inf
    found[:, legs.is_off] = np.inf
    np.fill_diagonal(found, 0.0)
    metres: Metres = found
    return metres
