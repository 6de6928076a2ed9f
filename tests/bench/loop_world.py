"""A made-up year of a network: who comes for what at which kiosk, what sticks, who lives around.

Days are drawn as the simulator draws them: the same custom of each kiosk, the same profiles, and
variance = 1.85 · mean^1.26. On top of that every kiosk drifts, and some aisles stick unnoticed.
"""

import json
import random
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from kiosk_sim.district.build import build_district
from kiosk_sim.spec import KioskSpec, load_specs
from kiosk_sim.world.demand import asked_per_day, variance_of
from kiosk_sim.world.profiles import season_factor, weekday_factor
from service.geo.relation import estimate

FIRST_DAY: Final = date(2025, 1, 6)
WARM_DAYS: Final = 182
"""So long the crew goes by the calendar, and everybody only watches."""

BEYOND_DAYS: Final = 91
"""So many days after the last are drawn too: what would have come if nobody had."""

DRIFT: Final = 0.015
"""By so much (log scale) a kiosk's custom wanders in a day."""

DRIFT_MOST: Final = 0.7
STUCK_A_DAY: Final = 0.0006
TOLD: Final = 0.5
"""The share of those who find it empty and ask all the same, so that the kiosk can tell of it."""

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class World:
    """What happens, whatever anybody does; arrays are (kiosks, items, days)."""

    specs: tuple[KioskSpec, ...]
    items: tuple[str, ...]
    lon_lat: Floats
    room: Whole
    demand: Whole
    sticks: NDArray[np.bool_]
    reach: csr_array
    people: Floats

    @property
    def kiosks(self) -> int:
        """Return how many there are."""
        return len(self.specs)

    @property
    def days(self) -> int:
        """Return how many days are lived through, those of watching as well."""
        return int(self.demand.shape[2]) - BEYOND_DAYS

    @cached_property
    def km(self) -> Floats:
        """Return the straight line × 1.4 from each kiosk to each, the depot (the middle) last."""
        spots = np.vstack([self.lon_lat, self.lon_lat.mean(axis=0)])
        metres = spots * np.array([111_195 * np.cos(np.radians(spots[:, 1].mean())), 111_195])
        apart = metres[:, None, :] - metres[None, :, :]
        return np.asarray(1.4 * np.hypot(apart[..., 0], apart[..., 1]) / 1000)

    def people_without(self, in_stock: NDArray[np.bool_]) -> Floats:
        """Return, by item, the people who have a kiosk in reach that holds it, but none in stock.

        ``in_stock`` is (kiosks, items).
        """
        carries = (self.room > 0).astype(np.float64)
        promised = (self.reach @ carries) > 0
        kept = (self.reach @ (in_stock & (self.room > 0)).astype(np.float64)) > 0
        return np.asarray(self.people @ (promised & ~kept))


def draw(seed: int, kiosks: int, days: int) -> World:
    """Return a world; the same seed draws the same one."""
    district = build_district(seed, kiosks)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "district.json"
        path.write_text(json.dumps(district), encoding="utf-8")
        specs = tuple(load_specs(path))
    assert len(specs) == kiosks
    items = tuple(sorted({slot.item for spec in specs for slot in spec.slots}))
    rng = np.random.default_rng(seed)
    places = _rows(district, "kiosk")
    spots = {row["properties"]["id"]: row["geometry"]["coordinates"] for row in places}
    lon_lat = np.array([spots[spec.id] for spec in specs], dtype=np.float64)
    communities = _rows(district, "community")
    relation = estimate(
        communities=np.array([row["geometry"]["coordinates"] for row in communities]),
        community_ids=tuple(row["properties"]["id"] for row in communities),
        outlets=lon_lat,
        outlet_ids=tuple(spec.id for spec in specs),
    )
    reach = csr_array(
        (np.ones(relation.pairs), relation.outlets, relation.indptr),
        shape=(len(communities), kiosks),
    )
    room = np.array(
        [
            [sum(slot.capacity_packs for slot in one.slots if slot.item == item) for item in items]
            for one in specs
        ],
        dtype=np.int64,
    )
    return World(
        specs=specs,
        items=items,
        lon_lat=lon_lat,
        room=room,
        demand=_demand(specs, items, room, days + BEYOND_DAYS, rng),
        sticks=rng.random((*room.shape, days)) < STUCK_A_DAY,
        reach=reach,
        people=np.array([row["properties"]["people"] for row in communities], dtype=np.float64),
    )


def crowd_of(seed: int) -> random.Random:
    """Return the chance by which somebody at an empty slot asks all the same."""
    return random.Random(f"told/{seed}")


def _rows(district: dict[str, Any], layer: str) -> list[dict[str, Any]]:
    return [row for row in district["features"] if row["properties"]["layer"] == layer]


def _demand(
    specs: tuple[KioskSpec, ...],
    items: tuple[str, ...],
    room: Whole,
    days: int,
    rng: np.random.Generator,
) -> Whole:
    calendar = [FIRST_DAY + timedelta(days=day) for day in range(days)]
    busy = np.array(
        [
            [weekday_factor(one.site_kind, day.weekday()) * season_factor(one.site_kind, day)
             for day in calendar]
            for one in specs
        ]
    )  # fmt: skip
    steps = np.cumsum(rng.normal(0, DRIFT, (len(specs), days)), axis=1)
    custom = np.array([spec.custom for spec in specs])[:, None]
    by_kiosk = custom * busy * np.exp(np.clip(steps, -DRIFT_MOST, DRIFT_MOST))
    asked = np.array([asked_per_day(item) for item in items])
    means = by_kiosk[:, None, :] * asked[None, :, None] * (room > 0)[:, :, None]
    surplus = np.array([variance_of(mean) - mean for mean in means.ravel()]).reshape(means.shape)
    shape = np.where(surplus > 0, means**2 / np.maximum(surplus, 1e-12), 1.0)
    rate = np.where(surplus > 0, rng.gamma(shape) * means / np.maximum(shape, 1e-12), means)
    return np.asarray(rng.poisson(rate), dtype=np.int64)
