"""A made-up city of some 120,000 street nodes, and places near its streets."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.geo.network import Network
from service.geo.osm_file import Streets

LON, LAT = 117.0, 36.65
SIDE = 155
BLOCK_M = 130.0
ASKEW_M = 22.0
BUILT = 0.9
"""The share of the streets of a perfect grid that were built."""

AWAY_M = 60.0
"""How far homes and kiosks stand from a node of their street, one way or the other."""

_DEGREE_M = math.radians(1.0) * 6_371_008.8
_M = np.array([_DEGREE_M * math.cos(math.radians(LAT)), _DEGREE_M])

Points = NDArray[np.float64]


class Places(NamedTuple):
    """Communities and outlets with their ids."""

    communities: Points
    community_ids: tuple[str, ...]
    outlets: Points
    outlet_ids: tuple[str, ...]


def city_streets() -> Streets:
    """Return crossings that lie askew, and nine of ten streets between neighbours."""
    chance = np.random.default_rng(15)
    east, north = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    spots = np.stack((east, north), axis=-1).reshape(-1, 2) * BLOCK_M
    spots = spots + chance.normal(0, ASKEW_M, spots.shape)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    steps = np.concatenate(
        (
            np.stack((number[:, :-1], number[:, 1:]), axis=-1).reshape(-1, 2),
            np.stack((number[:-1], number[1:]), axis=-1).reshape(-1, 2),
        )
    )
    steps = steps[chance.random(len(steps)) < BUILT]
    return Streets(
        lon_lat=(LON, LAT) + spots / _M,
        steps=steps.reshape(-1).astype(np.int32),
        starts=np.arange(0, 2 * len(steps) + 1, 2, dtype=np.int64),
    )


def places_in(network: Network, *, outlets: int, communities: int) -> Places:
    """Return places near streets, always the same ones."""
    chance = np.random.default_rng(43)

    def near(many: int) -> Points:
        chosen = network.lon_lat[chance.integers(0, network.nodes, many)]
        spots: Points = chosen + chance.normal(0, AWAY_M, (many, 2)) / _M
        return spots

    return Places(
        outlets=near(outlets),
        outlet_ids=tuple(f"K{number:05}" for number in range(outlets)),
        communities=near(communities),
        community_ids=tuple(f"C{number:06}" for number in range(communities)),
    )
