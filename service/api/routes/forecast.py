"""Demand to come: what a kiosk will be asked for, and the whole district."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from service.api import examples_forecast as examples
from service.api.answers import answer, documented
from service.api.csv_forecast import write_district, write_kiosk
from service.api.errors import RefusalError, shorten
from service.api.examples import KIOSK_UNKNOWN
from service.api.formats import TableFormat, csv_answer, formats
from service.domain.demand import HORIZON_DAYS
from service.domain.policy import DEFAULT
from service.flows.reads.forecast import DistrictForecast, KioskForecast
from service.flows.reads.ports import Reads

_ID: Final = r"^[A-Za-z0-9-]{1,32}$"
OfKiosk = Annotated[
    str,
    Query(description="The kiosk's id, as K0042.", pattern=_ID, examples=["K0042"]),
]
Days = Annotated[
    int, Query(description="So many days from today on.", ge=1, le=HORIZON_DAYS, examples=[28])
]


def forecast_routes(reads: Reads) -> APIRouter:
    """Return the routes about demand to come."""
    router = APIRouter(tags=["forecast"])

    @router.get(
        "/forecast",
        summary="What a kiosk will be asked for, by item",
        response_model=KioskForecast,
        responses=formats(
            documented(examples.KIOSK, status_404=KIOSK_UNKNOWN, status_422=examples.ID_MISSING),
            as_csv=examples.KIOSK_CSV,
        ),
    )
    def forecast(kiosk_id: OfKiosk, as_format: TableFormat = "json") -> Response:
        """Return what a kiosk is expected to be asked for of each item, and what that means.

        Figures are for the coming `days`: until what the next look at the place orders has come, by
        the policy that holds for it (`review_days` + `lead_days`). `quantiles` are of the packs
        wanted in all of them. `p_stock_out` is the chance that nothing is left at their end, and
        `runs_out_on` the first day on which it reaches the policy's `risk`. `window_days`,
        `seen_days` and the formula say where it comes from; `field` holds AMC and months of stock
        by the conventions of the field, from `months`. Without a count, what depends on the stock
        is null.
        """
        found = reads.forecast(kiosk_id)
        if found is None:
            name = shorten(kiosk_id)
            raise RefusalError(
                404,
                "kiosk_unknown",
                f"There is no kiosk {name} in this district. /api/v1/kiosks lists them all.",
                f"本区没有编号为 {name} 的设备。全部设备见 /api/v1/kiosks。",
            )
        if as_format == "csv":
            return csv_answer(write_kiosk(found), f"circle15-forecast-{kiosk_id}")
        return answer(KioskForecast, found)

    @router.get(
        "/forecast/district",
        summary="What all kiosks together will be asked for, by item",
        response_model=DistrictForecast,
        responses=formats(
            documented(examples.DISTRICT, status_422=examples.DAYS_WRONG),
            as_csv=examples.DISTRICT_CSV,
        ),
    )
    def district(days: Days = DEFAULT.cover_days, as_format: TableFormat = "json") -> Response:
        """Return what the whole district is expected to be asked for in the coming days.

        `kiosks_expected_out` is how many kiosks are expected to have nothing left at their end if
        nobody comes: the sum of their chances, of those whose stock is known.
        """
        found = reads.forecast_of_district(days=days)
        if as_format == "csv":
            return csv_answer(write_district(found), f"circle15-forecast-{days}-days")
        return answer(DistrictForecast, found)

    return router
