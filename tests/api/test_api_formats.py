"""What the circle tells as files: the same figures as in JSON, in tables and on maps."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.api.csv_decisions import write_dependence
from service.api.csv_table import NO, YES, cell, write_table
from service.flows.promise import PromiseKeeping
from service.flows.reads.decisions import (
    CircleBasis,
    DependenceRow,
    DependenceView,
    DependentCommunity,
)
from service.grounds import Grounds
from service.store.engine import writing
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.api.client import PREFIX, Client
from tests.api.conftest import make_app
from tests.api.story import keep, ports_of, reads_of, tell, watch
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import fact, faulted

TABLES = {
    "coverage": ["items"],
    "coverage/towns?item=condom-52": [],
    "coverage/dependence?item=condom-52": ["outlets"],
    "coverage/actions": ["actions"],
    "coverage/actions?item=condom-52&order=week": ["actions"],
    "coverage/sites?item=n9-gel&count=2": ["sites"],
    "promise/months": [],
    "towns": [],
    "items": [],
    "sites": [],
}
"""Questions that have a table, and where its rows are in JSON."""

MAPS = (
    "coverage/dependence?item=condom-52",
    "coverage/actions",
    "coverage/sites?item=n9-gel&count=2",
    "sites",
)


@pytest.fixture
def app(sqlite_engine: Engine) -> FastAPI:
    """The evening, where K0001 is the only one for C003, and K0002 has no power."""
    plan = small_district()
    alone = replace(plan.sites[0], place=plan.communities[2].place)
    with writing(sqlite_engine).begin() as connection:
        lay_out(connection, replace(plan, sites=(alone, *plan.sites[1:])), at=NOW)
    tell(sqlite_engine)
    keep(sqlite_engine, [fact(7, faulted("power", slot=None), kiosk="K0002")])
    watch(sqlite_engine)
    ground = Grounds(sqlite_engine, zone=ZONE)
    PromiseKeeping(SqlStore(sqlite_engine), ground, zone=ZONE).keep_up(NOW)
    return make_app(reads_of(sqlite_engine), circle=ports_of(sqlite_engine))


@pytest.fixture
def client(app: FastAPI) -> Client:
    return Client(app)


def asked_as(kind: str, path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}format={kind}"


def table(client: Client, path: str) -> tuple[list[str], list[list[str]]]:
    response = client.ask(f"{PREFIX}/{asked_as('csv', path)}")
    assert response.status_code == 200, response.text
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"].endswith('.csv"')
    text = response.content.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n")
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    assert len(set(heading)) == len(heading)
    assert all(any(letter > "\u4e00" for letter in name) and " " in name for name in heading)
    return heading, rows


def values_of(row: dict[str, Any]) -> list[object]:
    """Return the plain values of a row, those of what is in it as well."""
    found: list[object] = []
    for value in row.values():
        if isinstance(value, dict):
            found += values_of(value)
        elif not isinstance(value, list):
            found.append(value)
    return found


def rows_of(client: Client, path: str) -> list[dict[str, Any]]:
    """Return the rows that JSON has."""
    said: Any = client.get(path)
    for key in TABLES[path]:
        said = said[key]
    assert said, path
    found: list[dict[str, Any]] = said
    return found


def test_a_table_holds_each_row_of_the_answer_with_all_that_it_says(client: Client) -> None:
    for path in TABLES:
        said = rows_of(client, path)
        _, rows = table(client, path)
        for row, one in zip(rows, said, strict=True):
            for value in values_of(one):
                shown = {True: YES, False: NO}[value] if isinstance(value, bool) else str(value)
                assert ("" if value is None else shown) in row, (path, value)


def test_what_figures_stand_on_is_in_each_row_of_the_file(client: Client) -> None:
    heading, [row, *_] = table(client, "coverage")
    cells = dict(zip(heading, row, strict=True))
    assert cells["步行上限（米） Limit in metres"] == "1000"
    assert cells["步行速度（千米/时） Walk in km/h"] == "4.0"
    assert cells["步行算法 Walk"] == "直线×1.4估算 estimate, straight line x 1.4"
    heading, [*_, row] = table(client, "coverage/sites?item=n9-gel&prove=true")
    cells = dict(zip(heading, row, strict=True))
    assert cells["已证明的上限 Proven bound"] == cells["累计覆盖人口 Together"]


def test_a_month_has_its_whole_district_first_and_then_its_towns(client: Client) -> None:
    [one, *_] = client.get("promise?month=2026-11")["items"]
    heading, rows = table(client, "promise?month=2026-11")
    total, town = rows[:2]
    assert total[:4] == [one["item"], "", "全区合计", "Whole district"]
    assert town[1] == one["towns"][0]["town_code"]
    hours = heading.index("承诺（人时） Promised person-hours")
    assert float(total[hours]) == one["total"]["promised_h"]
    assert float(town[hours]) == one["towns"][0]["promise"]["promised_h"]
    assert total[heading.index("未结 Provisional")] == YES


def test_a_past_moment_lists_outlets_and_communities_as_they_stood(client: Client) -> None:
    path = "coverage/at?item=condom-52&at=2026-11-20T10:00:00Z"
    said = client.get(path)
    _, rows = table(client, path)
    outlets = [said["states"][state] for state in said["outlet_states"]]
    communities = [said["states"][state] for state in said["community_states"]]
    assert [row[2] for row in rows] == outlets + communities
    assert [row[1] for row in rows] == said["outlet_ids"] + said["community_ids"]


def test_a_map_has_a_point_for_each_row_where_it_is(client: Client) -> None:
    places = {one["id"]: one for one in client.get("sites")}
    places |= {one["id"]: one for one in client.get("kiosks")["kiosks"]}
    for path in MAPS:
        response = client.ask(f"{PREFIX}/{asked_as('geojson', path)}")
        assert response.headers["content-type"] == "application/geo+json"
        features = json.loads(response.content)["features"]
        assert [one["properties"] for one in features] == rows_of(client, path)
        for feature in features:
            row = feature["properties"]
            there = row if "lon" in row else places[row["outlet_id"]]
            spot = feature["geometry"]["coordinates"]
            assert spot == pytest.approx([there["lon"], there["lat"]])


def test_what_has_no_place_is_no_map_and_says_so(client: Client) -> None:
    for path in ("coverage?format=geojson", "towns?format=geojson"):
        status, error = client.refused(path)
        assert (status, error["code"]) == (422, "parameter_wrong")
        assert "choose json or csv" in error["message"]


def test_texts_with_commas_quotes_lines_and_formulas_come_back_as_they_were() -> None:
    written = write_table(
        [("a,b", 'say "x"'), ("one\ntwo", "=1+1")],
        {"0": "甲 First", "1": "乙 Second"},
        reader=lambda row, name: str(row[int(name)]),
    )
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert rows[1:] == [["a,b", 'say "x"'], ["one\ntwo", "'=1+1"]]


def test_moments_are_written_in_utc_and_nothing_stands_for_null() -> None:
    assert cell(datetime.fromisoformat("2026-11-20T18:00:00+08:00")) == "2026-11-20T10:00:00Z"
    assert (cell(None), cell(-1.5)) == ("", "-1.5")
    assert [cell(one) for one in (True, False)] == [YES, NO]


def test_the_communities_of_an_outlet_stand_in_one_cell() -> None:
    one = DependentCommunity(id="C1", name_zh="甲", name_en="A", people=5)
    row = DependenceRow(
        outlet_id="K1",
        name_zh="点",
        name_en="Point",
        people=8,
        communities=2,
        people_now_low=0,
        people_now_high=8,
        largest=(one, replace(one, id="C2", people=3)),
    )
    basis = CircleBasis(at=NOW.astimezone(UTC), limit_m=1000, is_estimate=False, people=8)
    view = DependenceView(
        basis=basis, item="a", people_on_one=8, people_now_low=0, people_now_high=8, outlets=(row,)
    )
    assert "C1 甲 5; C2 甲 3" in write_dependence(view).decode()
