"""The fifteen-minute circle."""

from fastapi import APIRouter, Response

from service.api import examples
from service.api import examples_formats as files
from service.api.answers import answer, documented
from service.api.csv_circle import write_coverage, write_coverage_by_town
from service.api.errors import no_such_item
from service.api.examples_promise import TABLE_WRONG
from service.api.formats import TableFormat, csv_answer, formats
from service.api.parameters import OneItem
from service.flows.reads.ports import Reads
from service.flows.reads.watch import CoverageView, TownCoverageView


def watch_routes(reads: Reads) -> APIRouter:
    """Return the routes about what is watched."""
    router = APIRouter(tags=["watch"])

    @router.get(
        "/coverage",
        summary="Who can walk in fifteen minutes to a place that has the item",
        response_model=CoverageView,
        responses=formats(
            documented(examples.COVERAGE, status_422=TABLE_WRONG), as_csv=files.COVERAGE_CSV
        ),
    )
    def coverage(file_format: TableFormat = "json") -> Response:
        """Return people within the walk limit of an outlet: installed, working, and in stock.

        From low to high, because an outlet that is silent may or may not have the item. Those who
        are outside are counted by cause: `people_never` (no outlet in reach carries it),
        `people_machine`, `people_stock`, `people_closed` (at this hour) and `people_unknown`.
        Walks go along the streets where those were imported; else they are an `estimate`, the
        straight line times 1.4. `near_` figures are within `near_m`. `computed_at` is null, and
        `items` empty, until it was computed once.
        """
        found = reads.coverage()
        if file_format == "csv":
            return csv_answer(write_coverage(found), "circle15-coverage")
        return answer(CoverageView, found)

    @router.get(
        "/coverage/towns",
        summary="The circle of one item, town by town",
        response_model=list[TownCoverageView],
        responses=formats(
            documented(
                examples.TOWN_COVERAGE,
                status_404=examples.ITEM_UNKNOWN,
                status_422=examples.PARAMETER_WRONG,
            ),
            as_csv=files.TOWNS_COVERED_CSV,
        ),
    )
    def coverage_by_town(*, item: OneItem, file_format: TableFormat = "json") -> Response:
        """Return each town's people within the walk limit, as `/coverage` does the district's."""
        found = reads.coverage_by_town(item)
        if found is None:
            raise no_such_item(item)
        if file_format == "csv":
            return csv_answer(write_coverage_by_town(found), f"circle15-towns-{item}")
        return answer(tuple[TownCoverageView, ...], found)

    return router
