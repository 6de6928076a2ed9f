"""How far it is from where somebody stands to some places, and when those open: for residents."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from service.domain.coordinates import Points
from service.domain.coverage import estimate_walk_m
from service.flows.reads.public import WalksThere
from service.geo.fields import FieldError
from service.geo.hours import Hours
from service.geo.network import Metres, Network
from service.geo.walks import snap

NEAR_M: Final = 3_000.0
FAR_M: Final = 20_000.0
"""First what is near is looked at, then what is far; what is farther is no walk at all."""


@dataclass(frozen=True, slots=True)
class Strolls:
    """Keeps ``flows.reads.public.Walks`` along the streets as they are now; keeps no position."""

    network: Callable[[], Network | None]

    def walks_from(
        self, lon: float, lat: float, places: Points, *, wanted: NDArray[np.bool_], enough: int
    ) -> WalksThere:
        """Return the walks to some places; once enough of the wanted are near, no farther ones.

        By straight line where there are no streets, and where none leads from here to any place.
        """
        here = np.array([(lon, lat)], dtype=np.float64)
        straight_m = estimate_walk_m(here, places)[0]
        straight_m[straight_m > FAR_M] = np.inf
        network = self.network()
        if network is not None and np.isfinite(straight_m).any():
            walk_m = _along_streets(network, here, places, wanted=wanted, enough=enough)
            if np.isfinite(walk_m).any():
                return WalksThere(walk_m, is_estimate=False)
        return WalksThere(straight_m, is_estimate=True)


def _along_streets(
    network: Network, here: Points, places: Points, *, wanted: NDArray[np.bool_], enough: int
) -> Metres:
    legs = snap(network, np.concatenate((here, places)))
    nowhere = np.full(len(places), np.inf)
    if legs.is_off[0]:
        return nowhere
    leg_m = np.where(legs.is_off, np.inf, legs.leg_m)
    walk_m = nowhere
    for limit_m in (NEAR_M, FAR_M):
        street_m = dijkstra(network.graph, indices=legs.node[0], limit=limit_m)
        walk_m = leg_m[0] + street_m[legs.node[1:]] + leg_m[1:]
        # What lies beyond the limit of the search may have a shorter way than what was found.
        walk_m[walk_m > limit_m] = np.inf
        if np.isfinite(walk_m[wanted]).sum() >= enough:
            break
    return walk_m


@dataclass(frozen=True, slots=True)
class OutletHours:
    """Keeps ``flows.reads.public.OpeningHours`` in the district's time zone."""

    zone: ZoneInfo

    def next_change(self, text: str, at: datetime) -> datetime | None:
        """Return when a place next opens or closes; None where it never does, or is not known."""
        try:
            return Hours.read(text, self.zone).next_change(at)
        except FieldError:
            return None
