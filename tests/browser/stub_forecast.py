"""The stub's demand to come: a kiosk that runs out soon, and one of which nothing is known yet."""

from datetime import timedelta

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from tests.browser.stub_data import ITEMS, LOCAL, Row, iso
from tests.browser.stub_district import District

UNKNOWN = "K0009"
"""No forecast has been made for this one."""


def add_forecast(app: FastAPI, district: District) -> None:
    """Add the route about one kiosk's demand."""

    @app.get("/api/v1/forecast")
    async def forecast(kiosk_id: str) -> Response:
        items = [] if kiosk_id == UNKNOWN else [item(district, n) for n in range(len(ITEMS))]
        return JSONResponse(
            {
                "kiosk_id": kiosk_id,
                "made_at": iso(district.now) if items else None,
                "formula_zh": "日均需求 =（同类均值 × 权重 + 本机速率 × 天数）÷ …",
                "formula_en": "Packs wanted a day = (pool's mean × pull + own rate × days) ÷ …",
                "items": items,
            }
        )


def item(district: District, number: int) -> Row:
    """One item: the first runs out, of the last nobody has counted the stock."""
    today = district.now.astimezone(LOCAL).date()
    rate = (0.98, 1.12, 0.07, 0.06)[number % 4]
    counted = number < len(ITEMS) - 1
    on_hand = 12 if counted else None
    return {
        "item": ITEMS[number]["code"],
        "from_day": str(today),
        "days": 9,
        "packs_per_day": rate,
        "packs_per_day_low": rate * 0.45,
        "packs_per_day_high": rate * 1.7,
        "on_hand_packs": on_hand,
        "days_of_cover": 12 / rate if counted else None,
        "p_stock_out": (0.2, 0.31, 0.0001)[number % 3] if counted else None,
        "risk": 0.05,
        "runs_out_on": str(today + timedelta(days=6)) if number < 2 else None,
        "window_days": 400,
        "seen_days": 371.5,
        "seen_packs": 352.0,
        "pool": f"{ITEMS[number]['code']}/hospital",
        "formula": "gamma-poisson/1",
        "months": [{"month": "2026-10", "packs": 31, "stock_out_days": 3}],
        "field": [
            {"convention": "openlmis", "amc_packs": 35, "months_of_stock": 0.34},
            {"convention": "plain", "amc_packs": 34 if counted else None, "months_of_stock": None},
        ],
    }
