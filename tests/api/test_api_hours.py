"""The circle hour by hour: past hours as they were, hours to come with the stock of now."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.circles import KeptCircles, circle_ports
from service.domain.heard import Heard
from service.flows.circle import LiveCircle
from service.flows.keep import keep_batch
from service.flows.timeline import keep_timelines
from service.grounds import Grounds
from service.store.engine import writing
from service.store.reads.sql_reads import SqlReads
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.api.client import PREFIX, Client
from tests.api.conftest import make_app
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import born, counted, dispensed, fact

MIDNIGHT = NOW - timedelta(hours=18)
"""When the day of the story begins in the district; it is told at six in the evening."""


def _app(engine: Engine, now: datetime = NOW) -> FastAPI:
    store, grounds = SqlStore(engine), Grounds(engine, zone=ZONE)
    circles = KeptCircles(store, grounds, now=lambda: now)
    reads = SqlReads(engine, now=lambda: now, zone=ZONE, circles=circles)
    return make_app(reads, circle=circle_ports(circles, reads, grounds.network, ZONE))


def _tell(engine: Engine) -> None:
    """K0001 has one pack from noon on, and gives it out at a quarter past three."""
    plan = small_district()
    staffed = plan.sites[2]
    hours = "Mo-Fr 08:30-12:00,14:00-20:00"
    changed = type(staffed)(**{**_fields(staffed), "opening_hours": hours, "items": ("n9-gel",)})
    with writing(engine).begin() as connection:
        lay_out(connection, type(plan)(**{**_fields(plan), "sites": (*plan.sites[:2], changed)}),
                at=NOW)  # fmt: skip
    circle = LiveCircle(SqlStore(engine), Grounds(engine, zone=ZONE))
    with circle.begin() as books:
        told: list[Heard] = [
            born(),
            fact(1, counted(1, 0), at=MIDNIGHT + timedelta(hours=12)),
            fact(2, dispensed(), at=MIDNIGHT + timedelta(hours=15, minutes=15)),
        ]
        kept = keep_batch(told, books=books, at=NOW, zone=ZONE)
        circle.follow(kept.stirred, kept.touched, books=books, at=NOW)
    keep_timelines(SqlStore(engine), at=NOW)


def _fields(plan: Any) -> dict[str, Any]:  # noqa: ANN401 - any plan
    return {name: getattr(plan, name) for name in plan.__slots__}


@pytest.fixture
def client(sqlite_engine: Engine) -> Client:
    _tell(sqlite_engine)
    return Client(_app(sqlite_engine))


def test_past_hours_are_as_they_were_and_a_part_of_an_hour_counts_as_a_part(
    sql_engine: Engine,
) -> None:
    _tell(sql_engine)
    said = Client(_app(sql_engine)).get("coverage/hours?item=condom-52&day=2026-11-20")
    hours = said["hours"]
    assert (len(hours), said["people"], said["timezone"]) == (24, 1_350, "Asia/Shanghai")
    assert hours[0]["begins_at"] == "2026-11-19T16:00:00Z"
    # The first community reaches K0001 alone; the second reaches two that were never heard, too.
    stock = [hour["people_in_stock_low"] for hour in hours]
    assert stock[:12] == [0.0] * 12
    assert stock[12:16] == [1_300.0, 1_300.0, 1_300.0, 325.0]
    assert stock[16:] == [0.0] * 8
    assert [hour["kind"] for hour in hours[16:]] == [
        "past", "past", "current", "coming", "coming", "coming", "coming", "coming"
    ]  # fmt: skip
    for hour in hours:
        causes = ("never", "machine", "stock", "closed", "unknown")
        outside = sum(hour[f"people_{cause}"] for cause in causes)
        assert hour["people_in_stock_low"] + outside == pytest.approx(1_350, abs=0.3)


def test_hours_of_opening_count_in_past_hours_and_in_those_to_come(client: Client) -> None:
    said = client.get("coverage/hours?item=n9-gel")
    assert said["day"] == "2026-11-20", "without a day it is today"
    unknown = [hour["people_unknown"] for hour in said["hours"]]
    assert unknown[7:9] == [0.0, 650.0], "it opens at half past eight"
    assert unknown[9:15] == [1_300.0, 1_300.0, 1_300.0, 0.0, 0.0, 1_300.0]
    assert unknown[18:21] == [1_300.0, 1_300.0, 0.0]
    assert said["hours"][20]["people_closed"] == 1_300.0
    assert said["hours"][9]["people_working_low"] == 1_300.0
    assert said["hours"][12]["people_working_high"] == 0.0
    assert said["hours"][12]["people_installed"] == 1_300.0
    saturday = client.get("coverage/hours?item=n9-gel&day=2026-11-21")["hours"]
    assert {(hour["kind"], hour["people_unknown"]) for hour in saturday} == {("coming", 0.0)}


def test_each_town_has_its_own_hours(client: Client) -> None:
    said = client.get("coverage/hours?item=condom-52&day=2026-11-20")
    (town,) = said["towns"]
    assert (town["town_code"], town["name_en"], town["people"]) == ("999901001", "Test town", 1_350)
    assert town["hours"] == said["hours"]


def test_a_day_can_be_taken_away_as_a_table(client: Client) -> None:
    answer = client.ask(f"{PREFIX}/coverage/hours?item=condom-52&day=2026-11-20&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 48
    assert rows[13]["有货覆盖下限 In stock, at least"] == "1300.0"
    assert rows[13]["开始 Begins at (UTC)"] == "2026-11-20T05:00:00Z"


def test_a_day_too_far_or_no_day_or_no_item_is_refused_in_words(client: Client) -> None:
    for day in ("2026-12-05", "2019-12-31"):
        status, error = client.refused(f"coverage/hours?item=condom-52&day={day}")
        assert (status, error["code"]) == (422, "parameter_wrong")
        assert "2020-01-01 to 2026-12-04" in error["message"]
    assert client.refused("coverage/hours?item=condom-52&day=soon")[0] == 422
    assert client.refused("coverage/hours?item=nothing")[0] == 404
    assert len(client.get("coverage/hours?item=condom-52&day=2020-01-01")["hours"]) == 24
