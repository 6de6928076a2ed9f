"""Walking areas as shapes: from where one walks along the streets to a place, or to any of many.

Dijkstra from the places, their legs to the street counted, says how far each node is. Whoever walks
straight to the nearest node, and has as much left as it still is from there, is inside: it is the
rule by which communities are counted (``service.geo.walks``). What stands beside a street that is
reached from either end belongs to it, too. Without streets an area is a circle: an estimate.
"""

from typing import Final

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from service.domain.coordinates import Points
from service.domain.coverage import DETOUR
from service.geo.canvas import Canvas, Lines
from service.geo.network import GRAIN_M, Metres, Network
from service.geo.progress import Tell, tell_nobody
from service.geo.shapes import Geometry, Plane, circles, nowhere, outlined
from service.geo.walks import OFF_NETWORK_M, Legs, snap

WIDEN_M: Final = 30.0
"""What stands beside a street is reached with it: houses lie so far from its middle."""

PLACES_MAX: Final = 200_000
"""So many places make one shape at most."""


def area_of(network: Network | None, lon: float, lat: float, *, limit_m: float) -> Geometry:
    """Return the area from which one walks to a place within the limit, as GeoJSON in WGS-84."""
    return dissolved(network, np.array([(lon, lat)], dtype=np.float64), limit_m=limit_m)


def dissolved(
    network: Network | None, places: Points, *, limit_m: float, tell: Tell = tell_nobody
) -> Geometry:
    """Return one shape from all of which one walks to any of the places within the limit.

    Without streets it is made of circles whose radius, walked with the usual detour, is the limit.
    With them, a place that is off the network has no area: nobody reaches it along the streets.
    """
    assert limit_m > 0
    assert len(places) <= PLACES_MAX
    if not len(places):
        return nowhere()
    if network is None:
        plane = Plane.around(places)
        return circles(plane.to_metres(places), limit_m / DETOUR, plane=plane, tell=tell)
    legs = snap(network, places)
    there = ~legs.is_off
    if not there.any():
        return nowhere()
    places, legs = places[there], Legs(node=legs.node[there], leg_m=legs.leg_m[there])
    plane = Plane.around(places)
    distance_m = walks_to_any(network, legs, limit_m)
    streets = _within(network, distance_m, limit_m)
    tell(0.1)
    lines = plane.to_metres(np.concatenate((_legs(network, places, legs, limit_m), streets)))
    canvas = _painted(lines, plane.to_metres(network.lon_lat), limit_m - distance_m)
    tell(0.6)
    return outlined(canvas, plane=plane, tell=lambda part: tell(0.6 + 0.4 * part))


def _painted(lines: Lines, nodes: Points, left_m: Metres) -> Canvas:
    """Return what lies beside lines, and who walks straight to a node from where enough is left."""
    left_m = np.minimum(left_m, OFF_NETWORK_M)
    reached = nodes[left_m > 0]
    left = left_m[left_m > 0, None]
    ends = np.concatenate(
        (
            lines.min(axis=(0, 1))[None] - 2 * WIDEN_M,
            lines.max(axis=(0, 1))[None] + 2 * WIDEN_M,
            reached - left,
            reached + left,
        )
    )
    canvas = Canvas.over(ends.min(axis=0), ends.max(axis=0))
    canvas.paint_beside(lines, radius_m=WIDEN_M)
    canvas.paint_around(nodes, left_m)
    return canvas


def walks_to_any(network: Network, legs: Legs, limit_m: float) -> Metres:
    """Return the walk from each node to the place that is nearest to it; inf past the limit."""
    # One more node stands for all places: from it a leg leads to each place's street.
    starts, place = np.unique(legs.node, return_inverse=True)
    shortest_m = np.full(len(starts), np.inf)
    np.minimum.at(shortest_m, place, np.maximum(legs.leg_m, GRAIN_M))
    graph = network.graph
    with_places = csr_array(
        (
            np.concatenate((graph.data, shortest_m)),
            np.concatenate((graph.indices, starts)),
            np.append(graph.indptr, graph.nnz + len(starts)),
        ),
        shape=(network.nodes + 1, network.nodes + 1),
    )
    found: Metres = dijkstra(with_places, indices=network.nodes, limit=limit_m)
    return found[:-1]


def _legs(network: Network, places: Points, legs: Legs, limit_m: float) -> Lines:
    """Return the ways to the street, as far as the limit: a place always lies in its own area."""
    share = np.minimum(1.0, limit_m / np.maximum(legs.leg_m, GRAIN_M))[:, None]
    ends = places + (network.lon_lat[legs.node] - places) * share
    return np.stack((places, ends), axis=1)


def _within(network: Network, distance_m: Metres, limit_m: float) -> Lines:
    """Return whole streets, and the parts that are reached from the one end or from the other."""
    left_m = np.maximum(limit_m - distance_m, 0.0)
    ends = np.stack((network.start, network.end), axis=1)
    near = (left_m[ends] > 0).any(axis=1)
    ends = ends[near]
    shares = np.minimum(1.0, left_m[ends] / network.length_m[near, None])
    whole = shares.sum(axis=1) >= 1.0
    places = network.lon_lat[ends]
    parts = [places[whole]]
    for share, here, there in ((shares[:, 0], 0, 1), (shares[:, 1], 1, 0)):
        some = ~whole & (share > 0)
        begin, end = places[some, here], places[some, there]
        parts.append(np.stack((begin, begin + (end - begin) * share[some, None]), axis=1))
    return np.concatenate(parts)
