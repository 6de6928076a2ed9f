"""For residents, without signing in: where an item can be had now. Nobody is kept or counted.

A position is sent in the body of a POST, since addresses end up in the logs of proxies and in
histories of browsers. The POST changes nothing, so it may come from anywhere.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from service.api import examples
from service.api import examples_circle as ours
from service.api.answers import Documented, answer, documented
from service.api.errors import ErrorAnswer, RefusalError, no_such_item
from service.api.rate import RateLimit
from service.flows.public import Guides, nearest
from service.flows.reads.circles import Circles
from service.flows.reads.places import ItemView
from service.flows.reads.public import NearestView, NearestWish, PlaceFound

NEAREST_PER_MINUTE: Final = 30
NAMES_PER_MINUTE: Final = 120
"""A name is looked for while it is typed: that costs little and tells nothing of anybody."""

OUTLETS_MAX: Final = 20
PLACES_MAX: Final = 10


class Whereabouts(BaseModel):
    """Where somebody is, in degrees (WGS-84), and what they look for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    item: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=32)]
    limit: Annotated[int, Field(ge=1, le=OUTLETS_MAX)] = 5

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Return what may stand in a log: not where somebody is."""
        return [("item", self.item)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPorts:
    """What residents are answered from."""

    circles: Circles
    guides: Guides


def public_routes(
    ports: PublicPorts,
    *,
    nearest_limit: RateLimit | None = None,
    names_limit: RateLimit | None = None,
) -> APIRouter:
    """Return the routes for residents; each address may ask so many times a minute."""
    router = APIRouter(prefix="/public", tags=["public"], route_class=_InWords)
    often = nearest_limit or RateLimit(per_minute=NEAREST_PER_MINUTE)
    _add_names(router, ports, names_limit or RateLimit(per_minute=NAMES_PER_MINUTE))

    @router.post(
        "/nearest",
        summary="The nearest places that have an item now",
        response_model=NearestView,
        responses=_limited(
            documented(ours.NEAREST, status_404=examples.ITEM_UNKNOWN, status_422=ours.PLACE_WRONG)
        ),
        dependencies=[Depends(often)],
    )
    def nearest_outlets(
        asked: Annotated[Whereabouts, Body(openapi_examples=ours.WISHES)],
    ) -> Response:
        """Return outlets that have the item: those that are open first, then the nearest first.

        `walk_m` is along the streets, legs included, and `walk_minutes` at `walk_kmh`; with
        `is_estimate` it is the straight line × 1.4. A kiosk that has not been heard of is left out.
        Where you are is neither kept nor logged. 30 questions a minute are answered.
        """
        circle = ports.circles.now()
        if asked.item not in circle.items:
            raise no_such_item(asked.item)
        wish = NearestWish(lon=asked.lon, lat=asked.lat, item=asked.item, most=asked.limit)
        return answer(NearestView, nearest(circle, ports.guides, wish))

    return router


def _add_names(router: APIRouter, ports: PublicPorts, limit: RateLimit) -> None:
    @router.get(
        "/items",
        summary="What can be had",
        response_model=list[ItemView],
        responses=_limited(documented(ours.PUBLIC_ITEMS)),
        dependencies=[Depends(limit)],
    )
    def public_items() -> Response:
        """Return each item with its names, in Chinese and in English."""
        return answer(tuple[ItemView, ...], ports.guides.register.items())

    @router.get(
        "/places",
        summary="Communities by name, for who does not tell a position",
        response_model=list[PlaceFound],
        responses=_limited(documented(ours.PLACES, status_422=examples.PARAMETER_WRONG)),
        dependencies=[Depends(limit)],
    )
    def public_places(
        q: Annotated[
            str,
            Query(
                description="A part of the name, Chinese or English.",
                min_length=1,
                max_length=40,
                examples=["学府"],
            ),
        ],
    ) -> Response:
        """Return at most ten communities; those whose name begins so come first."""
        wanted = "".join(char for char in q if char.isprintable()).strip()
        found = ports.guides.register.find_communities(wanted, most=PLACES_MAX) if wanted else ()
        return answer(tuple[PlaceFound, ...], found)


def _limited(answers: Documented) -> Documented:
    """Return what a route answers, with the refusal of whoever asks too often."""
    answers[429] = {
        "model": ErrorAnswer,
        "description": "Asked too often; the header Retry-After says when to try again.",
        "content": {"application/json": {"example": {"error": ours.ASKED_TOO_OFTEN}}},
    }
    return answers


class _InWords(APIRoute):
    """A route that says what is wrong in a body without saying the body back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def in_words(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                first = error.errors()[0]
                if first["loc"][0] != "body":
                    raise
                # Its cause holds what was sent, and so a position: it goes no farther.
                raise _question_wrong(str(first["loc"][-1]), str(first["msg"])) from None

        return in_words


def _question_wrong(name: str, why: str) -> RefusalError:
    known = name if name in Whereabouts.model_fields else "JSON"
    return RefusalError(
        422,
        "question_wrong",
        f"{known} cannot be this: {why}. Send a JSON object with lon and lat in degrees (WGS-84) "
        "and item.",
        f"{known} 的值不对。请以 JSON 发送 lon、lat（WGS-84 经纬度）和 item。",
    )
