"""Turns what is painted on a fine grid into one dissolved area: traced, and simplified.

Widening and joining lines exactly takes many times as long, and at a city's scale nobody sees the
difference: what is drawn is true to about the size of a cell.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.domain.coverage import EARTH_RADIUS_M
from service.geo.canvas import Canvas
from service.geo.progress import Tell
from service.geo.rings import trace

SIMPLIFY_M: Final = 5.0
HOLE_M2_MIN: Final = 5_000.0
"""Smaller holes, seventy metres across, are specks on any map, and are filled."""

SPECK_M2_MAX: Final = 2_000.0
"""Smaller islets are left out: there a wall or a canal parts some cells from their street."""

DIGITS: Final = 6
"""A millionth of a degree is a tenth of a metre."""

VERTICES_MAX: Final = 60_000
SIMPLIFY_M_MAX: Final = 160.0
"""A shape with more corners is drawn more coarsely, up to this much, before it is sent."""

CIRCLE_QUARTER: Final = 8
"""So many straight lines stand for a quarter of a circle."""

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


def outlined(canvas: Canvas, *, plane: Plane, tell: Tell) -> Geometry:
    """Return what is painted on a canvas in metres as one shape in degrees."""
    rings = [ring * canvas.cell_m + canvas.low for ring in trace(canvas.mask)]
    if not rings:
        return nowhere()
    of_ring = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    tell(0.3)
    return _drawn(shapely.linearrings(np.concatenate(rings), indices=of_ring), plane, tell)


def circles(spots: Points, radius_m: float, *, plane: Plane, tell: Tell) -> Geometry:
    """Return circles around some points in metres, as one shape in degrees."""
    shapes = shapely.buffer(shapely.points(spots), radius_m, quad_segs=CIRCLE_QUARTER)
    tell(0.1)
    whole = shapely.orient_polygons(shapely.union_all(shapes))
    tell(0.6)
    return _drawn(shapely.get_rings(shapely.get_parts(whole)), plane, tell)


def _drawn(rings: Rings, plane: Plane, tell: Tell) -> Geometry:
    """Return rings as one shape: outer ones turn left, holes right. What is tiny goes."""
    turns_left = shapely.is_ccw(rings)
    areas = shapely.area(shapely.polygons(rings))
    outer = rings[turns_left & (areas > SPECK_M2_MAX)]
    holes = rings[~turns_left & (areas >= HOLE_M2_MIN)]
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
