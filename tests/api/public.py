"""A town whose outlets anybody may ask for, and ways to ask."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray

from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.guard import Guard
from service.api.rate import RateLimit
from service.api.routes.public import PublicPorts, public_routes
from service.domain.circle import Standing
from service.domain.coordinates import Points
from service.domain.district import Named
from service.flows.public import Guides
from service.flows.reads.places import ItemView
from service.flows.reads.public import OutletCard, PlaceFound, WalksThere
from tests.api.client import PREFIX, run_apart
from tests.support.decisions import FakeCircles, circle_now, reaching
from tests.support.plans import NOW

S = Standing
HERE = {"lon": 104.0123456, "lat": 30.0654321}
TRACES = ("0123456", "0654321", "104.01", "30.06")
ITEM = ItemView(
    code="condom-52",
    name_zh="避孕套",
    name_en="Condom",
    unit_zh="只",
    unit_en="piece",
    pack_zh="盒",
    pack_en="box",
    units_per_pack=10,
)
STANDINGS = (S.IN_STOCK, S.IN_STOCK, S.EMPTY, S.UNKNOWN, S.STOCK_UNKNOWN, S.IN_STOCK, S.IN_STOCK)
WALKS_M = (700.0, 120.0, 10.0, 20.0, 30.0, 66.0, np.inf)
"""Of seven outlets four have it; the nearest of these is shut, and one is too far."""

SHUT = 5


@dataclass
class Town:
    """Register, walks and hours in one."""

    is_estimate: bool = False
    broken: bool = False
    unnamed: tuple[str, ...] = ()
    sought: list[str] = field(default_factory=list)

    def items(self) -> tuple[ItemView, ...]:
        return (ITEM,)

    def find_communities(self, text: str, *, most: int) -> tuple[PlaceFound, ...]:
        self.sought.append(text)
        one = PlaceFound(
            id="C017",
            name_zh="学府苑",
            name_en="Xuefu Court",
            town_zh="河东街道",
            town_en="Hedong",
            lon=104.05,
            lat=30.62,
        )
        return (one,) * most

    def outlet_cards(self, ids: Collection[str]) -> Mapping[str, OutletCard]:
        card = OutletCard(name=Named("点", "Point"), opening_hours="Mo-Su 08:00-21:00")
        return {one: card for one in ids if one not in self.unnamed}

    def walks_from(
        self, lon: float, lat: float, places: Points, *, wanted: NDArray[np.bool_], enough: int
    ) -> WalksThere:
        assert (lon, lat, enough > 0) == (HERE["lon"], HERE["lat"], True)
        assert len(places) == len(wanted) == 4
        if self.broken:
            message = "a street is missing"
            raise ZeroDivisionError(message)
        walks = [WALKS_M[round(place) % 100] for place in places[:, 0] * 100 - 10_400]
        return WalksThere(np.array(walks), self.is_estimate)

    def next_change(self, text: str, at: datetime) -> datetime | None:
        assert text == "Mo-Su 08:00-21:00"
        return at + timedelta(hours=3)


@dataclass
class Clock:
    """A monotonic clock that stands still until it is told."""

    at_s: float = 0.0

    def __call__(self) -> float:
        return self.at_s


def app_of(town: Town, clock: Clock | None = None, *, per_minute: int = 30) -> FastAPI:
    relation = reaching([], outlets=len(STANDINGS))
    circle = circle_now(relation, [], {"condom-52": STANDINGS}, at=NOW, shut=[SHUT])
    places = np.array([(104.0 + one / 100, 30.0) for one in range(len(STANDINGS))])
    circles = FakeCircles(replace(circle, outlet_places=places))
    app = DocumentedApi(title="t", version="1", openapi_url=f"{PREFIX}/openapi.json")
    monotonic_s = clock or Clock()
    ports = PublicPorts(circles=circles, guides=Guides(register=town, walks=town, hours=town))
    routes = public_routes(
        ports,
        nearest_limit=RateLimit(per_minute=per_minute, monotonic_s=monotonic_s),
        names_limit=RateLimit(per_minute=4 * per_minute, monotonic_s=monotonic_s),
    )
    app.add_routers((routes,), prefix=PREFIX)
    add_handlers(app)
    app.add_middleware(Guard, new_id=lambda: "e-1")
    return app


def ask(
    app: FastAPI, body: object, *, client: str = "198.51.100.7", **headers: str
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(client, 4_711))
        async with httpx.AsyncClient(transport=transport, base_url="http://city.example") as one:
            how: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
            said = {"content-type": "application/json", **headers}
            return await one.post(f"{PREFIX}/public/nearest", headers=said, **how)

    return run_apart(asked())


def wish(**more: object) -> dict[str, object]:
    return {**HERE, "item": "condom-52", **more}
