"""Candidate places: read from a file in a stated system, and walked to as the circle is walked."""

from pathlib import Path

import numpy as np
import pytest

from service.domain.circle import Standing
from service.domain.coordinates import Crs, from_wgs84
from service.domain.district import Named
from service.domain.imports import ImportFileError, Refused
from service.flows.reads.decisions import Candidates
from service.flows.siting import CANDIDATES_MAX
from service.geo.candidates_file import read_candidates
from service.geo.network import build_network
from service.geo.survey import Survey
from tests.support.decisions import FakeCircles, circle_now, reaching
from tests.support.plans import NOW
from tests.support.streets import lon_lat_of, streets_of


def written(folder: Path, text: str) -> Path:
    path = folder / "places.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_candidates_are_read_in_the_system_that_is_stated(tmp_path: Path) -> None:
    here = np.array([[104.06, 30.67], [104.07, 30.68]])
    moved = from_wgs84(here, Crs.BD09).tolist()
    rows = [f"P{number},{lon!r},{lat!r},市场{number}" for number, (lon, lat) in enumerate(moved)]
    path = written(tmp_path, "\n".join(["编号,经度,纬度,名称", *rows]))
    found = read_candidates(path, crs=Crs.BD09)
    assert isinstance(found, Candidates)
    assert found.ids == ("P0", "P1")
    assert found.places == pytest.approx(here, abs=1e-7)
    assert found.names["P1"] == Named("市场1", "市场1")


def test_a_file_with_one_wrong_row_gives_no_candidate(tmp_path: Path) -> None:
    path = written(tmp_path, "id,lon,lat\nP1,104,30\nP1,104,930\n")
    found = read_candidates(path, crs=Crs.WGS84)
    assert isinstance(found, Refused)
    assert [(one.row, one.column) for one in found.rows] == [(3, "id"), (3, "lat")]


def test_more_candidates_than_can_be_weighed_are_refused(tmp_path: Path) -> None:
    rows = [f"P{number},104,30" for number in range(CANDIDATES_MAX + 1)]
    path = written(tmp_path, "\n".join(["id,lon,lat", *rows]))
    with pytest.raises(ImportFileError, match=r"5,001 candidates and 5,000 can be weighed"):
        read_candidates(path, crs=Crs.WGS84)


def candidates_at(*places_m: tuple[float, float]) -> Candidates:
    ids = tuple(f"P{number}" for number in range(len(places_m)))
    return Candidates(ids=ids, places=lon_lat_of(list(places_m)), names={})


def circle_at(*places_m: tuple[float, float]) -> FakeCircles:
    relation = reaching([set[int]()] * len(places_m), outlets=1)
    item = {"condom-52": [Standing.IN_STOCK]}
    circle = circle_now(relation, [100] * len(places_m), item, at=NOW)
    circle.community_places[:] = lon_lat_of(list(places_m))
    return FakeCircles(circle)


def test_without_streets_candidates_are_reached_by_straight_line() -> None:
    circles = circle_at((0, 0), (700, 0), (2_000, 0))
    found = Survey(circles, lambda: None).reach_of(candidates_at((0, 0), (2_600, 0)))
    assert found.is_estimate
    assert found.limit_m == circles.circle.relation.limit_m
    assert found.community_ids == circles.circle.relation.community_ids
    assert [found.of_community(one)[0].tolist() for one in range(3)] == [[0], [0], [1]]
    assert found.of_community(1)[1].tolist() == pytest.approx([980], abs=2)


def test_with_streets_candidates_are_reached_along_them() -> None:
    # The way goes round: 300 m up, 300 m over, 300 m down, where the crow flies 300 m.
    streets = streets_of([(0, 0), (0, 300), (300, 300), (300, 0)], [[0, 1, 2, 3]])
    circles = circle_at((0, 0), (300, 300))
    network = build_network(streets)
    found = Survey(circles, lambda: network).reach_of(candidates_at((300, 0)))
    assert not found.is_estimate
    walks = [found.of_community(one)[1].tolist() for one in range(2)]
    assert walks == [pytest.approx([900], abs=2), pytest.approx([300], abs=2)]
