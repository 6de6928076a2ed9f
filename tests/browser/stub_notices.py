"""The stub's notices: keeps what a page sends, and shows it without its secrets."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.browser.stub_data import Row, iso
from tests.browser.stub_district import District

WRONG: Row = {
    "error": {
        "code": "address_wrong",
        "message": "The address cannot be used: no address that Apprise understands.",
        "message_zh": "地址不能用（no address that Apprise understands）。",
    }
}
_PERSON: Row = {"language": "zh", "whole_district": False, "towns": [], "sites": []}
_PERSON |= {"quiet_from": None, "quiet_to": None, "critical_passes": True, "hourly_max": 30}
_ASKED: Row = {"channel_id": None, "towns": [], "sites": [], "ends": True}
_FAILED: Row = {
    "id": "5f1c2a7e9b3d48f60a1b2c3d4e5f6071",
    "state": "failed",
    "style": "at_once",
    "recipient_id": 1,
    "recipient_name": "区药具站",
    "channel_id": 1,
    "channel_name": "网关",
    "channel_kind": "webhook",
    "incident_id": 3,
    "kind": "out",
    "place": "K0003",
    "place_name_zh": "河东医院",
    "place_name_en": "Hedong Hospital",
    "severity": "critical",
    "what": "opened",
    "level_minutes": 0,
    "sent_at": None,
    "attempts": 1,
    "reason": "it answered 410: the receiver refuses it as it is",
    "digest_id": None,
}


def add_notices(app: FastAPI, district: District) -> None:
    """Add the routes about who hears what, and about what was told."""
    kept: dict[str, list[Row]] = {
        name: [] for name in ("recipients", "channels", "subscriptions", "maintenance")
    }
    at = iso(district.now)
    log = [_FAILED | {"made_at": at, "due_at": at}]

    @app.get("/api/v1/notices")
    async def notices(state: str = "all") -> list[Row]:
        return [one for one in log if state in {"all", one["state"]}]

    @app.post("/api/v1/notices/{notice_id}/retry")
    async def retry(notice_id: str) -> Row:
        log[0] |= {"state": "sent", "reason": "", "sent_at": at}
        return {"notice_id": notice_id}

    @app.post("/api/v1/channels/{number}/test")
    async def test(number: int) -> Row:
        return {"notice_id": f"{number}"}

    @app.post("/api/v1/maintenance/{number}/end")
    async def end(number: int) -> Row:
        kept["maintenance"][number - 1]["state"] = "over"
        return {"id": number}

    for name in kept:
        _add_list(app, kept, name)


def _add_list(app: FastAPI, kept: dict[str, list[Row]], name: str) -> None:
    async def listed() -> list[Row]:
        return kept[name]

    async def keep(request: Request) -> Response:
        wish = await request.json()
        if wish.get("address") == "nosuch://x":
            return JSONResponse(WRONG, status_code=422)
        kept[name].append(_shown(name, wish, len(kept[name]) + 1))
        return JSONResponse({"id": len(kept[name])})

    async def remove(number: int) -> Row:
        kept[name] = [one for one in kept[name] if one["id"] != number]
        return {"removed": True}

    app.add_api_route(f"/api/v1/{name}", listed, response_model=None)
    app.add_api_route(f"/api/v1/{name}", keep, methods=["PUT"], response_model=None)
    app.add_api_route(f"/api/v1/{name}/{{number}}", remove, methods=["DELETE"], response_model=None)


def _shown(name: str, wish: dict[str, Any], number: int) -> Row:
    row: Row = {**wish, "id": number, "is_active": True}
    if name == "channels":
        del row["secret"]
        scheme = row["address"].split(":")[0]
        row |= {"address": f"{scheme}://…", "has_secret": True, "failing_since": None}
        return row | {"trouble": ""}
    if name == "maintenance":
        return row | {"state": "running", "place_name_zh": "全区", "place_name_en": "all"}
    return {**(_PERSON if name == "recipients" else _ASKED), **row}
