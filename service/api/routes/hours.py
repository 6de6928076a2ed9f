"""The circle by hour: a local day, with opening hours, as it was and as it will be."""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from service.api import examples_hours as examples
from service.api.answers import answer, documented
from service.api.csv_hours import write_hours
from service.api.errors import RefusalError, no_such_item
from service.api.formats import TableFormat, csv_answer, formats
from service.api.parameters import OneItem
from service.domain.clocks import NOT_BEFORE
from service.flows.hours import coverage_by_hour
from service.flows.reads.circles import Circles
from service.flows.reads.hours import CoverageByHour, DayBooks

AHEAD_DAYS_MAX: Final = 14
"""So many days ahead are answered: with the stock of now they say less with every day."""

Day = Annotated[
    date | None,
    Query(
        description="A day of the district's calendar; without it, today. From 2020 on, and "
        f"{AHEAD_DAYS_MAX} days ahead at most.",
        examples=["2026-11-20"],
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPorts:
    """What hours are told from: how outlets stand and stood, and whose days they are."""

    circles: Circles
    books: DayBooks
    zone: tzinfo


def hour_routes(ports: HourPorts) -> APIRouter:
    """Return the route about hours."""
    router = APIRouter(prefix="/coverage", tags=["coverage"])

    @router.get(
        "/hours",
        summary="The circle of one item, hour by hour of a local day",
        response_model=CoverageByHour,
        responses=formats(
            documented(
                examples.HOURS, status_404=examples.ITEM_UNKNOWN, status_422=examples.DAY_WRONG
            ),
            as_csv=examples.HOURS_CSV,
        ),
    )
    def hours(item: OneItem, *, day: Day = None, file_format: TableFormat = "json") -> Response:
        """Return, for the district and for each town, the people of each hour on its average.

        Past hours are as they were, as we know it today; hours to come have the stock of now, and
        in both outlets are open at their hours alone. `kind` says which an hour is, and the current
        one is both. A day has 24 hours, or 23 or 25 where clocks are changed. Figures are `people`
        × the share of the hour, to a tenth.
        """
        circle = ports.circles.now()
        if item not in circle.items:
            raise no_such_item(item)
        today = circle.at.astimezone(ports.zone).date()
        wanted = today if day is None else day
        first = NOT_BEFORE.astimezone(ports.zone).date()
        last = today + timedelta(days=AHEAD_DAYS_MAX)
        if not first <= wanted <= last:
            raise _no_such_day(wanted, first, last)
        found = coverage_by_hour(circle, ports.circles, ports.books, item, wanted, zone=ports.zone)
        if file_format == "csv":
            return csv_answer(write_hours(found), f"circle15-hours-{item}-{wanted}")
        return answer(CoverageByHour, found)

    return router


def _no_such_day(wanted: date, first: date, last: date) -> RefusalError:
    return RefusalError(
        422,
        "parameter_wrong",
        f"The parameter day cannot be {wanted}: name a day from {first} to {last}.",
        f"参数 day 的值 {wanted} 不对，请给出 {first} 至 {last} 之间的日期。",
    )
