"""The plan's own coordinates (u, v), bent into a landscape and placed on the globe."""

import math
import random
from dataclasses import dataclass
from typing import Final

# A plain that belongs to the invented district alone; WGS-84.
CENTRE_LON: Final = 112.6180
CENTRE_LAT: Final = 30.9420
METRES_PER_DEGREE: Final = 111_320.0
TILT_RADIANS: Final = math.radians(11)

Point = tuple[float, float]

# How far the land bends, per wavelength: valleys, quarters, and the odd crooked corner.
_BENDS: Final = ((7600.0, 330.0, 4), (2300.0, 52.0, 5), (760.0, 9.0, 5))


@dataclass(frozen=True, slots=True)
class _Wave:
    """One smooth push of the land: direction of travel, direction of push, amplitude, phase."""

    along_u: float
    along_v: float
    push_x: float
    push_y: float
    phase: float


class Frame:
    """Bends plan metres into map metres and places them on the globe; lines stay lines, bent.

    A straight street in (u, v) becomes a gently winding one, and two streets that meet in the
    plan meet on the map at the same rounded coordinate: this is what keeps the network exact.
    """

    def __init__(self, rng: random.Random) -> None:
        """Draw the bends of the land from ``rng``."""
        self._waves: list[_Wave] = []
        for wavelength_m, amplitude_m, count in _BENDS:
            for _ in range(count):
                way, push = rng.uniform(0, math.tau), rng.uniform(0, math.tau)
                length_m = wavelength_m * rng.uniform(0.8, 1.25)
                size_m = amplitude_m * rng.uniform(0.7, 1.2) / math.sqrt(count)
                self._waves.append(
                    _Wave(
                        math.tau / length_m * math.cos(way),
                        math.tau / length_m * math.sin(way),
                        size_m * math.cos(push),
                        size_m * math.sin(push),
                        rng.uniform(0, math.tau),
                    )
                )
        self._shift = self._bend(0.0, 0.0)
        self._lon_metres = METRES_PER_DEGREE * math.cos(math.radians(CENTRE_LAT))

    def _bend(self, u: float, v: float) -> Point:
        x, y = u, v
        for wave in self._waves:
            swing = math.sin(wave.along_u * u + wave.along_v * v + wave.phase)
            x += wave.push_x * swing
            y += wave.push_y * swing
        return x, y

    def place(self, u: float, v: float) -> Point:
        """Return longitude and latitude of a plan point, rounded to a decimetre."""
        x, y = self._bend(u, v)
        x, y = x - self._shift[0], y - self._shift[1]
        cos, sin = math.cos(TILT_RADIANS), math.sin(TILT_RADIANS)
        east, north = x * cos - y * sin, x * sin + y * cos
        lon = CENTRE_LON + east / self._lon_metres
        lat = CENTRE_LAT + north / METRES_PER_DEGREE
        return round(lon, 6), round(lat, 6)

    def trace(self, start: Point, end: Point, step_m: float) -> list[Point]:
        """Return a straight plan line as a winding map line with a vertex every ``step_m``.

        Vertices fall on fixed multiples of the step, so that two areas that share an edge share
        its vertices too, whatever part of the edge each of them has.
        """
        length = math.dist(start, end)
        if length == 0:
            return [self.place(*start)]
        axis = 0 if abs(end[0] - start[0]) >= abs(end[1] - start[1]) else 1
        low, high = sorted((start[axis], end[axis]))
        marks = [
            index * step_m
            for index in range(math.floor(low / step_m) + 1, math.ceil(high / step_m))
            if low + step_m / 4 < index * step_m < high - step_m / 4
        ]
        if start[axis] > end[axis]:
            marks.reverse()
        span = end[axis] - start[axis]
        shares = [(mark - start[axis]) / span for mark in marks]
        points = [
            (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
            for share in shares
        ]
        return [self.place(*point) for point in (start, *points, end)]
