"""Decisions on coverage: who depends on one outlet only, and what to do first."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api import examples_decisions as examples
from service.api.answers import answer, documented
from service.api.errors import no_such_item
from service.api.examples import ITEM_UNKNOWN
from service.api.parameters import ItemCode, OneItem
from service.flows.decisions import what_to_do, who_depends
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.decisions import (
    ActionOrder,
    ActionsView,
    DependenceView,
    PlaceNames,
    Supplies,
)

Limit = Annotated[
    int, Query(description="So many outlets at most.", ge=1, le=1_000, examples=[100])
]


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
        responses=documented(
            examples.DEPENDENCE,
            status_404=ITEM_UNKNOWN,
            status_422=examples.COUNT_WRONG,
        ),
    )
    def dependence(item: OneItem, limit: Limit = 100) -> Response:
        """Return the outlets that are somebody's only one for an item, and for how many people.

        `people` have no other in reach that carries the item at all. Right now it is
        `people_now_high` who have no other in reach that surely has it, open and in stock, and
        `people_now_low` who have none that even may have it: the difference is not known.
        """
        circle = circle_with(ports.circles, item)
        return answer(DependenceView, who_depends(circle, ports.names, item, most=limit))

    @router.get(
        "/actions",
        summary="What to do first",
        response_model=ActionsView,
        responses=documented(
            examples.ACTIONS, status_404=ITEM_UNKNOWN, status_422=examples.COUNT_WRONG
        ),
    )
    def actions(
        item: ItemCode = None,
        order: Annotated[
            ActionOrder, Query(description="By people now, or by people-days of the week.")
        ] = "now",
        limit: Limit = 100,
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
        return answer(ActionsView, found)

    return router


def circle_with(circles: Circles, item: str | None) -> CircleNow:
    """Return the circle, or refuse an item that it does not know."""
    circle = circles.now()
    if item is not None and item not in circle.items:
        raise no_such_item(item)
    return circle
