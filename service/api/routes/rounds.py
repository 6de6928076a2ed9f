"""Rounds: which visits bring most, a round through them, its pick list, and its stops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Protocol, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from service.api import examples_rounds as examples
from service.api.answers import Documented, answer, documented
from service.api.errors import RefusalError, shorten
from service.api.examples_quality import NOT_JSON, WRITING_REFUSED
from service.api.here import only_from_here
from service.api.rounds_given import GivenDone, GivenNothing, GivenPlan, GivenRound
from service.api.turns import Turns
from service.domain.depots import DepotError
from service.domain.picking import RoundError
from service.flows.reads.rounds import PlanView, RoundSummary, RoundView
from service.flows.rounds import RoundDesk
from service.flows.rounds_plan import Planner

RoundId = Annotated[
    str, Path(description="The round's id, as R261120-1.", examples=["R261120-1"], max_length=32)
]
Language = Literal["zh", "en"]
T = TypeVar("T")


class PrintRound(Protocol):
    """Prints the pick list of a round."""

    def __call__(self, one: RoundView, language: Language) -> bytes:
        """Return it as a PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPorts:
    """What rounds need: who plans them, who keeps them, and who prints them."""

    planner: Planner
    desk: RoundDesk
    print_round: PrintRound


def round_routes(ports: RoundPorts) -> APIRouter:
    """Return the routes about rounds."""
    router = APIRouter(prefix="/rounds", tags=["replenishment"])
    _add_plan(router, ports.planner)
    _add_reads(router, ports)
    _add_writes(router, ports.desk)
    return router


def _add_plan(router: APIRouter, planner: Planner) -> None:
    turns = Turns()

    @router.post(
        "/plan",
        summary="Which visits bring most, and a round through them",
        response_model=PlanView,
        responses=documented(
            examples.PLAN, status_404=_DEPOT_UNKNOWN, status_422=examples.ROUND_WRONG
        ),
    )
    def plan(wish: Annotated[GivenPlan, Body(openapi_examples=examples.PLANNED)]) -> Response:
        """Rank the visits to all kiosks, and plan tours for so many people; nothing is kept.

        `visits` are all of them by `pickups`: `formula_en` says how that is reckoned. Each that is
        in no tour says why in `stays_out`: a visit is worth `pickup_minutes` of somebody's time for
        each pick-up, and one whose way takes longer is not made. It is looked for during `seconds`
        at most. Packs are of what the depot has free, those first that expire first.
        """
        with turns.take():
            return answer(PlanView, _or_refuse(lambda: planner(wish.wish()), unknown=404))


def _add_reads(router: APIRouter, ports: RoundPorts) -> None:
    @router.get(
        "",
        summary="The rounds that were decided on",
        response_model=list[RoundSummary],
        responses=documented(examples.ROUNDS, status_422=examples.ROUND_WRONG),
    )
    def rounds(
        limit: Annotated[int, Query(description="So many at most.", ge=1, le=500)] = 50,
    ) -> Response:
        """Return rounds, the newest first."""
        return answer(tuple[RoundSummary, ...], ports.desk.all(most=limit))

    @router.get(
        "/{round_id}",
        summary="A round, with its stops and what to pick",
        response_model=RoundView,
        responses=documented(examples.ROUND, status_404=examples.ROUND_UNKNOWN),
    )
    def one(round_id: RoundId) -> Response:
        """Return a round: `picks` from the shelves, `stops` in order with what goes into each slot.

        `receipts` are what came: as the kiosk tells it (`heard_packs`), which counts, or as people
        said. `differences` are slots that did not receive what was picked for them.
        """
        return answer(RoundView, _known(ports.desk.one(round_id), round_id))

    @router.get(
        "/{round_id}/picklist.pdf",
        summary="The pick list of a round, to be printed",
        responses=documented(
            "%PDF-1.7 …", media_type="application/pdf", status_404=examples.ROUND_UNKNOWN
        ),
        response_class=Response,
    )
    def pick_list(
        round_id: RoundId,
        lang: Annotated[Language, Query(description="In which language.")] = "zh",
    ) -> Response:
        """Return the list as PDF: for each person what to take, then the stops with their slots."""
        found = _known(ports.desk.one(round_id), round_id)
        return Response(
            ports.print_round(found, lang),
            media_type="application/pdf",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'inline; filename="picklist-{found.id}.pdf"',
            },
        )


def _add_writes(router: APIRouter, desk: RoundDesk) -> None:
    @router.post(
        "",
        summary="Decide on a round",
        response_model=RoundView,
        responses=_writing(status_409=examples.DEPOT_SHORT),
        dependencies=[Depends(only_from_here)],
    )
    def make(wish: Annotated[GivenRound, Body(openapi_examples=examples.MADE)]) -> Response:
        """Keep a round as it was planned, or as somebody changed it; its packs are promised then.

        Lots are given out here, those first that expire first. From this machine only, until there
        is sign-in.
        """
        return answer(RoundView, _or_refuse(lambda: desk.make(wish.wish())))

    @router.post(
        "/{round_id}/picked",
        summary="The packs of a round are taken from the depot",
        response_model=RoundView,
        responses=_writing(status_404=examples.ROUND_UNKNOWN, status_409=examples.DEPOT_SHORT),
        dependencies=[Depends(only_from_here)],
    )
    def picked(round_id: RoundId, _given: GivenNothing) -> Response:
        """Take the packs from the depot's shelves: they are on their way now."""
        return answer(RoundView, _or_refuse(lambda: desk.pick(round_id), unknown=404))

    @router.post(
        "/{round_id}/cancelled",
        summary="A round is not made",
        response_model=RoundView,
        responses=_writing(status_404=examples.ROUND_UNKNOWN),
        dependencies=[Depends(only_from_here)],
    )
    def cancelled(round_id: RoundId, _given: GivenNothing) -> Response:
        """Let a round be that is not picked yet: its packs are free again."""
        return answer(RoundView, _or_refuse(lambda: desk.cancel(round_id), unknown=404))

    @router.post(
        "/{round_id}/stops/{stop}/done",
        summary="A stop is done",
        response_model=RoundView,
        responses=_writing(status_404=examples.ROUND_UNKNOWN),
        dependencies=[Depends(only_from_here)],
    )
    def done(
        round_id: RoundId,
        stop: Annotated[int, Path(description="Its number.", ge=1, le=10_000, examples=[1])],
        given: Annotated[GivenDone, Body(openapi_examples=examples.SAID)],
    ) -> Response:
        """Note that a stop is done; `received` says what came into which slot, where that is known.

        Nobody need do this where the round's number was entered at the kiosk: its own restock facts
        confirm the stop, also days later. What the kiosk tells counts, whatever is said here.
        """
        found = _or_refuse(
            lambda: desk.done(round_id, stop, said=given.said(), note=given.note), unknown=404
        )
        return answer(RoundView, found)


def _writing(**refusals: object) -> Documented:
    usual = {
        "status_403": WRITING_REFUSED,
        "status_415": NOT_JSON,
        "status_422": examples.ROUND_WRONG,
    }
    return documented(examples.ROUND, media_type="application/json", **usual, **refusals)


def _known(found: RoundView | None, round_id: str) -> RoundView:
    if found is None:
        raise RefusalError(404, "round_unknown", *_no_such_round(round_id))
    return found


def _no_such_round(round_id: str) -> tuple[str, str]:
    name = shorten(round_id)
    return (
        f"There is no round {name}. /api/v1/rounds lists them all.",
        f"没有编号为 {name} 的补货路线。全部路线见 /api/v1/rounds。",
    )


def _or_refuse(do: Callable[[], T], *, unknown: int = 422) -> T:
    """Do something; what cannot be done is refused in its own words."""
    try:
        return do()
    except RoundError as error:
        status = unknown if error.is_unknown else 422
        code = "round_unknown" if error.is_unknown else "round_refused"
        raise RefusalError(status, code, error.words.en, error.words.zh) from error
    except DepotError as error:
        raise RefusalError(409, "depot_refused", error.words.en, error.words.zh) from error


_DEPOT_UNKNOWN: Final = {
    "code": "round_unknown",
    "message": "There is no depot D9: enter it first.",
    "message_zh": "没有编号为 D9 的仓库；请先登记仓库。",
}
