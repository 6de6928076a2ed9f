"""Tell of a day hour by hour: as it was up to now, and as it will be with the stock of now."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo

import numpy as np

from service.domain.circle import Circle, People, Standing, Standings, at_hour, figures_of
from service.domain.hours import hour_cuts, sum_hours, turns_of
from service.domain.promise import Seconds, moment_of, seconds_of
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.hours import CoverageByHour, DayBooks, HourCoverage, HourKind, TownByHour

_Stood = dict[int, dict[int, Standing]]


def coverage_by_hour(
    circle: CircleNow, circles: Circles, books: DayBooks, item: str, day: date, *, zone: tzinfo
) -> CoverageByHour:
    """Return the hours of a local day, of an item that the circle knows."""
    cuts = hour_cuts(day, zone)
    begin, end = moment_of(int(cuts[0])), moment_of(int(cuts[-1]))
    raw, stood = _stood(circle, books, item, begin, end)
    opened: dict[int, dict[int, bool]] = {}
    for at, outlet, opens in circles.openings(begin, end):
        opened.setdefault(seconds_of(at), {})[outlet] = opens
    is_open = circles.open_at(begin)
    one = Circle(
        circle.relation,
        people=circle.people,
        towns=circle.towns,
        town_codes=circle.town_codes,
        items=(item,),
        standings=at_hour(raw, is_open).reshape(1, raw.size),
    )
    sums = sum_hours(one, turns_of(raw, is_open, stood=stood, opened=opened), cuts)
    names = {town.code: town for town in books.towns()}
    now = seconds_of(circle.at)
    towns = []
    for index, code in enumerate(circle.town_codes):
        mine = circle.people[circle.towns == index]
        town = names.get(code)
        towns.append(
            TownByHour(
                town_code=code,
                name_zh=code if town is None else town.name_zh,
                name_en=code if town is None else town.name_en,
                people=int(mine.sum()),
                hours=_hours(sums.by_best[:, index], sums.by_working[:, index], cuts, now),
            )
        )
    return CoverageByHour(
        at=circle.at,
        item=item,
        day=day,
        timezone=str(zone),
        limit_m=round(circle.relation.limit_m),
        is_estimate=circle.relation.is_estimate,
        people=int(circle.people.sum()),
        hours=_hours(sums.by_best.sum(axis=1), sums.by_working.sum(axis=1), cuts, now),
        towns=tuple(towns),
    )


def _stood(
    circle: CircleNow, books: DayBooks, item: str, begin: datetime, end: datetime
) -> tuple[Standings, _Stood]:
    """Return how outlets stand at the begin of a day, and by second who then stands otherwise.

    From now on all stand as they do now. What nobody reports stands as it always does.
    """
    stands = circle.raw[circle.items.index(item)]
    if circle.at <= begin:
        return stands, {}
    past = books.item_past(item, begin, min(end, circle.at))
    outlets = {outlet_id: index for index, outlet_id in enumerate(circle.relation.outlet_ids)}
    told = np.array([past.stood.get(one, Standing.NEVER) for one in outlets], dtype=np.int8)
    raw = np.where(circle.is_reported, told, stands).astype(np.int8)
    last, stood = raw.copy(), _Stood()
    for at, outlet_id, standing in past.changes:
        outlet = outlets.get(outlet_id)
        if outlet is not None and circle.is_reported[outlet]:
            stood.setdefault(seconds_of(at), {})[outlet] = standing
            last[outlet] = standing
    if circle.at < end:
        others: Mapping[int, Standing] = {
            outlet: Standing(stands[outlet]) for outlet in np.flatnonzero(last != stands).tolist()
        }
        stood.setdefault(seconds_of(circle.at), {}).update(others)
    return raw, stood


def _hours(
    by_best: People, by_working: People, cuts: Seconds, now: int
) -> tuple[HourCoverage, ...]:
    """Return averages of people × seconds by hour."""
    found = []
    for hour, (best, working) in enumerate(zip(by_best, by_working, strict=True)):
        begins, ends = int(cuts[hour]), int(cuts[hour + 1])
        sums = figures_of(best, working)

        def average(people_s: int, seconds: int = ends - begins) -> float:
            return round(people_s / seconds, 1)

        found.append(
            HourCoverage(
                begins_at=moment_of(begins),
                ends_at=moment_of(ends),
                kind=_kind(begins, ends, now),
                people_installed=average(sums.installed),
                people_working_low=average(sums.working_low),
                people_working_high=average(sums.working_high),
                people_in_stock_low=average(sums.in_stock_low),
                people_in_stock_high=average(sums.in_stock_high),
                people_never=average(sums.never),
                people_machine=average(sums.machine),
                people_stock=average(sums.stock),
                people_closed=average(sums.closed),
                people_unknown=average(sums.unknown),
            )
        )
    return tuple(found)


def _kind(begins: int, ends: int, now: int) -> HourKind:
    if ends <= now:
        return "past"
    return "current" if begins <= now else "coming"
