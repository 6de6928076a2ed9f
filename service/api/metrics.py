"""Serves the metrics at ``/metrics``, where Prometheus looks for them."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

Metrics = Callable[[str], tuple[bytes, str]]
"""Takes what the reader accepts; returns the metrics and their media type."""

PATH: Final = "/metrics"


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Serve them; the address stands outside of the versioned API, as Prometheus expects."""

    async def scrape(request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        text, media_type = await run_in_threadpool(metrics, accepted)
        headers = {"Content-Type": media_type, "Cache-Control": "no-store"}
        return Response(text, headers=headers)

    app.add_route(PATH, scrape, methods=["GET"], include_in_schema=False)
