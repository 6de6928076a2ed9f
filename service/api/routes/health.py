"""Says whether the process runs, and whether it has everything that it needs."""

from fastapi import APIRouter, Response

from service.api import examples
from service.api.answers import answer, documented
from service.api.readiness import Checks, Health, Readiness, ReadyAnswer, Status
from service.flows.reads.ports import Reads, StoreUnavailableError


def health_routes(reads: Reads, readiness: Readiness) -> APIRouter:
    """Return the routes about the service itself."""
    router = APIRouter(tags=["service"])

    @router.get(
        "/health",
        summary="The process runs",
        response_model=Health,
        responses={200: {"content": {"application/json": {"example": {"status": "ok"}}}}},
    )
    async def health() -> Response:
        """Return ok as long as the process answers at all."""
        return answer(Health, Health())

    @router.get(
        "/ready",
        summary="Everything that the service needs is there",
        response_model=ReadyAnswer,
        responses={
            **documented(examples.READY),
            503: {
                "model": ReadyAnswer,
                "description": "Something is missing; `checks` says what.",
                "content": {"application/json": {"example": examples.NOT_READY}},
            },
        },
    )
    def ready() -> Response:
        """Ask the database, the broker and the inbox; 503 where one of them is not there.

        A process that stands by for another needs the database alone, and says so.
        """
        age_s = readiness.inbox_age_s()
        checks = Checks(
            database=_database(reads),
            broker="ok" if readiness.broker_connected() else "not connected",
            inbox=readiness.inbox_trouble() or "ok",
            inbox_age_s=None if age_s is None else round(age_s, 1),
        )
        works = all(part == "ok" for part in (checks.database, checks.broker, checks.inbox))
        stands_by = readiness.stands_by() and checks.database == "ok"
        status: Status = "standing_by" if stands_by else "ready" if works else "not_ready"
        response = answer(ReadyAnswer, ReadyAnswer(status=status, checks=checks))
        response.status_code = 503 if status == "not_ready" else 200
        return response

    return router


def _database(reads: Reads) -> str:
    try:
        reads.ping()
    except StoreUnavailableError as error:
        return str(error)
    return "ok"
