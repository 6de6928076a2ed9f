"""A missing or wrong setting ends the start with one sentence that names it, not a traceback."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from broker.ports import free_port
from tests.live.running import run_once

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nowhere"


def refused(*arguments: str, settings: Mapping[str, str]) -> str:
    """Run a command that must end at once, and return the one sentence that it said."""
    done = run_once("service", *arguments, settings=settings)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    return lines[0]


def settings_for(folder: Path, **others: str | None) -> dict[str, str]:
    usual: dict[str, str | None] = {
        "DATA_FOLDER": str(folder),
        "BROKER_PASSWORD": "a-password",
        "BROKER_PORT": str(free_port(0)[0]),
        "API_PORT": str(free_port(0)[0]),
    }
    given = {**usual, **others}
    return {f"CIRCLE15_{name}": value for name, value in given.items() if value is not None}


@pytest.fixture
def folder(tmp_path: Path, laid_out: Path) -> Path:
    """A data folder whose database has a district."""
    shutil.copy(laid_out, tmp_path / "circle15.db")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BROKER_PASSWORD", None),
        ("BROKER_PORT", "99999"),
        ("API_PORT", "eighty"),
        ("DATABASE_URL", "mysql://somewhere/else"),
        ("DATABASE_URL", NOWHERE),
        ("REGION", "chengdu"),
        ("REGION", "510105"),
        ("BROKER_HOST", ""),
        ("BROKER_OTHERS", "n2:99999"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(folder: Path, name: str, value: str | None) -> None:
    said = refused("run", settings=settings_for(folder, **{name: value}))
    assert f"CIRCLE15_{name}" in said


def test_a_database_without_a_district_says_what_to_run(tmp_path: Path) -> None:
    said = refused("run", settings=settings_for(tmp_path))
    assert "import district" in said


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    said = refused("run", settings=settings_for(tmp_path / "taken"))
    assert "CIRCLE15_DATA_FOLDER" in said


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "circle15.db").write_text("not a database at all, but long enough" * 50)
    said = refused("run", settings=settings_for(tmp_path))
    assert "CIRCLE15_DATABASE_URL" in said or "circle15.db" in said


def test_a_page_port_that_is_taken_is_named(folder: Path, open_broker_port: int) -> None:
    taken = settings_for(folder, API_PORT=str(open_broker_port))
    assert "CIRCLE15_API_PORT" in refused("run", settings=taken)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"type":"FeatureCollection","features":[]}', b"\xff\xfe"]
)
def test_a_garbage_district_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "garbage.json"
    file.write_bytes(content)
    said = refused("import", "district", str(file), settings=settings_for(tmp_path))
    assert "garbage.json" in said


def test_a_district_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    file = str(tmp_path / "nowhere.json")
    assert "nowhere.json" in refused("import", "district", file, settings=settings_for(tmp_path))
