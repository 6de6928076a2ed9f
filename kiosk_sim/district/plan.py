"""The lay of the land in plan metres: extent, river, railway, main roads, towns and density."""

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kiosk_sim.district.frame import Point

KIOSKS_OF_REFERENCE: Final = 43
RIVER_HALF_M: Final = 62.0
BANK_M: Final = 34.0
RAIL_HALF_M: Final = 24.0
# The oval that the district fills: half axes, and how square it is (2 = ellipse).
HALF_U_M: Final = 6_500.0
HALF_V_M: Final = 5_000.0
SQUARENESS: Final = 3.1

_MAIN_U: Final = (-4_650.0, -2_750.0, -1_250.0, 250.0, 3_350.0, 4_950.0)
_MAIN_V: Final = (-3_350.0, 700.0, 2_250.0, 3_650.0)
_RIVER_V: Final = -1_050.0
_RAIL_U: Final = 1_750.0
_BRIDGED: Final = (0, 2, 3, 4)
_CROSSED: Final = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle of the plan."""

    west: float
    east: float
    south: float
    north: float

    @property
    def middle(self) -> Point:
        """Return the centre."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def holds(self, u: float, v: float) -> bool:
        """Say whether a point lies in it (its west and south edges belong to it)."""
        return self.west <= u < self.east and self.south <= v < self.north


@dataclass(frozen=True, slots=True)
class Plan:
    """What is given before any street is drawn."""

    scale: float
    main_u: tuple[float, ...]
    main_v: tuple[float, ...]
    river_v: float
    rail_u: float
    bridges_u: tuple[float, ...]
    footbridge_u: float
    crossings_v: tuple[float, ...]
    second_centre: Point

    @property
    def extent(self) -> Box:
        """Return the rectangle around the district."""
        half_u, half_v = HALF_U_M * self.scale, HALF_V_M * self.scale
        return Box(-half_u, half_u, -half_v, half_v)

    @property
    def south_bank_v(self) -> float:
        """Return where the road along the river's south bank runs."""
        return self.river_v - RIVER_HALF_M - BANK_M

    @property
    def north_bank_v(self) -> float:
        """Return where the road along the river's north bank runs."""
        return self.river_v + RIVER_HALF_M + BANK_M

    def within(self, u: float, v: float, inset: float = 1.0) -> bool:
        """Say whether a point lies inside the district's oval, drawn in by ``inset``."""
        extent = self.extent
        across, along = u / (extent.east * inset), v / (extent.north * inset)
        return math.pow(abs(across), SQUARENESS) + math.pow(abs(along), SQUARENESS) < 1

    def remoteness_m(self, u: float, v: float) -> float:
        """Return how far out a point feels: distance to the core or, later, the second centre."""
        core = math.hypot(u, (v - 500) * 1.15)
        second = math.hypot(u - self.second_centre[0], v - self.second_centre[1]) + 1_500
        return min(core, second) / math.sqrt(self.scale)

    def density(self, u: float, v: float) -> float:
        """Return how densely people live at a point, against 1 in the core."""
        return math.exp(-self.remoteness_m(u, v) / 2_500) + 0.03


def lay_out(rng: random.Random, kiosks: int) -> Plan:
    """Draw the main roads, river and railway of a district with room for ``kiosks``."""
    scale = math.sqrt(kiosks / KIOSKS_OF_REFERENCE)

    def placed(mark: float, shift_m: float) -> float:
        # Whole millimetres: edges that towns share must be equal to the last bit.
        return round(mark * scale + rng.uniform(-shift_m, shift_m), 3)

    def stretched(marks: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(placed(mark, 170) for mark in marks)

    main_u, main_v = stretched(_MAIN_U), stretched(_MAIN_V)
    bridges = tuple(main_u[index] for index in _BRIDGED)
    return Plan(
        scale=scale,
        main_u=main_u,
        main_v=main_v,
        river_v=placed(_RIVER_V, 120),
        rail_u=placed(_RAIL_U, 120),
        bridges_u=bridges,
        footbridge_u=(main_u[2] + main_u[3]) / 2 + rng.uniform(-150, 150),
        crossings_v=tuple(main_v[index] for index in _CROSSED),
        second_centre=(-3_700 * scale, -2_500 * scale),
    )


def town_boxes(plan: Plan) -> list[Box]:
    """Return the towns, core first: rectangles between main roads, river and railway."""
    extent, main_u, main_v = plan.extent, plan.main_u, plan.main_v
    big = 10 * max(extent.east, extent.north)
    south = [-big, main_u[1], plan.rail_u, big]
    middle = [-big, main_u[1], main_u[3], plan.rail_u, big]
    north = [-big, main_u[2], big]
    rows = (
        (middle, plan.river_v, main_v[2]),
        (south, -big, plan.river_v),
        (north, main_v[2], big),
    )
    boxes = [
        Box(west, east, low, high) for cuts, low, high in rows for west, east in pairwise(cuts)
    ]
    return sorted(boxes, key=lambda box: _core_distance(plan, box))


def _core_distance(plan: Plan, box: Box) -> float:
    extent = plan.extent
    west, east = max(box.west, extent.west), min(box.east, extent.east)
    south, north = max(box.south, extent.south), min(box.north, extent.north)
    return math.hypot((west + east) / 2, (south + north) / 2 - 500)
