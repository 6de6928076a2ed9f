"""Each community and its gaps, to look at and to take away: JSON, GeoJSON and CSV."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Response

from service.api import examples_circle as examples
from service.api.answers import Documented, answer, as_json, documented
from service.api.csv_circle import write_communities, write_gaps
from service.api.errors import no_such_item
from service.api.examples import ITEM_UNKNOWN
from service.api.parameters import ItemCode, OneItem
from service.flows.communities import communities_now
from service.flows.reads.circles import Circles
from service.flows.reads.communities import (
    CircleGapRow,
    CircleGaps,
    CircleGapState,
    CircleGapsView,
    CircleGapsWanted,
    CommunitiesView,
    CommunityRow,
)
from service.flows.reads.decisions import PlaceNames

GAPS_MAX: Final = 50_000
GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv; charset=utf-8"

FileFormat = Annotated[
    Literal["json", "geojson", "csv"],
    Query(alias="format", description="For programs, for maps, or for spreadsheets."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityPorts:
    """What is told of communities: how outlets stand, names of places, and gaps."""

    circles: Circles
    names: PlaceNames
    gaps: CircleGaps


def community_routes(ports: CommunityPorts) -> APIRouter:
    """Return the routes about communities."""
    router = APIRouter(prefix="/coverage", tags=["coverage"])

    @router.get(
        "/communities",
        summary="What each community can reach of an item",
        response_model=CommunitiesView,
        responses=_formats(
            documented(
                examples.COMMUNITIES,
                status_404=ITEM_UNKNOWN,
                status_422=examples.FORMAT_WRONG,
            ),
            geojson=examples.COMMUNITIES_GEOJSON,
            as_csv=examples.COMMUNITIES_CSV,
        ),
    )
    def communities(item: OneItem, file_format: FileFormat = "json") -> Response:
        """Return all communities by id: best standing in reach, cause, since when, and the walk.

        `standing` is that of the best outlet within the walk limit at this hour. `walk_m` and
        `outlet_id` are of the nearest one that has the item, open and in stock; null where none is
        in reach. In a CSV a name that a spreadsheet would take for a formula is preceded by an
        apostrophe.
        """
        circle = ports.circles.now()
        if item not in circle.items:
            raise no_such_item(item)
        found = communities_now(circle, ports.names, ports.gaps, item)
        name = f"circle15-communities-{item}"
        if file_format == "csv":
            return _file(write_communities(found), CSV, f"{name}.csv")
        if file_format == "geojson":
            return _file(_as_points(found.communities), GEOJSON, f"{name}.geojson")
        return answer(CommunitiesView, found)

    _add_gaps(router, ports.gaps)
    return router


def _add_gaps(router: APIRouter, gaps: CircleGaps) -> None:
    @router.get(
        "/gaps",
        summary="Gaps in the circle: where, why, since when, and who was the reason",
        response_model=CircleGapsView,
        responses=_formats(
            documented(examples.GAPS, status_422=examples.FORMAT_WRONG),
            geojson=examples.GAPS_GEOJSON,
            as_csv=examples.GAPS_CSV,
        ),
    )
    def circle_gaps(
        *,
        state: Annotated[CircleGapState, Query(description="Open, closed, or all.")] = "open",
        item: ItemCode = None,
        before: Annotated[
            int | None,
            Query(
                description="Only gaps with a smaller id: `next` of the page before.",
                ge=1,
                le=2**63 - 1,
            ),
        ] = None,
        limit: Annotated[
            int, Query(description="So many at most.", ge=1, le=GAPS_MAX, examples=[1_000])
        ] = 1_000,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return gaps, the newest first: one for each community, item and cause.

        `since` is when the community was first outside for the item, `opened_at` when for this
        cause. `opened_by` and `closed_by` are the outlets through which it came to be so. The
        header `Link` leads to the page after, in every format.
        """
        wanted = CircleGapsWanted(state=state, item=item, before=before, most=limit)
        found = gaps.circle_gaps(wanted)
        headers = {}
        if found.next is not None:
            only = "" if item is None else f"&item={item}"
            query = f"state={state}{only}&limit={limit}&format={file_format}&before={found.next}"
            headers["Link"] = f'</api/v1/coverage/gaps?{query}>; rel="next"'
        name = f"circle15-gaps-{state}"
        if file_format == "csv":
            return _file(write_gaps(found.gaps), CSV, f"{name}.csv", headers)
        if file_format == "geojson":
            return _file(_as_points(found.gaps), GEOJSON, f"{name}.geojson", headers)
        return answer(CircleGapsView, found, headers)


def _formats(answers: Documented, *, geojson: str, as_csv: str) -> Documented:
    """Return what a route answers, with the other two formats beside JSON."""
    content: dict[str, Any] = answers[200]["content"]
    content["application/geo+json"] = {"example": geojson}
    content["text/csv"] = {"example": as_csv}
    return answers


def _file(
    body: bytes, media_type: str, name: str, headers: dict[str, str] | None = None
) -> Response:
    disposition = f'attachment; filename="{name}"'
    said = {"Content-Disposition": disposition, "Cache-Control": "no-store", **(headers or {})}
    return Response(body, media_type=media_type, headers=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any] | None
    properties: CommunityRow | CircleGapRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[_Point, ...]


def _as_points(rows: Iterable[CommunityRow | CircleGapRow]) -> bytes:
    features = tuple(
        _Point(
            geometry=None
            if row.lon is None
            else {"type": "Point", "coordinates": [row.lon, row.lat]},
            properties=row,
        )
        for row in rows
    )
    return as_json(_Points, _Points(features=features))
