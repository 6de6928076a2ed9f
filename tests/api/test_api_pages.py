"""The built pages, the headers of every answer, and compression."""

from pathlib import Path
from urllib.parse import urljoin

import pytest
from sqlalchemy import Engine

from service.api.app import build_app
from tests.api.client import Client
from tests.api.conftest import World
from tests.api.story import reads_of

ASSET = "assets/index-D85leHpl.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "where.html").write_text("<!doctype html>where", encoding="utf-8")
    (folder / "index.html").write_text("<!doctype html>the page", encoding="utf-8")
    (folder / ASSET).write_text("let x = 1;" * 1_000, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


def client_of(engine: Engine, pages: Path | None) -> Client:
    readiness = World().readiness()
    app = build_app(reads_of(engine), readiness=readiness, pages=pages, new_id=lambda: "n")
    return Client(app)


def test_the_page_is_always_fresh_and_its_hashed_files_are_for_ever(
    sqlite_engine: Engine, folder: Path
) -> None:
    client = client_of(sqlite_engine, folder)
    for address in ("/", "/index.html"):
        page = client.ask(address)
        assert page.text == "<!doctype html>the page"
        assert page.headers["cache-control"] == "no-cache"
        assert page.headers["content-type"].startswith("text/html")
    asset = client.ask(f"/{ASSET}")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    assert client.ask("/", method="HEAD").status_code == 200


def test_the_page_for_residents_is_found_with_a_slash_at_its_end(
    sqlite_engine: Engine, folder: Path
) -> None:
    client = client_of(sqlite_engine, folder)
    assert client.ask("/where").text == "<!doctype html>where"
    for asked, there in (("/where/", "/where"), ("/where/?item=n9-gel", "/where?item=n9-gel")):
        response = client.ask(asked)
        assert response.status_code == 308
        # Relative, so that it holds below the path of a proxy, too.
        assert response.headers["location"].startswith("../")
        assert urljoin(f"http://api{asked}", response.headers["location"]) == f"http://api{there}"
    assert client.ask("/where/", method="HEAD").status_code == 308


@pytest.mark.parametrize(
    "address",
    [
        "/where/x",
        "/where//",
        "/index/",
        "/nothing.js",
        "/assets/",
        "/%00",
        "/..%2Fsecret.txt",
        "/../secret.txt",
        "/" + "a" * 500,
    ],
)
def test_what_is_not_a_page_is_not_there(sqlite_engine: Engine, folder: Path, address: str) -> None:
    response = client_of(sqlite_engine, folder).ask(address)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_pages_that_are_not_built_are_said_plainly(sqlite_engine: Engine, tmp_path: Path) -> None:
    for pages in (None, tmp_path / "nowhere"):
        response = client_of(sqlite_engine, pages).ask("/")
        assert response.status_code == 503
        assert "make demo" in response.text
        assert "网页尚未构建" in response.text


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(
    sqlite_engine: Engine, folder: Path
) -> None:
    client = client_of(sqlite_engine, folder)
    for address in ("/", "/api/v1/kiosks", "/api/v1/nothing", "/api/v1/alerts?limit=x", "/x.js"):
        headers = client.ask(address).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; worker-src")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert client.ask("/api/v1/kiosks").headers["cache-control"] == "no-store"


def test_long_answers_are_compressed_where_the_reader_can_take_it(
    sqlite_engine: Engine, folder: Path
) -> None:
    client = client_of(sqlite_engine, folder)
    assert client.ask(f"/{ASSET}").headers["content-encoding"] == "gzip"
    plain = client.ask(f"/{ASSET}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in client.ask("/api/v1/health").headers
