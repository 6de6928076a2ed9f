"""The streets as a network: nodes, and edges of at most fifty metres between them."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from service.domain.coordinates import Points
from service.domain.coverage import EARTH_RADIUS_M
from service.geo.osm_file import Streets

EDGE_M_MAX: Final = 50.0
"""A street is cut so that nobody stands far from a node of it."""

GRAIN_M: Final = 2.0**-20
"""Lengths are whole multiples of this, about a micrometre, so that sums of them are exact.

A walk is then as long forwards as backwards, and what is reckoned anew equals what was.
"""

LAYOUT: Final = 1
"""How ``to_bytes`` lays a network out; another number is not read."""

Metres = NDArray[np.float64]
Nodes = NDArray[np.int32]


class NetworkBytesError(ValueError):
    """Bytes that hold no network of our layout."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Places that one walks between: edge ``e`` joins nodes ``start[e]`` and ``end[e]``, both ways.

    Places are WGS-84. No two nodes of the file are at one place, and no two edges join the same.
    """

    lon_lat: Points
    start: Nodes
    end: Nodes
    length_m: Metres

    def __post_init__(self) -> None:
        assert self.lon_lat.shape == (self.nodes, 2)
        assert self.start.shape == self.end.shape == self.length_m.shape

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.lon_lat)

    @property
    def edges(self) -> int:
        """How many edges there are."""
        return len(self.length_m)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hexadecimal."""
        found = hashlib.sha256(f"{LAYOUT} {self.nodes} {self.edges}".encode())
        for part in (self.lon_lat, self.start, self.end, self.length_m):
            found.update(np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<")).tobytes())
        return found.hexdigest()

    @cached_property
    def graph(self) -> csr_array:
        """Each edge there and back, as SciPy's graph functions take it."""
        ends = (np.r_[self.start, self.end], np.r_[self.end, self.start])
        return csr_array((np.tile(self.length_m, 2), ends), shape=(self.nodes, self.nodes))

    @cached_property
    def tree(self) -> KDTree:
        """The nodes for the search of the nearest, in straight metres through the Earth."""
        return KDTree(on_sphere(self.lon_lat))

    @cached_property
    def level(self) -> NDArray[np.float64]:
        """What turns ``on_sphere`` into metres east and north, shape (3, 2): ``points @ level``.

        It looks straight down on the network, so that no distance is longer than on the Earth.
        """
        middle = (self.lon_lat.min(axis=0) + self.lon_lat.max(axis=0)) / 2 if self.nodes else (0, 0)
        lon, lat = np.radians(middle)
        east = (-np.sin(lon), np.cos(lon), 0.0)
        north = (-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat))
        return np.column_stack((east, north))

    @cached_property
    def level_m(self) -> Metres:
        """Where the nodes are, in metres east and north of the middle, shape (n, 2)."""
        return np.asfortranarray(self.to_level(self.lon_lat))  # Each axis is read on its own.

    def to_level(self, lon_lat: Points) -> Metres:
        """Return points in metres east and north of the network's middle."""
        level_m: Metres = on_sphere(lon_lat) @ self.level
        return level_m

    @cached_property
    def piece(self) -> Nodes:
        """Which connected piece each node belongs to: 0 is the largest, all others are islands."""
        if not self.nodes:
            return np.empty(0, dtype=np.int32)
        _, labels = connected_components(self.graph, directed=False)
        by_size = np.argsort(-np.bincount(labels), kind="stable")
        piece: Nodes = np.argsort(by_size).astype(np.int32)[labels]
        return piece

    @cached_property
    def pieces(self) -> NDArray[np.int64]:
        """How many nodes each connected piece has, the largest first."""
        return np.bincount(self.piece).astype(np.int64)

    @property
    def islands(self) -> int:
        """How many pieces no street joins to the largest."""
        return max(0, len(self.pieces) - 1)

    @property
    def island_nodes(self) -> int:
        """How many nodes stand on islands."""
        return int(self.pieces[1:].sum())

    def to_bytes(self) -> bytes:
        """Return the network compressed, for ``from_bytes``."""
        file = io.BytesIO()
        np.savez_compressed(
            file,
            layout=np.int64(LAYOUT),
            lon_lat=self.lon_lat,
            start=self.start,
            end=self.end,
            length_m=self.length_m,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, body: bytes) -> "Network":
        """Return the network that ``to_bytes`` wrote; NetworkBytesError if it did not."""
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as file:
                if int(file["layout"]) == LAYOUT:
                    names = ("lon_lat", "start", "end", "length_m")
                    return cls(**{name: file[name] for name in names})
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            message = "the kept streets cannot be read: import the street file again"
            raise NetworkBytesError(message) from error
        message = "the kept streets are of another release: import the street file again"
        raise NetworkBytesError(message)


def build_network(streets: Streets) -> Network:
    """Return the streets as a network; what lies at one place is one node, whatever its id."""
    lon_lat, steps = _each_place_once(streets)
    from_node, to_node = _segments(steps, streets.starts)
    low, high = np.minimum(from_node, to_node), np.maximum(from_node, to_node)
    low, high = np.divmod(np.unique((low * len(lon_lat) + high)[low < high]), len(lon_lat) or 1)
    used, at = np.unique(np.r_[low, high], return_inverse=True)
    ends = at.reshape(2, -1).astype(np.int64)
    return _cut(lon_lat[used], ends[0], ends[1])


def haversine_m(a: Points, b: Points) -> Metres:
    """Return great-circle distances between points side by side, in metres."""
    lon_1, lat_1 = np.radians(a).T
    lon_2, lat_2 = np.radians(b).T
    half = (
        np.sin((lat_2 - lat_1) / 2) ** 2
        + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    )
    distance: Metres = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))
    return distance


def on_sphere(lon_lat: Points) -> Metres:
    """Return points as metres from the middle of the Earth, shape (n, 3).

    The straight line between two is never longer than the great circle, and orders them alike.
    """
    lon, lat = np.radians(lon_lat.reshape(-1, 2)).T
    axes = (np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat))
    return EARTH_RADIUS_M * np.column_stack(axes)


def arc_m(chord_m: Metres) -> Metres:
    """Return great-circle distances of what lies so far apart straight through the Earth."""
    distance: Metres = 2 * EARTH_RADIUS_M * np.arcsin(chord_m / (2 * EARTH_RADIUS_M))
    return distance


def in_grains(metres: Metres) -> Metres:
    """Return lengths as whole multiples of the grain."""
    return np.round(metres / GRAIN_M) * GRAIN_M


def _each_place_once(streets: Streets) -> tuple[Points, NDArray[np.int64]]:
    """Return places in order of longitude and latitude, and the steps among them."""
    whole = np.ascontiguousarray(streets.lon_lat).view(np.complex128).reshape(-1)
    places, of = np.unique(whole, return_inverse=True)
    steps = streets.steps.astype(np.int64)
    if len(of):
        steps = np.where(steps >= 0, of[steps], -1)
    return places.view(np.float64).reshape(-1, 2), steps


def _segments(
    steps: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nodes of each two steps on end of one way; a node that is lacking breaks it."""
    on_end = (steps[:-1] >= 0) & (steps[1:] >= 0)
    firsts = starts[1:-1]
    firsts = firsts[(firsts > 0) & (firsts < len(steps))]
    on_end[firsts - 1] = False
    return steps[:-1][on_end], steps[1:][on_end]


def _cut(lon_lat: Points, low: NDArray[np.int64], high: NDArray[np.int64]) -> Network:
    """Return the network of straight streets, each in as many equal edges as it needs."""
    length_m = haversine_m(lon_lat[low], lon_lat[high])
    parts = np.maximum(1, np.ceil(length_m / EDGE_M_MAX)).astype(np.int64)
    street = np.repeat(np.arange(len(parts)), parts)
    # The number of each edge within its street, and of the cut at its beginning among all cuts.
    nth = np.arange(len(street)) - np.repeat(np.cumsum(parts) - parts, parts)
    cut = len(lon_lat) + np.arange(len(street)) - street - 1
    inner = nth > 0
    share = (nth / parts[street])[inner, None]
    begin, along = lon_lat[low][street[inner]], (lon_lat[high] - lon_lat[low])[street[inner]]
    last = nth == parts[street] - 1
    return Network(
        lon_lat=np.concatenate((lon_lat, begin + along * share)),
        start=np.where(inner, cut, low[street]).astype(np.int32),
        end=np.where(last, high[street], cut + 1).astype(np.int32),
        length_m=np.maximum(in_grains(length_m / parts)[street], GRAIN_M),
    )
