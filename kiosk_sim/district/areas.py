"""Town areas that tile the district exactly: a shared edge has the same vertices twice."""

import math
from itertools import pairwise
from typing import Final

from kiosk_sim.district.frame import Frame, Point
from kiosk_sim.district.plan import SQUARENESS, Box, Plan

_OVAL_POINTS: Final = 288
_STEP_M: Final = 120.0


def oval(plan: Plan) -> list[Point]:
    """Return the district's outline in the plan, counter-clockwise."""
    extent, power = plan.extent, 2 / SQUARENESS
    outline = []
    for index in range(_OVAL_POINTS):
        angle = math.tau * index / _OVAL_POINTS
        cos, sin = math.cos(angle), math.sin(angle)
        outline.append(
            (
                math.copysign(abs(cos) ** power * extent.east, cos),
                math.copysign(abs(sin) ** power * extent.north, sin),
            )
        )
    return outline


def outline_and_towns(
    plan: Plan, frame: Frame, boxes: list[Box]
) -> tuple[list[Point], list[list[Point]]]:
    """Return the district's ring and one ring per town, on the globe, each closed."""
    rings = [_clip(oval(plan), box) for box in boxes]
    corners = {
        (u, v) for box in boxes for u in (box.west, box.east) for v in (box.south, box.north)
    }
    joints = {point for ring in rings for point in ring}
    rim = {point for point in joints if point not in corners}
    border = sorted(rim, key=lambda point: math.atan2(point[1], point[0]))
    district = [frame.place(*point) for point in border]
    towns = [_placed(frame, ring, joints) for ring in rings]
    return [*_tidied(district), district[0]], [[*town, town[0]] for town in towns]


def _placed(frame: Frame, ring: list[Point], joints: set[Point]) -> list[Point]:
    """Bend a town's ring onto the map; straight edges get the joints and steps that lie on them."""
    placed: list[Point] = []
    for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
        axis = 0 if start[1] == end[1] else 1
        if start[0] != end[0] and start[1] != end[1]:
            placed.append(frame.place(*start))
            continue
        low, high = sorted((start[axis], end[axis]))
        between = sorted(
            (p for p in joints if p[1 - axis] == start[1 - axis] and low < p[axis] < high),
            key=lambda p: abs(p[axis] - start[axis]),
        )
        chain = [start, *between, end]
        for one, other in pairwise(chain):
            placed.extend(frame.trace(one, other, _STEP_M)[:-1])
    return _tidied(placed)


def _tidied(ring: list[Point]) -> list[Point]:
    """Drop points that rounding made equal to the one before."""
    return [point for index, point in enumerate(ring) if point != ring[index - 1]]


def _clip(ring: list[Point], box: Box) -> list[Point]:
    """Cut a convex ring to a rectangle (Sutherland and Hodgman, one side after the other)."""
    for axis, limit, sign in (
        (0, box.west, 1),
        (0, box.east, -1),
        (1, box.south, 1),
        (1, box.north, -1),
    ):
        kept: list[Point] = []
        for index, point in enumerate(ring):
            before = ring[index - 1]
            is_in = (point[axis] - limit) * sign >= 0
            was_in = (before[axis] - limit) * sign >= 0
            if is_in != was_in:
                kept.append(_crossing(before, point, axis, limit))
            if is_in and not (kept and kept[-1] == point):
                kept.append(point)
        ring = kept
    return ring


def _crossing(one: Point, other: Point, axis: int, limit: float) -> Point:
    """Return where an edge meets a cut, to the millimetre and the same from both directions."""
    one, other = sorted((one, other))
    share = (limit - one[axis]) / (other[axis] - one[axis])
    across = round(one[1 - axis] + (other[1 - axis] - one[1 - axis]) * share, 3)
    return (limit, across) if axis == 0 else (across, limit)
