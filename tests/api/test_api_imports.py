"""Files over the API: within limits, from this machine alone, with a report or the wrong rows."""

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.api.app import build_app
from service.api.routes.imports import FilesIn
from service.api.upload import NAME_BYTES_MAX, safe_name
from service.domain.imports import ImportReport, Refused
from service.flows.ports_imports import ImportWish
from service.flows.reads.ports import StoreUnavailableError
from tests.api.client import Client, run_apart
from tests.api.conftest import World
from tests.api.story import reads_of
from tests.support.import_files import (
    DEMAND,
    OUTLETS,
    importer,
    kept,
    write_rows,
    write_streets,
)

WRONG_HOSTS: list[dict[str, str]] = [
    {"client": "192.0.2.7"},
    {"host": "kiosks.example.org"},
    {"x-forwarded-for": "127.0.0.1"},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
]


def app_of(engine: Engine, files: FilesIn | None) -> FastAPI:
    return build_app(
        reads_of(engine),
        readiness=World().readiness(),
        pages=None,
        files=files,
        new_id=lambda: "0",
    )


@pytest.fixture
def files(sqlite_engine: Engine, tmp_path: Path) -> FilesIn:
    (tmp_path / "uploads").mkdir()
    return FilesIn(
        importer=importer(sqlite_engine),
        folder=tmp_path / "uploads",
        streets_bytes_max=50_000,
        table_bytes_max=2_000,
    )


@pytest.fixture
def app(sqlite_engine: Engine, files: FilesIn) -> FastAPI:
    return app_of(sqlite_engine, files)


@pytest.fixture
def demand(tmp_path: Path) -> bytes:
    rows = (("C001", 105.0, 30.0, 900), ("H9", 105.002, 30.001, 77))
    return write_rows(tmp_path / "demand.csv", DEMAND, *rows).read_bytes()


def send(app: FastAPI, where: str, body: Any, **headers: str) -> httpx.Response:  # noqa: ANN401 - bytes, or an iterator of them
    """Send a file as a page on this machine does, unless headers say otherwise."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(headers.pop("client", "127.0.0.1"), 4))
        usual = {"content-type": "application/octet-stream", "host": "localhost:8015"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            where_whole = f"/api/v1/imports/{where}"
            return await client.post(where_whole, content=body, headers=usual | headers)

    return run_apart(asked())


def refusal(response: httpx.Response) -> tuple[int, str]:
    error = response.json()["error"]
    assert error["message"].endswith(".")
    assert error["message_zh"].endswith("。")
    return response.status_code, error["code"]


def test_a_file_is_previewed_and_taken_and_stands_in_the_log(
    sql_engine: Engine, files: FilesIn, demand: bytes, tmp_path: Path
) -> None:
    app = app_of(sql_engine, replace(files, importer=importer(sql_engine)))
    where = "demand?crs=wgs84&file_name=小区.csv"
    before = kept(sql_engine)
    preview = send(app, f"{where}&dry_run=true", demand)
    assert preview.status_code == 200, preview.text
    assert kept(sql_engine) == before
    taken = send(app, where, demand)
    assert taken.json() == preview.json()
    assert (taken.json()["added"], taken.json()["unchanged"], taken.json()["people"]) == (1, 1, 977)
    assert Client(app).get("imports") == [
        {
            "id": 1,
            "kind": "demand",
            "file_name": "小区.csv",
            "digest": Client(app).get("imports")[0]["digest"],
            "crs": "wgs84",
            "at": "2026-11-20T10:00:00Z",
            "report": taken.json(),
        }
    ]
    again = send(app, where, demand).json()
    assert (again["is_known"], again["added"]) == (True, 0)
    streets = write_streets(tmp_path / "a.osm").read_bytes()
    assert send(app, "streets?file_name=a.osm", streets).json()["rows"] == 18
    outlets = write_rows(
        tmp_path / "o.csv", OUTLETS, ("N1", 105.0, 30.0, "staffed", "n9-gel")
    ).read_bytes()
    assert send(app, "outlets?file_name=o.csv&crs=wgs84", outlets).json()["added"] == 1
    assert [one["kind"] for one in Client(app).get("imports")] == ["outlets", "streets", "demand"]
    assert len(Client(app).get("imports?limit=2")) == 2
    # Nothing of what was sent lies about.
    assert list((tmp_path / "uploads").iterdir()) == []


def test_wrong_rows_are_listed_in_both_languages(
    app: FastAPI, sqlite_engine: Engine, tmp_path: Path
) -> None:
    before = kept(sqlite_engine)
    body = write_rows(
        tmp_path / "a.csv", DEMAND, ("H1", 105.0, 30.0, -5), ("H2", 999, 30.0, 5)
    ).read_bytes()
    response = send(app, "demand?crs=gcj02&file_name=a.csv", body)
    assert refusal(response) == (422, "rows_refused")
    told = response.json()
    assert [(one["row"], one["column"]) for one in told["rows"]] == [(2, "people"), (3, "lon")]
    assert "negative" in told["rows"][0]["why_en"]
    assert "不能为负" in told["rows"][0]["why_zh"]
    assert told["more"] is False
    assert kept(sqlite_engine) == before


WRONG: list[tuple[str, bytes, int, str]] = [
    ("demand?file_name=a.csv", b"id", 422, "parameter_missing"),
    ("outlets?file_name=a.csv", b"id", 422, "parameter_missing"),
    ("demand?file_name=a.csv&crs=beijing54", b"id", 422, "parameter_wrong"),
    ("demand?crs=wgs84", b"id", 422, "parameter_missing"),
    ("people?file_name=a.csv&crs=wgs84", b"id", 422, "parameter_wrong"),
    ("demand?file_name=a.csv&crs=wgs84&dry_run=perhaps", b"id", 422, "parameter_wrong"),
    ("demand?file_name=a.csv&crs=wgs84&column=people", b"id", 422, "file_refused"),
    ("demand?file_name=a.csv&crs=wgs84", b"", 422, "file_refused"),
    ("demand?file_name=a.csv&crs=wgs84", b"%PDF-1.7", 422, "file_refused"),
    ("demand?file_name=a.csv&crs=wgs84", b"id,lon,lat\n", 422, "file_refused"),
    ("streets?file_name=a.osm", b"no streets", 422, "file_refused"),
    ("demand?file_name=a.csv&crs=wgs84", b"x" * 2_001, 413, "file_too_large"),
    ("outlets?file_name=a.csv&crs=wgs84", b"x" * 2_001, 413, "file_too_large"),
    ("streets?file_name=a.osm", b"x" * 50_001, 413, "file_too_large"),
]


def test_what_cannot_be_taken_is_refused_in_words(app: FastAPI, sqlite_engine: Engine) -> None:
    before = kept(sqlite_engine)
    for where, body, status, code in WRONG:
        assert refusal(send(app, where, body)) == (status, code), (where, body[:20])
    assert kept(sqlite_engine) == before


def test_a_file_without_a_length_is_counted_as_it_comes(app: FastAPI, tmp_path: Path) -> None:
    sent: list[int] = []

    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            sent.append(1_000)
            yield b"x" * 1_000

    assert refusal(send(app, "demand?crs=wgs84&file_name=a.csv", pieces(2))) == (
        422,
        "file_refused",
    )
    assert refusal(send(app, "demand?crs=wgs84&file_name=a.csv", pieces(900))) == (
        413,
        "file_too_large",
    )
    for length in ("-1", "many", "9" * 40):
        refused = send(app, "demand?crs=wgs84&file_name=a.csv", b"", **{"content-length": length})
        assert refused.status_code == 413, length
    assert list((tmp_path / "uploads").iterdir()) == []


def test_another_site_s_page_cannot_send_a_file(
    app: FastAPI, sqlite_engine: Engine, demand: bytes
) -> None:
    before = kept(sqlite_engine)
    for headers in WRONG_HOSTS:
        response = send(app, "demand?crs=wgs84&file_name=a.csv", demand, **headers)
        assert refusal(response) == (403, "writing_refused"), headers
    assert kept(sqlite_engine) == before


def test_what_a_form_can_send_is_no_file(app: FastAPI, demand: bytes) -> None:
    for kind in ("text/plain", "multipart/form-data", "application/json", ""):
        response = send(app, "demand?crs=wgs84&file_name=a.csv", demand, **{"content-type": kind})
        assert refusal(response) == (415, "not_a_file"), kind


def test_a_page_of_ours_may_send_one(app: FastAPI, demand: bytes) -> None:
    ours = {"origin": "http://localhost:8015", "sec-fetch-site": "same-origin"}
    assert send(app, "demand?crs=wgs84&file_name=a.csv", demand, **ours).status_code == 200


def test_one_file_at_a_time(sqlite_engine: Engine, demand: bytes) -> None:
    begun, end = threading.Event(), threading.Event()

    def slow(_wish: ImportWish, /) -> ImportReport | Refused:
        begun.set()
        assert end.wait(10)
        return ImportReport(rows=1)

    app = app_of(sqlite_engine, FilesIn(importer=slow))
    answers: list[int] = []
    where = "demand?crs=wgs84&file_name=a.csv"
    first = threading.Thread(target=lambda: answers.append(send(app, where, demand).status_code))
    first.start()
    assert begun.wait(10)
    try:
        assert refusal(send(app, where, demand)) == (409, "import_running")
    finally:
        end.set()
        first.join(10)
    assert answers == [200]
    assert send(app, where, demand).status_code == 200


def test_a_mistake_of_ours_lets_the_next_file_have_its_turn(
    sqlite_engine: Engine, demand: bytes
) -> None:
    failures: list[Exception] = [ZeroDivisionError(), StoreUnavailableError()]

    def shaky(_wish: ImportWish, /) -> ImportReport | Refused:
        if failures:
            raise failures.pop(0)
        return ImportReport(rows=1)

    app = app_of(sqlite_engine, FilesIn(importer=shaky))
    where = "demand?crs=wgs84&file_name=a.csv"
    assert [send(app, where, demand).status_code for _ in range(3)] == [500, 503, 200]


def test_what_is_asked_for_reaches_the_importer(sqlite_engine: Engine, demand: bytes) -> None:
    wishes: list[tuple[ImportWish, bytes]] = []

    def note(wish: ImportWish, /) -> ImportReport | Refused:
        wishes.append((wish, wish.path.read_bytes()))
        return ImportReport(rows=1)

    app = app_of(sqlite_engine, FilesIn(importer=note))
    rest = "crs=bd09&replace=true&dry_run=true&sheet=Two&column=people=women&column=id=no"
    assert send(app, f"demand?file_name=../../etc/人.csv&{rest}", demand).status_code == 200
    [(wish, body)] = wishes
    assert body == demand
    assert wish.path.name == "人.csv"
    assert not wish.path.exists()
    assert (wish.crs, wish.replace, wish.dry_run, wish.sheet) == ("bd09", True, True, "Two")
    assert wish.columns == {"people": "women", "id": "no"}


def test_without_room_it_is_said(sqlite_engine: Engine, files: FilesIn, demand: bytes) -> None:
    app = app_of(sqlite_engine, replace(files, folder=Path("/nowhere/at/all")))
    response = send(app, "demand?crs=wgs84&file_name=a.csv", demand)
    assert refusal(response) == (503, "no_room")


def test_without_an_importer_files_have_no_address(sqlite_engine: Engine) -> None:
    app = app_of(sqlite_engine, None)
    assert send(app, "demand?crs=wgs84&file_name=a.csv", b"x").status_code == 405
    assert Client(app).get("imports") == []


def test_its_part_of_the_document_is_whole(app: FastAPI, demand: bytes) -> None:
    document = Client(app).get("openapi.json")
    route = document["paths"]["/api/v1/imports/{kind}"]["post"]
    assert "application/octet-stream" in route["requestBody"]["content"]
    assert set(route["responses"]) == {"200", "403", "409", "413", "415", "422", "503"}
    report = send(app, "demand?crs=wgs84&file_name=a.csv", demand).json()
    refused = send(app, "demand?crs=wgs84&file_name=a.csv", b"x").json()
    missing = send(app, "demand?file_name=a.csv", b"x").json()
    for status, value in (("200", report), ("422", refused), ("422", missing)):
        answer = route["responses"][status]["content"]["application/json"]
        schema = {**answer["schema"], "components": document["components"]}
        for one in (value, answer["example"]):
            jsonschema.Draft202012Validator(schema).validate(one)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"),
        ("小区 2026.xlsx", "小区 2026.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\a.csv", "a.csv"),
        ("..", "file"),
        ("/", "file"),
        (".hidden", "hidden"),
        ("a\x00b\n.csv", "ab.csv"),
        ("字" * 300, "字" * (NAME_BYTES_MAX // 3)),
    ],
)
def test_a_file_s_name_can_do_no_harm(name: str, safe: str) -> None:
    assert safe_name(name) == safe
