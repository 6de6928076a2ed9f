"""What ``python -m service site`` says, for the small district on SQLite."""

import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.commands.site import site
from service.settings import SettingsError

APP = typer.Typer()
APP.command()(site)


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    shutil.copy(sqlite_template, tmp_path / "circle15.db")
    return tmp_path


def say(folder: Path, *words: str) -> str:
    env = {
        "CIRCLE15_DATA_FOLDER": str(folder),
        "CIRCLE15_BROKER_PASSWORD": "none",
        "CIRCLE15_CIRCLE_OUTLETS": "kiosk",
    }
    ran = CliRunner().invoke(APP, list(words), env=env)
    if ran.exception is not None:
        raise ran.exception
    return ran.output


def test_new_sites_are_listed_with_what_each_adds_and_the_proof(folder: Path) -> None:
    told = say(folder, "condom-52", "--count", "2", "--prove")
    assert "straight line × 1.4, estimate" in told
    rows = [line.split("│")[1:-1] for line in told.splitlines() if line.startswith("│")]
    # No kiosk has said anything yet: nobody is served. The first two communities are neighbours.
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["1", "C001", "Community 1", "社区1", "105.00000", "30.00000", "1,300", "1,300", "1,300"],
        ["2", "C003", "Community 3", "社区3", "106.00000", "30.00000", "50", "50", "1,350"],
    ]
    assert "1,350 of 1,350 people whom no outlet serves" in told
    assert "no choice of so many sites covers more." in told


def test_candidates_come_from_a_file_whose_coordinate_system_is_said(folder: Path) -> None:
    path = folder / "places.csv"
    path.write_text("id,lon,lat\nP1,105.002,30.0\nP2,105.5,30.0\n", encoding="utf-8")
    told = say(folder, "condom-52", "--candidates", str(path), "--crs", "wgs84")
    assert "1,300 of 1,350 people" in told
    assert "2 given places" in told
    assert "P1" in told
    assert "P2" not in told
    with pytest.raises(SettingsError, match=r"--crs one of wgs84, gcj02, bd09"):
        say(folder, "condom-52", "--candidates", str(path))


def test_what_cannot_be_answered_is_said_in_one_sentence(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"no item condom-99; there are condom-52, n9-film"):
        say(folder, "condom-99")
    path = folder / "places.csv"
    path.write_text("id,lon,lat\nP1,105.002,95\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"places.csv was not taken: Row 2, column lat"):
        say(folder, "condom-52", "--candidates", str(path), "--crs", "wgs84")
    with pytest.raises(SettingsError, match=r"There is no file"):
        say(folder, "condom-52", "--candidates", str(folder / "no.csv"), "--crs", "wgs84")
