"""Decisions over the API: who depends on one outlet, what to do first, where the next sites go."""

import math
import threading
from collections.abc import Callable

import httpx
import jsonschema
import numpy as np
import pytest

from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.guard import BODY_BYTES_MAX
from service.api.routes.decisions import DecisionPorts, decision_routes
from service.api.routes.siting import GIVEN_MAX, SitingPorts, siting_routes
from service.domain.circle import Standing
from service.domain.lasting import Lasting
from service.domain.reach import Relation
from service.domain.siting import Proof
from service.flows.reads.decisions import Candidates
from service.flows.siting import CANDIDATES_MAX, where_next
from service.geo.siting_proof import prove
from tests.api.client import PREFIX, Client, run_apart
from tests.support.decisions import FakeCircles, FakeSupplies, circle_now, reaching
from tests.support.plans import NOW

S = Standing
RELATION = reaching([{0}, {0, 1}, {1, 2}, set(), set()], outlets=3)
PEOPLE = (700, 400, 90, 50, 60)
STANDINGS = {
    "condom-52": (S.EMPTY, S.IN_STOCK, S.UNKNOWN),
    "n9-film": (S.MACHINE, S.NEVER, S.NEVER),
}
SUPPLIES = {
    ("K0000", "condom-52"): Lasting(on_hand_packs=0, packs_per_day=2.0, days_left=0.0),
    ("K0001", "condom-52"): Lasting(on_hand_packs=9, packs_per_day=3.0, days_left=3.0),
    ("K0000", "n9-film"): Lasting(on_hand_packs=4, packs_per_day=0.0, days_left=math.inf),
    ("K0002", "condom-52"): Lasting(on_hand_packs=9, packs_per_day=0.0, days_left=math.inf),
}
CANDIDATES = reaching([set(), set(), set(), {0, 1}, {1}], outlets=5)
"""Who walks to the communities' own places: of those whom nobody serves, both to the second."""


def fake_circles(reach: Relation = CANDIDATES) -> FakeCircles:
    return FakeCircles(circle_now(RELATION, PEOPLE, STANDINGS, at=NOW), reach=reach)


def app_of(circles: FakeCircles, *, wait_s: float = 10.0) -> DocumentedApi:
    supplies = FakeSupplies(SUPPLIES)
    app = DocumentedApi(title="t", version="1", openapi_url=f"{PREFIX}/openapi.json")
    today = DecisionPorts(circles=circles, names=circles, supplies=supplies)
    later = SitingPorts(circles=circles, surveyor=circles, names=circles, prove=prove)
    app.add_routers((decision_routes(today), siting_routes(later, wait_s=wait_s)), prefix=PREFIX)
    add_handlers(app)
    return app


@pytest.fixture
def circles() -> FakeCircles:
    return fake_circles()


@pytest.fixture
def client(circles: FakeCircles) -> Client:
    return Client(app_of(circles))


def post(client: Client, path: str, body: object) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as asking:
            return await asking.post(f"{PREFIX}/{path}", json=body)

    return run_apart(asked())


def test_who_depends_on_one_outlet_is_told_with_limit_and_estimate(client: Client) -> None:
    said = client.get("coverage/dependence?item=condom-52")
    assert said["basis"] == {
        "at": "2026-11-20T10:00:00Z",
        "limit_m": 1000,
        "is_estimate": True,
        "people": 1300,
    }
    assert (said["people_on_one"], said["people_now_low"], said["people_now_high"]) == (
        700,
        400,
        490,
    )
    first, second = said["outlets"]
    assert (first["outlet_id"], first["people"], first["communities"]) == ("K0000", 700, 1)
    assert (first["people_now_low"], first["people_now_high"]) == (0, 0)
    assert first["name_en"] == "Point K0000"
    assert [one["id"] for one in first["largest"]] == ["C000"]
    assert first["largest"][0]["name_zh"] == "社区C000"
    assert (second["outlet_id"], second["people"], second["largest"]) == ("K0001", 0, [])
    assert (second["people_now_low"], second["people_now_high"]) == (400, 490)


def test_the_outlets_on_which_most_depend_come_first(client: Client) -> None:
    said = client.get("coverage/dependence?item=condom-52&limit=1")
    assert [one["outlet_id"] for one in said["outlets"]] == ["K0000"]
    assert said["people_now_high"] == 490


def test_what_to_do_first_tells_people_now_and_people_days_of_the_week(client: Client) -> None:
    said = client.get("coverage/actions?item=condom-52")
    assert (said["window_days"], said["rate_days"], said["rows_all"]) == (7, 28, 2)
    assert "7" in said["formula_zh"]
    assert "28 local days" in said["formula_en"]
    restock, later = said["actions"]
    assert restock == {
        "outlet_id": "K0000",
        "name_zh": "点K0000",
        "name_en": "Point K0000",
        "item": "condom-52",
        "action": "restock",
        "standing": "empty",
        "is_open": True,
        "on_hand_packs": 0,
        "packs_per_day": 2.0,
        "days_left": 0.0,
        "people": 700,
        "people_high": 700,
        "gain": 700,
        # The 400 have another outlet for three of the seven days.
        "people_days": 700.0 * 7 + 400 * 4,
        "people_days_high": 700.0 * 7 + 400 * 4,
        "gain_people_days": 700.0 * 7 + 400 * 4,
    }
    assert (later["outlet_id"], later["standing"], later["people"]) == ("K0001", "in_stock", 0)
    assert (later["people_days"], later["people_days_high"]) == (1600.0, 1960.0)
    assert later["gain_people_days"] == 0.0


def test_an_outlet_that_is_shut_at_this_hour_has_nothing_now_and_something_in_the_week() -> None:
    circle = circle_now(RELATION, PEOPLE, STANDINGS, at=NOW, shut={1})
    client = Client(app_of(FakeCircles(circle)))
    assert client.get("coverage/dependence?item=condom-52")["people_now_high"] == 0
    assert client.get("coverage/dependence?item=condom-52")["people_on_one"] == 700
    restock, later = client.get("coverage/actions?item=condom-52")["actions"]
    assert (restock["people"], restock["people_days"]) == (1100, 6500.0)
    assert (later["is_open"], later["people"], later["people_days"]) == (False, 0, 1600.0)


def test_without_an_item_the_rows_of_all_items_are_ranked_together(client: Client) -> None:
    said = client.get("coverage/actions")
    rows = [(one["item"], one["action"], one["people"]) for one in said["actions"]]
    assert rows[0] == ("n9-film", "repair", 1100)
    assert rows[1] == ("condom-52", "restock", 700)
    assert (said["actions"][0]["packs_per_day"], said["actions"][0]["days_left"]) == (0.0, None)
    assert client.get("coverage/actions?limit=1")["rows_all"] == 3
    week = client.get("coverage/actions?order=week")["actions"]
    assert [one["gain_people_days"] for one in week] == [7700.0, 6500.0, 0.0]


def test_new_sites_are_for_those_whom_no_outlet_serves_and_keep_the_others(
    client: Client, circles: FakeCircles
) -> None:
    said = client.get("coverage/sites?item=condom-52&count=3&prove=true")
    assert (said["uncovered_people"], said["reachable_people"], said["gained_people"]) == (
        110,
        110,
        110,
    )
    assert (said["candidates_are"], said["candidates"]) == ("communities", 5)
    assert said["candidates_left_out"] == 0
    [site] = said["sites"]
    assert (site["rank"], site["id"], site["name_en"]) == (1, "C001", "Community C001")
    assert (site["lon"], site["lat"]) == (104.01, 30.0)
    assert (site["gain"], site["people_alone"], site["people_so_far"]) == (110, 110, 110)
    assert (said["proof"]["bound_people"], said["proof"]["is_optimal"]) == (110, True)
    assert circles.asked[0].ids == RELATION.community_ids
    assert client.get("coverage/sites?item=condom-52")["proof"] is None


def test_whoever_has_a_broken_outlet_in_reach_is_no_matter_of_siting(client: Client) -> None:
    said = client.get("coverage/sites?item=n9-film")
    assert said["uncovered_people"] == 90 + 50 + 60


def test_given_places_are_turned_from_their_coordinate_system(
    client: Client, circles: FakeCircles
) -> None:
    circles.reach = reaching([set(), set(), set(), {0, 1}, {1}], outlets=2)
    body = {
        "crs": "gcj02",
        "candidates": [
            {"id": "P1", "lon": 104.03, "lat": 30.65},
            {"id": "P2", "lon": 104.06, "lat": 30.62, "name_zh": "菜市场"},
        ],
    }
    response = post(client, "coverage/sites/among?item=condom-52&count=1", body)
    assert response.status_code == 200, response.text
    said = response.json()
    [site] = said["sites"]
    assert (site["id"], site["name_zh"], site["name_en"]) == ("P2", "菜市场", "菜市场")
    assert said["candidates_are"] == "given"
    assert 0.001 < math.hypot(site["lon"] - 104.06, site["lat"] - 30.62) < 0.01
    [asked] = circles.asked
    assert asked.ids == ("P1", "P2")
    assert asked.places[1].round(6).tolist() == [site["lon"], site["lat"]]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("coverage/dependence?item=condom-99", 404, "item_unknown"),
        ("coverage/actions?item=condom-99", 404, "item_unknown"),
        ("coverage/sites?item=condom-99", 404, "item_unknown"),
        ("coverage/dependence", 422, "parameter_missing"),
        ("coverage/sites?item=condom-52&count=0", 422, "parameter_wrong"),
        ("coverage/sites?item=condom-52&count=101", 422, "parameter_wrong"),
        ("coverage/sites?item=condom-52&seconds=61", 422, "parameter_wrong"),
        ("coverage/actions?order=soon", 422, "parameter_wrong"),
        ("coverage/actions?limit=0", 422, "parameter_wrong"),
        ("coverage/dependence?item=%27%20OR%201", 422, "parameter_wrong"),
    ],
)
def test_a_wrong_question_is_refused_in_words(
    client: Client, path: str, status: int, code: str
) -> None:
    said = client.refused(path)
    assert (said[0], said[1]["code"]) == (status, code)


PLACE = {"id": "P1", "lon": 104.0, "lat": 30.0}


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": [PLACE]},
        {"crs": "beijing54", "candidates": [PLACE]},
        {"crs": "wgs84", "candidates": []},
        {"crs": "wgs84", "candidates": [PLACE, PLACE]},
        {"crs": "wgs84", "candidates": [{**PLACE, "lat": 91}]},
        {"crs": "wgs84", "candidates": [{**PLACE, "people": 4}]},
        {"crs": "wgs84", "candidates": [{**PLACE, "id": "P 1"}]},
        {"crs": "wgs84", "candidates": [{**PLACE, "id": f"P{n}"} for n in range(GIVEN_MAX + 1)]},
    ],
)
def test_candidates_that_cannot_be_weighed_are_refused(
    client: Client, circles: FakeCircles, body: object
) -> None:
    response = post(client, "coverage/sites/among?item=condom-52", body)
    assert response.status_code == 422, response.text
    assert set(response.json()["error"]) == {"code", "message", "message_zh"}
    assert circles.asked == []


def test_as_many_candidates_as_are_allowed_fit_what_may_be_sent() -> None:
    longest = len('{"id":"P1234","lon":104.033712,"lat":30.647812},')
    assert GIVEN_MAX * longest < BODY_BYTES_MAX


def test_a_question_for_sites_waits_for_the_one_before_it_and_not_for_ever() -> None:
    started, go_on = threading.Event(), threading.Event()

    class Slow(FakeCircles):
        def reach_of(self, candidates: Candidates) -> Relation:
            started.set()
            assert go_on.wait(10)
            return super().reach_of(candidates)

    circles = Slow(fake_circles().circle, reach=CANDIDATES)
    client = Client(app_of(circles, wait_s=0.05))
    first = threading.Thread(target=client.get, args=("coverage/sites?item=condom-52",))
    first.start()
    try:
        assert started.wait(10)
        status, error = client.refused("coverage/sites?item=condom-52")
        assert (status, error["code"]) == (503, "siting_busy")
    finally:
        go_on.set()
        first.join()
    assert client.get("coverage/sites?item=condom-52")["gained_people"] == 110


def test_a_better_choice_that_the_proof_finds_is_the_one_that_is_told() -> None:
    relation = reaching([set(), set(), set(), {0, 1}, {1}], outlets=2)
    circles = fake_circles(relation)

    def finds_better(*_given: object, chosen: tuple[int, ...], **_more: object) -> Proof:
        assert chosen == (1,)
        return Proof(bound_people=200, gap=0.75, seconds=0.1, is_optimal=False, better=(0,))

    found = where_next(circles.now(), circles, circles, "condom-52", count=1, prove=finds_better)
    assert [one.id for one in found.sites] == ["C000"]
    assert (found.gained_people, found.greedy_people) == (50, 110)


def test_of_too_many_communities_those_with_most_uncovered_people_are_candidates() -> None:
    size = CANDIDATES_MAX + 3
    relation = reaching([{0}, {0}, {0}, *([set[int]()] * (size - 3))], outlets=1)
    circle = circle_now(relation, [9] * size, {"condom-52": [S.EMPTY]}, at=NOW)
    nobody = reaching([set[int]()] * size, outlets=CANDIDATES_MAX)
    circles = FakeCircles(circle, reach=nobody)
    found = where_next(circle, circles, circles, "condom-52", count=2)
    assert (found.candidates, found.candidates_left_out) == (CANDIDATES_MAX, 3)
    assert circles.asked[0].ids == relation.community_ids[3:]
    assert np.array_equal(circles.asked[0].places, circle.community_places[3:])
    assert (found.sites, found.reachable_people) == ((), 0)


@pytest.mark.parametrize(
    ("path", "route", "method"),
    [
        ("coverage/dependence?item=condom-52", "/coverage/dependence", "get"),
        ("coverage/actions", "/coverage/actions", "get"),
        ("coverage/sites?item=condom-52&prove=1", "/coverage/sites", "get"),
        ("", "/coverage/sites/among", "post"),
    ],
)
def test_answers_and_examples_fit_the_document(
    client: Client, path: str, route: str, method: str
) -> None:
    document = client.get("openapi.json")
    says = document["paths"][f"{PREFIX}{route}"][method]
    assert says["summary"]
    assert len(says["description"]) > 20
    content = says["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "components": document["components"]}
    check: Callable[[object], None] = jsonschema.Draft202012Validator(schema).validate
    check(content["example"])
    if path:
        check(client.get(path))
