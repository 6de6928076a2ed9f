"""What ``python -m service import`` says and does, for the small district on SQLite."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.__main__ import app
from service.commands.imports import ImportRefusedError
from service.domain.imports import ImportFileError
from tests.support.import_files import DEMAND, OUTLETS, write_rows, write_streets


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "circle15.db")
    return tmp_path


def say(folder: Path, *words: str | Path, code: int = 0) -> str:
    env = {"CIRCLE15_DATA_FOLDER": str(folder), "CIRCLE15_BROKER_PASSWORD": "none", "COLUMNS": "90"}
    ran = CliRunner().invoke(app, ["import", *map(str, words)], env=env)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    assert ran.exit_code == code, ran.output
    return ran.output


def test_each_kind_is_taken_and_told_of_in_a_table(folder: Path) -> None:
    streets = write_streets(folder / "streets.osm")
    assert "Nothing was written" in say(folder, "streets", streets, "--dry-run")
    told = say(folder, "streets", streets).splitlines()
    assert told[0].split() == ["walkable", "ways", "道路", "18"]
    columns = ("id", "lon", "lat", "women_15_49")
    demand = write_rows(folder / "demand.csv", columns, ("C001", 105, 30, 900), ("H1", 105, 30, 7))
    mapped = ("--crs", "wgs84", "--column", "people=women_15_49")
    told = say(folder, "demand", demand, *mapped, "--replace").splitlines()
    assert [line.split()[-1] for line in told[:6]] == ["2", "1", "0", "1", "2", "907"]
    assert told[4].split()[:2] == ["removed", "删除"]
    assert "imported last; nothing changed" in say(folder, "demand", demand, *mapped, "--replace")
    outlets = write_rows(folder / "o.csv", OUTLETS, ("N1", 105.2, 30, "staffed", "n9-gel"))
    told = say(folder, "outlets", outlets, "--crs", "wgs84").splitlines()
    assert told[0].split() == ["outlets", "网点", "1"]
    assert any(line.startswith("farther than 100 m") for line in told)
    assert any("always open" in line for line in told)


def test_the_coordinate_system_has_to_be_said(folder: Path) -> None:
    path = write_rows(folder / "a.csv", DEMAND, ("H1", 105, 30, 1))
    assert "--crs" in say(folder, "demand", path, code=2)
    assert "--crs" in say(folder, "outlets", path, code=2)
    assert "beijing54" in say(folder, "demand", path, "--crs", "beijing54", code=2)


def test_wrong_rows_are_told_of_twenty_at_a_time(folder: Path) -> None:
    rows = [(f"H{number}", 105, 30, -1) for number in range(23)]
    with pytest.raises(ImportRefusedError) as refused:
        say(folder, "demand", write_rows(folder / "a.csv", DEMAND, *rows), "--crs", "gcj02")
    lines = str(refused.value).splitlines()
    assert lines[0] == "a.csv: nothing was imported."
    assert lines[1].startswith("Row 2, column people: people cannot be negative")
    assert len(lines) == 22
    assert lines[-1] == "… and 3 other mistakes."


def test_a_file_that_cannot_be_read_is_one_sentence(folder: Path) -> None:
    for kind in ("demand", "outlets"):
        with pytest.raises(ImportFileError, match="There is no file"):
            say(folder, kind, folder / "nowhere.csv", "--crs", "wgs84")
    with pytest.raises(ImportFileError, match="cannot be read: No such file"):
        say(folder, "streets", folder / "nowhere.osm")
