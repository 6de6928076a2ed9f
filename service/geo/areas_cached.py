"""Walking areas as pages ask for them, the latest of them kept."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from service.domain.circle import Standing
from service.domain.coordinates import Points
from service.flows.reads.areas import AreaFacts, AreaView, Reached
from service.flows.reads.circles import CircleNow
from service.geo.areas import dissolved
from service.geo.network import Network
from service.geo.shapes import Geometry

AREAS_MAX: Final = 512
CORNERS_MAX: Final = 400_000
"""So many areas are kept, of so many corners altogether: about fifty megabytes."""

_SURELY_WORK: Final = (Standing.EMPTY, Standing.STOCK_UNKNOWN, Standing.IN_STOCK)


@dataclass(frozen=True, slots=True)
class _Kept:
    geometry: Geometry
    corners: int


class WalkingAreas:
    """Keeps ``flows.reads.areas.Areas``; an area is drawn anew when its places or streets move.

    One area is drawn at a time: it takes a core for up to some seconds, and whoever asks for the
    same in the meantime finds it drawn.
    """

    def __init__(
        self,
        network: Callable[[], Network | None],
        *,
        areas_max: int = AREAS_MAX,
        corners_max: int = CORNERS_MAX,
    ) -> None:
        """Take what gives the streets as they are now."""
        self._network = network
        self._areas_max, self._corners_max = areas_max, corners_max
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._corners = 0
        self._lock = threading.Lock()

    def of_outlet(self, circle: CircleNow, outlet_id: str) -> AreaView | None:
        """Return the area of one outlet; None where the circle does not know it."""
        if outlet_id not in circle.relation.outlet_ids:
            return None
        index = circle.relation.outlet_ids.index(outlet_id)
        return self._view(circle, circle.outlet_places[[index]], outlet_id=outlet_id)

    def of_item(self, circle: CircleNow, item: str, standing: Reached) -> AreaView:
        """Return one area of all outlets that stand so for an item, which the circle knows."""
        index = circle.items.index(item)
        now = circle.standings[index]
        there = {
            "installed": circle.raw[index] != Standing.NEVER,
            "working": np.isin(now, _SURELY_WORK),
            "in_stock": now == Standing.IN_STOCK,
        }[standing]
        return self._view(circle, circle.outlet_places[there], item=item, standing=standing)

    def _view(
        self,
        circle: CircleNow,
        places: Points,
        *,
        outlet_id: str | None = None,
        item: str | None = None,
        standing: Reached | None = None,
    ) -> AreaView:
        # What the circle estimates is drawn as an estimate, though streets may just have come.
        network = None if circle.relation.is_estimate else self._network()
        limit_m = circle.relation.limit_m
        return AreaView(
            geometry=self._drawn(network, np.unique(places, axis=0), limit_m),
            properties=AreaFacts(
                at=circle.at,
                limit_m=round(limit_m),
                is_estimate=network is None,
                outlets=len(places),
                outlet_id=outlet_id,
                item=item,
                standing=standing,
            ),
        )

    def _drawn(self, network: Network | None, places: Points, limit_m: float) -> Geometry:
        streets = "" if network is None else network.digest
        key = hashlib.sha256(f"{streets} {limit_m!r} ".encode() + places.tobytes()).digest()
        with self._lock:
            if key not in self._kept:
                self._keep(key, dissolved(network, places, limit_m=limit_m))
            self._kept.move_to_end(key)
            return self._kept[key].geometry

    def _keep(self, key: bytes, geometry: Geometry) -> None:
        """Keep the newest area, and as many of the others as there is room for."""
        corners = sum(len(ring) for polygon in geometry["coordinates"] for ring in polygon)
        self._kept[key] = _Kept(geometry, corners)
        self._corners += corners
        while len(self._kept) > 1 and (
            len(self._kept) > self._areas_max or self._corners > self._corners_max
        ):
            _, oldest = self._kept.popitem(last=False)
            self._corners -= oldest.corners
