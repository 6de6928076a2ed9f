"""What managers do about incidents, over HTTP: by whom, once, and refused in words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.api.routes.incident_care import incident_care_routes
from service.flows.incidents import Caretaker
from service.store.sql_store import SqlStore
from tests.api.client import run_apart
from tests.api.conftest import make_app
from tests.api.story import keep, reads_of, watch
from tests.support.plans import NOW
from tests.support.say import dispensed, fact, restocked

HERE = ("127.0.0.1", 40_000)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def app(evening: Engine) -> FastAPI:
    reads = reads_of(evening)
    care = Caretaker(store=SqlStore(evening), is_passing=lambda _error: False, now=lambda: LATER)
    return make_app(reads, more=(incident_care_routes(reads, care),))


@dataclass
class Desk:
    """Somebody at the service's own machine."""

    app: FastAPI

    def ask(
        self, path: str, wish: object = None, *, client: tuple[str, int] = HERE
    ) -> tuple[int, Any]:
        """Send a wish, or read; return the status and what was said."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as ours:
                method = "GET" if wish is None else "POST"
                return await ours.request(method, f"/api/v1/{path}", json=wish)

        answer = run_apart(asked())
        return answer.status_code, answer.json()

    def the(self, kind: str) -> int:
        """Return the number of the one incident of a kind."""
        _, [one] = self.ask(f"incidents?kind={kind}&state=all")
        return int(one["id"])


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    return Desk(app)


def test_an_incident_is_seen_to_step_by_step_and_its_history_says_by_whom(desk: Desk) -> None:
    out = desk.the("out")
    until = LATER + timedelta(days=1)
    wishes = {
        "acknowledge": {"by": " 值班 "},
        "assign": {"by": "值班", "to": "north crew"},
        "snooze": {"by": "值班", "until": until.isoformat(), "reason": "the school is closed"},
        "unsnooze": {"by": "值班"},
        "note": {"by": "值班", "text": "The caretaker has the key."},
    }
    for act, wish in wishes.items():
        status, first = desk.ask(f"incidents/{out}/{act}", wish)
        assert (status, desk.ask(f"incidents/{out}/{act}", wish)) == (200, (200, first))
    _, detail = desk.ask(f"incidents/{out}")
    assert detail == first
    seen = detail["incident"]
    assert (seen["state"], seen["acknowledged_by"]) == ("acknowledged", "值班")
    assert (seen["assigned_to"], seen["snoozed_until"]) == ("north crew", None)
    told = [(one["what"], one["by"], one["note"]) for one in detail["events"]]
    assert told == [
        ("noted", "值班", "The caretaker has the key."),
        ("woken", "值班", None),
        ("snoozed", "值班", "the school is closed"),
        ("assigned", "值班", "north crew"),
        ("acknowledged", "值班", None),
        ("opened", None, None),
    ]


def test_each_state_is_a_list_of_its_own(desk: Desk) -> None:
    out, fault = desk.the("out"), desk.the("fault")
    desk.ask(f"incidents/{out}/acknowledge", {"by": "desk"})
    wish = {"by": "desk", "until": (LATER + timedelta(days=1)).isoformat(), "reason": "shut"}
    desk.ask(f"incidents/{fault}/snooze", wish)

    def listed(state: str) -> set[int]:
        return {one["id"] for one in desk.ask(f"incidents?state={state}")[1]}

    assert (listed("acknowledged"), listed("snoozed")) == ({out}, {fault})
    assert not {out, fault} & listed("open")
    assert listed("unresolved") == listed("open") | {out, fault}
    assert listed("resolved") == set()


def test_what_is_resolved_meanwhile_is_refused_in_words(evening: Engine, desk: Desk) -> None:
    out = desk.the("out")
    status, said = desk.ask(f"incidents/{out}/resolve", {"by": "desk"})
    assert (status, said["error"]["code"]) == (409, "incident_still_so")
    keep(evening, [fact(10, restocked(28)), fact(11, restocked(28, slot=2))])
    watch(evening, at=NOW + timedelta(minutes=1))
    status, said = desk.ask(f"incidents/{out}/acknowledge", {"by": "desk"})
    assert (status, said["error"]["code"]) == (409, "incident_resolved")
    assert "已经解除" in said["error"]["message_zh"]
    status, said = desk.ask(f"incidents/{out}/note", {"by": "desk", "text": "It was the fuse."})
    assert (status, said["events"][0]["what"]) == (200, "noted")


def test_what_comes_again_goes_on_where_it_was(evening: Engine, desk: Desk) -> None:
    out = desk.the("out")
    desk.ask(f"incidents/{out}/acknowledge", {"by": "desk"})
    keep(evening, [fact(10, restocked(1))])
    watch(evening, at=NOW + timedelta(minutes=1))
    keep(evening, [fact(11, dispensed())])
    watch(evening, at=NOW + timedelta(minutes=2))
    _, detail = desk.ask(f"incidents/{out}")
    assert detail["incident"]["acknowledged_by"] == "desk"
    whats = [one["what"] for one in detail["events"]]
    assert whats == ["reopened", "resolved", "acknowledged", "opened"]


@pytest.mark.parametrize(
    ("act", "wish", "status", "code"),
    [
        ("acknowledge", {}, 422, "parameter_missing"),
        ("acknowledge", {"by": "  "}, 422, "parameter_wrong"),
        ("acknowledge", {"by": "x" * 65}, 422, "parameter_wrong"),
        ("acknowledge", {"by": "a\nb"}, 422, "parameter_wrong"),
        ("acknowledge", {"by": "a", "to": "b"}, 422, "parameter_wrong"),
        ("assign", {"by": "a", "to": ""}, 422, "parameter_wrong"),
        ("snooze", {"by": "a", "until": "2026-12-01T08:00:00", "reason": "r"}, 422,
         "parameter_wrong"),
        ("snooze", {"by": "a", "until": "2026-11-20T10:00:00Z", "reason": "r"}, 422,
         "snooze_past"),
        ("snooze", {"by": "a", "until": "2027-11-20T10:00:00Z", "reason": "r"}, 422,
         "snooze_long"),
        ("snooze", {"by": "a", "until": "2026-12-01T08:00:00Z"}, 422, "parameter_missing"),
        ("note", {"by": "a", "text": "x" * 501}, 422, "parameter_wrong"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_is_refused_in_words(
    desk: Desk, act: str, wish: dict[str, str], status: int, code: str
) -> None:
    found, said = desk.ask(f"incidents/{desk.the('out')}/{act}", wish)
    assert (found, said["error"]["code"]) == (status, code)
    assert said["error"]["message_zh"].endswith("。")


def test_an_incident_that_is_not_there_is_refused_by_number(desk: Desk) -> None:
    for path, wish in (("incidents/4711", None), ("incidents/4711/acknowledge", {"by": "desk"})):
        status, said = desk.ask(path, wish)
        assert (status, said["error"]["code"]) == (404, "incident_unknown")
        assert "4711" in said["error"]["message_zh"]


def test_only_this_machine_changes_anything_until_there_is_sign_in(desk: Desk) -> None:
    out = desk.the("out")
    wish = {"by": "desk"}
    status, said = desk.ask(f"incidents/{out}/acknowledge", wish, client=("192.0.2.7", 5))
    assert (status, said["error"]["code"]) == (403, "writing_refused")
    assert desk.ask(f"incidents/{out}")[1]["incident"]["state"] == "open"
