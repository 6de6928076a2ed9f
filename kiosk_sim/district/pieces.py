"""A street of the plan, and which pieces of all streets make up the one network that is kept."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from kiosk_sim.district.frame import Point
from kiosk_sim.district.plan import Plan

StreetClass = Literal["main", "local", "path"]
Axis = Literal["upright", "level"]
INSET: Final = 0.985


@dataclass(slots=True, eq=False)
class Street:
    """A line of the plan: where it stands, from where to where, and who meets it."""

    axis: Axis
    at: float
    low: float
    high: float
    kind: StreetClass
    bridge: bool = False
    drawn: bool = True
    stops: set[float] = field(default_factory=set)

    def point(self, stop: float) -> Point:
        """Return the plan point of one of its positions."""
        return (self.at, stop) if self.axis == "upright" else (stop, self.at)


def kept(plan: Plan, streets: Iterable[Street]) -> list[tuple[Street, list[float]]]:
    """Return each street's unbroken runs of stops inside the district, connected ones only."""
    runs: list[tuple[Street, list[float]]] = []
    for street in streets:
        run: list[float] = []
        for stop in sorted(s for s in street.stops if street.low <= s <= street.high):
            if plan.within(*street.point(stop), inset=INSET):
                run.append(stop)
                continue
            runs.append((street, run))
            run = []
        runs.append((street, run))
    runs = [(street, run) for street, run in runs if len(run) > 1]
    network = _largest_part(runs)
    return [(street, run) for street, run in runs if street.point(run[0]) in network]


def _largest_part(runs: list[tuple[Street, list[float]]]) -> set[Point]:
    beside: defaultdict[Point, list[Point]] = defaultdict(list)
    for street, run in runs:
        for one, other in pairwise(street.point(stop) for stop in run):
            beside[one].append(other)
            beside[other].append(one)
    seen: set[Point] = set()
    best: set[Point] = set()
    for start in beside:
        if start in seen:
            continue
        part, todo = {start}, [start]
        while todo:
            for other in beside[todo.pop()]:
                if other not in part:
                    part.add(other)
                    todo.append(other)
        seen |= part
        if len(part) > len(best):
            best = part
    return best
