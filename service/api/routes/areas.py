"""Walking areas: of all outlets that have an item as one shape, and of one kiosk."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api import examples, examples_circle
from service.api.answers import answer, documented
from service.api.errors import RefusalError, no_such_item, shorten
from service.api.parameters import KioskId, OneItem
from service.flows.reads.areas import Areas, AreaView, Reached
from service.flows.reads.circles import Circles


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPorts:
    """What walking areas need: how outlets stand, and who draws."""

    circles: Circles
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
            status_422=examples.PARAMETER_WRONG,
        ),
    )
    def item_area(
        item: OneItem,
        standing: Annotated[
            Reached, Query(description="Outlets that carry it, that work, or that have it now.")
        ] = "in_stock",
    ) -> Response:
        """Return the area within the walk limit of any such outlet, dissolved into one shape.

        It is what lies beside the streets that are within the limit: a GeoJSON feature with a
        MultiPolygon in WGS-84, true to some metres. Who is silent, or shut at this hour, is not in
        `working` and `in_stock`. With `is_estimate` it is circles by straight line.
        """
        circle = ports.circles.now()
        if item not in circle.items:
            raise no_such_item(item)
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
