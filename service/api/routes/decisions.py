"""Decisions on coverage: who depends on one outlet only, and what to do first."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from service.api import examples_decisions as examples
from service.api import examples_formats as files
from service.api.answers import answer, documented
from service.api.csv_decisions import write_actions, write_dependence
from service.api.errors import no_such_item
from service.api.examples import ITEM_UNKNOWN
from service.api.formats import FileFormat, Spot, as_points, csv_answer, formats, geojson_answer
from service.api.parameters import ItemCode, OneItem
from service.flows.decisions import what_to_do, who_depends
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.decisions import (
    ActionOrder,
    ActionRow,
    ActionsView,
    DependenceRow,
    DependenceView,
    PlaceNames,
    Supplies,
)

Limit = Annotated[
    int, Query(description="So many outlets at most.", ge=1, le=1_000, examples=[100])
]

DIGITS: Final = 6
"""A millionth of a degree is a tenth of a metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPorts:
    """What decisions need of the circle and of the books."""

    circles: Circles
    names: PlaceNames
    supplies: Supplies


def decision_routes(ports: DecisionPorts) -> APIRouter:
    """Return the routes about what to do today."""
    router = APIRouter(prefix="/coverage", tags=["coverage"])

    @router.get(
        "/dependence",
        summary="Who depends on one outlet only",
        response_model=DependenceView,
        responses=formats(
            documented(
                examples.DEPENDENCE,
                status_404=ITEM_UNKNOWN,
                status_422=examples.COUNT_WRONG,
            ),
            as_csv=files.DEPENDENCE_CSV,
            geojson=files.DEPENDENCE_GEOJSON,
        ),
    )
    def dependence(
        *, item: OneItem, limit: Limit = 100, file_format: FileFormat = "json"
    ) -> Response:
        """Return the outlets that are somebody's only one for an item, and for how many people.

        `people` have no other in reach that carries the item at all. Right now it is
        `people_now_high` who have no other in reach that surely has it, open and in stock, and
        `people_now_low` who have none that even may have it: the difference is not known.
        """
        circle = circle_with(ports.circles, item)
        found = who_depends(circle, ports.names, item, most=limit)
        name = f"circle15-dependence-{item}"
        if file_format == "csv":
            return csv_answer(write_dependence(found), name)
        if file_format == "geojson":
            where = _Where(circle)
            return geojson_answer(as_points(DependenceRow, found.outlets, where), name)
        return answer(DependenceView, found)

    _add_actions(router, ports)
    return router


def _add_actions(router: APIRouter, ports: DecisionPorts) -> None:
    @router.get(
        "/actions",
        summary="What to do first",
        response_model=ActionsView,
        responses=formats(
            documented(examples.ACTIONS, status_404=ITEM_UNKNOWN, status_422=examples.COUNT_WRONG),
            as_csv=files.ACTIONS_CSV,
            geojson=files.ACTIONS_GEOJSON,
        ),
    )
    def actions(
        *,
        item: ItemCode = None,
        order: Annotated[
            ActionOrder, Query(description="By people now, or by people-days of the week.")
        ] = "now",
        limit: Limit = 100,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return outlets by the people whom a restock or a repair would bring back.

        - `people`: who surely reaches nobody that has the item at this hour, and would reach this
          outlet. A shut one brings nobody back now
        - `people_days`: the same over the next seven days, by how long stock lasts at its rate of
          the last 28 days in stock, opening hours left aside; `formula_en` says how
        - `…_high` counts those with them of whom we do not know whether another outlet serves them
        - `gain`: what it adds to the rows of its item before it in that order, each person once
        """
        circle = circle_with(ports.circles, item)
        items = circle.items if item is None else (item,)
        found = what_to_do(circle, ports.names, ports.supplies, items, order=order, most=limit)
        name = f"circle15-actions-{order}" if item is None else f"circle15-actions-{order}-{item}"
        if file_format == "csv":
            return csv_answer(write_actions(found), name)
        if file_format == "geojson":
            return geojson_answer(as_points(ActionRow, found.actions, _Where(circle)), name)
        return answer(ActionsView, found)


class _Where:
    """Says where the outlets of rows are."""

    def __init__(self, circle: CircleNow) -> None:
        places = circle.outlet_places.round(DIGITS).tolist()
        self._places = dict(zip(circle.relation.outlet_ids, places, strict=True))

    def __call__(self, row: DependenceRow | ActionRow) -> Spot:
        lon, lat = self._places[row.outlet_id]
        return lon, lat


def circle_with(circles: Circles, item: str | None) -> CircleNow:
    """Return the circle, or refuse an item that it does not know."""
    circle = circles.now()
    if item is not None and item not in circle.items:
        raise no_such_item(item)
    return circle
