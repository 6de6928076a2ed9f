"""Turns lines into one dissolved area: painted on a fine grid, then traced and simplified.

Widening and joining each line exactly takes many times as long, and at a city's scale nobody sees
the difference: what is drawn is true to about the size of a cell.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.domain.coverage import EARTH_RADIUS_M
from service.geo.progress import Tell
from service.geo.rings import trace

WIDEN_M: Final = 30.0
"""What stands beside a street is reached with it: houses lie so far from its middle."""

SIMPLIFY_M: Final = 5.0
HOLE_M2_MIN: Final = 2_000.0
"""Smaller holes are blocks of houses between streets, and are filled."""

DIGITS: Final = 6
"""A millionth of a degree is a tenth of a metre."""

VERTICES_MAX: Final = 60_000
SIMPLIFY_M_MAX: Final = 160.0
"""A shape with more corners is drawn more coarsely, up to this much, before it is sent."""

CELL_M: Final = 6.0
CELLS_MAX: Final = 12_000_000
"""An area with more cells gets larger ones: the grid is bounded, however large the district."""

CIRCLE_QUARTER: Final = 8
"""So many straight lines stand for a quarter of a circle."""

Lines = NDArray[np.float64]
"""Lines from a point to a point, shape (n, 2, 2)."""

Rings = NDArray[np.object_]
"""Closed lines, as Shapely has them."""

Geometry = dict[str, Any]
"""A GeoJSON MultiPolygon in WGS-84."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a point: good to a hundredth within a hundred kilometres of it."""

    lon: float
    lat: float

    @classmethod
    def around(cls, lon_lat: Points) -> "Plane":
        """Return the plane in the middle of some points."""
        lon, lat = (lon_lat.min(axis=0) + lon_lat.max(axis=0)) / 2
        return cls(float(lon), float(lat))

    @property
    def degree_m(self) -> Points:
        """How many metres a degree of longitude is here, and one of latitude."""
        degree_m = np.radians(1.0) * EARTH_RADIUS_M
        return np.array([degree_m * np.cos(np.radians(self.lat)), degree_m])

    def to_metres(self, lon_lat: Points) -> Points:
        """Return points in metres; the last axis is longitude and latitude."""
        return (lon_lat - (self.lon, self.lat)) * self.degree_m

    def to_degrees(self, points: Points) -> Points:
        """Return points in degrees."""
        return points / self.degree_m + (self.lon, self.lat)


def nowhere() -> Geometry:
    """Return the shape of nothing."""
    return {"type": "MultiPolygon", "coordinates": []}


def beside(lines: Lines, *, plane: Plane, tell: Tell) -> Geometry:
    """Return what lies beside some lines in metres, as one shape in degrees."""
    low = lines.min(axis=(0, 1)) - 2 * WIDEN_M
    size = lines.max(axis=(0, 1)) + 2 * WIDEN_M - low
    cell_m = max(CELL_M, float(np.sqrt(size.prod() / CELLS_MAX)))
    # Two cells are added so that nothing painted touches the edge of the grid.
    low = low - 2 * cell_m
    shape = np.ceil(size / cell_m).astype(np.int64) + 4
    mask = _paint((lines - low) / cell_m, WIDEN_M / cell_m, (int(shape[0]), int(shape[1])))
    tell(0.4)
    rings = [ring * cell_m + low for ring in trace(mask)]
    of_ring = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    tell(0.6)
    return _drawn(shapely.linearrings(np.concatenate(rings), indices=of_ring), plane, tell)


def circles(spots: Points, radius_m: float, *, plane: Plane, tell: Tell) -> Geometry:
    """Return circles around some points in metres, as one shape in degrees."""
    shapes = shapely.buffer(shapely.points(spots), radius_m, quad_segs=CIRCLE_QUARTER)
    tell(0.1)
    whole = shapely.orient_polygons(shapely.union_all(shapes))
    tell(0.6)
    return _drawn(shapely.get_rings(shapely.get_parts(whole)), plane, tell)


def _paint(lines: Lines, radius: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells lie within a radius of the lines, all in cells."""
    begin, along = lines[:, 0], lines[:, 1] - lines[:, 0]
    steps = np.ceil(np.abs(along).max(axis=1)).astype(np.int64) + 1
    line = np.repeat(np.arange(len(lines)), steps)
    nth = np.arange(len(line)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = nth / np.maximum(steps - 1, 1)[line]
    spots = np.floor(begin[line] + along[line] * share[:, None]).astype(np.int64)
    thin = np.zeros(shape, dtype=np.bool_)
    thin[spots[:, 0], spots[:, 1]] = True
    drawn = np.flatnonzero(thin)
    reach = int(radius)
    near = np.arange(-reach, reach + 1)
    x, y = np.meshgrid(near, near, indexing="ij")
    round_ = x**2 + y**2 <= radius**2
    for offset in (x * shape[1] + y)[round_]:
        thin.reshape(-1)[drawn + offset] = True
    return thin


def _drawn(rings: Rings, plane: Plane, tell: Tell) -> Geometry:
    """Return rings as one shape: outer ones turn left, holes right. Small holes are filled."""
    turns_left = shapely.is_ccw(rings)
    outer, holes = rings[turns_left], rings[~turns_left]
    holes = holes[shapely.area(shapely.polygons(holes)) >= HOLE_M2_MIN]
    of_hole = _outer_of(holes, outer)
    outer, holes = _simple(outer, holes)
    tell(0.8)
    polygons = [
        shapely.polygons(ring, holes=holes[of_hole == number]) for number, ring in enumerate(outer)
    ]
    # Rings that were simplified one by one may cross a little, and rounding may move them, too.
    valid = shapely.make_valid(polygons, method="structure", keep_collapsed=False)
    degrees = shapely.transform(valid, plane.to_degrees)
    whole = shapely.orient_polygons(shapely.union_all(degrees, grid_size=10.0**-DIGITS))
    found = [_corners(polygon) for polygon in shapely.get_parts(whole)]
    tell(1.0)
    return {"type": "MultiPolygon", "coordinates": found}


def _outer_of(holes: Rings, outer: Rings) -> NDArray[np.int64]:
    """Return which outer ring each hole is in: the smallest around it."""
    areas = shapely.polygons(outer)
    inside, around = shapely.STRtree(areas).query(
        shapely.get_point(holes, 0), predicate="covered_by"
    )
    largest_first = np.argsort(-shapely.area(areas)[around], kind="stable")
    found = np.zeros(len(holes), dtype=np.int64)
    found[inside[largest_first]] = around[largest_first]
    return found


def _simple(outer: Rings, holes: Rings) -> tuple[Rings, Rings]:
    """Return rings with fewer corners, the more coarsely the more there are."""
    tolerance_m = SIMPLIFY_M
    while True:
        outer, holes = shapely.simplify(outer, tolerance_m), shapely.simplify(holes, tolerance_m)
        corners = (
            shapely.get_num_coordinates(outer).sum() + shapely.get_num_coordinates(holes).sum()
        )
        if corners <= VERTICES_MAX or tolerance_m >= SIMPLIFY_M_MAX:
            return outer, holes
        tolerance_m *= 2


def _corners(polygon: shapely.Geometry) -> list[list[list[float]]]:
    rings = shapely.get_rings(polygon)
    return [np.round(shapely.get_coordinates(ring), DIGITS).tolist() for ring in rings]
