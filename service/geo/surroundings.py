"""What lies around the points of a file: towns, the district's border, streets, known places."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.geo.nearby import Nearby
from service.geo.network import Metres
from service.geo.towns import Border, Geometry, Towns
from service.geo.walks import OFF_NETWORK_M


class Surroundings:
    """Keeps ``flows.imports.Around`` for one moment of a district."""

    def __init__(
        self,
        *,
        areas: Sequence[tuple[str, Geometry]],
        boundaries: Sequence[Geometry],
        places: Points,
        town_codes: Sequence[str],
        streets: Points | None,
        islands: NDArray[np.bool_] | None = None,
    ) -> None:
        """Take the map's towns and boundaries, known places with their towns, and street nodes.

        ``islands`` says which nodes no street joins to the largest piece.
        """
        self._towns = Towns(areas, places=places, town_codes=town_codes)
        self._border = Border(boundaries)
        self._streets = None if streets is None else Nearby(streets)
        self._islands = islands
        known = [places, self._border.corners, *([] if streets is None else [streets])]
        self._known = np.concatenate([one.reshape(-1, 2) for one in known])

    @property
    def has_streets(self) -> bool:
        """Whether distances to streets mean anything."""
        return self._streets is not None

    @property
    def has_border(self) -> bool:
        """Whether the district's boundary is drawn."""
        return self._border.is_drawn

    def on_island(self, lon_lat: Points) -> NDArray[np.bool_]:
        """Return which points walk to a street that no other street joins to the largest piece."""
        if self._streets is None or self._islands is None or not self._islands.any():
            return np.zeros(len(lon_lat), dtype=np.bool_)
        metres, node = self._streets.nearest(lon_lat)
        found: NDArray[np.bool_] = self._islands[node] & (metres <= OFF_NETWORK_M)
        return found

    def towns(self, lon_lat: Points) -> list[str]:
        """Return each point's town, empty where none is known."""
        return self._towns.of(lon_lat)

    def outside(self, lon_lat: Points) -> NDArray[np.bool_]:
        """Return which points lie outside the district's boundary, where one is drawn."""
        if not self._border.is_drawn:
            return np.zeros(len(lon_lat), dtype=np.bool_)
        return ~self._border.holds(lon_lat)

    def street_m(self, lon_lat: Points) -> Metres:
        """Return the metres from each point to the nearest node of a street."""
        assert self._streets is not None
        return self._streets.metres(lon_lat)

    def known_m(self, lon_lat: Points) -> Metres:
        """Return the metres from each point to the nearest thing of the district that we know of.

        Within the boundary that is nothing. Where we know of no thing yet, the half of the points
        that lie in their midst is the district.
        """
        known = self._known
        if not len(known):
            middle = np.median(lon_lat, axis=0)
            order = np.argsort(Nearby(middle[None, :]).metres(lon_lat), kind="stable")
            known = lon_lat[order[: (len(lon_lat) + 1) // 2]]
        return np.where(self._border.holds(lon_lat), 0.0, Nearby(known).metres(lon_lat))
