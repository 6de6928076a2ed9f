"""The dashboard's file is the one that its code writes, and Grafana can lay it out."""

import itertools
import json
import re
from typing import Any, Final

import pytest

from dashboards.__main__ import main
from dashboards.district import FILE, UID, district, written

PANELS: Final[list[dict[str, Any]]] = district()["panels"]
VIEWS: Final = {"v_kiosk_now", "v_incident_open", "v_day_total", "v_month_total", "v_coverage"}
_CHINESE, _ENGLISH = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{3}")


def test_the_file_has_not_drifted_from_its_code() -> None:
    assert FILE.read_text(encoding="utf-8") == written() == written()
    assert main(["--check"]) == 0


def test_panels_have_numbers_of_their_own() -> None:
    numbers = [panel["id"] for panel in PANELS]
    assert len(set(numbers)) == len(numbers)


def test_panels_stand_on_the_grid_and_none_on_another() -> None:
    for panel in PANELS:
        place = panel["gridPos"]
        assert min(place.values()) >= 0
        assert place["w"] > 0 < place["h"]
        assert place["x"] + place["w"] <= 24
    for one, other in itertools.combinations([panel["gridPos"] for panel in PANELS], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_target_asks_the_chosen_database(panel: dict[str, Any]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        assert target["datasource"]["uid"] == "${database}"
        assert target["rawSql"].strip()
        assert target["format"] in {"table", "time_series"}
        named = re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", target["rawSql"])
        assert set(named) - {"held"} <= VIEWS


def test_titles_are_chinese_with_english_beside() -> None:
    for title in (district()["title"], *(panel["title"] for panel in PANELS)):
        zh, _, en = title.partition(" · ")
        assert _CHINESE.search(zh), title
        assert _ENGLISH.search(en), title
        assert not _CHINESE.search(en), title


def test_nothing_is_fetched_from_anywhere() -> None:
    text = written()
    assert "://" not in text
    [geomap] = [panel for panel in PANELS if panel["type"] == "geomap"]
    base = geomap["options"]["basemap"]
    assert base["type"] == "xyz", "without a type or an address Grafana asks its own tile server"
    assert base["config"]["url"].startswith("data:image/png;base64,")


def test_grafana_is_told_what_makes_a_dashboard() -> None:
    told = json.loads(written())
    assert told["uid"] == UID
    assert len(UID) <= 40
    assert told["schemaVersion"] >= 36, "older ones named data sources differently"
    [database, item] = told["templating"]["list"]
    assert (database["type"], database["name"]) == ("datasource", "database")
    assert (item["type"], item["name"], item["datasource"]["uid"]) == (
        *("query", "item"),
        "${database}",
    )
    assert [one["repeat"] for one in told["panels"] if "repeat" in one] == ["item"]
