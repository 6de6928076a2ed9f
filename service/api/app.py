"""Builds the application from what it is given; wiring alone knows from where."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.guard import Guard
from service.api.live.hub import PAGES_MAX, Hub
from service.api.metrics import Metrics, add_metrics
from service.api.pages import add_pages
from service.api.readiness import Readiness
from service.api.routes.changes import change_routes
from service.api.routes.forecast import forecast_routes
from service.api.routes.health import health_routes
from service.api.routes.imports import FilesIn, import_routes
from service.api.routes.incidents import incident_routes
from service.api.routes.kiosks import kiosk_routes
from service.api.routes.places import place_routes
from service.api.routes.promise import promise_routes
from service.api.routes.quality import quality_routes
from service.api.routes.quarantine import quarantine_routes
from service.api.routes.totals import totals_routes
from service.api.routes.watch import watch_routes
from service.flows.quarantine import Replay
from service.flows.reads.ports import Reads

PREFIX: Final = "/api/v1"
GZIP_BYTES_MIN: Final = 2_000
GZIP_LEVEL: Final = 5


def build_app(
    reads: Reads,
    *,
    readiness: Readiness,
    pages: Path | None,
    replay: Replay | None = None,
    files: FilesIn | None = None,
    metrics: Metrics | None = None,
    more: tuple[APIRouter, ...] = (),
    new_id: Callable[[], str],
    change_poll_s: float = 0.2,
    live_pages_max: int = PAGES_MAX,
) -> FastAPI:
    """Return the application.

    ``replay`` tries again what was set aside, ``files`` takes files in, ``metrics`` writes them for
    Prometheus; without them there is none of it. ``more`` are routes of what is put together
    elsewhere, like the circle. ``new_id`` gives an error its number.
    ``app.state.hub.stop_soon()`` ends the live streams from any thread; a server under uvicorn's
    own signals does so by itself.
    """
    hub = Hub(reads, poll_s=change_poll_s, pages_max=live_pages_max)
    app = DocumentedApi(
        title="Circle15",
        summary="A district's contraceptive kiosks: states, stock, totals and who can walk to one.",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        # Their pages load from other hosts, which the policy of ours forbids.
        docs_url=None,
        redoc_url=None,
        lifespan=_live(hub),
    )
    app.state.hub = hub
    routers = _routers(reads, readiness, hub, replay, files)
    app.add_routers((*routers, *more), prefix=PREFIX)
    if metrics is not None:
        add_metrics(app, metrics)
    add_pages(app, pages)
    add_handlers(app)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL)
    app.add_middleware(Guard, new_id=new_id)
    return app


def _routers(
    reads: Reads,
    readiness: Readiness,
    hub: Hub,
    replay: Replay | None,
    files: FilesIn | None,
) -> tuple[APIRouter, ...]:
    return (
        place_routes(reads),
        kiosk_routes(reads),
        incident_routes(reads),
        watch_routes(reads),
        totals_routes(reads),
        promise_routes(reads),
        forecast_routes(reads),
        quality_routes(reads),
        quarantine_routes(reads, replay),
        import_routes(reads, files),
        health_routes(reads, readiness),
        change_routes(hub),
    )


def _live(hub: Hub) -> Callable[[ASGIApp], contextlib.AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(_app: ASGIApp) -> AsyncIterator[None]:
        reader = asyncio.create_task(hub.run(), name="changes")
        try:
            yield
        finally:
            hub.stop()
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader

    return lifespan
