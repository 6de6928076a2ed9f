"""Where the next sites go: among the places of communities, or among places that are given."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.api import examples_decisions as examples
from service.api import examples_formats as files
from service.api.answers import Documented, answer, documented
from service.api.csv_decisions import write_sites
from service.api.errors import RefusalError
from service.api.examples import ITEM_UNKNOWN
from service.api.formats import (
    FileFormat,
    as_points,
    csv_answer,
    formats,
    geojson_answer,
    own_place,
)
from service.api.parameters import OneItem
from service.api.routes.decisions import circle_with
from service.domain.coordinates import Crs, to_wgs84
from service.domain.district import Named
from service.flows.reads.circles import Circles
from service.flows.reads.decisions import Candidates, PlaceNames, SiteRow, SitesView, Surveyor
from service.flows.siting import Prove, where_next

GIVEN_MAX: Final = 1_000
"""So many candidates can be given at once."""

SITES_MAX: Final = 100
PROOF_SECONDS_MAX: Final = 60
WAIT_S: Final = 10.0
"""So long a question waits for the one before it."""

RETRY_S: Final = 30

_CODE: Final = r"^[A-Za-z0-9_-]+$"

Count = Annotated[int, Query(description="So many sites.", ge=1, le=SITES_MAX, examples=[5])]
WithProof = Annotated[
    bool, Query(alias="prove", description="Also prove how far from the best the choice can be.")
]
Seconds = Annotated[
    int,
    Query(description="So long a proof may take.", ge=1, le=PROOF_SECONDS_MAX, examples=[20]),
]


class GivenPlace(BaseModel):
    """A place that may become an outlet; without a name its id stands for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=32, pattern=_CODE)]
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    name_zh: Annotated[str, Field(max_length=80)] = ""
    name_en: Annotated[str, Field(max_length=80)] = ""


class GivenPlaces(BaseModel):
    """Candidates, and the coordinate system in which they are written: it is never guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crs: Crs
    candidates: Annotated[tuple[GivenPlace, ...], Field(min_length=1, max_length=GIVEN_MAX)]

    @field_validator("candidates")
    @classmethod
    def _once_each(cls, candidates: tuple[GivenPlace, ...]) -> tuple[GivenPlace, ...]:
        if len({one.id for one in candidates}) < len(candidates):
            message = "each id may stand once"
            raise ValueError(message)
        return candidates

    def in_wgs84(self) -> Candidates:
        """Return them as we keep places."""
        written = np.array([(one.lon, one.lat) for one in self.candidates], dtype=np.float64)
        return Candidates(
            ids=tuple(one.id for one in self.candidates),
            places=to_wgs84(written, self.crs),
            names={
                one.id: Named(one.name_zh or one.id, one.name_en or one.name_zh or one.id)
                for one in self.candidates
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingPorts:
    """What siting needs; ``prove`` says how far from the best a choice of sites can be."""

    circles: Circles
    surveyor: Surveyor
    names: PlaceNames
    prove: Prove


def siting_routes(ports: SitingPorts, *, wait_s: float = WAIT_S) -> APIRouter:
    """Return the routes about new sites; each question waits so long for the one before it."""
    router = APIRouter(prefix="/coverage/sites", tags=["coverage"])
    turns = _Turns(wait_s)
    _add_sites(router, ports, turns)
    _add_among(router, ports, turns)
    return router


def _answers() -> Documented:
    return formats(
        documented(examples.SITES, status_404=ITEM_UNKNOWN, status_422=examples.COUNT_WRONG),
        as_csv=files.SITES_CSV,
        geojson=files.SITES_GEOJSON,
    )


def _in_format(found: SitesView, file_format: FileFormat) -> Response:
    name = f"circle15-sites-{found.item}"
    if file_format == "csv":
        return csv_answer(write_sites(found), name)
    if file_format == "geojson":
        return geojson_answer(as_points(SiteRow, found.sites, own_place), name)
    return answer(SitesView, found)


def _sites_of(
    ports: SitingPorts,
    turns: "_Turns",
    item: str,
    *,
    count: int,
    given: GivenPlaces | None,
    seconds_max: int | None,
) -> SitesView:
    circle = circle_with(ports.circles, item)
    with turns.take():
        return where_next(
            circle,
            ports.surveyor,
            ports.names,
            item,
            count=count,
            given=None if given is None else given.in_wgs84(),
            prove=None if seconds_max is None else ports.prove,
            seconds_max=seconds_max or 0,
        )


def _add_sites(router: APIRouter, ports: SitingPorts, turns: "_Turns") -> None:
    @router.get(
        "",
        summary="Where the next sites should go",
        response_model=SitesView,
        responses=_answers(),
    )
    def sites(
        *,
        item: OneItem,
        count: Count = 5,
        prove: WithProof = False,
        seconds: Seconds = 20,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return the best new sites for the people of an item that no outlet in reach carries.

        The outlets that there are stay; what is empty or broken today is no matter of siting. The
        candidates are the places of the communities themselves; of more than 5,000, those with the
        most uncovered people. Each site is listed with the people that it adds to those above it.
        With `prove`, no choice of so many sites can cover more than `bound_people`.
        """
        most = seconds if prove else None
        found = _sites_of(ports, turns, item, count=count, given=None, seconds_max=most)
        return _in_format(found, file_format)


def _add_among(router: APIRouter, ports: SitingPorts, turns: "_Turns") -> None:
    @router.post(
        "/among",
        summary="Where the next sites should go, among given places",
        response_model=SitesView,
        responses=_answers(),
    )
    def sites_among(
        *,
        item: OneItem,
        given: Annotated[GivenPlaces, Body(openapi_examples=examples.GIVEN)],
        count: Count = 5,
        prove: WithProof = False,
        seconds: Seconds = 20,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return the best of some candidate places, as `/coverage/sites` does; nothing is kept.

        `crs` says in which coordinate system they are written: wgs84, gcj02 or bd09. What is
        answered is in WGS-84.
        """
        most = seconds if prove else None
        found = _sites_of(ports, turns, item, count=count, given=given, seconds_max=most)
        return _in_format(found, file_format)


WAITERS_MAX: Final = 3
"""So many wait for their turn; further ones are told at once to come again."""


class _Turns:
    """Lets one question for sites be worked on at a time: each may take all that a core has."""

    def __init__(self, wait_s: float) -> None:
        self._lock = threading.Lock()
        self._waiters = threading.BoundedSemaphore(WAITERS_MAX)
        self._wait_s = wait_s

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for one's turn, for some time."""
        if not self._wait():
            raise RefusalError(
                503,
                "siting_busy",
                "Somebody else's question for new sites is being worked on. Try again in half a "
                "minute.",
                "正在计算他人的选址问题，请半分钟后重试。",
                retry_s=RETRY_S,
            )
        try:
            yield
        finally:
            self._lock.release()

    def _wait(self) -> bool:
        """Wait, unless others do so already: each takes up one of the service's few threads."""
        if not self._waiters.acquire(blocking=False):
            return False
        try:
            return self._lock.acquire(timeout=self._wait_s)
        finally:
            self._waiters.release()
