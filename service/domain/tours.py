"""Tours: who drives where in which order, so that what is won is most for the time there is.

A task is in whole seconds and packs. Place 0 is the depot; every stop has what it takes, what it is
handed, and a prize: the seconds of work that the visit is worth. A stop whose prize does not pay
for the way to it stays out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.district import Named

STOPS_MAX: Final = 500
"""So many stops at most are planned at once: the best ones."""

Seconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TourTask:
    """What has to be planned; ``travel_s`` is square, the depot first; the others are by stop."""

    travel_s: Seconds
    service_s: Sequence[int]
    loads_packs: Sequence[int]
    prizes_s: Sequence[int]
    people: int
    capacity_packs: int
    time_s: int

    def __post_init__(self) -> None:
        size = len(self.service_s)
        assert self.travel_s.shape == (size + 1, size + 1)
        assert len(self.loads_packs) == len(self.prizes_s) == size
        assert self.people >= 1

    def lasts_s(self, stops: Sequence[int]) -> int:
        """Return how long a tour over some stops takes, from the depot and back."""
        if not stops:
            return 0
        way = [0, *(stop + 1 for stop in stops), 0]
        travel = sum(int(self.travel_s[a, b]) for a, b in pairwise(way))
        return travel + sum(self.service_s[stop] for stop in stops)

    def carries_packs(self, stops: Sequence[int]) -> int:
        """Return what a tour has to carry."""
        return sum(self.loads_packs[stop] for stop in stops)

    def fits(self, stops: Sequence[int]) -> bool:
        """Say whether one person can do a tour in the time, and carry it."""
        return (
            self.lasts_s(stops) <= self.time_s and self.carries_packs(stops) <= self.capacity_packs
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tours:
    """The stops of each person in order, by their number in the task; ``solver`` found them."""

    stops: tuple[tuple[int, ...], ...]
    solver: str


Router = Callable[[TourTask, float], Tours]
"""Plans tours within so many seconds of reckoning."""


class StayOut(StrEnum):
    """Why a visit is in no tour."""

    NOTHING_TO_BRING = "nothing_to_bring"
    NOTHING_TO_WIN = "nothing_to_win"
    OUT_OF_ORDER = "out_of_order"
    DEPOT_EMPTY = "depot_empty"
    OFF_THE_MAP = "off_the_map"
    TOO_FAR = "too_far"
    TOO_MUCH = "too_much"
    NOT_WORTH_THE_WAY = "not_worth_the_way"
    NO_TIME_LEFT = "no_time_left"
    BEYOND_THE_BEST = "beyond_the_best"


WORDS: Final = {
    StayOut.NOTHING_TO_BRING: Named("货道已满，没有可补的。", "Its slots take nothing more."),
    StayOut.NOTHING_TO_WIN: Named(
        "库存够用到下次检查之后，现在去没有收益。",
        "Its stock lasts beyond the next look: going now wins nothing.",
    ),
    StayOut.OUT_OF_ORDER: Named(
        "机器故障，先修好再补货。", "The machine is out of order: repair comes before restocking."
    ),
    StayOut.DEPOT_EMPTY: Named("仓库没有它需要的药具。", "The depot has nothing of what it needs."),
    StayOut.OFF_THE_MAP: Named(
        "站点没有可用的位置，无法规划路线。", "Its site has no place to drive to."
    ),
    StayOut.TOO_FAR: Named(
        "单独往返就超过可用工时。", "The way there and back alone takes longer than there is."
    ),
    StayOut.TOO_MUCH: Named(
        "要带的货超过一个人的载量。", "It takes more packs than one person can carry."
    ),
    StayOut.NOT_WORTH_THE_WAY: Named(
        "绕路所花的时间多于这次补货值得的时间。",
        "The way to it takes longer than what it brings is worth.",
    ),
    StayOut.NO_TIME_LEFT: Named(
        "工时或载量已被更值得的站点用完。",
        "Time or capacity is used up by visits that bring more.",
    ),
    StayOut.BEYOND_THE_BEST: Named(
        f"一次最多规划收益最高的 {STOPS_MAX} 个站点。",
        f"Only the best {STOPS_MAX} visits are planned at once.",
    ),
}


def why_left_out(task: TourTask, tours: Tours, stop: int) -> StayOut:
    """Return why a stop of the task is in no tour."""
    if task.loads_packs[stop] > task.capacity_packs:
        return StayOut.TOO_MUCH
    if task.lasts_s([stop]) > task.time_s:
        return StayOut.TOO_FAR
    free = len(tours.stops) < task.people
    detours = [detour_s(task, tour, stop) for tour in tours.stops]
    detours += [task.lasts_s([stop])] if free else []
    if min(detours) > task.prizes_s[stop]:
        return StayOut.NOT_WORTH_THE_WAY
    return StayOut.NO_TIME_LEFT


def detour_s(task: TourTask, tour: Sequence[int], stop: int) -> int:
    """Return what a stop adds to a tour where it fits in best, its own time included."""
    way = np.array([0, *(one + 1 for one in tour), 0])
    here, travel = stop + 1, task.travel_s
    added = travel[way[:-1], here] + travel[here, way[1:]] - travel[way[:-1], way[1:]]
    return int(added.min()) + task.service_s[stop]
