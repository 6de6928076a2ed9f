"""Depots: what is on the shelves, what comes and goes, and the code on a carton."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Final, Literal, TypeVar

from fastapi import APIRouter, Body, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from service.api import examples_depots as examples
from service.api.answers import Documented, answer, documented
from service.api.errors import RefusalError, shorten
from service.api.examples_quality import NOT_JSON, WRITING_REFUSED
from service.api.gs1 import CODE_CHARS_MAX, CodeError, read_code
from service.api.here import only_from_here
from service.domain.depots import (
    ENTRY_PACKS_MAX,
    Carton,
    Depot,
    DepotError,
    EntryKind,
    Lot,
)
from service.domain.district import Named, Place
from service.flows.depots import DepotDesk
from service.flows.reads.depots import CartonView, DepotStockView, DepotView, EntryView

_CODE: Final = r"^[A-Za-z0-9_-]{1,32}$"
DepotId = Annotated[str, Path(description="The depot's id, as D1.", examples=["D1"], max_length=32)]
ItemText = Annotated[str, Field(pattern=_CODE)]
T = TypeVar("T")
NoteText = Annotated[str, Field(max_length=400)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class GivenDepot(_Given):
    """A store room, with its place in WGS-84."""

    name_zh: Annotated[str, Field(min_length=1, max_length=100)]
    name_en: Annotated[str, Field(max_length=100)] = ""
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class GivenEntry(_Given):
    """Packs of one lot that came, came back, or are lost."""

    kind: Literal["receipt", "return", "loss"]
    item: ItemText
    lot: Annotated[str, Field(min_length=1, max_length=32)]
    expires_on: date | None = None
    packs: Annotated[int, Field(ge=1, le=ENTRY_PACKS_MAX)]
    note: NoteText = ""


class GivenNote(_Given):
    """Why an entry is undone."""

    note: NoteText = ""


class GivenCode(_Given):
    """The code on a carton: scanned, pasted or typed."""

    # What separates the parts of a code is no space to be stripped.
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    code: Annotated[str, Field(min_length=1, max_length=CODE_CHARS_MAX)]


class GivenCarton(_Given):
    """What a GTIN stands for, and how many packs a carton of it holds."""

    item: ItemText
    packs: Annotated[int, Field(ge=1, le=10_000)] = 1


def depot_routes(desk: DepotDesk) -> APIRouter:
    """Return the routes about depots."""
    router = APIRouter(prefix="/depots", tags=["replenishment"])

    @router.get(
        "",
        summary="The depots from which rounds begin",
        response_model=list[DepotView],
        responses=documented(examples.DEPOTS),
    )
    def depots() -> Response:
        """Return all depots by id; places are WGS-84."""
        return answer(tuple[DepotView, ...], desk.all())

    @router.get(
        "/{depot_id}",
        summary="What a depot holds",
        response_model=DepotStockView,
        responses=documented(examples.STOCK, status_404=examples.DEPOT_UNKNOWN),
    )
    def stock(depot_id: DepotId) -> Response:
        """Return a depot's lots, those first that expire first, and its newest 200 entries.

        `promised_packs` are for rounds that were decided on and are not picked yet.
        """
        found = desk.stock(depot_id)
        if found is None:
            raise _unknown(depot_id)
        return answer(DepotStockView, found)

    _add_writes(router, desk)
    return router


def scan_routes(desk: DepotDesk) -> APIRouter:
    """Return the routes about codes on cartons."""
    router = APIRouter(tags=["replenishment"])

    @router.post(
        "/scan",
        summary="What the code on a carton says",
        response_model=CartonView,
        responses=documented(examples.CARTON, status_422=examples.CODE_WRONG),
    )
    def scan(given: Annotated[GivenCode, Body(openapi_examples=examples.SCANNED)]) -> Response:
        """Read a GS1 DataMatrix, as a scanner types it, or a GS1 Digital Link.

        An expiry whose day is 00 is the last day of its month. `item` is null until somebody has
        said what the GTIN stands for, at `/item-codes/{gtin}`.
        """
        try:
            code = read_code(given.code)
        except CodeError as error:
            raise RefusalError(422, "code_wrong", error.words.en, error.words.zh) from error
        found = desk.carton(code.gtin, lot=code.lot, expires_on=code.expires_on)
        return answer(CartonView, found)

    @router.put(
        "/item-codes/{gtin}",
        summary="Say what a GTIN stands for",
        response_model=CartonView,
        responses=_writing(examples.CARTON),
        dependencies=[Depends(only_from_here)],
    )
    def name_carton(
        gtin: Annotated[
            str,
            Path(
                description="Fourteen digits.", pattern=r"^[0-9]{14}$", examples=["09506000134352"]
            ),
        ],
        given: GivenCarton,
    ) -> Response:
        """Keep which item a GTIN stands for, and how many packs are in a carton of it.

        From this machine only, until there is sign-in.
        """
        carton = Carton(gtin=gtin, item=given.item, packs=given.packs)
        return answer(CartonView, _or_refuse(lambda: desk.name_carton(carton)))

    return router


def _add_writes(router: APIRouter, desk: DepotDesk) -> None:
    @router.put(
        "/{depot_id}",
        summary="Keep a depot",
        response_model=DepotView,
        responses=_writing(examples.DEPOT),
        dependencies=[Depends(only_from_here)],
    )
    def keep(
        depot_id: Annotated[str, Path(description="Its id.", pattern=_CODE, examples=["D1"])],
        given: GivenDepot,
    ) -> Response:
        """Keep a depot, new or as it is now. From this machine only, until there is sign-in."""
        depot = Depot(
            id=depot_id,
            name=Named(given.name_zh, given.name_en or given.name_zh),
            place=Place(given.lon, given.lat),
        )
        return answer(DepotView, _or_refuse(lambda: desk.save(depot)))

    @router.post(
        "/{depot_id}/entries",
        summary="Enter what came, came back, or is lost",
        response_model=EntryView,
        responses=_writing(examples.ENTRY),
        dependencies=[Depends(only_from_here)],
    )
    def enter(
        depot_id: DepotId,
        given: Annotated[GivenEntry, Body(openapi_examples=examples.RECEIVED)],
    ) -> Response:
        """Enter packs of a lot. What rounds take is entered by them, when they are picked.

        An entry is never changed: a mistake is undone by `/entries/{number}/undo`. No lot is ever
        below nothing. From this machine only, until there is sign-in.
        """
        lot = Lot(given.item, given.lot, given.expires_on)
        kind = EntryKind(given.kind)
        found = _or_refuse(
            lambda: desk.enter(depot_id, kind, lot, packs=given.packs, note=given.note)
        )
        return answer(EntryView, found)

    @router.post(
        "/{depot_id}/entries/{number}/undo",
        summary="Undo an entry",
        response_model=EntryView,
        responses=_writing({**examples.ENTRY, "id": 18, "kind": "reversal", "packs": -480}),
        dependencies=[Depends(only_from_here)],
    )
    def undo(
        depot_id: DepotId,
        number: Annotated[int, Path(description="Its id.", ge=1, le=2**31 - 1, examples=[17])],
        given: GivenNote,
    ) -> Response:
        """Undo an entry by one that reverses it, once. From this machine only, as above."""
        return answer(EntryView, _or_refuse(lambda: desk.undo(depot_id, number, note=given.note)))


def _writing(example: object) -> Documented:
    return documented(
        example,
        status_403=WRITING_REFUSED,
        status_415=NOT_JSON,
        status_422=examples.ENTRY_WRONG,
    )


def _or_refuse(do: Callable[[], T]) -> T:
    """Do something; what a depot cannot do is refused in its own words."""
    try:
        return do()
    except DepotError as error:
        raise RefusalError(422, "depot_refused", error.words.en, error.words.zh) from error


def _unknown(depot_id: str) -> RefusalError:
    name = shorten(depot_id)
    return RefusalError(
        404,
        "depot_unknown",
        f"There is no depot {name}. /api/v1/depots lists them all.",
        f"没有编号为 {name} 的仓库。全部仓库见 /api/v1/depots。",
    )
