"""Three coordinate systems that Chinese files come in, and the way between each and WGS-84.

The formulas are those that have gone round in public since about 2012, when the offset of GCJ-02
was worked out from map tiles: a polynomial with sines in degrees from (105 E, 35 N), scaled by the
radii of the Krasovsky 1940 ellipsoid; BD-09 turns and stretches GCJ-02 a little about the origin.
Neither has an official text. Within China both agree with what map services give to about a metre.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Longitude and latitude in degrees, shape (n, 2)."""

SEMI_MAJOR_M: Final = 6_378_245.0
ECCENTRICITY_SQUARED: Final = 0.006693421622965943
"""Krasovsky 1940, as the formulas have it."""

CHINA_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east and north of where GCJ-02 is moved at all; outside it is WGS-84."""

BD_LON: Final = 0.0065
BD_LAT: Final = 0.006
BD_TURN: Final = np.pi * 3000.0 / 180.0
BD_STRETCH: Final = 0.00002
BD_SWING: Final = 0.000003

EARTH_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

CLOSE_DEG: Final = 1e-9
"""A tenth of a millimetre: there the way back is found."""

STEPS_MAX: Final = 40
"""Each step of the way back leaves at most a few thousandths of the error: five mostly do."""

HINT_POINTS_MIN: Final = 20
HINT_RATIO_MAX: Final = 0.5
HINT_GAIN_M: Final = 20.0
"""Another system fits clearly better where the median distance is halved and falls by so much."""

HINT_OUTSIDE_MIN: Final = 0.03
HINT_OUTSIDE_RATIO_MAX: Final = 0.25
"""Or where so many lie outside an outline, and as another system a quarter of them at most."""


class Crs(StrEnum):
    """The coordinate system of a file: GPS and OpenStreetMap, Amap and Tencent, or Baidu."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def from_wgs84(lon_lat: Points, crs: Crs) -> Points:
    """Return points of WGS-84 as the other system writes them."""
    if crs is Crs.WGS84:
        return lon_lat.astype(np.float64)
    moved = _to_gcj02(lon_lat)
    return moved if crs is Crs.GCJ02 else _to_bd09(moved)


def to_wgs84(lon_lat: Points, crs: Crs) -> Points:
    """Return points of the system in WGS-84: ``from_wgs84`` backwards, to less than a centimetre.

    A point beside the edge of China's box may stand for nothing, or for two: there the nearest is
    given that the steps find.
    """
    if crs is Crs.WGS84:
        return lon_lat.astype(np.float64)
    gcj02 = lon_lat if crs is Crs.GCJ02 else _backwards(_to_bd09, lon_lat)
    return _backwards(_to_gcj02, gcj02)


def likely_crs(
    lon_lat: Points, *, stated: Crs, nearest_m: Callable[[Points], NDArray[np.float64]]
) -> Crs | None:
    """Return the system that fits clearly better than the stated one, if any: a hint only.

    ``lon_lat`` is as the file writes it; ``nearest_m`` gives for points in WGS-84 the metres to
    what they should lie near: the nearest street, or the same places known already.
    """
    if len(lon_lat) < HINT_POINTS_MIN:
        return None

    def median_m(crs: Crs) -> float:
        return float(np.median(nearest_m(to_wgs84(lon_lat, crs))))

    stated_m = median_m(stated)
    best_m, best = min((median_m(crs), crs) for crs in Crs if crs is not stated)
    halved = best_m <= stated_m * HINT_RATIO_MAX
    return best if halved and stated_m - best_m >= HINT_GAIN_M else None


def likely_crs_within(
    lon_lat: Points, *, stated: Crs, outside: Callable[[Points], NDArray[np.bool_]]
) -> Crs | None:
    """Return the system as which clearly more of the points lie within an outline, if any.

    ``outside`` says of points in WGS-84 which do not. A hint only, as ``likely_crs``.
    """
    if len(lon_lat) < HINT_POINTS_MIN:
        return None

    def share(crs: Crs) -> float:
        return float(outside(to_wgs84(lon_lat, crs)).mean())

    stated_share = share(stated)
    if stated_share < HINT_OUTSIDE_MIN:
        return None
    best_share, best = min((share(crs), crs) for crs in Crs if crs is not stated)
    return best if best_share <= stated_share * HINT_OUTSIDE_RATIO_MAX else None


def apart_m(lon_lat: Points, others: Points) -> NDArray[np.float64]:
    """Return the metres from each point to its own other one; good where they are near."""
    east, north = np.radians(others - lon_lat).T
    middle = np.radians((lon_lat[:, 1] + others[:, 1]) / 2)
    metres: NDArray[np.float64] = EARTH_M * np.hypot(east * np.cos(middle), north)
    return metres


def _backwards(forth: Callable[[Points], Points], target: Points) -> Points:
    """Return what ``forth`` turns into the target: step by what is still missing."""
    found = target.astype(np.float64)
    for _ in range(STEPS_MAX):
        missing = target - forth(found)
        found = found + missing
        if not len(found) or float(np.abs(missing).max()) < CLOSE_DEG:
            break
    return found


def _to_gcj02(lon_lat: Points) -> Points:
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    west, south, east, north = CHINA_BOX
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    east_m, north_m = _offset_m(lon - 105.0, lat - 35.0)
    radians = np.radians(lat)
    flattening = 1.0 - ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_m = SEMI_MAJOR_M / np.sqrt(flattening) * np.cos(radians)
    by = np.stack([np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)], axis=1)
    moved: Points = np.where(inside[:, None], lon_lat + by, lon_lat)
    return moved


def _offset_m(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Points, Points]:
    """Return metres east and north; x and y are degrees east and north of (105 E, 35 N)."""

    def waves(at: NDArray[np.float64], *parts: tuple[float, float]) -> NDArray[np.float64]:
        total = np.zeros_like(at)
        for height, frequency in parts:
            total += height * np.sin(frequency * np.pi * at)
        return total * 2.0 / 3.0

    root = np.sqrt(np.abs(x))
    ripple = waves(x, (20.0, 6.0), (20.0, 2.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    return east, north


def _to_bd09(lon_lat: Points) -> Points:
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    radius = np.hypot(lon, lat) + BD_STRETCH * np.sin(lat * BD_TURN)
    angle = np.arctan2(lat, lon) + BD_SWING * np.cos(lon * BD_TURN)
    return np.stack([radius * np.cos(angle) + BD_LON, radius * np.sin(angle) + BD_LAT], axis=1)
