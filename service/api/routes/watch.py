"""What is wrong: alerts, and the fifteen-minute circle."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api import examples
from service.api.answers import answer, documented
from service.api.errors import no_such_item
from service.api.parameters import AlertLimit, OneItem
from service.flows.reads.ports import Reads
from service.flows.reads.watch import AlertState, AlertView, CoverageView, TownCoverageView


def watch_routes(reads: Reads) -> APIRouter:
    """Return the routes about what is watched."""
    router = APIRouter(tags=["watch"])

    @router.get(
        "/alerts",
        summary="What is wrong, in one sentence each",
        response_model=list[AlertView],
        responses=documented(examples.ALERTS, status_422=examples.PARAMETER_WRONG),
    )
    def alerts(
        state: Annotated[AlertState, Query(description="Open, resolved or all alerts.")] = "open",
        limit: AlertLimit = 1_000,
    ) -> Response:
        """Return alerts: open ones first and the gravest of them first, then the newest.

        `why_zh` and `why_en` say what is wrong and what to do; `facts` holds the figures of the
        moment at which it was noticed. Alerts are closed by facts alone.
        """
        return answer(tuple[AlertView, ...], reads.alerts(state, most=limit))

    @router.get(
        "/coverage",
        summary="Who can walk in fifteen minutes to a place that has the item",
        response_model=CoverageView,
        responses=documented(examples.COVERAGE),
    )
    def coverage() -> Response:
        """Return people within the walk limit of an outlet: installed, working, and in stock.

        From low to high, because an outlet that is silent may or may not have the item. Those who
        are outside are counted by cause: `people_never` (no outlet in reach carries it),
        `people_machine`, `people_stock`, `people_closed` (at this hour) and `people_unknown`.
        Walks go along the streets where those were imported; else they are an `estimate`, the
        straight line times 1.4. `near_` figures are within `near_m`. `computed_at` is null, and
        `items` empty, until it was computed once.
        """
        return answer(CoverageView, reads.coverage())

    @router.get(
        "/coverage/towns",
        summary="The circle of one item, town by town",
        response_model=list[TownCoverageView],
        responses=documented(
            examples.TOWN_COVERAGE,
            status_404=examples.ITEM_UNKNOWN,
            status_422=examples.PARAMETER_WRONG,
        ),
    )
    def coverage_by_town(item: OneItem) -> Response:
        """Return each town's people within the walk limit, as `/coverage` does the district's."""
        found = reads.coverage_by_town(item)
        if found is None:
            raise no_such_item(item)
        return answer(tuple[TownCoverageView, ...], found)

    return router
