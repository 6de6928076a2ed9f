"""The OpenAPI document is whole: every route explained, with an example that fits."""

from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.api.routes.imports import FilesIn
from service.importing import FileImporter
from tests.api.client import Client
from tests.api.conftest import make_app
from tests.api.story import ports_of, reads_of, restocking_of, tell
from tests.api.telling import telling_of
from tests.support.plans import NOW

PATHS = {
    "/district",
    "/items",
    "/towns",
    "/sites",
    "/kiosks",
    "/kiosks/{kiosk_id}",
    "/alerts",
    "/incidents",
    "/incidents/{incident_id}",
    "/policies",
    "/policies/preview",
    "/depots",
    "/depots/{depot_id}",
    "/depots/{depot_id}/entries",
    "/depots/{depot_id}/entries/{number}/undo",
    "/scan",
    "/item-codes/{gtin}",
    "/rounds",
    "/rounds/plan",
    "/rounds/{round_id}",
    "/rounds/{round_id}/picklist.pdf",
    "/rounds/{round_id}/picked",
    "/rounds/{round_id}/cancelled",
    "/rounds/{round_id}/stops/{stop}/done",
    "/coverage",
    "/totals/months",
    "/totals/monthly",
    "/totals/monthly.csv",
    "/totals/facts",
    "/quarantine",
    "/quarantine/{number}",
    "/quarantine/replay",
    "/quality",
    "/quality/gaps",
    "/quality/clocks",
    "/quality/discrepancies",
    "/imports",
    "/imports/{kind}",
    "/coverage/towns",
    "/coverage/at",
    "/forecast",
    "/forecast/district",
    "/coverage/hours",
    "/coverage/area",
    "/coverage/communities",
    "/coverage/gaps",
    "/coverage/dependence",
    "/coverage/actions",
    "/coverage/sites",
    "/coverage/sites/among",
    "/kiosks/{kiosk_id}/area",
    "/promise",
    "/promise/months",
    "/public/nearest",
    "/public/items",
    "/public/places",
    "/recipients",
    "/recipients/{number}",
    "/channels",
    "/channels/{number}",
    "/channels/{number}/test",
    "/subscriptions",
    "/subscriptions/{number}",
    "/maintenance",
    "/maintenance/{number}",
    "/maintenance/{number}/end",
    "/notices",
    "/notices/{notice_id}/retry",
    "/map/base",
    "/health",
    "/ready",
    "/changes",
}


@pytest.fixture
def app(sqlite_engine: Engine) -> FastAPI:
    tell(sqlite_engine)
    importer = FileImporter(engine=sqlite_engine, now=lambda: NOW, is_passing=lambda _error: False)
    files = FilesIn(importer=importer)
    return make_app(
        reads_of(sqlite_engine),
        circle=ports_of(sqlite_engine),
        files=files,
        more=(*restocking_of(sqlite_engine), *telling_of(sqlite_engine)),
    )


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    said: dict[str, Any] = Client(app).get("openapi.json")
    return said


def routes(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(path, route) for path, says in document["paths"].items() for route in says.values()]


def check(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(
        whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


def test_every_route_of_the_api_is_there_and_none_besides(document: dict[str, Any]) -> None:
    assert {path.removeprefix("/api/v1") for path, _ in routes(document)} == PATHS
    written = {path for path, says in document["paths"].items() if set(says) != {"get"}}
    assert {path.removeprefix("/api/v1") for path in written} == {
        "/quarantine/replay",
        "/imports/{kind}",
        "/coverage/sites/among",
        "/public/nearest",
        "/policies",
        "/policies/preview",
        "/depots/{depot_id}",
        "/depots/{depot_id}/entries",
        "/depots/{depot_id}/entries/{number}/undo",
        "/scan",
        "/item-codes/{gtin}",
        "/rounds",
        "/rounds/plan",
        "/rounds/{round_id}/picked",
        "/rounds/{round_id}/cancelled",
        "/rounds/{round_id}/stops/{stop}/done",
        "/recipients",
        "/recipients/{number}",
        "/channels",
        "/channels/{number}",
        "/channels/{number}/test",
        "/subscriptions",
        "/subscriptions/{number}",
        "/maintenance",
        "/maintenance/{number}",
        "/maintenance/{number}/end",
        "/notices/{notice_id}/retry",
    }


def test_every_route_has_a_summary_a_description_and_an_example(document: dict[str, Any]) -> None:
    for path, says in routes(document):
        assert says["summary"], path
        assert len(says["description"]) > 20, path
        contents = list(says["responses"]["200"]["content"].values())
        assert contents, path
        assert all(content.get("example") for content in contents), path
        for parameter in says.get("parameters", []):
            assert parameter.get("description"), (path, parameter)


def test_every_example_fits_the_schema_of_its_answer(document: dict[str, Any]) -> None:
    checked = 0
    for path, says in routes(document):
        for status, answer in says["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if kind != "application/json":
                    assert isinstance(content["example"], str), (path, kind)
                    continue
                assert content["schema"], (path, status)
                if "example" in content:
                    check(document, content["schema"], content["example"])
                    checked += 1
    assert checked > 30


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("district", "/district"),
        ("items", "/items"),
        ("towns", "/towns"),
        ("sites", "/sites"),
        ("kiosks", "/kiosks"),
        ("kiosks/K0001", "/kiosks/{kiosk_id}"),
        ("kiosks/K0003", "/kiosks/{kiosk_id}"),
        ("alerts?state=all", "/alerts"),
        ("incidents?state=all", "/incidents"),
        ("incidents/1", "/incidents/{incident_id}"),
        ("policies", "/policies"),
        ("depots", "/depots"),
        ("rounds", "/rounds"),
        ("coverage", "/coverage"),
        ("totals/months", "/totals/months"),
        ("totals/monthly?month=2026-11", "/totals/monthly"),
        ("totals/facts?month=2026-11", "/totals/facts"),
        ("quarantine?state=all", "/quarantine"),
        ("quarantine/1", "/quarantine/{number}"),
        ("quality", "/quality"),
        ("quality/gaps", "/quality/gaps"),
        ("quality/clocks", "/quality/clocks"),
        ("quality/discrepancies", "/quality/discrepancies"),
        ("imports", "/imports"),
        ("coverage/towns?item=condom-52", "/coverage/towns"),
        ("coverage/at?item=condom-52&at=2026-11-20T10:00:00Z", "/coverage/at"),
        ("forecast?kiosk_id=K0001", "/forecast"),
        ("forecast/district?days=28", "/forecast/district"),
        ("coverage/area?item=condom-52", "/coverage/area"),
        ("coverage/communities?item=condom-52", "/coverage/communities"),
        ("coverage/gaps?state=all", "/coverage/gaps"),
        ("coverage/dependence?item=condom-52", "/coverage/dependence"),
        ("coverage/actions?item=condom-52", "/coverage/actions"),
        ("coverage/sites?item=condom-52&count=2", "/coverage/sites"),
        ("kiosks/K0001/area", "/kiosks/{kiosk_id}/area"),
        ("promise?month=2026-11", "/promise"),
        ("promise/months", "/promise/months"),
        ("public/items", "/public/items"),
        ("public/places?q=C", "/public/places"),
        ("recipients", "/recipients"),
        ("channels", "/channels"),
        ("subscriptions", "/subscriptions"),
        ("maintenance", "/maintenance"),
        ("notices", "/notices"),
        ("map/base", "/map/base"),
        ("health", "/health"),
        ("ready", "/ready"),
    ],
)
def test_what_is_really_answered_fits_the_document(
    app: FastAPI, document: dict[str, Any], path: str, route: str
) -> None:
    answer = document["paths"][f"/api/v1{route}"]["get"]["responses"]["200"]
    check(document, answer["content"]["application/json"]["schema"], Client(app).get(path))
