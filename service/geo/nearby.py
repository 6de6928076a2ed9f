"""How far points are from the nearest of many others, anywhere on the globe."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from service.domain.coordinates import Points
from service.domain.coverage import EARTH_RADIUS_M
from service.geo.network import Metres, on_sphere


class Nearby:
    """Places to be near to; their straight lines through the Earth are turned into great circles.

    So neither the poles nor the date line nor a large distance is a special case.
    """

    def __init__(self, places: Points) -> None:
        """Take places as longitude and latitude in degrees, shape (n, 2); none is near to none."""
        self._tree = KDTree(on_sphere(places)) if len(places) else None

    def metres(self, lon_lat: Points) -> Metres:
        """Return the metres from each point to the nearest place; infinite where there is none."""
        return self.nearest(lon_lat)[0]

    def nearest(self, lon_lat: Points) -> tuple[Metres, NDArray[np.int64]]:
        """Return the metres to the nearest place, and which that is; −1 where there is none."""
        if self._tree is None:
            return np.full(len(lon_lat), np.inf), np.full(len(lon_lat), -1)
        straight_m, index = self._tree.query(on_sphere(lon_lat))
        half = np.minimum(1.0, straight_m / (2.0 * EARTH_RADIUS_M))
        return 2.0 * EARTH_RADIUS_M * np.arcsin(half), index
