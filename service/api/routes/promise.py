"""The promise: person-hours by month, and the circle as it was at any past moment."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from service.api import examples_formats as files
from service.api import examples_promise as examples
from service.api.answers import answer, documented
from service.api.csv_circle import write_coverage_then
from service.api.csv_promise import write_month, write_months
from service.api.errors import no_such_item
from service.api.formats import TableFormat, csv_answer, formats
from service.api.parameters import ItemCode, Month, OneItem
from service.flows.reads.ports import Reads
from service.flows.reads.promise import CoverageThen, MonthOfItem, MonthPromise

At = Annotated[
    AwareDatetime,
    Query(
        description="A past moment, with its zone. One still to come counts as now, and one "
        "before 2020 as its begin.",
        examples=["2026-10-17T12:00:00Z"],
    ),
]


def promise_routes(reads: Reads) -> APIRouter:
    """Return the routes about what was promised and kept."""
    router = APIRouter(tags=["promise"])

    @router.get(
        "/promise",
        summary="A month's person-hours: promised, kept, and lost by cause",
        response_model=MonthPromise,
        responses=formats(
            documented(
                examples.PROMISE, status_404=examples.ITEM_UNKNOWN, status_422=examples.MONTH_WRONG
            ),
            as_csv=files.PROMISE_CSV,
        ),
    )
    def promise(
        *, month: Month, item: ItemCode = None, file_format: TableFormat = "json"
    ) -> Response:
        """Return what a local month promised, item by item: in all, and by town.

        Everybody is promised every hour. An hour is `kept` for a person who reaches an outlet that
        is open, works and has the item; else it is lost to the hindrance that was nearest to being
        overcome: `never` (no outlet in reach carries it), `machine`, `stock`, `closed` (at that
        hour), or it is `unknown`. Hours count when they were, not when we heard of them: facts that
        come late correct them. `up_to` says how far the item is summed up; a month is `provisional`
        until all of it is.
        """
        found = reads.promise(month, item)
        if found is None:
            raise no_such_item(str(item))
        if file_format == "csv":
            return csv_answer(write_month(found), f"circle15-promise-{month}")
        return answer(MonthPromise, found)

    @router.get(
        "/promise/months",
        summary="Person-hours month by month",
        response_model=list[MonthOfItem],
        responses=formats(
            documented(
                examples.MONTHS, status_404=examples.ITEM_UNKNOWN, status_422=examples.TABLE_WRONG
            ),
            as_csv=files.MONTHS_CSV,
        ),
    )
    def months(*, item: ItemCode = None, file_format: TableFormat = "json") -> Response:
        """Return each month's person-hours of the whole district, item by item, newest last."""
        found = reads.promise_months(item)
        if found is None:
            raise no_such_item(str(item))
        if file_format == "csv":
            return csv_answer(write_months(found), "circle15-promise-months")
        return answer(tuple[MonthOfItem, ...], found)

    _add_past(router, reads)
    return router


def _add_past(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/coverage/at",
        summary="The circle as it was at a past moment",
        response_model=CoverageThen,
        responses=formats(
            documented(
                examples.THEN, status_404=examples.ITEM_UNKNOWN, status_422=examples.AT_WRONG
            ),
            as_csv=files.THEN_CSV,
        ),
    )
    def coverage_at(*, at: At, item: OneItem, file_format: TableFormat = "json") -> Response:
        """Return how each outlet stood then, the best in reach of each community, and the figures.

        As we know it today: what was heard later counts as if it had been told at once. Who walks
        how far to what, people and opening hours are today's.
        """
        found = reads.coverage_then(item, at)
        if found is None:
            raise no_such_item(item)
        if file_format == "csv":
            return csv_answer(write_coverage_then(found), f"circle15-then-{item}")
        return answer(CoverageThen, found)
