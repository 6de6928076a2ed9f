"""Incidents of the stub: read by state, and what people do about them, kept as the service does."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from tests.browser.stub_data import Row, iso
from tests.browser.stub_district import District

STANDING = {"open", "acknowledged"}
RESOLVED = {
    "code": "incident_resolved",
    "message": "It is resolved meanwhile, so nothing is left to do.",
    "message_zh": "该事件已经解除，无需再处理。",
}


def add_incidents(
    app: FastAPI,
    district: District,
    tell: Callable[[str, Row], None],
    now: Callable[[], datetime],
) -> None:
    """Add the routes about incidents."""
    events: dict[int, list[Row]] = {}

    def history(incident: Row) -> list[Row]:
        first = {"at": incident["opened_at"], "what": "opened", "by": None, "note": None}
        return [
            {"severity": incident["severity"], "numbers": {}, **one}
            for one in (*reversed(events.get(incident["id"], [])), first)
        ]

    @app.get("/api/v1/incidents")
    async def incidents(state: str = "unresolved") -> list[Row]:
        wanted = {"unresolved": STANDING, "all": STANDING | {"resolved"}}.get(state, {state})
        return [one for one in district.incidents if one["state"] in wanted]

    @app.get("/api/v1/incidents/{number}")
    async def incident(number: int) -> Row:
        one = district.incidents[number - 1]
        return {"incident": one, "events": history(one)}

    @app.post("/api/v1/incidents/{number}/{act}")
    async def care(number: int, act: str, wish: dict[str, Any]) -> Response:
        one = district.incidents[number - 1]
        if one["state"] == "resolved" and act != "note":
            return JSONResponse({"error": RESOLVED}, status_code=409)
        at, by = iso(now()), wish["by"]
        changes = {
            "acknowledge": {"state": "acknowledged", "acknowledged_at": at, "acknowledged_by": by},
            "assign": {"assigned_to": wish.get("to")},
            "snooze": {"snoozed_until": wish.get("until"), "snooze_reason": wish.get("reason")},
            "unsnooze": {"snoozed_until": None, "snooze_reason": None},
            "note": {},
            "resolve": {"state": "resolved", "resolved_at": at, "resolved_by": by},
        }[act]
        one |= changes
        what = {"acknowledge": "acknowledged", "assign": "assigned", "snooze": "snoozed"}
        what |= {"unsnooze": "woken", "note": "noted", "resolve": "resolved"}
        said = wish.get("to") or wish.get("reason") or wish.get("text")
        told = {"at": at, "what": what[act], "by": by, "note": said}
        events.setdefault(number, []).append(told)
        tell("incident", one)
        return JSONResponse({"incident": one, "events": history(one)})
