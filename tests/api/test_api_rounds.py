"""Depots and rounds over the API: from a delivery to a printed pick list and a stop done."""

from typing import Any

import pytest
from sqlalchemy import Engine

from tests.api.client import PREFIX, Client
from tests.api.conftest import make_app
from tests.api.story import keep, reads_of, restocking_of, tell
from tests.api.test_api_policies import send
from tests.support.say import fact, restocked

GTIN = "09506000134352"
DEPOT = {"name_zh": "仓库", "name_en": "Depot", "lon": 105.0, "lat": 30.0}
QUICK = {"depot_id": "D1", "seconds": 0.2}


@pytest.fixture
def client(sqlite_engine: Engine) -> Client:
    tell(sqlite_engine)
    client = Client(make_app(reads_of(sqlite_engine), more=restocking_of(sqlite_engine)))
    assert send(client, "PUT", "depots/D1", DEPOT).status_code == 200
    return client


def receive(client: Client, packs: int, *, item: str = "condom-52", lot: str = "A1") -> None:
    delivery = {"kind": "receipt", "item": item, "lot": lot, "expires_on": "2029-03-31"}
    said = send(client, "POST", "depots/D1/entries", {**delivery, "packs": packs})
    assert said.status_code == 200, said.text


def plan(client: Client, **more: object) -> dict[str, Any]:
    said = send(client, "POST", "rounds/plan", {**QUICK, **more})
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


def made_of(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a page sends to make a round of a plan."""
    kept = ("kiosk_id", "arrive_minutes", "metres", "pickups", "adds")
    return {
        "depot_id": found["depot_id"],
        "for_day": "2026-11-21",
        "solver": found["solver"],
        "is_estimate": found["is_estimate"],
        "tours": [
            [{name: stop[name] for name in kept} for stop in tour["stops"]]
            for tour in found["tours"]
        ],
    }


def test_cartons_are_scanned_named_and_entered(client: Client) -> None:
    code = f"01{GTIN}1729030010A1"
    said = send(client, "POST", "scan", {"code": code}).json()
    assert (said["item"], said["lot"], said["expires_on"]) == (None, "A1", "2029-03-31")
    named = send(client, "PUT", f"item-codes/{GTIN}", {"item": "condom-52", "packs": 48})
    assert named.status_code == 200, named.text
    assert send(client, "POST", "scan", {"code": code}).json()["packs"] == 48
    wrong = send(client, "POST", "scan", {"code": "hello"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "code_wrong")


def test_what_came_is_on_the_shelf_and_a_mistake_is_undone(client: Client) -> None:
    receive(client, 48)
    stock = client.get("depots/D1")
    assert [(one["lot"], one["packs"], one["promised_packs"]) for one in stock["lots"]] == [
        ("A1", 48, 0)
    ]
    [entry] = stock["entries"]
    undone = send(client, "POST", f"depots/D1/entries/{entry['id']}/undo", {"note": "twice"})
    assert undone.json()["packs"] == -48
    assert client.get("depots/D1")["lots"] == []
    again = send(client, "POST", f"depots/D1/entries/{entry['id']}/undo", {})
    assert (again.status_code, again.json()["error"]["code"]) == (422, "depot_refused")
    assert client.refused("depots/D9")[1]["code"] == "depot_unknown"


def test_a_plan_ranks_all_visits_and_says_of_each_that_is_not_made_why(client: Client) -> None:
    receive(client, 60)
    found = plan(client)
    assert {one["kiosk_id"] for one in found["visits"]} == {"K0001", "K0002", "K0003"}
    stops = [stop["kiosk_id"] for tour in found["tours"] for stop in tour["stops"]]
    inside = [one["kiosk_id"] for one in found["visits"] if one["stays_out"] is None]
    assert sorted(inside) == sorted(stops)
    assert "K0001" in stops
    worth = [one["pickups"] for one in found["visits"] if one["stays_out"] is None]
    assert worth == sorted(worth, reverse=True)
    assert found["is_estimate"]
    assert all(one["stays_out"]["zh"] for one in found["visits"] if one["stays_out"] is not None)
    added = [add for tour in found["tours"] for stop in tour["stops"] for add in stop["adds"]]
    assert {add["item"] for add in added} == {"condom-52"}
    assert sum(add["packs"] for add in added) <= 60
    assert client.get("rounds") == []


def test_with_an_empty_depot_nobody_goes_anywhere(client: Client) -> None:
    found = plan(client)
    assert found["tours"] == []
    assert {one["stays_out"]["code"] for one in found["visits"]} <= {
        "depot_empty",
        "nothing_to_win",
        "nothing_to_bring",
    }


def test_a_round_is_made_printed_picked_and_done(client: Client, sqlite_engine: Engine) -> None:
    receive(client, 60)
    made = send(client, "POST", "rounds", made_of(plan(client)))
    assert made.status_code == 200, made.text
    one = made.json()
    assert (one["id"], one["state"], one["for_day"]) == ("R261121-1", "planned", "2026-11-21")
    promised = sum(pick["packs"] for pick in one["picks"])
    assert client.get("depots/D1")["lots"][0]["promised_packs"] == promised > 0
    for lang in ("zh", "en"):
        page = client.ask(f"{PREFIX}/rounds/{one['id']}/picklist.pdf?lang={lang}")
        assert page.headers["content-type"] == "application/pdf"
        assert page.content.startswith(b"%PDF-")
        again = client.ask(f"{PREFIX}/rounds/{one['id']}/picklist.pdf?lang={lang}")
        assert again.content == page.content
    picked = send(client, "POST", f"rounds/{one['id']}/picked", {}).json()
    assert picked["state"] == "picked"
    first = next(stop for stop in picked["stops"] if stop["kiosk_id"] == "K0001")
    line = first["lines"][0]
    short = {"slot": line["slot"], "item": line["item"], "packs": 1}
    path = f"rounds/{one['id']}/stops/{first['stop']}/done"
    said = send(client, "POST", path, {"received": [short], "note": "few"}).json()
    assert [it["received_packs"] for it in said["differences"]] == [1]
    assert client.get("rounds")[0]["stops_done"] == 1
    # The kiosk's own word comes later, and counts.
    packs = sum(it["packs"] for it in first["lines"] if it["slot"] == line["slot"])
    what = restocked(28, slot=line["slot"], added=packs)._replace(round_id=one["id"])
    keep(sqlite_engine, [fact(40, what)])
    told = client.get(f"rounds/{one['id']}")
    assert told["differences"] == []
    assert told["stops"][first["stop"] - 1]["done_by"] == "hand"


def test_a_round_is_refused_where_the_depot_has_too_little(client: Client) -> None:
    receive(client, 60)
    wish = made_of(plan(client))
    assert send(client, "POST", "rounds", wish).status_code == 200
    again = send(client, "POST", "rounds", wish)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "depot_refused")


WRONG: list[tuple[str, str, object, int]] = [
    ("POST", "rounds/plan", {"depot_id": "D9", "seconds": 0.1}, 404),
    ("POST", "rounds/plan", {"depot_id": "D1", "people": 0}, 422),
    ("POST", "rounds/plan", {"depot_id": "D1", "hours": 400}, 422),
    ("POST", "rounds/plan", {"depot_id": "D1", "seconds": 99}, 422),
    ("POST", "rounds", {"depot_id": "D1", "for_day": "2026-11-21", "tours": []}, 422),
    ("POST", "rounds/R1/picked", {}, 404),
    ("POST", "rounds/R1/stops/1/done", {}, 404),
    ("GET", "rounds/R1", None, 404),
    ("GET", "rounds/R1/picklist.pdf", None, 404),
    ("POST", "depots/D1/entries", {"kind": "issue"}, 422),
    ("PUT", "depots/D2", {**DEPOT, "lat": 95}, 422),
    ("PUT", f"item-codes/{GTIN}", {"item": "condom-99"}, 422),
]


def test_what_cannot_be_is_refused_in_words(client: Client) -> None:
    for method, path, body, status in WRONG:
        said = send(client, method, path, body)
        assert said.status_code == status, (path, said.text)
        error = said.json()["error"]
        assert error["message"].endswith("."), error
        assert error["message_zh"].endswith("。"), error


def test_nobody_writes_from_elsewhere(client: Client) -> None:
    for path in ("rounds", "rounds/R1/picked", "depots/D1/entries"):
        said = send(client, "POST", path, {}, host="192.0.2.7")
        assert (said.status_code, said.json()["error"]["code"]) == (403, "writing_refused")
    assert client.get("rounds") == []
