"""Walking areas: of all outlets that have an item as one shape, and of one kiosk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from service.api import examples, examples_circle
from service.api.answers import answer, documented
from service.api.errors import RefusalError, no_such_item, shorten
from service.api.examples_promise import AT_WRONG
from service.api.parameters import KioskId, OneItem
from service.flows.areas import stood_then
from service.flows.reads.areas import Areas, AreaView, Reached
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.promise import CoverageThen

PastOrNow = Annotated[
    AwareDatetime | None,
    Query(
        description="A past moment, with its zone; without it, now. One still to come counts as "
        "now, and one before 2020 as its begin.",
        examples=["2026-10-17T12:00:00Z"],
    ),
]


class PastCircles(Protocol):
    """Something that knows how outlets stood."""

    def coverage_then(self, item: str, at: datetime) -> CoverageThen | None:
        """Return the circle of an item as it was; None where the item is not given out here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPorts:
    """What walking areas need: how outlets stand and stood, and who draws."""

    circles: Circles
    past: PastCircles
    areas: Areas


def area_routes(ports: AreaPorts) -> APIRouter:
    """Return the routes about walking areas."""
    router = APIRouter(tags=["coverage"])

    @router.get(
        "/coverage/area",
        summary="From where one can walk to an item, as one shape",
        response_model=AreaView,
        responses=documented(
            examples_circle.ITEM_AREA,
            status_404=examples.ITEM_UNKNOWN,
            status_422=AT_WRONG,
        ),
    )
    def item_area(
        *,
        item: OneItem,
        standing: Annotated[
            Reached, Query(description="Outlets that carry it, that work, or that have it now.")
        ] = "in_stock",
        at: PastOrNow = None,
    ) -> Response:
        """Return the area within the walk limit of any such outlet, dissolved into one shape.

        It is from where somebody who walks straight to the nearest street is within the limit: a
        GeoJSON feature with a MultiPolygon in WGS-84, true to some metres. Who is silent, or shut
        at this hour, is not in `working` and `in_stock`. With `is_estimate` it is circles by
        straight line. With `at` it is of the outlets that stood so at that moment, as we know it
        today, along today's streets.
        """
        circle = ports.circles.now()
        if item not in circle.items:
            raise no_such_item(item)
        if at is not None:
            circle = _then(circle, ports.past, item, at)
        return answer(AreaView, ports.areas.of_item(circle, item, standing))

    @router.get(
        "/kiosks/{kiosk_id}/area",
        summary="From where one can walk to a kiosk",
        response_model=AreaView,
        responses=documented(examples_circle.KIOSK_AREA, status_404=examples.KIOSK_UNKNOWN),
    )
    def kiosk_area(kiosk_id: KioskId) -> Response:
        """Return a kiosk's own fifteen-minute area along the streets, whatever it has in stock."""
        found = ports.areas.of_outlet(ports.circles.now(), kiosk_id)
        if found is None:
            name = shorten(kiosk_id)
            raise RefusalError(
                404,
                "kiosk_unknown",
                f"There is no kiosk {name} in this district. /api/v1/kiosks lists them all.",
                f"本区没有编号为 {name} 的设备。全部设备见 /api/v1/kiosks。",
            )
        return answer(AreaView, found)

    return router


def _then(circle: CircleNow, past: PastCircles, item: str, at: datetime) -> CircleNow:
    """Return the circle of an item as it was."""
    then = past.coverage_then(item, at)
    if then is None:
        raise no_such_item(item)
    return stood_then(circle, then)
