"""The stub's decisions and person-hours: figures that only have to add up."""

from datetime import timedelta
from typing import Any, Final

from fastapi import FastAPI

from tests.browser.stub_communities import COMMUNITIES
from tests.browser.stub_data import Row, iso
from tests.browser.stub_district import District

PARTS: Final = {"kept_h": 0.61, "unknown_h": 0.03, "never_h": 0.22, "machine_h": 0.02}
ORDERED: Final = "未来 7 天可保住的人日 = 可达人数 ×（7 − 其他点可用天数）。"


def add_decisions(app: FastAPI, district: District) -> None:
    """Add the routes about what to do, and about what was promised."""
    everybody = sum(one["people"] for one in COMMUNITIES)
    basis = {"at": iso(district.now), "limit_m": 1000, "is_estimate": False, "people": everybody}
    kiosks = list(district.kiosks.values())

    def named(kiosk: Row) -> Row:
        names = {"name_zh": kiosk["site_name_zh"], "name_en": kiosk["site_name_en"]}
        return {"outlet_id": kiosk["id"], **names}

    @app.get("/api/v1/coverage/dependence")
    async def dependence(item: str) -> Row:
        rows = [
            {
                **named(kiosk),
                "people": 4_310 - 700 * n,
                "communities": 3 + n,
                "people_now_low": 4_310 - 700 * n,
                "people_now_high": 5_120 - 700 * n,
                "largest": [COMMUNITIES[3 * n], COMMUNITIES[3 * n + 1]],
            }
            for n, kiosk in enumerate(kiosks[:5])
        ]
        sums = {"people_on_one": 61_240, "people_now_low": 58_900, "people_now_high": 66_310}
        return {"basis": basis, "item": item, **sums, "outlets": rows}

    @app.get("/api/v1/coverage/actions")
    async def actions(item: str, order: str = "now") -> Row:
        wrong = [kiosk for kiosk in kiosks if kiosk["state"] in {"empty", "fault", "low"}][:6]
        rows = [
            {
                **named(kiosk),
                "item": item,
                "action": "repair" if kiosk["state"] == "fault" else "restock",
                "standing": {"empty": "empty", "fault": "machine", "low": "in_stock"}[
                    kiosk["state"]
                ],
                "is_open": n != 1,
                "on_hand_packs": 4 if kiosk["state"] == "low" else 0,
                "packs_per_day": 2.1,
                "days_left": 1.9 if kiosk["state"] == "low" else 0.0,
                "people": 4_000 - 500 * n,
                "people_high": 4_300 - 500 * n,
                "gain": 3_900 - 600 * n,
                "people_days": 28_000.5 - 3_000 * n,
                "people_days_high": 30_000.5 - 3_000 * n,
                "gain_people_days": 27_300.5 - 3_000 * n,
            }
            for n, kiosk in enumerate(wrong)
        ]
        formula = {"formula_zh": ORDERED, "formula_en": "People-days = people × (7 − days left)."}
        window = {"order": order, "window_days": 7, "rate_days": 28}
        return {"basis": basis, **window, **formula, "rows_all": len(rows), "actions": rows}

    _add_sites(app, basis)
    _add_promise(app, district)


def _add_sites(app: FastAPI, basis: Row) -> None:
    @app.get("/api/v1/coverage/sites")
    async def sites(item: str, *, count: int = 5, prove: bool = False) -> Row:
        rows, so_far = [], 0
        for n, one in enumerate(COMMUNITIES[:count]):
            gain = 9_000 // (n + 1)
            so_far += gain
            place = {key: one[key] for key in ("id", "name_zh", "name_en", "lon", "lat")}
            sums = {"gain": gain, "people_alone": gain + 50 * n, "people_so_far": so_far}
            rows.append({"rank": n + 1, **place, **sums})
        proof = {"bound_people": so_far + 240, "gap": 0.012, "is_optimal": False, "seconds": 0.4}
        return {
            "basis": basis,
            "item": item,
            "candidates_are": "communities",
            "candidates": len(COMMUNITIES),
            "candidates_left_out": 0,
            "uncovered_people": 51_153,
            "reachable_people": 51_153,
            "gained_people": so_far,
            "greedy_people": so_far,
            "swaps": 0,
            "sites": rows,
            "proof": proof if prove else None,
        }


def _add_promise(app: FastAPI, district: District) -> None:
    @app.get("/api/v1/promise/months")
    async def months(item: str) -> list[Row]:
        names = ("2026-08", "2026-09", "2026-10", "2026-11")
        return [
            {"month": month, "item": item, "promise": hours(1_900_000 + 70_000 * n, n)}
            for n, month in enumerate(names)
        ]

    @app.get("/api/v1/promise")
    async def promise(item: str, month: str) -> Row:
        towns = [
            {"town_code": town["code"], "promise": hours(300_000.5 + 9_000 * n, n)}
            | {key: town[key] for key in ("name_zh", "name_en")}
            for n, town in enumerate(district.towns)
        ]
        up_to = iso(district.now - timedelta(minutes=4))
        mine = {"item": item, "up_to": up_to, "total": hours(1_950_000, 0), "towns": towns}
        zone: dict[str, Any] = {"timezone": "Asia/Shanghai", "provisional": True}
        return {"month": month, **zone, "items": [mine]}


def hours(promised: float, n: int) -> Row:
    """Return person-hours that add up."""
    parts = {name: round(promised * share, 3) for name, share in PARTS.items()}
    parts["stock_h"] = round(promised * (0.02 + 0.01 * n), 3)
    parts["closed_h"] = round(promised - sum(parts.values()), 3)
    return {
        "promised_h": promised,
        **parts,
        "share_kept_low": PARTS["kept_h"],
        "share_kept_high": PARTS["kept_h"] + PARTS["unknown_h"],
    }
