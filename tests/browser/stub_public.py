"""The stub's answers to residents."""

from datetime import timedelta

from fastapi import FastAPI

from tests.browser.stub_circle import Circle, metres
from tests.browser.stub_communities import COMMUNITIES
from tests.browser.stub_data import ITEMS, Row, iso


def add_public(app: FastAPI, circle: Circle) -> None:
    """Add the routes for residents."""
    district = circle.district

    @app.get("/api/v1/public/items")
    async def items() -> list[Row]:
        return ITEMS

    @app.get("/api/v1/public/places")
    async def places(q: str) -> list[Row]:
        towns = {town["code"]: town for town in district.towns}
        return [
            {
                **{key: one[key] for key in ("id", "name_zh", "name_en", "lon", "lat")},
                "town_zh": towns[one["town_code"]]["name_zh"],
                "town_en": towns[one["town_code"]]["name_en"],
            }
            for one in COMMUNITIES
            if q in one["name_zh"] or q.lower() in one["name_en"].lower()
        ][:5]

    @app.post("/api/v1/public/nearest")
    async def nearest(wish: Row) -> Row:
        having = [
            kiosk
            for kiosk in district.kiosks.values()
            if circle.outlet(kiosk, wish["item"]) in {"in_stock", "closed"}
        ]
        hours = {site["id"]: site["opening_hours"] for site in district.sites}
        rows = []
        for kiosk in sorted(having, key=lambda kiosk: metres(wish, kiosk))[: wish["limit"]]:
            walk = metres(wish, kiosk)
            is_open = circle.outlet(kiosk, wish["item"]) == "in_stock"
            turns = iso(district.now + timedelta(hours=3))
            rows.append(
                {
                    "id": kiosk["id"],
                    "name_zh": kiosk["site_name_zh"],
                    "name_en": kiosk["site_name_en"],
                    "lon": kiosk["lon"],
                    "lat": kiosk["lat"],
                    "walk_m": walk,
                    "walk_minutes": walk // 67 + 1,
                    "opening_hours": hours[kiosk["site_id"]],
                    "is_open": is_open,
                    "opens_at": None if is_open else turns,
                    "closes_at": turns if is_open else None,
                }
            )
        rows.sort(key=lambda row: (not row["is_open"], row["walk_m"]))
        about = {"at": iso(district.now), "item": wish["item"], "walk_kmh": 4.0}
        return {**about, "is_estimate": False, "outlets": rows}
