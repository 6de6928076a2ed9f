"""The district: its towns, items and sites, and the map below them."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from service.api import examples
from service.api import examples_formats as files
from service.api.answers import answer, as_json, documented
from service.api.csv_places import write_items, write_outlets, write_towns
from service.api.errors import RefusalError
from service.api.examples_promise import TABLE_WRONG
from service.api.formats import (
    FileFormat,
    TableFormat,
    as_points,
    csv_answer,
    formats,
    geojson_answer,
    own_place,
)
from service.api.parameters import SiteKind, TownCode
from service.flows.reads.places import DistrictView, ItemView, MapView, Outlet, SiteView, TownView
from service.flows.reads.ports import Reads


class _KeptMap:
    """The map as text, made anew only when the registry has changed."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._kept: tuple[int, bytes, str] = (-1, b"", "")

    def read(self) -> tuple[bytes, str]:
        """Return the text and its tag."""
        version = self._reads.version()
        if version != self._kept[0]:
            body = as_json(MapView, self._reads.map_base())
            tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
            self._kept = (version, body, tag)
        return self._kept[1], self._kept[2]


def place_routes(reads: Reads) -> APIRouter:
    """Return the routes about the district."""
    router = APIRouter(tags=["district"])
    _add_lists(router, reads)
    kept = _KeptMap(reads)

    @router.get(
        "/map/base",
        summary="The map of the district as GeoJSON",
        response_model=MapView,
        responses={
            **documented(examples.MAP),
            304: {"description": "Nothing changed since the tag that was given."},
        },
    )
    def map_base(
        if_none_match: Annotated[
            str | None,
            Header(max_length=500, description="The ETag of the answer that is held already."),
        ] = None,
    ) -> Response:
        """Return boundary, water, railway, streets, bridges, towns and communities.

        `properties.layer` says which of these a feature is. The answer carries an ETag; with
        `If-None-Match` it comes again only when the registry has changed.
        """
        body, tag = kept.read()
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if if_none_match is not None and tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/geo+json", headers=headers)

    return router


def _add_lists(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/district",
        summary="The district in figures",
        response_model=DistrictView,
        responses=documented(examples.DISTRICT, status_404=examples.NO_DISTRICT),
    )
    def district() -> Response:
        """Return names, extent, people, and the walk that counts as fifteen minutes."""
        found = reads.district()
        if found is None:
            words = examples.NO_DISTRICT
            raise RefusalError(404, words["code"], words["message"], words["message_zh"])
        return answer(DistrictView, found)

    @router.get(
        "/items",
        summary="What is given out",
        response_model=list[ItemView],
        responses=formats(
            documented(examples.ITEMS, status_422=TABLE_WRONG), as_csv=files.ITEMS_CSV
        ),
    )
    def items(file_format: TableFormat = "json") -> Response:
        """Return each item with its pack and its base unit; units of two items never add up."""
        found = reads.items()
        if file_format == "csv":
            return csv_answer(write_items(found), "circle15-items")
        return answer(tuple[ItemView, ...], found)

    @router.get(
        "/towns",
        summary="Towns and street offices",
        response_model=list[TownView],
        responses=formats(
            documented(examples.TOWNS, status_422=TABLE_WRONG), as_csv=files.TOWNS_CSV
        ),
    )
    def towns(file_format: TableFormat = "json") -> Response:
        """Return each town with its people of childbearing age and its kiosks."""
        found = reads.towns()
        if file_format == "csv":
            return csv_answer(write_towns(found), "circle15-towns")
        return answer(tuple[TownView, ...], found)

    _add_sites(router, reads)


def _add_sites(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/sites",
        summary="Free points: kiosks and staffed ones",
        response_model=list[SiteView],
        responses=formats(
            documented(examples.SITES, status_422=examples.PARAMETER_WRONG),
            as_csv=files.OUTLETS_CSV,
            geojson=files.OUTLETS_GEOJSON,
        ),
    )
    def sites(
        *,
        kind: SiteKind = None,
        town: TownCode = None,
        outlet: Annotated[
            Outlet | None, Query(description="Only kiosks, or only staffed points.")
        ] = None,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return the places where residents are given items, all or only some."""
        found = reads.sites(kind=kind, town_code=town, outlet=outlet)
        if file_format == "csv":
            return csv_answer(write_outlets(found), "circle15-sites")
        if file_format == "geojson":
            return geojson_answer(as_points(SiteView, found, own_place), "circle15-sites")
        return answer(tuple[SiteView, ...], found)
