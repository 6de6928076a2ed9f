"""A month: totals by site, item and town as JSON and CSV, and the facts behind each figure."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.api import examples
from service.api.answers import answer, documented
from service.api.csv_file import write_totals
from service.api.cursors import read_cursor, write_cursor
from service.api.parameters import Cursor, FactsLimit, ItemCode, Month, SiteId, TownCode
from service.flows.reads.ports import Reads
from service.flows.reads.totals import FactsPage, FactsWanted, Grouping, MonthTotals

By = Annotated[Grouping, Query(description="One row for each site, item or town, and item.")]


def totals_routes(reads: Reads) -> APIRouter:
    """Return the routes about months."""
    router = APIRouter(prefix="/totals", tags=["totals"])

    @router.get(
        "/months",
        summary="The months that have figures",
        response_model=list[str],
        responses=documented(examples.MONTHS),
    )
    def months() -> Response:
        """Return the local months in which something happened, newest last."""
        return answer(tuple[str, ...], reads.months())

    @router.get(
        "/monthly",
        summary="A month's totals",
        response_model=MonthTotals,
        responses=documented(examples.TOTALS, status_422=examples.MONTH_WRONG),
    )
    def monthly(month: Month, by: By = "site") -> Response:
        """Return what was dispensed, asked for in vain, filled and taken out in a local month.

        A fact belongs to the local day on which it happened by the kiosk's clock, whenever it was
        heard. Units of different items are never added: each row is of one item. `provisional`
        while the month is not over; `gaps_touching` counts missing facts, open and permanent, that
        may belong to this month, and in a row to this total; `gone_touching` those gone for ever.
        """
        return answer(MonthTotals, reads.totals(month, by))

    @router.get(
        "/monthly.csv",
        summary="A month's totals as a file for a spreadsheet",
        response_class=Response,
        responses=documented(
            examples.TOTALS_CSV, media_type="text/csv", status_422=examples.MONTH_WRONG
        ),
    )
    def monthly_csv(month: Month, by: By = "site") -> Response:
        """Return the same figures as `/totals/monthly` as CSV: UTF-8 with BOM, headings zh and en.

        A name that a spreadsheet would take for a formula is preceded by an apostrophe.
        """
        items = {item.code: item for item in reads.items()}
        file = write_totals(reads.totals(month, by), items)
        name = f'attachment; filename="circle15-{month}-{by}.csv"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return Response(file, media_type="text/csv; charset=utf-8", headers=headers)

    _add_facts(router, reads)
    return router


def _add_facts(router: APIRouter, reads: Reads) -> None:
    @router.get(
        "/facts",
        summary="The facts behind a figure",
        response_model=FactsPage,
        responses=documented(examples.FACTS, status_422=examples.CURSOR_WRONG),
    )
    def facts(
        *,
        month: Month,
        site: SiteId = None,
        item: ItemCode = None,
        town: TownCode = None,
        cursor: Cursor = None,
        limit: FactsLimit = 100,
    ) -> Response:
        """Return the dispenses and restocks behind a month's figure, page by page, oldest first.

        Summed up over all pages they are the figure. Give `next` as `cursor` for the page after.
        """
        wanted = FactsWanted(
            month=month,
            site_id=site,
            town_code=town,
            item=item,
            after=read_cursor(cursor) if cursor else None,
            most=limit,
        )
        found = reads.facts(wanted)
        following = write_cursor(found.next) if found.next is not None else None
        return answer(FactsPage, FactsPage(facts=found.facts, next=following))
