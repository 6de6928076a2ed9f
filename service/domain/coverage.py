"""The circle in figures as they are kept; and the walk by straight line, without streets."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import CoverageFigures

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

DETOUR: Final = 1.4
"""How much longer a walk is than the straight line. An estimate, and marked as one on screen."""

WALK_LIMIT_M: Final = 1_000.0
"""Fifteen minutes at 4 km/h (TD/T 1062-2021 speaks of about 1 km)."""


WALK_NEAR_M: Final = 800.0
"""The second line (GB 50180-2018 speaks of 800 to 1,000 m)."""

WALK_KMH: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walking:
    """How far and how fast residents walk; stands beside every figure."""

    limit_m: float = WALK_LIMIT_M
    near_m: float = WALK_NEAR_M
    kmh: float = WALK_KMH

    def minutes(self, walk_m: float) -> float:
        """Return how long a walk takes."""
        return walk_m / (self.kmh * 1_000 / 60)


@dataclass(frozen=True, slots=True)
class ItemCoverage:
    """People inside the circle for one item; low to high where outlets are unknown."""

    item: str
    people_installed: int
    people_working_low: int
    people_working_high: int
    people_in_stock_low: int
    people_in_stock_high: int
    people_never: int
    people_machine: int
    people_stock: int
    people_closed: int
    people_unknown: int


def item_coverage(item: str, figures: CoverageFigures) -> ItemCoverage:
    """Return an item's figures as they are kept."""
    return ItemCoverage(
        item=item,
        people_installed=figures.installed,
        people_working_low=figures.working_low,
        people_working_high=figures.working_high,
        people_in_stock_low=figures.in_stock_low,
        people_in_stock_high=figures.in_stock_high,
        people_never=figures.never,
        people_machine=figures.machine,
        people_stock=figures.stock,
        people_closed=figures.closed,
        people_unknown=figures.unknown,
    )


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
