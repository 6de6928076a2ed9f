"""The stub's depots, rounds and policies: one depot, two visits worth making, one that is not."""

from typing import Any, Final

from fastapi import Body, FastAPI, Response

from tests.browser.stub_data import Row
from tests.browser.stub_district import District

DEPOT: Final[Row] = {
    "id": "D1",
    "name_zh": "区药具站仓库",
    "name_en": "District depot",
    "lon": 104.05,
    "lat": 30.62,
}
LOT: Final[Row] = {"item": "condom-52", "lot": "A1204", "expires_on": "2029-03-31"}
RISK: Final[Row] = {
    "method": "risk",
    "min_months": 1.0,
    "max_months": 2.0,
    "risk": 0.05,
    "lead_days": 2,
    "review_days": 7,
}
FAR: Final[Row] = {
    "code": "not_worth_the_way",
    "zh": "绕路所花的时间多于这次补货值得的时间。",
    "en": "The way to it takes longer than what it brings is worth.",
}
OUTCOME: Final[Row] = {"stock_out_days": 61, "visits": 118, "moved_packs": 2410, "lost_packs": 97.0}

_Given = Body()


class Rounds:
    """What was decided on so far."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.rounds: list[Row] = []
        self.entries: list[Row] = []
        self.policies: list[Row] = []

    def named(self, kiosk_id: str) -> Row:
        """Return a kiosk with its names."""
        kiosk = self.district.kiosks[kiosk_id]
        names = {f"name_{lang}": kiosk[f"site_name_{lang}"] for lang in ("zh", "en")}
        return {"kiosk_id": kiosk_id, **names}

    def visit(self, kiosk_id: str, packs: int, pickups: float, why: Row | None = None) -> Row:
        """Return a visit that brings so much."""
        adds = [{"slot": 1, "item": "condom-52", "packs": packs}]
        item = {
            "item": "condom-52",
            "kept_packs": 2,
            "order_up_to_packs": 40,
            "add_packs": packs,
            "is_due": True,
            "p_stock_out": 0.97,
            "avoided_packs": pickups,
            "people_days": 120.0,
            "because": [],
        }
        return {
            **self.named(kiosk_id),
            "pickups": pickups,
            "avoided_packs": pickups,
            "people_days": 120.0,
            "packs": packs,
            "is_unseen": False,
            "items": [item],
            "adds": adds,
            "stays_out": why,
        }

    def plan(self) -> Row:
        """Return one tour through the two best visits."""
        visits = [self.visit("K0001", 24, 6.4), self.visit("K0002", 10, 3.1)]
        kept = ("kiosk_id", "name_zh", "name_en", "packs", "pickups", "adds")
        stops = [
            {**{name: one[name] for name in kept}, "arrive_minutes": 9 * at, "metres": 2600 * at}
            for at, one in enumerate(visits, start=1)
        ]
        return {
            "at": self.district.now.isoformat(),
            "depot_id": "D1",
            "solver": "pyvrp",
            "is_estimate": True,
            "formula_zh": "收益（次）= 可避免的缺货次数 + ……",
            "formula_en": "What a visit brings, in pick-ups = …",
            "tours": [{"minutes": 61, "metres": 7800, "packs": 34, "stops": stops}],
            "visits": [*visits, self.visit("K0003", 4, 0.2, FAR)],
        }

    def make(self, wish: Row) -> Row:
        """Keep a round."""
        stops = [
            {
                **self.named(one["kiosk_id"]),
                **{name: one[name] for name in ("arrive_minutes", "metres", "pickups")},
                "stop": number,
                "tour": 1,
                "state": "planned",
                "done_at": None,
                "done_by": None,
                "note": "",
                "lines": [
                    {**LOT, "slot": add["slot"], "packs": add["packs"]} for add in one["adds"]
                ],
                "receipts": [],
            }
            for number, one in enumerate(wish["tours"][0], start=1)
        ]
        packs = sum(line["packs"] for stop in stops for line in stop["lines"])
        made = {
            "id": f"R261120-{len(self.rounds) + 1}",
            "depot_id": "D1",
            "for_day": wish["for_day"],
            "made_at": self.district.now.isoformat(),
            "made_by": "",
            "state": "planned",
            "picked_at": None,
            "done_at": None,
            "solver": wish["solver"],
            "is_estimate": wish["is_estimate"],
            "picks": [{**LOT, "tour": 1, "packs": packs}],
            "stops": stops,
            "differences": [],
        }
        self.rounds.insert(0, made)
        return made

    def done(self, one: Row, stop: int, given: Row) -> Row:
        """Note that a stop is done, and where it did not receive what was picked."""
        here = one["stops"][stop - 1]
        here |= {"state": "done", "done_by": "hand", "done_at": self.district.now.isoformat()}
        here["note"] = given["note"]
        for said in given["received"]:
            here["receipts"].append(
                {"slot": said["slot"], "item": said["item"], "heard_packs": None}
                | {"said_packs": said["packs"]}
            )
            picked = sum(ln["packs"] for ln in here["lines"] if ln["slot"] == said["slot"])
            if picked != said["packs"]:
                one["differences"].append(
                    {
                        "round_id": one["id"],
                        "stop": stop,
                        "kiosk_id": here["kiosk_id"],
                        "slot": said["slot"],
                        "item": said["item"],
                        "picked_packs": picked,
                        "received_packs": said["packs"],
                    }
                )
        if all(each["state"] == "done" for each in one["stops"]):
            one["state"] = "done"
        return one

    def line(self, one: Row) -> Row:
        """Return a round in one line."""
        kept = ("id", "depot_id", "for_day", "made_at", "state")
        return {
            **{name: one[name] for name in kept},
            "tours": 1,
            "stops": len(one["stops"]),
            "stops_done": sum(stop["state"] == "done" for stop in one["stops"]),
            "packs": sum(pick["packs"] for pick in one["picks"]),
            "differences": len(one["differences"]),
        }

    def stock(self) -> Row:
        """Return what the depot holds."""
        packs = sum(one["packs"] for one in self.entries)
        lots = [{**LOT, "packs": packs, "promised_packs": 0, "is_expired": False}] if packs else []
        return {"depot": DEPOT, "lots": lots, "entries": self.entries[::-1]}


def add_rounds(app: FastAPI, district: District) -> None:
    """The routes about rounds, depots and policies."""
    kept = Rounds(district)

    @app.post("/api/v1/rounds/plan")
    async def plan() -> Row:
        return kept.plan()

    @app.post("/api/v1/rounds")
    async def make(wish: Row = _Given) -> Row:
        return kept.make(wish)

    @app.get("/api/v1/rounds")
    async def rounds() -> list[Row]:
        return [kept.line(one) for one in kept.rounds]

    def found(round_id: str) -> Row:
        return next(one for one in kept.rounds if one["id"] == round_id)

    @app.get("/api/v1/rounds/{round_id}")
    async def one(round_id: str) -> Row:
        return found(round_id)

    @app.get("/api/v1/rounds/{round_id}/picklist.pdf")
    async def pick_list(round_id: str, lang: str) -> Response:
        return Response(f"%PDF-1.7 {round_id} {lang}", media_type="application/pdf")

    @app.post("/api/v1/rounds/{round_id}/picked")
    async def picked(round_id: str) -> Row:
        here = found(round_id)
        here["state"] = "picked"
        for stop in here["stops"]:
            stop["state"] = "picked"
        return here

    @app.post("/api/v1/rounds/{round_id}/stops/{stop}/done")
    async def done(round_id: str, stop: int, given: Row = _Given) -> Row:
        return kept.done(found(round_id), stop, given)

    _add_depots(app, kept)
    _add_policies(app, kept)


def _add_depots(app: FastAPI, kept: Rounds) -> None:
    @app.get("/api/v1/depots")
    async def depots() -> list[Row]:
        return [DEPOT]

    @app.get("/api/v1/depots/D1")
    async def stock() -> Row:
        return kept.stock()

    @app.post("/api/v1/depots/D1/entries")
    async def enter(given: Row = _Given) -> Row:
        entry = {**given, "id": len(kept.entries) + 1, "at": kept.district.now.isoformat()}
        kept.entries.append(entry | {"round_id": None, "reverses": None, "is_reversed": False})
        return entry

    @app.post("/api/v1/scan")
    async def scan() -> Row:
        known = {"lot": "A1204", "expires_on": "2029-03-31", "item": "condom-52", "packs": 48}
        return {"gtin": "09506000134352", **known}


def _add_policies(app: FastAPI, kept: Rounds) -> None:
    @app.get("/api/v1/policies")
    async def policies() -> Row:
        township = RISK | {"method": "min_max"}
        presets: list[Any] = [{"name": "township", "policy": township}]
        return {"policies": kept.policies, "default": RISK, "presets": presets}

    @app.put("/api/v1/policies")
    async def keep(given: Row = _Given) -> Row:
        scope = {name: given.pop(name) or None for name in ("site_id", "kind", "item")}
        kept.policies.append({**scope, "policy": given})
        return kept.policies[-1]

    @app.post("/api/v1/policies/preview")
    async def preview() -> Row:
        return {
            "first_day": "2026-08-22",
            "last_day": "2026-11-19",
            "places": 36,
            "places_all": 36,
            "was": OUTCOME,
            "now": OUTCOME | {"stock_out_days": 12},
            "then": OUTCOME | {"stock_out_days": 4},
            "assumptions_zh": "假设：……",
            "assumptions_en": "Assumed: …",
        }
