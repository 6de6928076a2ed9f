"""The stub's fifteen-minute circle: by straight line, from how its kiosks stand."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from tests.browser.stub_communities import COMMUNITIES
from tests.browser.stub_data import ITEMS, LAT_PER_M, LON_PER_M, Row, iso, spot
from tests.browser.stub_decisions import add_decisions
from tests.browser.stub_district import District

STATES: Final = ("never", "machine", "empty", "closed", "unknown", "stock_unknown", "in_stock")
CAUSES: Final = {"machine": "machine", "empty": "stock", "closed": "closed", "unknown": "unknown"}
LIMIT_M: Final = 1_000
NEAR_M: Final = 800
NOT_GIVEN: Final = {
    "code": "item_unknown",
    "message": "There is no such item in this district.",
    "message_zh": "本区没有这种药具。",
}


def metres(one: Row, other: Row) -> int:
    """Return the walk between two places: the straight line and its detour."""
    east = (one["lon"] - other["lon"]) / LON_PER_M
    north = (one["lat"] - other["lat"]) / LAT_PER_M
    return round(1.25 * math.hypot(east, north))


@dataclass(frozen=True)
class Circle:
    """How everybody stands, from the kiosks of this moment."""

    district: District

    def outlet(self, kiosk: Row, item: str) -> str:
        """Return how a kiosk stands; every seventh is shut."""
        if kiosk["state"] in {"silent", "catching_up"}:
            return "unknown"
        slot = next(one for one in self.district.slots[kiosk["id"]] if one["item"] == item)
        if slot["jammed"]:
            return "machine"
        if slot["state"] == "empty":
            return "empty"
        return "closed" if int(kiosk["id"][1:]) % 7 == 0 else "in_stock"

    def best(self, community: Row, item: str, limit_m: int = LIMIT_M) -> str:
        """Return how a community stands: as the best kiosk in its reach."""
        near = [k for k in self.district.kiosks.values() if metres(community, k) <= limit_m]
        return max((self.outlet(k, item) for k in near), key=STATES.index, default="never")

    def figures(self, item: str, communities: list[Row]) -> Row:
        """Return an item's figures over some communities."""
        by: Counter[str] = Counter()
        for one in communities:
            by[self.best(one, item)] += one["people"]
        near: Counter[str] = Counter()
        for one in communities:
            near[self.best(one, item, NEAR_M)] += one["people"]
        everybody = sum(by.values())
        return {
            "item": item,
            "people_installed": everybody - by["never"],
            "people_working_low": by["in_stock"] + by["empty"],
            "people_working_high": by["in_stock"] + by["empty"] + by["unknown"],
            "people_in_stock_low": by["in_stock"],
            "people_in_stock_high": by["in_stock"] + by["unknown"],
            "people_never": by["never"],
            "people_machine": by["machine"],
            "people_stock": by["empty"],
            "people_closed": by["closed"],
            "people_unknown": by["unknown"],
            "near_in_stock_low": near["in_stock"],
            "near_in_stock_high": near["in_stock"] + near["unknown"],
        }

    def coverage(self) -> Row:
        """Return the district's coverage of each item."""
        return {
            "computed_at": iso(self.district.now),
            "estimate": False,
            "method": "along_streets",
            "limit_m": LIMIT_M,
            "near_m": NEAR_M,
            "walk_kmh": 4.0,
            "people": sum(one["people"] for one in COMMUNITIES),
            "items": [self.figures(one["code"], list(COMMUNITIES)) for one in ITEMS],
        }

    def towns(self, item: str) -> list[Row]:
        """Return the figures of each town."""
        rows = []
        for town in self.district.towns:
            mine = [one for one in COMMUNITIES if one["town_code"] == town["code"]]
            names = {"town_code": town["code"], "name_zh": town["name_zh"]}
            rows.append(
                {
                    **names,
                    "name_en": town["name_en"],
                    "people": sum(one["people"] for one in mine),
                    "coverage": self.figures(item, mine),
                }
            )
        return rows

    def communities(self, item: str) -> Row:
        """Return communities as GeoJSON."""
        features = []
        for one in COMMUNITIES:
            standing = self.best(one, item)
            cause = CAUSES.get(standing)
            since = iso(self.district.now - timedelta(hours=5)) if cause else None
            more = {"standing": standing, "cause": cause, "since": since}
            features.append(point(one, one | more | {"walk_m": None, "walk_minutes": None}))
        return {"type": "FeatureCollection", "features": features}

    def gaps(self, item: str, state: str) -> list[Row]:
        """Return a gap for each community that was promised the item and cannot have it."""
        rows = []
        for n, one in enumerate(COMMUNITIES):
            standing = self.best(one, item)
            if standing not in CAUSES:
                continue
            nearest = min(self.district.kiosks.values(), key=lambda k: metres(one, k))
            since = iso(self.district.now - timedelta(hours=n + 1))
            shut = iso(self.district.now) if state == "closed" else None
            rows.append(
                {
                    "id": n + 1,
                    "community_id": one["id"],
                    **{key: one[key] for key in ("name_zh", "name_en", "town_code", "lon", "lat")},
                    "item": item,
                    "cause": CAUSES[standing],
                    "people": one["people"],
                    "since": since,
                    "opened_at": since,
                    "opened_by": nearest["id"],
                    "closed_at": shut,
                    "closed_by": nearest["id"] if shut else None,
                }
            )
        return rows[:3] if state == "closed" else rows

    def then(self, item: str, at: datetime) -> Row:
        """Return the circle at a past moment: everybody had nothing then."""
        kiosks = sorted(self.district.kiosks)
        everybody = sum(one["people"] for one in COMMUNITIES)
        nothing = dict.fromkeys(self.figures(item, []), 0) | {"item": item}
        return {
            "at": iso(at),
            "item": item,
            "estimate": False,
            "limit_m": LIMIT_M,
            "near_m": NEAR_M,
            "people": everybody,
            "settled": True,
            "coverage": nothing | {"people_stock": everybody, "people_installed": everybody},
            "states": STATES,
            "outlet_ids": kiosks,
            "outlet_states": [STATES.index("empty")] * len(kiosks),
            "community_ids": [one["id"] for one in COMMUNITIES],
            "community_states": [STATES.index("empty")] * len(COMMUNITIES),
        }

    def area(self, item: str) -> Row:
        """Return what is in reach, as squares around kiosks that have the item."""
        having = [k for k in self.district.kiosks.values() if self.outlet(k, item) == "in_stock"]
        return shape([square(kiosk) for kiosk in having])

    def area_then(self) -> Row:
        """Return what was in reach at a past moment: what lies around the first kiosk."""
        return shape([square(next(iter(self.district.kiosks.values())))])


def point(at: Row, properties: Row) -> Row:
    """Return a GeoJSON point."""
    geometry = {"type": "Point", "coordinates": [at["lon"], at["lat"]]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def square(kiosk: Row) -> list[list[list[float]]]:
    """Return the corners of a lozenge around a kiosk."""
    ways = ((700, 0), (0, 700), (-700, 0), (0, -700), (700, 0))
    east, north = (kiosk["lon"] - spot(0, 0)[0]) / LON_PER_M, (kiosk["lat"] - spot(0, 0)[1])
    return [[spot(east + e, north / LAT_PER_M + n) for e, n in ways]]


def shape(polygons: list[Any]) -> Row:
    """Return a GeoJSON feature of an area."""
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    properties = {"limit_m": LIMIT_M, "is_estimate": False, "outlets": len(polygons)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def add_circle(app: FastAPI, circle: Circle) -> None:
    """Add the routes about the circle."""
    add_decisions(app, circle.district)

    @app.get("/api/v1/coverage/towns")
    async def towns(item: str) -> list[Row]:
        return circle.towns(item)

    @app.get("/api/v1/coverage/communities")
    async def communities(item: str) -> Response:
        if item not in {one["code"] for one in ITEMS}:
            return JSONResponse({"error": NOT_GIVEN}, status_code=404)
        return JSONResponse(circle.communities(item))

    @app.get("/api/v1/coverage/area")
    async def area(item: str, at: datetime | None = None) -> Row:
        return circle.area(item) if at is None else circle.area_then()

    @app.get("/api/v1/kiosks/{kiosk_id}/area")
    async def kiosk_area(kiosk_id: str) -> Row:
        return shape([square(circle.district.kiosks[kiosk_id])])

    @app.get("/api/v1/coverage/gaps")
    async def gaps(
        item: str, state: str = "open", cause: str | None = None, town: str | None = None
    ) -> Row:
        wanted = {name: value for name, value in (("cause", cause), ("town_code", town)) if value}
        rows = [row for row in circle.gaps(item, state) if wanted.items() <= row.items()]
        return {"gaps": rows, "next": None}

    @app.get("/api/v1/coverage/at")
    async def coverage_at(item: str, at: datetime) -> Row:
        return circle.then(item, at)
