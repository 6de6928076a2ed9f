"""Data quality over the API: each figure is what was said, and its list leads to the rows."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.domain.facts import FactKey
from service.domain.heard import Beat
from service.domain.quarantine import Reason
from service.flows.gaps import ask_for_gaps
from service.flows.quarantine import Replayer
from service.inbox.again import translate_again
from service.store.sql_store import SqlStore
from tests.api.client import Client, run_apart
from tests.api.conftest import make_app
from tests.api.story import keep, reads_of
from tests.support.plans import NOW, REGION, ZONE
from tests.support.say import aside, counted, dispensed, fact

TOPIC = f"ck/v1/{REGION}/K0001/e/dispense"


@pytest.fixture
def app(evening: Engine) -> FastAPI:
    """The evening's API, with a replay on the same database."""
    replayer = Replayer(
        store=SqlStore(evening),
        read=lambda message: translate_again(message, region=REGION),
        is_passing=lambda _error: False,
        now=lambda: NOW,
        zone=ZONE,
    )
    return make_app(reads_of(evening), replay=replayer)


def test_who_reported_is_counted_each_day_and_the_silent_are_named(
    client: Client, evening: Engine
) -> None:
    reporting = client.get("quality")["reporting"]
    assert (reporting["enrolled"], reporting["last_24h"]) == (3, 2)
    assert reporting["days"] == [{"day": "2026-11-20", "kiosks": 2, "enrolled": 3}]
    assert [(one["kiosk_id"], one["heard_at"]) for one in reporting["missing"]] == [("K0003", None)]
    # Six in the evening here: midnight is six hours away, and yesterday's report is not today's.
    for hours in (5, 7, 8):
        keep(evening, [_beat("K0001")], at=NOW + timedelta(hours=hours))
    later = Client(make_app(reads_of(evening, now=NOW + timedelta(days=2)))).get("quality")
    assert [(one["day"], one["kiosks"]) for one in later["reporting"]["days"]] == [
        ("2026-11-20", 2),
        ("2026-11-21", 1),
        ("2026-11-22", 0),
    ]
    assert [one["kiosk_id"] for one in later["reporting"]["missing"]] == ["K0003", "K0002", "K0001"]


def _beat(kiosk: str, *, ahead: timedelta = timedelta(0)) -> Beat:
    return Beat(kiosk_id=kiosk, epoch=1, head=9, clock=NOW + ahead)


def test_lateness_is_counted_in_classes_and_told_by_their_edge(
    client: Client, evening: Engine
) -> None:
    before = {one["days"]: one for one in client.get("quality")["lateness"]}
    assert before[7]["facts"] == before[30]["facts"] == 13
    late = [
        fact(n, dispensed(), at=NOW - timedelta(seconds=n), kiosk="K0003") for n in range(1, 88)
    ]
    keep(evening, late)
    now = client.get("quality")["lateness"][0]
    classes = {one["upto_s"]: one["facts"] for one in now["classes"] if one["facts"]}
    assert [classes.get(edge) for edge in (1, 2, 5, 10, 30, 60)] == [1, 1, 3, 5, 20, 30]
    assert (now["facts"], now["p50_within_s"]) == (100, 60)
    assert sum(classes.values()) == 100
    # Eight days later none of it is of the last seven.
    later = Client(make_app(reads_of(evening, now=NOW + timedelta(days=8)))).get("quality")
    assert [one["facts"] for one in later["lateness"]] == [0, 100]
    assert later["lateness"][0]["p50_within_s"] is None


def test_gaps_are_summed_up_by_kiosk_and_listed_page_by_page(
    client: Client, evening: Engine
) -> None:
    keep(evening, [fact(n, dispensed(), kiosk="K0003") for n in (2, 4, 7)])
    with SqlStore(evening).begin() as books:
        ask_for_gaps(books=books, at=NOW + timedelta(minutes=1), new_id=lambda: "c")
        [gone] = [one for one in books.gaps.of([("K0003", 1)]) if one.first == 5]
        books.gaps.replace([gone], [gone.given_up()])
    gaps = client.get("quality")["gaps"]
    assert {name: gaps[name] for name in gaps if name != "worst"} == {
        "open_facts": 6,
        "open_gaps": 4,
        "permanent_facts": 2,
        "permanent_gaps": 1,
        "kiosks": 2,
    }
    assert [
        (one["kiosk_id"], one["open_facts"], one["permanent_facts"]) for one in gaps["worst"]
    ] == [
        ("K0002", 4, 0),
        ("K0003", 2, 2),
    ]
    assert gaps["worst"][1]["asks"] == 1
    assert _pages(client, "quality/gaps?limit=2", "gaps", "first") == [3, 7, 1, 3, 5]
    assert _pages(client, "quality/gaps?limit=1&state=permanent", "gaps", "last") == [6]
    assert _pages(client, "quality/gaps?limit=1&kiosk=K0003&state=open", "gaps", "facts") == [1, 1]


def _pages(client: Client, path: str, name: str, column: str) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    for _ in range(99):
        page = client.get(path + cursor)
        found += [row[column] for row in page[name]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
    raise AssertionError(found)


def test_clocks_that_are_off_are_told_with_what_was_set_aside_for_them(
    client: Client, evening: Engine
) -> None:
    ahead, right = timedelta(minutes=30), timedelta(seconds=59)
    keep(evening, [_beat("K0001", ahead=-ahead), _beat("K0003", ahead=right)])
    said = client.get("quality")["clocks"]
    assert said["worst"] == client.get("quality/clocks")
    lines = [(one["kiosk_id"], one["offset_s"], one["facts_aside"]) for one in said["worst"]]
    assert (said["kiosks"], lines) == (2, [("K0002", None, 1), ("K0001", -1800.0, 0)])


def test_discrepancies_are_told_by_sign_and_listed_newest_first(
    client: Client, evening: Engine
) -> None:
    keep(
        evening,
        [
            fact(1, counted(20, 20), kiosk="K0003", at=NOW - timedelta(hours=3)),
            fact(2, counted(17, 22), kiosk="K0003", at=NOW - timedelta(hours=2)),
            fact(3, counted(17, 21), kiosk="K0003", at=NOW - timedelta(hours=1)),
        ],
    )
    said = client.get("quality")["discrepancies"]
    before = [one for one in said["newest"] if one["kiosk_id"] != "K0003"]
    mine = [one for one in said["newest"] if one["kiosk_id"] == "K0003"]
    assert [(one["slot"], one["difference_packs"]) for one in mine] == [(2, -1), (2, 2), (1, -3)]
    assert said["rows"] == len(before) + 3
    missing = sum(-one["difference_packs"] for one in said["newest"] if one["difference_packs"] < 0)
    assert said["missing_packs"] == missing
    assert said["extra_packs"] == sum(max(0, one["difference_packs"]) for one in said["newest"])
    pages = _pages(client, "quality/discrepancies?limit=1&kiosk=K0003", "discrepancies", "slot")
    assert pages == [2, 2, 1]


def post(app: FastAPI, body: object, **headers: str) -> httpx.Response:
    """Ask for another try, as a page on this machine does, unless headers say otherwise."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(headers.pop("client", "127.0.0.1"), 4))
        usual = {"content-type": "application/json", "host": "localhost:8015"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            where = "/api/v1/quarantine/replay"
            return await client.post(where, content=content, headers=usual | headers)

    return run_apart(asked())


def test_a_message_is_shown_whole_less_what_it_says_of_a_person_and_tried_again(
    app: FastAPI, evening: Engine
) -> None:
    client = Client(app)
    told = {
        "specversion": "1.0",
        "id": "K0001-1-10",
        "source": f"urn:ck:kiosk:{REGION}:K0001:1",
        "type": "ck.dispense.v1",
        "time": NOW.isoformat(),
        "sequence": f"{10:020d}",
        "datacontenttype": "application/json",
        "data": {
            "slot": 1,
            "item": "condom-52",
            "packs": 1,
            "units": 10,
            "outcome": "dispensed",
            "who": {"token": "secret", "age_band": "30-34", "more": {"a": ["}"]}},
        },
    }
    key = FactKey("K0001", 1, 10)
    keep(evening, [aside(json.dumps(told).encode(), reason=Reason.OUR_ERROR, key=key, topic=TOPIC)])
    [row] = client.get("quarantine?reason=our_error")
    whole = client.get(f"quarantine/{row['id']}")
    assert (whole["held"], whole["epoch"], whole["sequence"]) == (True, 1, 10)
    assert "secret" not in json.dumps([row, whole])
    assert "30-34" not in json.dumps([row, whole])
    assert json.loads(whole["message"])["data"]["who"] == "…"
    answer = post(app, {"ids": [row["id"]]})
    assert answer.status_code == 200, answer.text
    assert answer.json() | {"still": 0} == {
        "tried": 1,
        "booked": 1,
        "known": 0,
        "past": 0,
        "stays": 0,
        "next": None,
        "still": 0,
    }
    assert client.get("quarantine?reason=our_error") == []
    [settled] = client.get("quarantine?state=settled")
    assert (settled["fate"], settled["replayable"]) == ("booked", False)
    assert client.get("kiosks/K0001")["facts"][0]["sequence"] == 10
    quarantine = client.get("quality")["quarantine"]
    assert (quarantine["waiting"], quarantine["settled"]) == (2, 1)


def test_a_detail_that_says_something_of_a_person_is_shown_without_it(
    app: FastAPI, evening: Engine
) -> None:
    client = Client(app)
    body = '[parameters: {"data": {"who": {"token": "secret"}, "slot": 1}}]'
    message = aside(b"{}", reason=Reason.OUR_ERROR, key=FactKey("K0001", 1, 10), topic=TOPIC)
    keep(evening, [replace(message, detail=body)])
    [row] = client.get("quarantine?reason=our_error")
    whole = client.get(f"quarantine/{row['id']}")
    assert row["detail"] == whole["detail"] == '[parameters: {"data": {"who":"…", "slot": 1}}]'


def test_what_stays_is_told_with_its_reason_and_the_list_goes_on_behind_a_row(
    app: FastAPI,
) -> None:
    client = Client(app)
    tried = post(app, {"reason": "not_json"}).json()
    assert (tried["tried"], tried["stays"], tried["still"][0]["reason"]) == (1, 1, "not_json")
    ids = [row["id"] for row in client.get("quarantine")]
    assert len(ids) == 2
    assert [row["id"] for row in client.get(f"quarantine?after={ids[0]}")] == ids[1:]
    assert client.refused("quarantine/999")[1]["code"] == "message_unknown"
    assert client.refused("quarantine?reason=luck")[1]["code"] == "parameter_wrong"


@pytest.mark.parametrize(
    "headers",
    [
        {"client": "192.0.2.7"},
        {"host": "kiosks.example.org"},
        {"host": "localhost.example.org:8015"},
        {"host": "["},
        {"origin": "http://["},
        {"forwarded": "for=192.0.2.7"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-host": "localhost:8015"},
        {"x-real-ip": "127.0.0.1"},
        {"via": "1.1 proxy"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_nobody_but_this_machine_s_own_page_may_change_anything(
    sqlite_engine: Engine, headers: dict[str, str]
) -> None:
    app = make_app(reads_of(sqlite_engine))
    refused = post(app, {}, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "writing_refused")


def test_a_page_of_ours_may_and_what_is_no_json_or_too_much_is_refused(
    sqlite_engine: Engine,
) -> None:
    app = make_app(reads_of(sqlite_engine))
    ours = {"origin": "http://localhost:8015", "sec-fetch-site": "same-origin"}
    assert post(app, {}, **ours).status_code == 200
    assert post(app, {}, host="[::1]:8015", client="::1").status_code == 200
    for body, status, headers in (
        (b"{}", 415, {"content-type": "text/plain"}),
        (b"{not json", 422, {}),
        ({"reason": "luck"}, 422, {}),
        ({"ids": list(range(1, 600))}, 422, {}),
        ({"everything": True}, 422, {}),
        (b" " * 70_000, 413, {}),
    ):
        refused = post(app, body, **headers)
        assert refused.status_code == status, (body, refused.text)
        assert set(refused.json()["error"]) == {"code", "message", "message_zh"}
