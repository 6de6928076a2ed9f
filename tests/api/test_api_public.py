"""For residents: the nearest places that have an item; no login, no trace, and not too often."""

import logging

import jsonschema
import pytest

from service.api.routes.public import Whereabouts
from service.flows.reads.public import NearestWish
from tests.api.client import PREFIX, Client
from tests.api.public import HERE, TRACES, Town, app_of, ask, wish


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
