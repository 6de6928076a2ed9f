"""A small stand-in for the service: the API of the pages from made-up data, and dist/ beside it."""

import argparse
import asyncio
import copy
import json
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.browser import stub_detail
from tests.browser.stub_circle import Circle, add_circle
from tests.browser.stub_communities import COMMUNITIES
from tests.browser.stub_data import ITEMS, STATES, Row, spot
from tests.browser.stub_district import District
from tests.browser.stub_forecast import add_forecast
from tests.browser.stub_imports import add_imports
from tests.browser.stub_incidents import add_incidents
from tests.browser.stub_map import base_map
from tests.browser.stub_notices import add_notices
from tests.browser.stub_public import add_public
from tests.browser.stub_quality import add_quality
from tests.browser.stub_rounds import add_rounds
from tests.servers.browser import DIST

POLICY = (
    "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'"
)


class Stream:
    """The stream's memory: every change with its number, and who waits for the next."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, str, Row]] = []
        self.news = asyncio.Event()
        self.generation = 1

    @property
    def last_id(self) -> int:
        """The number of the newest change; numbers begin after 100."""
        return 100 + len(self.kept)

    def tell(self, event: str, data: Row) -> None:
        """Keeps a change as it is now and wakes the listeners."""
        self.kept.append((self.last_id + 1, event, copy.deepcopy(data)))
        self._wake()

    def forget(self) -> None:
        """Ends every stream and numbers from the beginning, as another database would."""
        self.kept.clear()
        self.generation += 1
        self._wake()

    def _wake(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    async def since(self, after: int) -> AsyncIterator[str]:
        """The stream's text from a change on."""
        mine = self.generation
        yield ": listening\nretry: 300\n\n"
        if after > self.last_id:
            yield f"id: {self.last_id}\nevent: reset\ndata: {{}}\n\n"
        while self.generation == mine:
            news = self.news
            for change_id, event, data in self.kept:
                if change_id > after:
                    after = change_id
                    yield f"id: {change_id}\nevent: {event}\ndata: {json.dumps(data)}\n\n"
            await news.wait()


class WithPolicy:
    """Sends the same content security policy as the service with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on, the policy added."""

        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        await self.app(scope, receive, with_policy)


class Turner:
    """Turns kiosks from state to state and tells the stream, as the service would."""

    def __init__(self, district: District, stream: Stream, now: Callable[[], datetime]) -> None:
        self.district, self.stream, self.now = district, stream, now

    def turn(self, kiosk: str, state: str, *, unheard: bool = False) -> Row:
        """Puts one kiosk into a state; its incidents and the coverage follow, unless unheard."""
        row = self.district.become(kiosk, state, self.now())
        if unheard:
            return row
        self.stream.tell("kiosk", row)
        for incident in self.district.incidents:
            if incident["kiosk_id"] == kiosk:
                self.stream.tell("incident", incident)
        self.stream.tell("coverage", Circle(self.district).coverage())
        return row

    async def keep_turning(self, every_s: float) -> None:
        """Turns some kiosk every few seconds, for looking at the page by hand."""
        while True:
            await asyncio.sleep(every_s)
            dice = self.district.dice
            self.turn(dice.choice(sorted(self.district.kiosks)), dice.choice(STATES))


def make_app(*, now: Callable[[], datetime], seed: int = 15) -> tuple[ASGIApp, Turner]:
    """Builds the stub; nothing changes until the turner turns it, or a POST asks it to."""
    app = FastAPI()
    stream = Stream()
    district = District(now=now(), dice=random.Random(seed))
    turner = Turner(district, stream, now)

    @app.post("/stub/turn")
    async def turn(kiosk: str, state: str, *, unheard: bool = False) -> Row:
        return turner.turn(kiosk, state, unheard=unheard)

    @app.post("/stub/forget")
    async def forget() -> None:
        stream.forget()

    @app.post("/stub/progress")
    async def progress(behind_facts: int, kiosks: int) -> None:
        stream.tell("progress", district.uploading(behind_facts, kiosks))

    @app.get("/api/v1/changes")
    async def changes(request: Request, after: int = 0) -> StreamingResponse:
        start = int(request.headers.get("last-event-id") or after)
        return StreamingResponse(stream.since(start), media_type="text/event-stream")

    add_reads(app, district, stream)
    add_questions(app, district)
    add_quality(app, district)
    add_circle(app, Circle(district))
    add_forecast(app, district)
    add_imports(app, district)
    add_rounds(app, district)
    add_notices(app, district)
    add_incidents(app, district, stream.tell, now)
    add_public(app, Circle(district))

    @app.get("/where")
    async def where() -> FileResponse:
        return FileResponse(DIST / "where.html")

    if DIST.is_dir():
        app.mount("/", StaticFiles(directory=DIST, html=True))
    return WithPolicy(app), turner


def about() -> Row:
    """The district as a whole."""
    west, south = -5200, -4100
    corners = [*spot(west, south), *spot(5300, 4200)]
    return {
        "name_zh": "清河区",
        "name_en": "Qinghe District",
        "region": "999901",
        "center": spot(0, 0),
        "bounds": corners,
        "timezone": "Asia/Shanghai",
        "people": sum(one["people"] for one in COMMUNITIES),
        "kiosks": 43,
        "free_points": 157,
        "walk_limit_m": 1000,
        "walk_kmh": 4.0,
    }


def add_reads(app: FastAPI, district: District, stream: Stream) -> None:
    """The routes that only read and need no question."""
    answers: dict[str, Callable[[], Any]] = {
        "district": about,
        "items": lambda: ITEMS,
        "towns": lambda: district.towns,
        "sites": lambda: district.sites,
        "kiosks": lambda: {
            "change_id": stream.last_id,
            "progress": district.progress,
            "kiosks": district.listed(),
        },
        "coverage": lambda: Circle(district).coverage(),
        "map/base": lambda: base_map(district),
        "totals/months": lambda: stub_detail.months(district),
    }
    for path, answer in answers.items():
        app.add_api_route(f"/api/v1/{path}", answer, response_model=None)


def add_questions(app: FastAPI, district: District) -> None:
    """The routes that are asked about something."""

    @app.get("/api/v1/kiosks/{kiosk_id}")
    async def kiosk(kiosk_id: str) -> Response:
        if kiosk_id not in district.kiosks:
            said = {
                "code": "kiosk_unknown",
                "message": f"There is no kiosk {kiosk_id}.",
                "message_zh": f"没有编号为 {kiosk_id} 的发放机。",
            }
            return JSONResponse({"error": said}, status_code=404)
        return JSONResponse(stub_detail.kiosk_detail(district, kiosk_id))

    @app.get("/api/v1/totals/monthly")
    async def totals(month: str, by: str = "site") -> Row:
        return stub_detail.totals(district, month, by)

    @app.get("/api/v1/totals/facts")
    async def facts(
        month: str,
        item: str,
        site: str | None = None,
        town: str | None = None,
        cursor: int = 0,
    ) -> Row:
        within = [
            s
            for s in district.sites[:43]
            if site in {None, s["id"]} and town in {None, s["town_code"]}
        ]
        return stub_detail.facts_page(within, month, item, cursor)


async def serve(port: int, every_s: float) -> None:
    """Serves until stopped, turning a kiosk every few seconds if asked."""
    app, turner = make_app(now=clock)
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
    turning = asyncio.create_task(turner.keep_turning(every_s)) if every_s else None
    await uvicorn.Server(config).serve()
    if turning:
        turning.cancel()


def clock() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


if __name__ == "__main__":
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--port", type=int, default=8015)
    said.add_argument("--turn-every-s", type=float, default=4.0)
    given = said.parse_args()
    asyncio.run(serve(given.port, given.turn_every_s))
