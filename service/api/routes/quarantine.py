"""What was set aside: the messages, why, what became of them, and another try after a fix."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api import examples_quality as examples
from service.api.answers import answer, documented
from service.api.errors import RefusalError
from service.api.here import only_from_here
from service.api.parameters import QuarantineLimit
from service.domain.quarantine import Reason, Wanted
from service.flows.quarantine import Replay, Replayed
from service.flows.reads.ports import Reads
from service.flows.reads.quarantine import (
    AsideState,
    AsideWanted,
    QuarantinedMessage,
    QuarantinedView,
)

REPLAY_MAX: Final = 500
"""So many are tried in one answer; `next` says where to go on."""

NUMBER_MAX: Final = 2**53 - 1
"""The largest id: beyond it, browsers no longer tell one number from the next."""

Number = Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class ReplayWish(BaseModel):
    """Which messages to try again: of one reason, or some by number, or all that wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason | None = None
    ids: Annotated[tuple[Number, ...], Field(max_length=REPLAY_MAX)] | None = None
    after: Annotated[int, Field(ge=0, le=NUMBER_MAX)] = 0


def quarantine_routes(reads: Reads, replay: Replay | None) -> APIRouter:
    """Return the routes about what was set aside; without ``replay`` they only read."""
    router = APIRouter(prefix="/quarantine", tags=["quality"])

    @router.get(
        "",
        summary="Messages that were not booked, and why",
        response_model=list[QuarantinedView],
        responses=documented(examples.QUARANTINE, status_422=examples.REASON_WRONG),
    )
    def quarantine(
        *,
        reason: Annotated[Reason | None, Query(description="Only this reason.")] = None,
        state: Annotated[
            AsideState, Query(description="What waits, what was settled, or all.")
        ] = "waiting",
        after: Annotated[
            int | None,
            Query(description="Only what comes behind this row, by its id.", ge=1, le=NUMBER_MAX),
        ] = None,
        limit: QuarantineLimit = 200,
    ) -> Response:
        """Return what was set aside, the latest heard first; `head` is its first 512 bytes.

        What a message says of a person is left out. `fate` is what became of it when it was tried
        again: `booked`, `known` (its fact was kept already), or `past` (a sign of life). For more
        than `limit`, give the id of the last row as `after`.
        """
        wanted = AsideWanted(reason=reason, state=state, after=after, most=limit)
        return answer(tuple[QuarantinedView, ...], reads.quarantine(wanted))

    @router.get(
        "/{number}",
        summary="One message that was not booked, whole",
        response_model=QuarantinedMessage,
        responses=documented(examples.MESSAGE, status_404=examples.MESSAGE_UNKNOWN),
    )
    def quarantined(
        number: Annotated[int, Path(description="Its id.", ge=1, le=NUMBER_MAX, examples=[3])],
    ) -> Response:
        """Return a message with all that is kept of it, less what it says of a person.

        `message` is null where it was too large to keep. `held` says that the fact which it names
        counts as settled: its kiosk need not send it again.
        """
        found = reads.quarantined(number)
        if found is None:
            raise RefusalError(
                404,
                "message_unknown",
                f"There is no message {number} in the quarantine. /api/v1/quarantine lists them.",
                f"隔离区没有编号为 {number} 的消息。全部消息见 /api/v1/quarantine。",
            )
        return answer(QuarantinedMessage, found)

    if replay is not None:
        _add_replay(router, replay)
    return router


def _add_replay(router: APIRouter, replay: Replay) -> None:
    @router.post(
        "/replay",
        summary="Try messages again, after a fix",
        response_model=Replayed,
        responses=documented(
            examples.REPLAYED,
            status_403=examples.WRITING_REFUSED,
            status_415=examples.NOT_JSON,
            status_422=examples.REASON_WRONG,
        ),
        dependencies=[Depends(only_from_here)],
    )
    def replay_some(
        wish: Annotated[ReplayWish, Body(openapi_examples=examples.WISHES)],
    ) -> Response:
        """Try again what waits: by the way that every message takes, once, whole, or not at all.

        What is booked now, or known already, leaves the quarantine; what is still refused stays,
        with its newest reason. A fact keeps the moment at which we first heard it. At most 500 are
        tried at once: while `next` is a number, ask again with it as `after`. From this machine
        only, until there is sign-in.
        """
        wanted = Wanted(reason=wish.reason, ids=wish.ids, after=wish.after, most=REPLAY_MAX)
        return answer(Replayed, replay(wanted))
