"""The street network: superblocks between main roads, split again and again into blocks.

Every street is an upright or level line of the plan with the positions ("stops") at which other
streets meet it. Splitting a block adds a street and its two stops; so the network is connected
by construction, and only the river and the railway take pieces out of it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kiosk_sim.district.pieces import INSET, Axis, Street, StreetClass, kept
from kiosk_sim.district.plan import RAIL_HALF_M, Box, Plan

_LOCAL_FROM_M: Final = 330.0
_MAIN_FROM_M: Final = 1_900.0
_LANE_SHARE: Final = 0.38


@dataclass(slots=True)
class Block:
    """A piece of land and the four streets around it."""

    west: Street
    east: Street
    south: Street
    north: Street

    @property
    def box(self) -> Box:
        """Return the land as a rectangle."""
        return Box(self.west.at, self.east.at, self.south.at, self.north.at)


@dataclass(slots=True)
class Network:
    """All that was drawn: streets with their kept pieces, and the blocks between them."""

    pieces: list[tuple[Street, list[float]]]
    blocks: list[Block]


def _street(axis: Axis, at: float, low: float, high: float, kind: StreetClass) -> Street:
    return Street(axis, at, low, high, kind, stops={low, high})


class _Drawing:
    def __init__(self, plan: Plan, rng: random.Random) -> None:
        self.plan = plan
        self.rng = rng
        self.streets: list[Street] = []
        self.blocks: list[Block] = []

    def add(self, street: Street) -> Street:
        self.streets.append(street)
        return street

    def target_m(self, box: Box) -> float:
        return min(400.0, 62.0 + 0.056 * self.plan.remoteness_m(*box.middle))

    def wants_split(self, box: Box) -> bool:
        if not self.plan.within(*box.middle, inset=1.12):
            return max(box.east - box.west, box.north - box.south) > _MAIN_FROM_M
        return max(box.east - box.west, box.north - box.south) > 1.75 * self.target_m(box)

    def split(self, block: Block) -> None:
        """Split a block, and its halves, until the blocks are as small as the place wants."""
        todo = [block]
        while todo:
            block = todo.pop()
            if not self.wants_split(block.box):
                self.blocks.append(block)
                continue
            todo.extend(self.halves(block))

    def halves(self, block: Block) -> list[Block]:
        box = block.box
        width, height = box.east - box.west, box.north - box.south
        longest = max(width, height)
        kind: StreetClass = "path"
        if longest > _LOCAL_FROM_M:
            kind = "main" if longest > _MAIN_FROM_M else "local"
        share = self.rng.uniform(0.36, 0.64)
        if width >= height:
            at = box.west + width * share
            first, last, axis = block.south, block.north, "upright"
            parts = [
                Box(box.west, at, box.south, box.north),
                Box(at, box.east, box.south, box.north),
            ]
        else:
            at = box.south + height * share
            first, last, axis = block.west, block.east, "level"
            parts = [Box(box.west, box.east, box.south, at), Box(box.west, box.east, at, box.north)]
        cut = _street("upright" if axis == "upright" else "level", at, first.at, last.at, kind)
        leaves = not any(self.wants_split(part) for part in parts)
        first.stops.add(at)
        if leaves and kind == "path" and self.rng.random() < _LANE_SHARE:
            # A lane that ends among the houses; the block around it stays one.
            cut.high = first.at + (last.at - first.at) * self.rng.uniform(0.45, 0.75)
            cut.stops = {cut.low, cut.high}
            self.add(cut)
            self.blocks.append(block)
            return []
        last.stops.add(at)
        self.add(cut)
        if axis == "upright":
            return [
                Block(block.west, cut, block.south, block.north),
                Block(cut, block.east, block.south, block.north),
            ]
        return [
            Block(block.west, block.east, block.south, cut),
            Block(block.west, block.east, cut, block.north),
        ]


def draw(plan: Plan, rng: random.Random) -> Network:
    """Draw all streets of a plan and keep the one network that hangs together."""
    drawing = _Drawing(plan, rng)
    sides_u, sides_v = _sides(plan)
    banks: dict[tuple[int, float], Street] = {}
    for u_cuts in sides_u:
        for v_cuts in sides_v:
            for block in _superblocks(drawing, u_cuts, v_cuts, banks):
                drawing.split(block)
    _join(drawing, banks, sides_u, sides_v)
    return Network(kept(plan, drawing.streets), [b for b in drawing.blocks if _inside(plan, b)])


def _sides(plan: Plan) -> tuple[list[list[float]], list[list[float]]]:
    """Return the main positions west and east of the railway, and south and north of the river."""
    extent = plan.extent
    west, east = plan.rail_u - RAIL_HALF_M, plan.rail_u + RAIL_HALF_M
    us = [
        [extent.west, *(u for u in plan.main_u if u < west - 200), west],
        [east, *(u for u in plan.main_u if u > east + 200), extent.east],
    ]
    low, high = plan.south_bank_v, plan.north_bank_v
    vs = [
        [extent.south, *(v for v in plan.main_v if v < low - 200), low],
        [high, *(v for v in plan.main_v if v > high + 200), extent.north],
    ]
    return us, vs


def _superblocks(
    drawing: _Drawing,
    u_cuts: list[float],
    v_cuts: list[float],
    ends: dict[tuple[int, float], Street],
) -> Iterator[Block]:
    """Draw the main roads of one quarter of the district; give the blocks between them."""
    rail = {drawing.plan.rail_u - RAIL_HALF_M, drawing.plan.rail_u + RAIL_HALF_M}
    uprights = [
        drawing.add(_street("upright", u, v_cuts[0], v_cuts[-1], "local" if u in rail else "main"))
        for u in u_cuts
    ]
    levels = [drawing.add(_street("level", v, u_cuts[0], u_cuts[-1], "main")) for v in v_cuts]
    for upright in uprights:
        upright.stops.update(v_cuts)
    for level in levels:
        level.stops.update(u_cuts)
        # Remembered by the railway side they end at, to be joined across it.
        ends[0 if u_cuts[0] < drawing.plan.rail_u - 1 - RAIL_HALF_M else 1, level.at] = level
    for west, east in pairwise(uprights):
        for south, north in pairwise(levels):
            yield Block(west, east, south, north)


def _join(
    drawing: _Drawing,
    levels: dict[tuple[int, float], Street],
    sides_u: list[list[float]],
    sides_v: list[list[float]],
) -> None:
    """Build the bridges and the level crossings."""
    plan = drawing.plan
    west, east = plan.rail_u - RAIL_HALF_M, plan.rail_u + RAIL_HALF_M
    low, high = plan.south_bank_v, plan.north_bank_v
    for u in (*plan.bridges_u, plan.footbridge_u):
        kind: StreetClass = "path" if u == plan.footbridge_u else "main"
        bridge = drawing.add(_street("upright", u, low, high, kind))
        bridge.bridge = True
        side = 0 if u < west else 1
        levels[side, low].stops.add(u)
        levels[side, high].stops.add(u)
    for v in plan.crossings_v:
        drawing.add(_street("level", v, west, east, "main"))
    assert sides_u[0][-1] == west
    assert sides_v[1][0] == high


def _inside(plan: Plan, block: Block) -> bool:
    box = block.box
    corners = ((u, v) for u in (box.west, box.east) for v in (box.south, box.north))
    return all(plan.within(u, v, inset=INSET) for u, v in corners)
