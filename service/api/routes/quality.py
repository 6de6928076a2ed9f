"""Data quality: who reports, how late, what is missing, what differs; and the lists behind it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api import examples, examples_quality
from service.api.answers import answer, documented
from service.api.cursors import (
    read_discrepancy_cursor,
    read_gap_cursor,
    write_discrepancy_cursor,
    write_gap_cursor,
)
from service.api.parameters import Cursor, FactsLimit
from service.flows.reads.ports import Reads
from service.flows.reads.quality import (
    ClockLine,
    DiscrepanciesPage,
    GapsPage,
    GapState,
    QualityView,
)

OneKiosk = Annotated[
    str | None,
    Query(
        description="Only this kiosk.",
        pattern=r"^[A-Za-z0-9-]+$",
        max_length=32,
        examples=["K0042"],
    ),
]


def quality_routes(reads: Reads) -> APIRouter:
    """Return the routes about the data's quality."""
    router = APIRouter(prefix="/quality", tags=["quality"])

    @router.get(
        "",
        summary="How good the data are",
        response_model=QualityView,
        responses=documented(examples_quality.QUALITY),
    )
    def quality() -> Response:
        """Return who reports, how late facts come, what is missing, what is off, what differs.

        - `reporting`: kiosks that gave any sign or fact in the last 24 hours, and on each local day
        - `lateness`: what lies between a kiosk's own time and our hearing of it, by the day on
          which we heard it; the class up to 0 s was said by clocks that are ahead of ours
        - `gaps`: facts that a kiosk has or had and we do not, open or gone for ever
        - `clocks`: more than a minute off at the last heartbeat, or facts set aside for their time
        - `quarantine`: what waits there, by reason
        - `discrepancies`: where a machine's own figure was not ours, over the last days
        """
        return answer(QualityView, reads.quality())

    @router.get(
        "/clocks",
        summary="Kiosks whose clock is off",
        response_model=list[ClockLine],
        responses=documented(examples_quality.CLOCKS, status_422=examples.PARAMETER_WRONG),
    )
    def clocks(limit: FactsLimit = 100) -> Response:
        """Return those with facts set aside for their time first, then the furthest off."""
        return answer(tuple[ClockLine, ...], reads.clocks(most=limit))

    _add_pages(router, reads)
    return router


def _add_pages(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/gaps",
        summary="Stretches of journals that are missing",
        response_model=GapsPage,
        responses=documented(examples_quality.GAPS, status_422=examples.CURSOR_WRONG),
    )
    def gaps(
        *,
        state: Annotated[GapState, Query(description="Open, permanent or all.")] = "all",
        kiosk: OneKiosk = None,
        cursor: Cursor = None,
        limit: FactsLimit = 100,
    ) -> Response:
        """Return gaps page by page, by kiosk, epoch and sequence.

        An open gap is asked for again and again, at `next_ask_at`; a permanent one the kiosk has
        lost too, and every total that it touches says so.
        """
        after = read_gap_cursor(cursor) if cursor else None
        found = reads.gaps(state, kiosk_id=kiosk, after=after, most=limit)
        following = write_gap_cursor(found.next) if found.next is not None else None
        return answer(GapsPage, GapsPage(gaps=found.gaps, next=following))

    @router.get(
        "/discrepancies",
        summary="Where a machine's own figure was not ours",
        response_model=DiscrepanciesPage,
        responses=documented(examples_quality.DISCREPANCIES, status_422=examples.CURSOR_WRONG),
    )
    def discrepancies(
        *, kiosk: OneKiosk = None, cursor: Cursor = None, limit: FactsLimit = 100
    ) -> Response:
        """Return discrepancies page by page, the newest first.

        `difference_packs` is what was found less what was expected: below nothing, packs are
        missing. `epoch` and `sequence` name the fact that brought the machine's figure.
        """
        after = read_discrepancy_cursor(cursor) if cursor else None
        found = reads.discrepancies(kiosk_id=kiosk, after=after, most=limit)
        following = write_discrepancy_cursor(found.next) if found.next is not None else None
        page = DiscrepanciesPage(discrepancies=found.discrepancies, next=following)
        return answer(DiscrepanciesPage, page)
