"""Which town a point belongs to, and whether it lies in the district at all, by the map's areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import ShapelyError
from shapely.geometry import shape

from service.domain.coordinates import Points
from service.geo.nearby import Nearby

Geometry = dict[str, Any]
"""A geometry as GeoJSON has it."""


class Towns:
    """The towns' areas, and places whose town is known, for points that are in no area."""

    def __init__(
        self,
        areas: Sequence[tuple[str, Geometry]],
        *,
        places: Points,
        town_codes: Sequence[str],
    ) -> None:
        """Take areas with their town's code, and places with theirs; either may be empty."""
        assert len(places) == len(town_codes)
        drawn = [(code, area_of(geometry)) for code, geometry in areas]
        kept = [(code, area) for code, area in drawn if area is not None]
        self._codes = [code for code, _ in kept]
        self._areas = shapely.STRtree([area for _, area in kept])
        self._town_codes = list(town_codes)
        self._nearby = Nearby(places)

    def of(self, lon_lat: Points) -> list[str]:
        """Return each point's town: whose area it is in, else that of the nearest place, else ''.

        A point on the line between two is in the one that comes first.
        """
        points = shapely.points(lon_lat)
        inside, area = self._areas.query(points, predicate="intersects")
        found = np.full(len(points), len(self._codes))
        np.minimum.at(found, inside, area)
        _, nearest = self._nearby.nearest(lon_lat)
        return [
            self._codes[town]
            if town < len(self._codes)
            else (self._town_codes[place] if place >= 0 else "")
            for town, place in zip(found, nearest, strict=True)
        ]


class Border:
    """What the district's boundary encloses."""

    def __init__(self, boundaries: Sequence[Geometry]) -> None:
        """Take the features of the boundary; without any, it holds nothing."""
        areas = [area_of(boundary) for boundary in boundaries]
        kept = [area for area in areas if area is not None]
        self._area = shapely.union_all(kept)
        shapely.prepare(self._area)
        self.corners: Points = shapely.get_coordinates(self._area)
        self.is_drawn = bool(kept)

    def holds(self, lon_lat: Points) -> NDArray[np.bool_]:
        """Return which points lie inside or on the boundary."""
        inside: NDArray[np.bool_] = shapely.intersects_xy(self._area, lon_lat)
        return inside


def area_of(geometry: Geometry) -> shapely.Geometry | None:
    """Return the area that a geometry covers or, being lines, encloses; None where it is none."""
    try:
        drawn = shape(geometry)
        area = drawn if drawn.geom_type.endswith("Polygon") else shapely.build_area(drawn)
        sound = shapely.make_valid(area)
    except (ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        return None
    return None if shapely.is_empty(sound) or shapely.area(sound) <= 0 else sound
