"""What a worker without pages serves: whether it runs, whether it can work, and its metrics."""

from collections.abc import Callable

from fastapi import FastAPI

from service.api.app import PREFIX
from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.guard import Guard
from service.api.metrics import Metrics, add_metrics
from service.api.readiness import Readiness
from service.api.routes.health import health_routes
from service.flows.reads.ports import Reads


def build_worker_app(
    reads: Reads, readiness: Readiness, metrics: Metrics, *, new_id: Callable[[], str]
) -> FastAPI:
    """Return the application; its addresses are those that the service with pages has."""
    app = DocumentedApi(
        title="Circle15 worker", version="1", openapi_url=None, docs_url=None, redoc_url=None
    )
    app.add_routers((health_routes(reads, readiness),), prefix=PREFIX)
    add_metrics(app, metrics)
    add_handlers(app)
    app.add_middleware(Guard, new_id=new_id)
    return app
