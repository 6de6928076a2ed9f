"""The fifteen-minute circle by straight line: who has a kiosk in reach that really has the item."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

DETOUR: Final = 1.4
"""How much longer a walk is than the straight line. An estimate, and marked as one on screen."""

WALK_LIMIT_M: Final = 1_000.0
"""Fifteen minutes at 4 km/h (TD/T 1062-2021 speaks of about 1 km)."""

Reach = NDArray[np.bool_]
"""communities × outlets: is the outlet within the walk limit?"""


class Standing(IntEnum):
    """Whether an outlet can serve one item now. NEVER: it does not carry it at all."""

    NEVER = 0
    NO = 1
    UNKNOWN = 2
    YES = 3


@dataclass(frozen=True, slots=True)
class ItemCoverage:
    """People inside the circle for one item; low to high where outlets are unknown."""

    item: str
    people_installed: int
    people_working_low: int
    people_working_high: int
    people_in_stock_low: int
    people_in_stock_high: int


def estimate_walk_m(
    from_lon_lat: NDArray[np.float64], to_lon_lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return great-circle distance (haversine) × 1.4 in metres, shape (from, to); degrees in."""
    lon_1, lat_1 = np.radians(from_lon_lat.reshape(-1, 2)).T[:, :, None]
    lon_2, lat_2 = np.radians(to_lon_lat.reshape(-1, 2)).T[:, None, :]
    half = (
        np.sin((lat_2 - lat_1) / 2) ** 2
        + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    )
    distance: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half)) * DETOUR
    return distance


def cover(
    item: str,
    *,
    reach: Reach,
    people: NDArray[np.int64],
    working: NDArray[np.int8],
    in_stock: NDArray[np.int8],
) -> ItemCoverage:
    """Return who is covered; ``working`` and ``in_stock`` hold a ``Standing`` per outlet."""

    def at_least(standing: NDArray[np.int8], least: Standing) -> int:
        return int(people[reach[:, standing >= least].any(axis=1)].sum())

    return ItemCoverage(
        item=item,
        people_installed=at_least(working, Standing.NO),
        people_working_low=at_least(working, Standing.YES),
        people_working_high=at_least(working, Standing.UNKNOWN),
        people_in_stock_low=at_least(in_stock, Standing.YES),
        people_in_stock_high=at_least(in_stock, Standing.UNKNOWN),
    )


def gaps(*, reach: Reach, in_stock: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return per community: an outlet in reach should carry the item, and surely none has it.

    A community that was never served is a question of siting, and one whose outlet is unknown is
    not known to be a gap: neither is an alert.
    """
    installed = reach[:, in_stock >= Standing.NO].any(axis=1)
    perhaps = reach[:, in_stock >= Standing.UNKNOWN].any(axis=1)
    return np.asarray(installed & ~perhaps, dtype=np.bool_)
