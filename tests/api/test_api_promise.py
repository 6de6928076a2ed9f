"""The promise over the API: person-hours by month and town, and the circle as it was."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from service.flows.promise import PromiseKeeping
from service.store.engine import writing
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.api.client import Client
from tests.api.conftest import make_app
from tests.api.story import keep, ports_of, reads_of
from tests.support.ground import kiosks_alone
from tests.support.plans import KIOSKS, NOW, ZONE, small_district
from tests.support.say import born, counted, dispensed, fact, faulted

LATER = NOW + timedelta(hours=2)
NOON = NOW - timedelta(hours=6)


def sum_up(engine: Engine, *, at: datetime = LATER) -> None:
    PromiseKeeping(SqlStore(engine), kiosks_alone(engine), zone=ZONE).keep_up(at)


@pytest.fixture
def client(sql_engine: Engine) -> Client:
    """A day on which K0001 had condoms from noon to one, and K0002 was out of order at two."""
    keep(
        sql_engine,
        [
            born(head=2),
            fact(1, counted(1, 0), at=NOON),
            fact(2, dispensed(), at=NOON + timedelta(hours=1)),
            born(head=1, kiosk="K0002"),
            fact(1, faulted("power", slot=None), at=NOON + timedelta(hours=2), kiosk="K0002"),
        ],
    )
    sum_up(sql_engine)
    return Client(make_app(reads_of(sql_engine, now=LATER)))


def test_a_month_s_hours_add_up_and_say_why_they_were_lost(client: Client) -> None:
    said = client.get("promise?month=2026-11&item=condom-52")
    assert (said["month"], said["timezone"], said["provisional"]) == (
        "2026-11",
        "Asia/Shanghai",
        True,
    )
    [one] = said["items"]
    # From midnight to eight in the evening. 900 and 400 people reach every kiosk, 50 none.
    assert one["total"] == {
        "promised_h": 20 * 1_350.0,
        "kept_h": 1 * 1_300.0,
        "unknown_h": 19 * 1_300.0,
        "never_h": 20 * 50.0,
        "machine_h": 0.0,
        "stock_h": 0.0,
        "closed_h": 0.0,
        "share_kept_low": round(1_300 / 27_000, 6),
        "share_kept_high": round(26_000 / 27_000, 6),
    }
    assert (one["up_to"], one["item"]) == ("2026-11-20T12:00:00Z", "condom-52")
    [town] = one["towns"]
    assert (town["town_code"], town["promise"]) == ("999901001", one["total"])


def test_the_third_kiosk_s_word_turns_what_was_unknown_into_causes(
    client: Client, sql_engine: Engine
) -> None:
    heard = [fact(1, counted(0, 0), at=NOON + timedelta(hours=1), kiosk="K0003")]
    keep(sql_engine, [born(head=1, kiosk="K0003"), *heard])
    stale = client.get("coverage/at?at=2026-11-20T06:30:00Z&item=condom-52")
    assert (stale["settled"], stale["outlet_states"]) == (False, [2, 1, 4])
    sum_up(sql_engine)
    [one] = client.get("promise?month=2026-11&item=condom-52")["items"]
    total = one["total"]
    # Nothing is known of K0002 until two, when it is out of order; K0001 and K0003 are empty.
    assert (total["kept_h"], total["unknown_h"], total["stock_h"]) == (
        1_300,
        13 * 1_300,
        6 * 1_300,
    )


def test_all_items_are_told_where_none_is_asked_for_and_other_months_are_empty(
    client: Client,
) -> None:
    said = client.get("promise?month=2026-11")
    assert [one["item"] for one in said["items"]] == ["condom-52", "n9-film"]
    assert client.get("promise?month=2026-10") | {"timezone": ""} == {
        "month": "2026-10",
        "timezone": "",
        "provisional": False,
        "items": [],
    }
    assert client.get("promise?month=2026-12")["provisional"] is True


def test_history_goes_month_by_month_by_the_district_s_calendar(
    client: Client, sql_engine: Engine
) -> None:
    midnight = datetime.fromisoformat("2026-10-31T16:00:00+00:00")
    keep(sql_engine, [fact(1, counted(1), epoch=0, at=midnight - timedelta(hours=1))])
    sum_up(sql_engine)
    rows = client.get("promise/months?item=condom-52")
    assert [(one["month"], one["item"]) for one in rows] == [
        ("2026-10", "condom-52"),
        ("2026-11", "condom-52"),
    ]
    assert rows[0]["promise"]["kept_h"] == 1_300
    assert rows[0]["promise"]["promised_h"] == 24 * 1_350
    [november] = client.get("promise?month=2026-11&item=condom-52")["items"]
    assert rows[1]["promise"] == november["total"]
    assert len(client.get("promise/months")) == 4


def test_the_circle_is_shown_as_it_was_at_any_moment(client: Client) -> None:
    def then(at: str) -> tuple[list[int], list[int], int, int]:
        said = client.get(f"coverage/at?at={quote(at)}&item=condom-52")
        coverage = said["coverage"]
        assert said["outlet_ids"] == ["K0001", "K0002", "K0003"]
        assert said["community_ids"] == ["C001", "C002", "C003"]
        figures = coverage["people_in_stock_low"], coverage["people_in_stock_high"]
        return said["outlet_states"], said["community_states"], *figures

    assert then("2020-01-01T00:00:00Z") == ([4, 4, 4], [4, 4, 0], 0, 1_300)
    assert then("2026-11-20T11:59:59.9+08:00") == ([4, 4, 4], [4, 4, 0], 0, 1_300)
    assert then("2026-11-20T12:00:00+08:00") == ([6, 4, 4], [6, 6, 0], 1_300, 1_300)
    assert then("2026-11-20T13:00:00+08:00") == ([2, 4, 4], [4, 4, 0], 0, 1_300)
    assert then("2026-11-20T14:00:00+08:00") == ([2, 1, 4], [4, 4, 0], 0, 1_300)
    assert then("0001-01-01T00:00:00+23:59") == ([4, 4, 4], [4, 4, 0], 0, 1_300)
    said = client.get("coverage/at?at=9999-12-31T23:59:59-23:59&item=condom-52")
    assert (said["at"], said["settled"], said["people"]) == ("2026-11-20T12:00:00Z", True, 1_350)
    assert said["states"][6] == "in_stock"
    never = client.get("coverage/at?at=2026-11-20T06:00:00Z&item=n9-gel")
    assert (never["outlet_states"], never["coverage"]["people_never"]) == ([0, 0, 0], 1_350)


@pytest.mark.usefixtures("client")
def test_the_area_of_a_past_moment_is_of_the_outlets_that_had_the_item_then(
    sql_engine: Engine,
) -> None:
    circle = Client(make_app(reads_of(sql_engine, now=LATER), circle=ports_of(sql_engine)))

    def area(at: str, standing: str) -> dict[str, Any]:
        path = f"coverage/area?at={quote(at)}&item=condom-52&standing={standing}"
        said: dict[str, Any] = circle.get(path)
        assert (said["properties"]["standing"], said["properties"]["item"]) == (
            standing,
            "condom-52",
        )
        return said

    def outlets(at: str) -> list[int]:
        return [
            area(at, standing)["properties"]["outlets"]
            for standing in ("installed", "working", "in_stock")
        ]

    # What is silent was meant to carry it, and nobody knows whether it worked.
    assert outlets("2026-11-20T11:59:59+08:00") == [3, 0, 0]
    assert outlets("2026-11-20T12:30:00+08:00") == [3, 1, 1]
    assert outlets("2026-11-20T13:30:00+08:00") == [3, 1, 0]
    then = area("2026-11-20T12:30:00+08:00", "in_stock")
    assert then["geometry"] == circle.get("kiosks/K0001/area")["geometry"]
    assert then["properties"]["at"] == "2026-11-20T04:30:00Z"
    assert area("2026-11-20T13:30:00+08:00", "in_stock")["geometry"]["coordinates"] == []
    never = circle.get("coverage/area?at=2026-11-20T04:30:00Z&item=n9-gel&standing=installed")
    assert never["properties"]["outlets"] == 0


def test_closed_hours_are_a_cause_of_their_own(sqlite_engine: Engine) -> None:
    plan = small_district()
    hours = "Mo-Fr 08:00-12:30; Sa 09:00-10:00"
    sites = tuple(replace(site, opening_hours=hours) for site in plan.sites)
    with writing(sqlite_engine).begin() as connection:
        lay_out(connection, replace(plan, sites=sites), at=NOW)
    midnight = NOON - timedelta(hours=12)
    for kiosk in KIOSKS:
        keep(sqlite_engine, [fact(1, counted(5, 5), at=midnight, kiosk=kiosk)])
    sum_up(sqlite_engine, at=midnight + timedelta(hours=34))
    client = Client(make_app(reads_of(sqlite_engine, now=midnight + timedelta(hours=34))))
    [one] = client.get("promise?month=2026-11&item=condom-52")["items"]
    assert (one["total"]["kept_h"], one["total"]["closed_h"]) == (5.5 * 1_300, 28.5 * 1_300)
    assert one["total"]["unknown_h"] == 0

    def states(at: str) -> list[int]:
        said = client.get(f"coverage/at?at={quote(at)}&item=condom-52")
        return [*said["outlet_states"], said["coverage"]["people_closed"]]

    assert states("2026-11-20T12:29:59+08:00") == [6, 6, 6, 0]
    assert states("2026-11-20T12:30:00+08:00") == [3, 3, 3, 1_300]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("promise", 422, "parameter_missing"),
        ("promise?month=2026-13", 422, "parameter_wrong"),
        ("promise?month=2026-11&item=condom-9", 404, "item_unknown"),
        ("promise/months?item=condom-9", 404, "item_unknown"),
        ("coverage/at?at=yesterday&item=condom-52", 422, "parameter_wrong"),
        ("coverage/at?at=2026-11-20T06:00:00&item=condom-52", 422, "parameter_wrong"),
        ("coverage/at?at=2026-11-20T06:00:00Z", 422, "parameter_missing"),
        ("coverage/at?at=2026-11-20T06:00:00Z&item=condom-9", 404, "item_unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    sqlite_engine: Engine, path: str, status: int, code: str
) -> None:
    refused, words = Client(make_app(reads_of(sqlite_engine))).refused(path)
    assert (refused, words["code"]) == (status, code)
