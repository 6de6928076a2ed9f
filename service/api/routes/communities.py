"""Each community and its gaps, to look at and to take away: JSON, GeoJSON and CSV."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from service.api import examples_circle as examples
from service.api.answers import answer, documented
from service.api.csv_circle import write_communities, write_gaps
from service.api.errors import no_such_item
from service.api.examples import ITEM_UNKNOWN
from service.api.formats import (
    FileFormat,
    as_points,
    csv_answer,
    formats,
    geojson_answer,
    own_place,
)
from service.api.parameters import ItemCode, OneItem, TownCode
from service.flows.communities import communities_now
from service.flows.reads.circles import Circles
from service.flows.reads.communities import (
    Cause,
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

GapCause = Annotated[
    Cause | None, Query(description="Only gaps of this cause.", examples=["stock"])
]
Before = Annotated[
    int | None,
    Query(
        description="Only gaps with a smaller id: `next` of the page before.",
        ge=1,
        le=2**63 - 1,
    ),
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
        responses=formats(
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
            return csv_answer(write_communities(found), name)
        if file_format == "geojson":
            return geojson_answer(as_points(CommunityRow, found.communities, own_place), name)
        return answer(CommunitiesView, found)

    _add_gaps(router, ports.gaps)
    return router


def _add_gaps(router: APIRouter, gaps: CircleGaps) -> None:
    @router.get(
        "/gaps",
        summary="Gaps in the circle: where, why, since when, and who was the reason",
        response_model=CircleGapsView,
        responses=formats(
            documented(examples.GAPS, status_422=examples.FORMAT_WRONG),
            geojson=examples.GAPS_GEOJSON,
            as_csv=examples.GAPS_CSV,
        ),
    )
    def circle_gaps(
        *,
        state: Annotated[CircleGapState, Query(description="Open, closed, or all.")] = "open",
        item: ItemCode = None,
        cause: GapCause = None,
        town: TownCode = None,
        before: Before = None,
        limit: Annotated[
            int, Query(description="So many at most.", ge=1, le=GAPS_MAX, examples=[1_000])
        ] = 1_000,
        file_format: FileFormat = "json",
    ) -> Response:
        """Return gaps, the newest first: one for each community, item and cause.

        `since` is when the community was first outside for the item, `opened_at` when for this
        cause. `opened_by` and `closed_by` are the outlets through which it came to be so. A gap of
        a community that is there no more belongs to no town. The header `Link` leads to the page
        after, in every format.
        """
        wanted = CircleGapsWanted(
            state=state, item=item, cause=cause, town_code=town, before=before, most=limit
        )
        found = gaps.circle_gaps(wanted)
        headers = {}
        if found.next is not None:
            asked = {
                "state": state,
                "item": item,
                "cause": cause,
                "town": town,
                "limit": limit,
                "format": file_format,
                "before": found.next,
            }
            query = urlencode({name: said for name, said in asked.items() if said is not None})
            headers["Link"] = f'</api/v1/coverage/gaps?{query}>; rel="next"'
        name = f"circle15-gaps-{state}"
        if file_format == "csv":
            return csv_answer(write_gaps(found.gaps), name, headers)
        if file_format == "geojson":
            return geojson_answer(as_points(CircleGapRow, found.gaps, own_place), name, headers)
        return answer(CircleGapsView, found, headers)
