"""Communities, gaps and walking areas over the API: the same figures in every format, harmless."""

import csv
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given

from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.routes.areas import AreaPorts, area_routes
from service.api.routes.communities import CommunityPorts, community_routes
from service.domain.circle import Standing
from service.domain.district import Named
from service.domain.reach import Relation, relation_of
from service.flows.communities import communities_now, nearest_of
from service.flows.reads.communities import CircleGapRow, CircleGapsView, CircleGapsWanted
from service.geo.areas_cached import WalkingAreas
from tests.api.client import PREFIX, Client
from tests.support.decisions import FakeCircles, circle_now, reaches
from tests.support.plans import NOW

S = Standing
WALKS = {(0, 0): 950.0, (0, 1): 66.7, (1, 0): 200.0, (1, 2): 200.0, (2, 2): 1_000.0, (3, 3): 10.0}
"""Metres by community and outlet; of five communities the last reaches nothing."""

PEOPLE = (700, 400, 90, 50, 60)
STANDINGS = {
    "condom-52": (S.IN_STOCK, S.IN_STOCK, S.EMPTY, S.STOCK_UNKNOWN),
    "n9-film": (S.NEVER, S.UNKNOWN, S.MACHINE, S.IN_STOCK),
}
SINCE = NOW - timedelta(hours=2)
EVIL = '=HYPERLINK("http://x")'


def relation() -> Relation:
    columns = np.array(list(WALKS), dtype=np.int64).T
    return relation_of(
        (columns[0], columns[1], np.array(list(WALKS.values()))),
        community_ids=tuple(f"C{number:03d}" for number in range(5)),
        outlet_ids=tuple(f"K{number:04d}" for number in range(4)),
        limit_m=1_000.0,
        is_estimate=False,
    )


class Circles(FakeCircles):
    """Names one community so that a spreadsheet would reckon it."""

    def community_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        return {**super().community_names(ids), "C002": Named(EVIL, "@SUM(A1)")}


class Gaps:
    """Gaps in a list; each community of them is outside since two hours ago."""

    def __init__(self) -> None:
        self.asked: list[CircleGapsWanted] = []

    def outside_since(self, item: str) -> Mapping[str, datetime]:
        # C000 is told of late: it is inside by now.
        return {"C000": SINCE, "C002": SINCE} if item == "condom-52" else {}

    def circle_gaps(self, wanted: CircleGapsWanted) -> CircleGapsView:
        self.asked.append(wanted)
        rows = [one_gap(3), one_gap(2), one_gap(1, gone=True)]
        found = [row for row in rows if wanted.before is None or row.id < wanted.before]
        page = tuple(found[: wanted.most])
        return CircleGapsView(gaps=page, next=page[-1].id if len(found) > wanted.most else None)


def one_gap(number: int, *, gone: bool = False) -> CircleGapRow:
    return CircleGapRow(
        id=number,
        community_id="C002",
        name_zh=None if gone else EVIL,
        name_en=None if gone else "-1+1",
        town_code=None if gone else "999901001",
        lon=None if gone else 104.02,
        lat=None if gone else 30.0,
        item="condom-52",
        cause="stock",
        people=90,
        since=SINCE,
        opened_at=NOW,
        opened_by="K0002",
        closed_at=None,
        closed_by=None,
    )


class NoPast:
    """A past in which no item was given out."""

    def coverage_then(self, item: str, at: datetime) -> None:
        assert (item, at.tzinfo) == ("condom-52", UTC)


@pytest.fixture
def gaps() -> Gaps:
    return Gaps()


@pytest.fixture
def app(gaps: Gaps) -> DocumentedApi:
    circles = Circles(circle_now(relation(), PEOPLE, STANDINGS, at=NOW, shut=[1]))
    places = np.array([(104.0 + one / 10, 30.0) for one in range(4)])
    circles.circle = replace(circles.circle, outlet_places=places)
    app = DocumentedApi(title="t", version="1", openapi_url=f"{PREFIX}/openapi.json")
    told = CommunityPorts(circles=circles, names=circles, gaps=gaps)
    areas = AreaPorts(circles=circles, past=NoPast(), areas=WalkingAreas(lambda: None))
    app.add_routers((community_routes(told), area_routes(areas)), prefix=PREFIX)
    add_handlers(app)
    return app


@pytest.fixture
def client(app: DocumentedApi) -> Client:
    return Client(app)


def by_id(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in said["communities"]}


def test_each_community_is_told_with_its_standing_cause_and_walk(client: Client) -> None:
    said = client.get("coverage/communities?item=condom-52")
    assert said["basis"] == {
        "at": "2026-11-20T10:00:00Z",
        "limit_m": 1000,
        "is_estimate": False,
        "people": 1300,
    }
    rows = by_id(said)
    # K0001 is nearer to C000, and shut at this hour.
    assert rows["C000"] == {
        "id": "C000",
        "name_zh": "社区C000",
        "name_en": "Community C000",
        "town_code": "999901001",
        "lon": 104.0,
        "lat": 30.0,
        "people": 700,
        "standing": "in_stock",
        "cause": None,
        "since": None,
        "walk_m": 950,
        "walk_minutes": 15,
        "outlet_id": "K0000",
        "outlet_name_zh": "点K0000",
        "outlet_name_en": "Point K0000",
    }
    assert (rows["C001"]["walk_m"], rows["C001"]["walk_minutes"]) == (200, 3)
    outside = {
        name: [rows[name][key] for key in ("standing", "cause", "since", "walk_m", "outlet_id")]
        for name in ("C002", "C003", "C004")
    }
    assert outside == {
        "C002": ["empty", "stock", "2026-11-20T08:00:00Z", None, None],
        "C003": ["stock_unknown", "unknown", None, None, None],
        "C004": ["never", "never", None, None, None],
    }


@given(reaches())
def test_standing_and_nearest_are_as_reckoned_one_by_one(
    drawn: tuple[Relation, np.ndarray[Any, np.dtype[np.int64]]],
) -> None:
    relation, people = drawn
    order = (S.IN_STOCK, S.EMPTY, S.UNKNOWN, S.IN_STOCK, S.CLOSED, S.NEVER)
    standings = order[: len(relation.outlet_ids)]
    walk_m = np.array([100 + 37 * ((5 * one) % 11) for one in range(relation.pairs)])
    relation = replace(relation, walk_m=walk_m.astype(np.float32))
    circle = circle_now(relation, people.tolist(), {"a": standings}, at=NOW)
    rows = communities_now(circle, FakeCircles(circle), Gaps(), "a").communities
    nearest, _ = nearest_of(relation, np.array(standings, dtype=np.int8) == S.IN_STOCK)
    best = circle.circle().best(0)
    for index, row in enumerate(rows):
        outlets, walks = relation.of_community(index)
        having = sorted(
            (float(walk), int(outlet))
            for outlet, walk in zip(outlets, walks, strict=True)
            if standings[outlet] == S.IN_STOCK
        )
        assert row.standing == S(int(best[index])).name.lower()
        assert (row.cause is None) == bool(having) == (row.standing == "in_stock")
        assert (row.walk_m, nearest[index]) == (having[0] if having else (None, -1))


def test_the_csv_holds_the_same_and_no_name_is_a_formula(client: Client) -> None:
    response = client.ask(f"{PREFIX}/coverage/communities?item=condom-52&format=csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "circle15-communities-condom-52.csv" in response.headers["content-disposition"]
    heading, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert heading[0] == "社区编号 Community"
    said = client.get("coverage/communities?item=condom-52")["communities"]
    for row, one in zip(rows, said, strict=True):
        cells = dict(zip(one, row, strict=False))
        for name, value in one.items():
            if name not in {"name_zh", "name_en"}:
                assert cells[name] == ("" if value is None else str(value)), name
        assert row[len(one) :] == ["condom-52", "1000", "沿街道 streets", "2026-11-20T10:00:00Z"]
    assert rows[2][1:3] == ["'" + EVIL, "'@SUM(A1)"]


def test_geojson_has_a_point_for_each_community(client: Client) -> None:
    response = client.ask(f"{PREFIX}/coverage/communities?item=condom-52&format=geojson")
    assert response.headers["content-type"] == "application/geo+json"
    said = json.loads(response.content)
    assert said["type"] == "FeatureCollection"
    assert said["features"][2]["geometry"] == {"type": "Point", "coordinates": [104.02, 30.0]}
    told = client.get("coverage/communities?item=condom-52")["communities"]
    assert [one["properties"] for one in said["features"]] == told


def test_gaps_are_told_page_by_page_in_every_format(client: Client, gaps: Gaps) -> None:
    said = client.get("coverage/gaps?state=all&item=condom-52&limit=2")
    assert ([one["id"] for one in said["gaps"]], said["next"]) == ([3, 2], 2)
    assert gaps.asked == [
        CircleGapsWanted(state="all", item="condom-52", before=None, most=2),
    ]
    response = client.ask(f"{PREFIX}/coverage/gaps?item=n9-gel&limit=2&format=csv")
    link = response.headers["link"]
    following = "state=open&item=n9-gel&limit=2&format=csv&before=2"
    assert link == f'</api/v1/coverage/gaps?{following}>; rel="next"'
    _, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert [row[0] for row in rows] == ["3", "2"]
    assert rows[0][2:4] == ["'" + EVIL, "'-1+1"]
    last = client.ask(link[1:].partition(">")[0])
    assert "link" not in last.headers
    _, gone = csv.reader(io.StringIO(last.content.decode("utf-8-sig")))
    assert gone[:4] == ["1", "C002", "", ""]
    client.get("coverage/gaps?cause=stock&town=999901001")
    assert gaps.asked[-1] == CircleGapsWanted(
        state="open", item=None, cause="stock", town_code="999901001", before=None, most=1_000
    )
    more = client.ask(f"{PREFIX}/coverage/gaps?cause=stock&town=999901001&limit=1")
    following = "state=open&cause=stock&town=999901001&limit=1&format=json&before=3"
    assert more.headers["link"] == f'</api/v1/coverage/gaps?{following}>; rel="next"'
    points = client.ask(f"{PREFIX}/coverage/gaps?format=geojson").json()["features"]
    assert [one["geometry"] is None for one in points] == [False, False, True]


def test_an_area_is_a_feature_of_the_outlets_that_have_the_item_now(client: Client) -> None:
    said = client.get("coverage/area?item=condom-52")
    assert said["type"] == "Feature"
    assert said["properties"]["outlets"] == len(said["geometry"]["coordinates"]) == 1
    assert said["properties"]["is_estimate"] is True
    assert client.get("coverage/area?item=condom-52&standing=installed")["properties"] == {
        "at": "2026-11-20T10:00:00Z",
        "limit_m": 1000,
        "is_estimate": True,
        "outlets": 4,
        "outlet_id": None,
        "item": "condom-52",
        "standing": "installed",
    }
    assert client.get("kiosks/K0003/area")["properties"]["outlet_id"] == "K0003"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("coverage/communities", 422, "parameter_missing"),
        ("coverage/communities?item=condom-99", 404, "item_unknown"),
        ("coverage/communities?item=%3D1", 422, "parameter_wrong"),
        ("coverage/communities?item=condom-52&format=xlsx", 422, "parameter_wrong"),
        ("coverage/area?item=condom-99", 404, "item_unknown"),
        ("coverage/area?item=condom-52&standing=never", 422, "parameter_wrong"),
        ("coverage/area?item=condom-52&at=2026-11-20T06:00:00Z", 404, "item_unknown"),
        ("coverage/area?item=condom-52&at=2026-11-20", 422, "parameter_wrong"),
        ("coverage/area?item=condom-52&at=2026-11-20T06:00:00", 422, "parameter_wrong"),
        ("kiosks/K9999/area", 404, "kiosk_unknown"),
        ("kiosks/%00/area", 404, "kiosk_unknown"),
        ("coverage/gaps?state=perhaps", 422, "parameter_wrong"),
        ("coverage/gaps?limit=100000", 422, "parameter_wrong"),
        ("coverage/gaps?before=0", 422, "parameter_wrong"),
        ("coverage/gaps?cause=empty", 422, "parameter_wrong"),
        ("coverage/gaps?town=Hedong", 422, "parameter_wrong"),
    ],
)
def test_bad_questions_are_refused_in_words(
    client: Client, path: str, status: int, code: str
) -> None:
    found, error = client.refused(path)
    assert (found, error["code"]) == (status, code)


def test_what_is_answered_and_every_example_fits_the_document(
    app: DocumentedApi, client: Client
) -> None:
    document = client.get("openapi.json")
    asked = {
        "/coverage/communities": "coverage/communities?item=n9-film",
        "/coverage/gaps": "coverage/gaps",
        "/coverage/area": "coverage/area?item=n9-film",
        "/kiosks/{kiosk_id}/area": "kiosks/K0000/area",
    }
    assert {path.removeprefix(PREFIX) for path in document["paths"]} == set(asked)
    for path, question in asked.items():
        said = document["paths"][PREFIX + path]["get"]["responses"]
        for status, response in said.items():
            content = response["content"]["application/json"]
            whole = {**content["schema"], "components": document["components"]}
            if "example" in content:
                jsonschema.Draft202012Validator(whole).validate(content["example"])
            if status == "200":
                jsonschema.Draft202012Validator(whole).validate(Client(app).get(question))
