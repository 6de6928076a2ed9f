"""What ``python -m service archive`` says and does, for a district on SQLite."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.__main__ import app
from service.domain.archive import ArchiveError
from service.settings import SettingsError, read_settings
from service.store.engine import open_engine
from tests.support.archive import Place, spring


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "circle15.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'circle15.db'}")
    spring(Place(engine, tmp_path / "archive"))
    engine.dispose()
    return tmp_path


def _say(folder: Path, *words: str, months: int = 2) -> str:
    env = {
        "CIRCLE15_DATA_FOLDER": str(folder),
        "CIRCLE15_FACTS_FOR_MONTHS": str(months),
        "CIRCLE15_BROKER_PASSWORD": "none",
    }
    ran = CliRunner().invoke(app, ["archive", *words], env=env)
    if ran.exception is not None:
        raise ran.exception
    return ran.output


def test_closed_months_that_are_old_enough_go_and_the_others_are_told_of(folder: Path) -> None:
    assert "kept for ever" in _say(folder, months=0)
    assert _say(folder, months=1_200).startswith("No month with facts is older than 1200 months")
    assert _say(folder).splitlines() == [
        "2025-02 is not closed: its facts stay.",
        "2025-03: 62 facts are in 2025-03.parquet now.",
        "2025-04 is not closed: its facts stay.",
        "2025-05 is not closed: its facts stay.",
    ]
    shutil.copy(folder / "archive" / "2025-03.parquet", folder / "archive" / "copy.parquet")
    told = _say(folder, "list").splitlines()
    assert [" ".join(line.split()[:4]) for line in told[:4]] == [
        "2025-02 open 28 facts",
        "2025-03 closed 62 facts",
        "2025-04 open 39 facts",
        "2025-05 open 11 facts",
    ]
    assert told[1].endswith("2025-03.parquet")
    assert told[4].startswith("copy.parquet is not on record")
    (folder / "archive" / "2025-03.parquet").unlink()
    assert "2025-03.parquet, which is MISSING" in _say(folder, "list")


def test_an_archived_month_is_read_and_brought_back(folder: Path) -> None:
    _say(folder)
    shown = list(csv.DictReader(io.StringIO(_say(folder, "show", "2025-03"))))
    assert len(shown) == 62
    assert {(one["kiosk_id"], one["happened_at"][:7]) for one in shown} == {
        ("K0001", "2025-03"),
        ("K0002", "2025-03"),
    }
    lines = _say(folder, "show", "2025-03", "--kiosk", "K0002", "--format", "json").splitlines()
    facts = [json.loads(line) for line in lines]
    assert [one["sequence"] for one in facts] == list(range(1, 32))
    assert "body" not in facts[0]
    assert "K0002" not in _say(folder, "show", "2025-03", "--site", "S001", "--item", "condom-52")
    assert "62 facts are in the database again" in _say(folder, "restore", "2025-03")
    with pytest.raises(ArchiveError, match="2025-03 is not in the archive"):
        _say(folder, "show", "2025-03")
    with pytest.raises(ArchiveError, match="March is no month"):
        _say(folder, "restore", "March")


def test_a_month_that_pages_show_cannot_be_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIRCLE15_BROKER_PASSWORD", "none")
    monkeypatch.setenv("CIRCLE15_FACTS_FOR_MONTHS", "1")
    with pytest.raises(SettingsError, match="CIRCLE15_FACTS_FOR_MONTHS"):
        read_settings()
