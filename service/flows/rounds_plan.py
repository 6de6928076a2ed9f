"""Plan a round: rank visits by what they bring, and lay tours through those that are worth it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise, zip_longest
from typing import Final

import numpy as np

from service.domain.depots import Depot, Held, by_item, held, less, usable
from service.domain.district import Named
from service.domain.picking import RoundError
from service.domain.rounds import (
    CIRCLE_PICKUPS_A_DAY,
    Crew,
    Roads,
    Visit,
    Ways,
    rank,
)
from service.domain.tours import STOPS_MAX, Router, StayOut, Tours, TourTask, why_left_out
from service.flows.ports import Books, WatchedStore
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.rounds import OutletNames, PlanView
from service.flows.replenishment import needs_of
from service.flows.rounds_views import Timetable, tour_view, visit_view

FORMULA: Final = Named(
    "收益（次）= 到下次补货为止可避免的缺货次数 + "
    f"{CIRCLE_PICKUPS_A_DAY:g} × 未来 7 天可保住的人日 × 权重。",
    "What a visit brings, in pick-ups = those until the next visit that would be lost without it + "
    f"{CIRCLE_PICKUPS_A_DAY:g} × the people-days kept in the next 7 days × the weight.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """For whom a round is planned, and how long it may be looked for."""

    depot_id: str
    crew: Crew
    seconds: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans rounds; nothing is kept."""

    store: WatchedStore
    circles: Circles
    names: OutletNames
    roads: Roads
    router: Router
    now: Callable[[], datetime]
    zone: tzinfo

    def __call__(self, wish: PlanWish) -> PlanView:
        """Return the best round that is found in the time; RoundError where there is no depot."""
        at, circle = self.now(), self.circles.now()
        with self.store.look() as books:
            depot = depot_of(books, wish.depot_id)
            on_shelf = by_item(free_stock(books, depot.id, at=at, zone=self.zone))
            needs = needs_of(books, at=at, zone=self.zone, circle=circle)
        ranked = rank(
            needs.needs,
            depot_packs=on_shelf,
            out_of_order=needs.out_of_order,
            circle_weight=wish.crew.circle_weight,
        )
        course = _lay(ranked, depot, circle, wish, roads=self.roads, router=self.router)
        names = self.names.outlet_names({visit.place for visit in ranked})
        return PlanView(
            at=at,
            depot_id=depot.id,
            solver=course.tours.solver,
            is_estimate=course.is_estimate,
            formula_zh=FORMULA.zh,
            formula_en=FORMULA.en,
            tours=tuple(
                tour_view([course.visits[stop] for stop in stops], course.timetable(stops), names)
                for stops in course.tours.stops
            ),
            visits=tuple(
                visit_view(
                    one,
                    names,
                    stays_out=course.why_not(one),
                    is_unseen=one.place in needs.unseen,
                )
                for one in ranked
            ),
        )


def depot_of(books: Books, depot_id: str) -> Depot:
    """Return a depot; RoundError where there is none of that name."""
    for depot in books.depots.all():
        if depot.id == depot_id:
            return depot
    words = Named(
        f"没有编号为 {depot_id} 的仓库；请先登记仓库。",
        f"There is no depot {depot_id}: enter it first.",
    )
    raise RoundError(words, is_unknown=True)


def free_stock(books: Books, depot_id: str, *, at: datetime, zone: tzinfo) -> Held:
    """Return what a depot can give: not expired, and not promised to a round."""
    entries = [one.entry for one in books.depots.entries(depot_id)]
    unexpired = usable(held(entries), on=at.astimezone(zone).date())
    return less(unexpired, books.rounds.promised(depot_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """Tours through the visits that were put to the router, in its numbers, and why others not."""

    visits: Sequence[Visit]
    places: frozenset[str]
    task: TourTask
    ways: Ways
    tours: Tours

    @property
    def is_estimate(self) -> bool:
        """Whether any way of a tour is not along streets."""
        legs = (leg for stops in self.tours.stops for leg in _legs(stops))
        return any(bool(self.ways.estimates[leg]) for leg in legs)

    def timetable(self, stops: Sequence[int]) -> Timetable:
        """Return when a tour comes to each of its stops, and how far each is from the one before.

        The last line is the way back to the depot.
        """
        lines = []
        clock_s = 0
        for leg, stop in zip_longest(_legs(stops), stops):
            clock_s += int(self.task.travel_s[leg])
            lines.append((clock_s / 60, float(self.ways.metres[leg])))
            clock_s += self.task.service_s[stop] if stop is not None else 0
        return tuple(lines)

    def why_not(self, visit: Visit) -> StayOut | None:
        """Return why a visit is in no tour; None where it is in one."""
        if visit.stays_out is not None:
            return visit.stays_out
        if visit.place not in self.places:
            return StayOut.OFF_THE_MAP
        if visit not in self.visits:
            return StayOut.BEYOND_THE_BEST
        number = self.visits.index(visit)
        if any(number in stops for stops in self.tours.stops):
            return None
        return why_left_out(self.task, self.tours, number)


def _legs(stops: Sequence[int]) -> list[tuple[int, int]]:
    """Return from where to where a tour goes, the depot being 0."""
    return list(pairwise([0, *(stop + 1 for stop in stops), 0]))


def _lay(
    ranked: Sequence[Visit],
    depot: Depot,
    circle: CircleNow,
    wish: PlanWish,
    *,
    roads: Roads,
    router: Router,
) -> _Course:
    place_of = dict(zip(circle.relation.outlet_ids, circle.outlet_places, strict=True))
    visits = [one for one in ranked if one.stays_out is None and one.place in place_of][:STOPS_MAX]
    begin = (depot.place.lon, depot.place.lat)
    lon_lat = np.array([begin, *(place_of[one.place] for one in visits)], dtype=np.float64)
    ways = roads(lon_lat)
    task = TourTask(
        travel_s=wish.crew.travel_s(ways.metres),
        service_s=[wish.crew.service_s(one.packs) for one in visits],
        loads_packs=[one.packs for one in visits],
        prizes_s=[wish.crew.prize_s(one.pickups) for one in visits],
        people=wish.crew.people,
        capacity_packs=wish.crew.capacity_packs,
        time_s=round(wish.crew.hours * 3600),
    )
    return _Course(
        visits=visits,
        places=frozenset(place_of),
        task=task,
        ways=ways,
        tours=router(task, wish.seconds),
    )
