"""For residents: the nearest places that have an item; no login, no trace, and not too often."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import jsonschema
import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.api.document import DocumentedApi
from service.api.errors import add_handlers
from service.api.guard import Guard
from service.api.rate import RateLimit, asker
from service.api.routes.public import PublicPorts, Whereabouts, public_routes
from service.domain.circle import Standing
from service.domain.coordinates import Points
from service.domain.district import Named
from service.flows.public import Guides
from service.flows.reads.places import ItemView
from service.flows.reads.public import NearestWish, OutletCard, PlaceFound, WalksThere
from tests.api.client import PREFIX, Client, run_apart
from tests.support.decisions import FakeCircles, circle_now, reaching
from tests.support.plans import NOW

S = Standing
HERE = {"lon": 104.0123456, "lat": 30.0654321}
TRACES = ("0123456", "0654321", "104.01", "30.06")
ITEM = ItemView(
    code="condom-52",
    name_zh="避孕套",
    name_en="Condom",
    unit_zh="只",
    unit_en="piece",
    pack_zh="盒",
    pack_en="box",
    units_per_pack=10,
)
STANDINGS = (S.IN_STOCK, S.IN_STOCK, S.EMPTY, S.UNKNOWN, S.STOCK_UNKNOWN, S.IN_STOCK, S.IN_STOCK)
WALKS_M = (700.0, 120.0, 10.0, 20.0, 30.0, 66.0, np.inf)
"""Of seven outlets four have it; the nearest of these is shut, and one is too far."""

SHUT = 5


@dataclass
class Town:
    """Register, walks and hours in one."""

    is_estimate: bool = False
    broken: bool = False
    unnamed: tuple[str, ...] = ()
    sought: list[str] = field(default_factory=list)

    def items(self) -> tuple[ItemView, ...]:
        return (ITEM,)

    def find_communities(self, text: str, *, most: int) -> tuple[PlaceFound, ...]:
        self.sought.append(text)
        one = PlaceFound(
            id="C017",
            name_zh="学府苑",
            name_en="Xuefu Court",
            town_zh="河东街道",
            town_en="Hedong",
            lon=104.05,
            lat=30.62,
        )
        return (one,) * most

    def outlet_cards(self, ids: Collection[str]) -> Mapping[str, OutletCard]:
        card = OutletCard(name=Named("点", "Point"), opening_hours="Mo-Su 08:00-21:00")
        return {one: card for one in ids if one not in self.unnamed}

    def walks_from(
        self, lon: float, lat: float, places: Points, *, wanted: NDArray[np.bool_], enough: int
    ) -> WalksThere:
        assert (lon, lat, enough > 0) == (HERE["lon"], HERE["lat"], True)
        assert len(places) == len(wanted) == 4
        if self.broken:
            message = "a street is missing"
            raise ZeroDivisionError(message)
        walks = [WALKS_M[round(place) % 100] for place in places[:, 0] * 100 - 10_400]
        return WalksThere(np.array(walks), self.is_estimate)

    def next_change(self, text: str, at: datetime) -> datetime | None:
        assert text == "Mo-Su 08:00-21:00"
        return at + timedelta(hours=3)


@dataclass
class Clock:
    """A monotonic clock that stands still until it is told."""

    at_s: float = 0.0

    def __call__(self) -> float:
        return self.at_s


def app_of(town: Town, clock: Clock | None = None, *, per_minute: int = 30) -> FastAPI:
    relation = reaching([], outlets=len(STANDINGS))
    circle = circle_now(relation, [], {"condom-52": STANDINGS}, at=NOW, shut=[SHUT])
    places = np.array([(104.0 + one / 100, 30.0) for one in range(len(STANDINGS))])
    circles = FakeCircles(replace(circle, outlet_places=places))
    app = DocumentedApi(title="t", version="1", openapi_url=f"{PREFIX}/openapi.json")
    monotonic_s = clock or Clock()
    ports = PublicPorts(circles=circles, guides=Guides(register=town, walks=town, hours=town))
    routes = public_routes(
        ports,
        nearest_limit=RateLimit(per_minute=per_minute, monotonic_s=monotonic_s),
        names_limit=RateLimit(per_minute=4 * per_minute, monotonic_s=monotonic_s),
    )
    app.add_routers((routes,), prefix=PREFIX)
    add_handlers(app)
    app.add_middleware(Guard, new_id=lambda: "e-1")
    return app


def ask(
    app: FastAPI, body: object, *, client: str = "198.51.100.7", **headers: str
) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(client, 4_711))
        async with httpx.AsyncClient(transport=transport, base_url="http://city.example") as one:
            how: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
            said = {"content-type": "application/json", **headers}
            return await one.post(f"{PREFIX}/public/nearest", headers=said, **how)

    return run_apart(asked())


def wish(**more: object) -> dict[str, object]:
    return {**HERE, "item": "condom-52", **more}


def test_the_nearest_that_are_open_come_first_with_walk_and_hours() -> None:
    said = ask(app_of(Town()), wish()).json()
    assert {name: said[name] for name in ("at", "item", "walk_kmh", "is_estimate")} == {
        "at": "2026-11-20T10:00:00Z",
        "item": "condom-52",
        "walk_kmh": 4.0,
        "is_estimate": False,
    }
    ids = [one["id"] for one in said["outlets"]]
    assert ids == ["K0001", "K0000", "K0005"], "the nearest of all is shut"
    assert said["outlets"][0] == {
        "id": "K0001",
        "name_zh": "点",
        "name_en": "Point",
        "lon": 104.01,
        "lat": 30.0,
        "walk_m": 120,
        "walk_minutes": 2,
        "opening_hours": "Mo-Su 08:00-21:00",
        "is_open": True,
        "opens_at": None,
        "closes_at": "2026-11-20T13:00:00Z",
    }
    shut = said["outlets"][2]
    assert (shut["is_open"], shut["closes_at"]) == (False, None)
    assert shut["opens_at"] == "2026-11-20T13:00:00Z"
    assert [one["walk_minutes"] for one in said["outlets"]] == [2, 11, 1]


def test_no_more_are_told_than_asked_for_and_an_estimate_is_marked() -> None:
    said = ask(app_of(Town(is_estimate=True)), wish(limit=1)).json()
    assert ([one["id"] for one in said["outlets"]], said["is_estimate"]) == (["K0001"], True)


def test_an_outlet_that_has_gone_meanwhile_is_left_out() -> None:
    said = ask(app_of(Town(unnamed=("K0001",))), wish()).json()
    assert [one["id"] for one in said["outlets"]] == ["K0000", "K0005"]


def test_anybody_may_ask_from_anywhere_and_nothing_may_be_kept() -> None:
    elsewhere = {"origin": "https://news.example", "x-forwarded-for": "203.0.113.9"}
    response = ask(app_of(Town()), wish(), **elsewhere)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (wish(lon=181), "lon"),
        (wish(lat=-90.5), "lat"),
        (wish(lat="north"), "lat"),
        (wish(lat=None), "lat"),
        ({"lon": 104.0, "item": "condom-52"}, "lat"),
        (wish(item="=1+1"), "item"),
        (wish(limit=21), "limit"),
        (wish(limit=0), "limit"),
        (wish(name="Ann"), "JSON"),
        ([], "JSON"),
        (b"{", "JSON"),
        (b'{"lon": NaN, "lat": 30.0, "item": "condom-52"}', "lon"),
        (b'{"lon": 1e999, "lat": 30.0, "item": "condom-52"}', "lon"),
        (b"", "JSON"),
    ],
)
def test_a_bad_question_is_refused_in_words_and_not_said_back(body: object, said: str) -> None:
    response = ask(app_of(Town()), body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "question_wrong")
    assert error["message"].startswith(f"{said} cannot be this: ")
    assert error["message"].endswith(".")
    assert error["message_zh"].endswith("。")
    assert "Ann" not in response.text
    assert not any(trace in response.text for trace in TRACES)


def test_an_unknown_item_is_refused_by_name() -> None:
    response = ask(app_of(Town()), wish(item="condom-99"))
    assert (response.status_code, response.json()["error"]["code"]) == (404, "item_unknown")
    assert '"condom-99"' in response.json()["error"]["message_zh"]


def test_a_position_never_stands_in_an_address() -> None:
    client = Client(app_of(Town()))
    where = "public/nearest?lon=104.0123456&lat=30.0654321&item=condom-52"
    assert client.refused(where)[0] == 405
    response = ask(app_of(Town()), wish())
    assert not any(trace in str(response.headers) for trace in TRACES)


def test_no_log_says_where_somebody_is_even_when_we_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert ask(app_of(Town()), wish()).status_code == 200
        assert ask(app_of(Town()), wish(limit=99)).status_code == 422
        assert ask(app_of(Town()), wish(item="condom-99")).status_code == 404
        failed = ask(app_of(Town(broken=True)), wish())
    assert failed.status_code == 500
    assert "e-1" in caplog.text
    assert not any(trace in caplog.text for trace in TRACES)
    told = (
        Whereabouts(item="condom-52", **HERE),
        NearestWish(item="condom-52", most=5, **HERE),
    )
    assert not any(trace in f"{one!r} {one}" for trace in TRACES for one in told)


def test_who_asks_too_often_waits_as_long_as_told() -> None:
    clock = Clock()
    app = app_of(Town(), clock, per_minute=3)
    assert [ask(app, wish()).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(app, wish())
    error = refused.json()["error"]
    assert (error["code"], refused.headers["retry-after"]) == ("asked_too_often", "20")
    assert "20" in error["message"]
    assert error["message_zh"].endswith("。")
    assert ask(app, wish(), client="198.51.100.8").status_code == 200, "another asks"
    clock.at_s += 20
    assert [ask(app, wish()).status_code for _ in range(2)] == [200, 429]


def test_names_have_a_limit_of_their_own() -> None:
    app = app_of(Town(), per_minute=1)
    client = Client(app)
    assert [ask(app, wish()).status_code for _ in range(2)] == [200, 429]
    for _ in range(2):
        client.get("public/items")
        client.get("public/places?q=x")
    assert client.refused("public/items")[0] == 429


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 40)), max_size=60))
def test_nobody_is_let_in_more_often_than_the_limit_in_any_minute(
    asked: list[tuple[str, float]],
) -> None:
    clock = Clock()
    limit = RateLimit(per_minute=4, monotonic_s=clock)
    let_in: dict[str, list[float]] = {}
    for address, later_s in asked:
        clock.at_s += later_s
        wait_s = limit.wait_s(address)
        assert 0 <= wait_s <= 15 + 1e-6
        if not wait_s:
            let_in.setdefault(address, []).append(clock.at_s)
    for times in let_in.values():
        for first, fifth in zip(times, times[8:], strict=False):
            # Four that were saved up, and four that a minute brings.
            assert fifth - first >= 60 - 1e-6


def test_silence_saves_up_no_more_than_a_minute_s_questions() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=4, monotonic_s=clock)
    limit.wait_s("a")
    clock.at_s += 3_600
    assert [limit.wait_s("a") > 0 for _ in range(5)] == [False] * 4 + [True]


def test_so_many_addresses_are_remembered_and_no_more() -> None:
    limit = RateLimit(per_minute=1, addresses_max=3, monotonic_s=Clock())
    for address in "abcabcd":
        limit.wait_s(address)
    assert limit.addresses == 3
    assert limit.wait_s("d") > 0
    assert limit.wait_s("c") > 0
    assert limit.wait_s("a") == 0, "it asked longest ago"


def test_a_network_of_ipv6_counts_as_one_asker() -> None:
    assert asker("2001:db8:1:2::1") == asker("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert asker("2001:db8:1:3::1") != asker("2001:db8:1:2::1")
    assert asker("::ffff:192.0.2.1") == asker("192.0.2.1") == "192.0.2.1"
    assert asker("testclient") == "" == asker("[::")


def test_items_and_places_are_told_without_signing_in() -> None:
    town = Town()
    client = Client(app_of(town))
    assert [one["code"] for one in client.get("public/items")] == ["condom-52"]
    found = client.get("public/places?q=%20%E5%AD%A6%E5%BA%9C%00%20")
    assert (len(found), found[0]["name_zh"]) == (10, "学府苑")
    assert town.sought == ["学府"]
    assert client.get("public/places?q=%00%0A") == []
    assert client.refused("public/places")[1]["code"] == "parameter_missing"
    assert client.refused(f"public/places?q={'x' * 41}")[1]["code"] == "parameter_wrong"


def test_what_is_answered_and_every_example_fits_the_document() -> None:
    app = app_of(Town())
    document = Client(app).get("openapi.json")
    answers = {
        ("/public/items", "get"): Client(app).get("public/items"),
        ("/public/places", "get"): Client(app).get("public/places?q=x"),
        ("/public/nearest", "post"): ask(app, wish()).json(),
    }
    assert {path.removeprefix(PREFIX) for path in document["paths"]} == {
        path for path, _ in answers
    }
    for (path, method), said in answers.items():
        route = document["paths"][PREFIX + path][method]
        assert "429" in route["responses"]
        for status, response in route["responses"].items():
            content = response["content"]["application/json"]
            whole = {**content["schema"], "components": document["components"]}
            check = jsonschema.Draft202012Validator(whole)
            check.validate(content["example"])
            if status == "200":
                check.validate(said)
    body = document["paths"][f"{PREFIX}/public/nearest"]["post"]["requestBody"]["content"]
    assert body["application/json"]["examples"]["here"]["value"]["item"] == "condom-52"
