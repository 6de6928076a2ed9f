"""Streets among places given in metres, somewhere in a city."""

import math

import numpy as np
from numpy.typing import NDArray

from service.geo.osm_file import Streets

LON, LAT = 104.06, 30.67
DEGREE_M = math.radians(1.0) * 6_371_008.8


def lon_lat_of(places_m: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Return places in degrees, given in metres east and north of a spot."""
    east_m = DEGREE_M * math.cos(math.radians(LAT))
    degrees = [(LON + east / east_m, LAT + north / DEGREE_M) for east, north in places_m]
    return np.array(degrees, dtype=np.float64).reshape(-1, 2)


def streets_of(places_m: list[tuple[float, float]], ways: list[list[int]]) -> Streets:
    """Return ways among places; a step of -1 is a node that the file lacks."""
    steps = np.array([step for way in ways for step in way], dtype=np.int32)
    starts = np.cumsum([0, *(len(way) for way in ways)])
    return Streets(lon_lat=lon_lat_of(places_m), steps=steps, starts=starts.astype(np.int64))
