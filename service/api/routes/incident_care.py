"""What people do about incidents."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from service.api import examples_incidents as examples
from service.api import examples_quality
from service.api.answers import answer, documented
from service.api.errors import RefusalError
from service.api.here import only_from_here
from service.api.routes.incidents import IncidentId, no_such_incident
from service.domain.incident_care import (
    SNOOZE_MAX,
    Acknowledge,
    Act,
    Assign,
    Note,
    Refusal,
    Resolve,
    Snooze,
    Unsnooze,
)
from service.flows.incidents import Care
from service.flows.reads.incidents import IncidentDetail
from service.flows.reads.ports import Reads

Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$"
    ),
]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
]


class ByWish(BaseModel):
    """Who does it: a name, until there is sign-in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Name


class AssignWish(ByWish):
    """Who is to see to it; null for nobody."""

    to: Name | None


class SnoozeWish(ByWish):
    """Until when it can wait, and why."""

    until: AwareDatetime
    reason: Words


class NoteWish(ByWish):
    """Something worth knowing."""

    text: Words


class ResolveWish(ByWish):
    """That it is done, and what was found."""

    note: Words | None = None


def incident_care_routes(reads: Reads, care: Care) -> APIRouter:
    """Return the routes by which people say what they do about incidents."""
    router = APIRouter(
        prefix="/incidents/{incident_id}",
        tags=["incidents"],
        dependencies=[Depends(only_from_here)],
    )

    def done(incident_id: int, act: Act) -> Response:
        refused = care(incident_id, act)
        found = reads.incident(incident_id)
        if refused is Refusal.UNKNOWN or found is None:
            raise no_such_incident(incident_id)
        if refused is not None:
            raise RefusalError(*_REFUSED[refused])
        return answer(IncidentDetail, found)

    _add_seen(router, done)
    _add_snooze(router, done)
    _add_rest(router, done)
    return router


Done = Callable[[int, Act], Response]
_DOCUMENTED: Final[dict[str, Any]] = {
    "response_model": IncidentDetail,
    "responses": documented(
        examples.INCIDENT_DETAIL,
        status_403=examples_quality.WRITING_REFUSED,
        status_404=examples.INCIDENT_UNKNOWN,
        status_409=examples.INCIDENT_RESOLVED,
        status_415=examples_quality.NOT_JSON,
        status_422=examples.WISH_WRONG,
    ),
}


def _add_seen(router: APIRouter, done: Done) -> None:
    @router.post("/acknowledge", summary="Say that somebody looks into it", **_DOCUMENTED)
    def acknowledge(
        incident_id: IncidentId, wish: Annotated[ByWish, Body(openapi_examples=examples.BY)]
    ) -> Response:
        """Acknowledge an incident; who did so first stands. Facts still resolve it themselves."""
        return done(incident_id, Acknowledge(by=wish.by))

    @router.post("/assign", summary="Say who is to see to it", **_DOCUMENTED)
    def assign(
        incident_id: IncidentId, wish: Annotated[AssignWish, Body(openapi_examples=examples.ASSIGN)]
    ) -> Response:
        """Assign an incident to somebody, or with `to` null to nobody."""
        return done(incident_id, Assign(by=wish.by, to=wish.to))


def _add_snooze(router: APIRouter, done: Done) -> None:
    @router.post("/snooze", summary="Put it off until then, for a reason", **_DOCUMENTED)
    def snooze(
        incident_id: IncidentId, wish: Annotated[SnoozeWish, Body(openapi_examples=examples.SNOOZE)]
    ) -> Response:
        """Put an incident off, for ninety days at most. It wakes then, or when it grows graver."""
        return done(incident_id, Snooze(by=wish.by, until=wish.until, reason=wish.reason))

    @router.post("/unsnooze", summary="Say that it cannot wait after all", **_DOCUMENTED)
    def unsnooze(
        incident_id: IncidentId, wish: Annotated[ByWish, Body(openapi_examples=examples.BY)]
    ) -> Response:
        """Take back that an incident was put off."""
        return done(incident_id, Unsnooze(by=wish.by))


def _add_rest(router: APIRouter, done: Done) -> None:
    @router.post("/note", summary="Add something worth knowing", **_DOCUMENTED)
    def note(
        incident_id: IncidentId, wish: Annotated[NoteWish, Body(openapi_examples=examples.NOTE)]
    ) -> Response:
        """Add a note, to a resolved incident too. The same words twice in five minutes are one."""
        return done(incident_id, Note(by=wish.by, text=wish.text))

    @router.post("/resolve", summary="Say that it is done", **_DOCUMENTED)
    def resolve(
        incident_id: IncidentId,
        wish: Annotated[ResolveWish, Body(openapi_examples=examples.RESOLVE)],
    ) -> Response:
        """Resolve what is of the past: a clock that was wrong, a conflict, a count that differs.

        While facts say that it is still so nobody can resolve it: put it off, with a reason.
        """
        return done(incident_id, Resolve(by=wish.by, note=wish.note))


_REFUSED: Final[dict[Refusal, tuple[int, str, str, str]]] = {
    Refusal.RESOLVED: (
        409,
        "incident_resolved",
        (
            "It is resolved meanwhile, so nothing is left to do; only notes can be added. "
            "Read it anew to see by whom."
        ),
        "该事件已经解除，无需再处理，只能添加备注。请刷新查看由谁解除。",
    ),
    Refusal.STILL_SO: (
        409,
        "incident_still_so",
        (
            "It is still so, by the newest facts: it resolves by itself as soon as it is not. "
            "If it can wait, put it off with a reason."
        ),
        "最新数据表明问题仍然存在；问题消失后会自动解除。如可暂缓，请写明原因后搁置。",
    ),
    Refusal.SNOOZE_PAST: (
        422,
        "snooze_past",
        "until is in the past; give a moment that is still to come.",
        "until 已经过去，请填写将来的时刻。",
    ),
    Refusal.SNOOZE_LONG: (
        422,
        "snooze_long",
        (
            f"until is more than {SNOOZE_MAX.days} days away; what can wait so long is forgotten. "
            "Give a nearer moment."
        ),
        f"until 超过 {SNOOZE_MAX.days} 天，太久容易遗忘，请填写更近的时刻。",
    ),
}
