"""What a report points out: another coordinate system, islands, and columns by the file's names."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from service.domain.coordinates import Crs, from_wgs84
from service.domain.district import MapLine
from service.domain.imports import Refused
from service.flows.ports_imports import ImportKind
from service.store.engine import writing
from service.store.registry import lay_out
from tests.support.import_files import (
    DEMAND,
    OUTLETS,
    importer,
    refuse,
    take,
    wish,
    write_rows,
    write_streets,
)
from tests.support.plans import NOW, small_district
from tests.support.street_files import Way, osm_xml

CELL_DEG = 0.008 / 30
CLUSTER = np.array([(105.0 + x * CELL_DEG, 30.0 + x % 5 * CELL_DEG) for x in range(30)])
EDGE_DEG = 0.002
"""A fifth of a kilometre: less than another system moves a point."""


def written_as(crs: Crs, path: Path, *, first: str = "H", people: int = 1) -> Path:
    rows = [
        (f"{first}{number}", lon, lat, people)
        for number, (lon, lat) in enumerate(from_wgs84(CLUSTER, crs).tolist())
    ]
    return write_rows(path, DEMAND, *rows)


def hint(engine: Engine, path: Path, crs: Crs = Crs.WGS84) -> Crs | None:
    return take(engine, ImportKind.DEMAND, path, crs=crs, dry_run=True).likely_crs


def test_the_same_places_are_asked_where_there_are_no_streets(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    take(sqlite_engine, ImportKind.DEMAND, written_as(Crs.WGS84, tmp_path / "first.csv"))
    for crs in Crs:
        # Other people: another file, and no place of it moved.
        path = written_as(crs, tmp_path / f"{crs}.csv", people=2)
        assert hint(sqlite_engine, path) == (None if crs is Crs.WGS84 else crs)
        assert hint(sqlite_engine, path, crs) is None


def test_the_outline_of_the_district_is_asked_where_all_places_are_new(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    (west, south), (east, north) = CLUSTER.min(axis=0) - EDGE_DEG, CLUSTER.max(axis=0) + EDGE_DEG
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    border = MapLine(
        layer="boundary", properties={}, geometry={"type": "Polygon", "coordinates": [ring]}
    )
    with writing(sqlite_engine).begin() as connection:
        lay_out(connection, replace(small_district(), lines=(border,)), at=NOW)
    for crs in (Crs.WGS84, Crs.GCJ02):
        path = written_as(crs, tmp_path / f"{crs}.csv")
        assert hint(sqlite_engine, path) == (None if crs is Crs.WGS84 else crs)
        assert hint(sqlite_engine, path, crs) is None


def test_any_place_is_asked_where_nothing_else_is_known(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    take(sqlite_engine, ImportKind.DEMAND, written_as(Crs.WGS84, tmp_path / "first.csv"))
    for crs in (Crs.WGS84, Crs.BD09):
        path = written_as(crs, tmp_path / f"{crs}.csv", first="N")
        assert hint(sqlite_engine, path) == (None if crs is Crs.WGS84 else crs)


def test_a_few_places_are_no_ground_for_a_hint(sqlite_engine: Engine, tmp_path: Path) -> None:
    take(sqlite_engine, ImportKind.DEMAND, written_as(Crs.WGS84, tmp_path / "first.csv"))
    moved = from_wgs84(CLUSTER[:5], Crs.BD09).tolist()
    rows = [(f"H{number}", lon, lat, 2) for number, (lon, lat) in enumerate(moved)]
    assert hint(sqlite_engine, write_rows(tmp_path / "few.csv", DEMAND, *rows)) is None


def write_island(path: Path) -> Path:
    """Write a street, and beside it a shorter one that leads to no other."""
    nodes = [(1, 105.0, 30.0), (2, 105.02, 30.0), (3, 105.0, 30.004), (4, 105.002, 30.004)]
    path.write_text(osm_xml(nodes, [Way([1, 2]), Way([3, 4])]), encoding="utf-8")
    return path


def test_people_and_outlets_on_islands_are_told_with_every_file(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    streets = take(sqlite_engine, ImportKind.STREETS, write_island(tmp_path / "streets.osm"))
    [pieces] = streets.warnings
    assert pieces.en.startswith("Pieces that no street joins to the largest: 1, ")
    # The third is 500 metres and more from any street: it walks to none.
    rows = [
        ("H1", 105.001, 30.0041, 40),
        ("H2", 105.001, 30.0, 7),
        ("H3", 105.001, 30.0095, 5),
        ("H4", 105.0, 30.0039, 2),
    ]
    path = write_rows(tmp_path / "demand.csv", DEMAND, *rows)
    [islands] = take(sqlite_engine, ImportKind.DEMAND, path).warnings
    assert islands.en.startswith("The nearest street of 42 people in 2 communities is joined to no")
    assert islands.zh.startswith("2 个社区共 42 人最近的道路与主要路网不相连")
    outlet = ("S009", 105.001, 30.0041, "paid", "condom-52")
    path = write_rows(tmp_path / "outlets.csv", OUTLETS, outlet)
    [*_, islands] = take(sqlite_engine, ImportKind.OUTLETS, path).warnings
    assert islands.en.startswith("The nearest street of 1 outlets is joined to no other")
    again = take(sqlite_engine, ImportKind.STREETS, write_island(tmp_path / "again.osm"))
    assert [one.en.partition(" is ")[0] for one in again.warnings[1:3]] == [
        "The nearest street of 42 people in 2 communities",
        "The nearest street of 1 outlets",
    ]
    whole = take(sqlite_engine, ImportKind.STREETS, write_streets(tmp_path / "whole.osm"))
    assert whole.warnings == ()


def test_what_the_district_finds_wrong_is_told_by_the_file_s_own_columns(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    demand = write_rows(
        tmp_path / "demand.csv",
        ("编号", "经度", "纬度", "育龄人口", "街道代码"),
        ("H1", 0.0, 0.0, 10, ""),
        ("H2", 105.0, 30.0, 10, "999901009"),
    )
    assert refuse(sqlite_engine, ImportKind.DEMAND, demand) == [(2, "经度"), (3, "街道代码")]
    outlets = write_rows(
        tmp_path / "outlets.csv",
        ("网点编号", "lng", "lat", "网点类型", "药具"),
        ("S001", 105.001, 30.0, "人工", "condom-52"),
        ("K0002", 105.001, 30.0, "自助机", "condom-52"),
        ("S003", 105.001, 30.0, "人工", "pill-9"),
    )
    told = [(2, "网点类型"), (3, "网点编号"), (4, "药具")]
    assert refuse(sqlite_engine, ImportKind.OUTLETS, outlets) == told
    mapped = write_rows(tmp_path / "mapped.csv", ("cell", "east", "lat", "n"), ("H1", 0.0, 0.0, 10))
    columns = {"id": "cell", "lon": "east", "people": "n"}
    done = importer(sqlite_engine)(wish(ImportKind.DEMAND, mapped, columns=columns))
    assert isinstance(done, Refused)
    [error] = done.rows
    assert error.words.en.startswith("Row 2, column east: the point (0.0000, 0.0000) is ")


def test_a_column_that_the_file_has_not_is_told_by_our_name(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with writing(sqlite_engine).begin() as connection:
        for table in ("community", "slot", "kiosk", "site"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own names
    path = write_rows(tmp_path / "demand.csv", DEMAND, ("H1", 105.0, 30.0, 10))
    assert refuse(sqlite_engine, ImportKind.DEMAND, path) == [(2, "town_code")]
