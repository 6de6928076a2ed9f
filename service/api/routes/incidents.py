"""What is wrong: incidents, and what people do about them."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Response

from service.api import examples
from service.api import examples_incidents as own
from service.api.answers import answer, documented
from service.api.errors import RefusalError
from service.api.parameters import CODE, IncidentLimit
from service.domain.incidents import IncidentKind
from service.flows.reads.incidents import (
    IncidentDetail,
    IncidentFilter,
    IncidentsWanted,
    IncidentView,
)
from service.flows.reads.ports import Reads

IncidentId = Annotated[int, Path(description="Its number.", ge=1, le=2**31 - 1, examples=[17])]
_OLD_STATES: Final[dict[str, IncidentFilter]] = {
    "open": "unresolved",
    "resolved": "resolved",
    "all": "all",
}


def incident_routes(reads: Reads) -> APIRouter:
    """Return the routes about incidents."""
    router = APIRouter(tags=["incidents"])

    @router.get(
        "/incidents",
        summary="What is wrong, in one sentence each",
        response_model=list[IncidentView],
        responses=documented(own.INCIDENTS, status_422=examples.PARAMETER_WRONG),
    )
    def incidents(
        state: Annotated[
            IncidentFilter,
            Query(description="`unresolved` is all that is wrong now, put off or not."),
        ] = "unresolved",
        kind: Annotated[IncidentKind | None, Query(description="Only this kind.")] = None,
        place: Annotated[
            str | None,
            Query(
                description="Only this kiosk, outlet, community or region, by its id.",
                pattern=CODE,
                max_length=32,
                examples=["K0042"],
            ),
        ] = None,
        limit: IncidentLimit = 1_000,
    ) -> Response:
        """Return incidents: unresolved first and the gravest of them first, then the newest.

        One at most stands for a kind and a place. `why_zh` and `why_en` say what is wrong and what
        to do; `facts` holds the figures as they are now, with `items` where items are concerned.
        Facts resolve an incident by themselves when it is no longer so.
        """
        wanted = IncidentsWanted(state=state, kind=kind, place=place, most=limit)
        return _listed(reads, wanted)

    _add_alerts(router, reads)

    @router.get(
        "/incidents/{incident_id}",
        summary="One incident, and all that happened to it",
        response_model=IncidentDetail,
        responses=documented(
            own.INCIDENT_DETAIL,
            status_404=own.INCIDENT_UNKNOWN,
            status_422=examples.PARAMETER_WRONG,
        ),
    )
    def incident(incident_id: IncidentId) -> Response:
        """Return an incident with its events, the newest first; `by` is null where facts did it."""
        found = reads.incident(incident_id)
        if found is None:
            raise no_such_incident(incident_id)
        return answer(IncidentDetail, found)

    return router


def _add_alerts(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/alerts",
        summary="The same as /incidents, for clients of before",
        response_model=list[IncidentView],
        responses=documented(own.INCIDENTS, status_422=examples.PARAMETER_WRONG),
        deprecated=True,
    )
    def alerts(
        state: Annotated[
            Literal["open", "resolved", "all"],
            Query(description="`open` is here what `unresolved` is of /incidents."),
        ] = "open",
        limit: IncidentLimit = 1_000,
    ) -> Response:
        """Return incidents under the name that they had before; use `/incidents`."""
        return _listed(reads, IncidentsWanted(state=_OLD_STATES[state], most=limit))


def _listed(reads: Reads, wanted: IncidentsWanted) -> Response:
    return answer(tuple[IncidentView, ...], reads.incidents(wanted))


def no_such_incident(incident_id: int) -> RefusalError:
    """Return the refusal of a number that no incident has."""
    return RefusalError(
        404,
        "incident_unknown",
        f"There is no incident {incident_id}. /api/v1/incidents?state=all lists them all.",
        f"没有编号为 {incident_id} 的事件。全部事件见 /api/v1/incidents?state=all。",
    )
