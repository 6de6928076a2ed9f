"""Policies over the API: read, looked at first, kept, let go; what is wrong is said in words."""

from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.client import PREFIX, Client, run_apart
from tests.api.conftest import make_app
from tests.api.story import reads_of, restocking_of, tell

TOWNSHIP = {"kind": "hospital", "item": "condom-52", "method": "min_max"}


@pytest.fixture
def client(sqlite_engine: Engine) -> Client:
    tell(sqlite_engine)
    return Client(make_app(reads_of(sqlite_engine), more=restocking_of(sqlite_engine)))


def send(
    client: Client, method: str, path: str, body: object = None, host: str = "127.0.0.1"
) -> httpx.Response:
    """Send something, from this machine unless ``host`` is another."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(
            app=client.app, raise_app_exceptions=False, client=(host, 4711)
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asking:
            return await asking.request(
                method,
                f"{PREFIX}/{path}",
                json=body,
                headers={"Content-Type": "application/json"},
            )

    return run_apart(asked())


def test_a_policy_is_kept_told_and_let_go(client: Client) -> None:
    assert client.get("policies")["policies"] == []
    kept = send(client, "PUT", "policies", {**TOWNSHIP, "min_months": 1, "max_months": 2})
    assert kept.status_code == 200, kept.text
    [said] = client.get("policies")["policies"]
    assert said == kept.json()
    assert (said["site_id"], said["kind"], said["policy"]["max_months"]) == (None, "hospital", 2.0)
    gone = send(client, "DELETE", "policies?kind=hospital&item=condom-52")
    assert gone.json() == {"dropped": True}
    assert client.get("policies")["policies"] == []
    again = send(client, "DELETE", "policies?kind=hospital&item=condom-52")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "policy_unknown")


def test_presets_and_the_default_are_there_to_begin_from(client: Client) -> None:
    said = client.get("policies")
    names = {one["name"]: one["policy"]["max_months"] for one in said["presets"]}
    assert names == {"county": 4.0, "township": 2.0, "village": 1.0, "kiosk": 2.0}
    assert said["default"]["method"] == "risk"


def test_hindsight_is_told_before_anything_is_kept(client: Client) -> None:
    said = send(client, "POST", "policies/preview", TOWNSHIP)
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    assert (found["last_day"], found["places"]) == ("2026-11-19", 3)
    assert set(found["was"]) == {"stock_out_days", "visits", "moved_packs", "lost_packs"}
    assert "Assumed" in found["assumptions_en"]
    assert client.get("policies")["policies"] == []
    without = send(client, "POST", "policies/preview", {**TOWNSHIP, "method": None}).json()
    assert without["now"] == without["then"]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"min_months": 3, "max_months": 2}, "must be above the least"),
    ({"lead_days": 400}, "not 400"),
    ({"review_days": 0}, "not 0"),
    ({"site_id": "S001"}, "leave one out"),
    ({"item": "condom-99"}, "choose one of the list"),
    ({"method": "guess"}, "choose min_max or risk"),
    ({"colour": "red"}, "colour"),
]


def test_a_wrong_policy_is_refused_in_words(client: Client) -> None:
    for wrong, word in WRONG:
        for method, path in (("PUT", "policies"), ("POST", "policies/preview")):
            said = send(client, method, path, {**TOWNSHIP, **wrong})
            assert said.status_code == 422, (method, said.text)
            error = said.json()["error"]
            assert word in error["message"], (method, error)
            assert error["message_zh"].endswith("。")


def test_nobody_changes_a_policy_from_elsewhere(client: Client) -> None:
    said = send(client, "PUT", "policies", TOWNSHIP, host="192.0.2.7")
    assert said.status_code == 403
    assert client.get("policies")["policies"] == []
