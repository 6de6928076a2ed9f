"""A demand file is taken whole, in WGS-84, or not at all with each wrong cell told of."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.domain.coordinates import Crs, from_wgs84
from service.domain.district import CommunityPlan, Named, Place
from service.domain.imports import DemandFile, ImportFileError, Refused
from service.geo import fields
from service.geo.demand_file import read_demand

HEADER = "id,name,name_en,town_code,lon,lat,people"
LINE = "c-1,杏林小区,Apricot Court,370102001,117.02,36.65,120"


def written(folder: Path, body: bytes | str, name: str = "demand.csv") -> Path:
    path = folder / name
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def taken(folder: Path, body: bytes | str, crs: Crs = Crs.WGS84, **columns: str) -> DemandFile:
    answer = read_demand(written(folder, body), crs=crs, columns=columns)
    assert isinstance(answer, DemandFile), answer
    return answer


def wrong(folder: Path, *lines: str, header: str = HEADER) -> list[str]:
    answer = read_demand(written(folder, "\n".join((header, *lines))), crs=Crs.WGS84)
    assert isinstance(answer, Refused)
    return [error.words.en for error in answer.rows]


def test_a_row_becomes_a_community(tmp_path: Path) -> None:
    answer = taken(tmp_path, f"{HEADER}\n{LINE}\n")
    assert answer.rows == (
        CommunityPlan(
            id="c-1",
            name=Named("杏林小区", "Apricot Court"),
            town_code="370102001",
            place=Place(117.02, 36.65),
            people=120,
        ),
    )
    assert (answer.row_numbers, answer.skipped, answer.warnings) == ((2,), 0, ())
    assert (answer.source.file_name, answer.source.crs) == ("demand.csv", Crs.WGS84)
    assert len(answer.source.digest) == 64


def test_a_gbk_file_from_a_spreadsheet_with_a_chinese_header_is_read(tmp_path: Path) -> None:
    header = "小区编号；名称；经度（°）；纬度（°）；育龄 人数（人）"
    body = f"{header}\r\nc-1；杏林；117.02；36.65；１，２３４\r\n".replace("；", "\t")
    [row] = taken(tmp_path, body.encode("gbk")).rows
    assert (row.id, row.name, row.people) == ("c-1", Named("杏林", "杏林"), 1_234)
    assert (row.place, row.town_code) == (Place(117.02, 36.65), "")


def test_a_grid_cell_without_a_name_is_called_by_its_id(tmp_path: Path) -> None:
    [row] = taken(tmp_path, "ID,Longitude,Latitude,People\n89a901,-51.2,-30.1,7").rows
    assert row.name == Named("89a901", "89a901")
    assert row.place == Place(-51.2, -30.1)


@pytest.mark.parametrize("crs", list(Crs))
def test_places_are_turned_into_wgs84(tmp_path: Path, crs: Crs) -> None:
    lon, lat = from_wgs84(np.array([[117.02, 36.65]]), crs)[0]
    [row] = taken(tmp_path, f"id,lon,lat,people\na,{lon},{lat},1", crs).rows
    assert (row.place.lon, row.place.lat) == pytest.approx((117.02, 36.65), abs=1e-8)


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("0", 0),
        ("1234", 1_234),
        ("１２３４", 1_234),
        ('"1,234,567"', 1_234_567),
        ('"１，２３４"', 1_234),
        ("1 234", 1_234),
        ("1234.0", 1_234),
        ("+5", 5),
        ("-0", 0),
        ("10000000", 10_000_000),
    ],
)
def test_numbers_of_people_are_read_as_they_are_typed(
    tmp_path: Path, cell: str, people: int
) -> None:
    [row] = taken(tmp_path, f"id,lon,lat,people\na,117,36,{cell}").rows
    assert row.people == people


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("-1", "people cannot be negative"),
        ("−1", "people cannot be negative"),
        ("12.5", "round fractions first"),
        ("nan", "a whole number"),
        ("inf", "a whole number"),
        ("1e3", "a whole number"),
        ("1e400", "a whole number"),
        ("1.2万", "a whole number"),
        ("10²", "a whole number"),
        ("1;234", "a whole number"),
        ('"1,23"', "a whole number"),
        ('"1,234 567"', "a whole number"),
        ("9" * 70, "a whole number"),
        ("9" * 900, "at most 80 characters"),
        ("10000001", "at most 10,000,000 people"),
        ("#REF!", "a spreadsheet's error"),
        ("", "nothing stands here"),
    ],
)
def test_what_is_no_number_of_people_is_told_of(tmp_path: Path, cell: str, reason: str) -> None:
    [said] = wrong(tmp_path, f"a,117,36,{cell}", header="id,lon,lat,people")
    assert said.startswith("Row 2, column people: ")
    assert reason in said
    assert len(said) < 200


@pytest.mark.parametrize(
    ("lon", "lat", "column", "reason"),
    [
        ("nan", "36", "lon", "decimal degrees"),
        ("inf", "36", "lon", "decimal degrees"),
        ("1e400", "36", "lon", "decimal degrees"),
        ("180.1", "36", "lon", "within ±180"),
        ('"116,5"', "36", "lon", "decimal degrees"),
        ("东经117", "36", "lon", "decimal degrees"),
        ("36.6", "117.0", "lat", "are longitude and latitude swapped?"),
        ("117", "360", "lat", "within ±90"),
        ("117", "", "lat", "nothing stands here"),
    ],
)
def test_what_is_no_place_is_told_of(
    tmp_path: Path, lon: str, lat: str, column: str, reason: str
) -> None:
    [said] = wrong(tmp_path, f"a,{lon},{lat},1", header="id,lon,lat,people")
    assert said.startswith(f"Row 2, column {column}: ")
    assert reason in said


def test_each_wrong_cell_of_each_row_is_told_of_and_nothing_is_taken(tmp_path: Path) -> None:
    said = wrong(
        tmp_path, LINE, "c 2,,,37,0,99,-3", ",,,370102001000,0,0,1", LINE, "c-1,,,,200,0,1"
    )
    assert [line.split(":")[0] for line in said] == [
        "Row 3, column id",
        "Row 3, column town_code",
        "Row 3, column lat",
        "Row 3, column people",
        "Row 4, column id",
        "Row 5, column id",
        "Row 6, column id",
        "Row 6, column lon",
    ]
    assert 'the id "c-1" stands in row 2 already' in said[5]


def test_a_wrong_cell_is_told_of_in_the_file_s_own_word_and_in_chinese(tmp_path: Path) -> None:
    path = written(tmp_path, "编号,经度,纬度,人数\na,117,36,-5\n")
    answer = read_demand(path, crs=Crs.WGS84)
    assert isinstance(answer, Refused)
    [error] = answer.rows
    assert error.words.zh == '第 2 行“人数”列：人数不能为负："-5"'
    assert (error.row, error.column, answer.more) == (2, "人数", False)


def test_after_a_hundred_wrong_cells_it_is_enough(tmp_path: Path) -> None:
    def lines(count: int) -> str:
        return "\n".join(["id,lon,lat,people", *(f"c-{n},117,36,-1" for n in range(count))])

    for count, more in ((100, False), (101, True), (5_000, True)):
        answer = read_demand(written(tmp_path, lines(count)), crs=Crs.WGS84)
        assert isinstance(answer, Refused)
        assert (len(answer.rows), answer.more) == (100, more)


def test_blank_rows_between_are_skipped_and_counted_and_keep_their_number(tmp_path: Path) -> None:
    answer = taken(tmp_path, "id,lon,lat,people\n\na,117,36,1\n,,,\n\nb,117,36,2\n\n\n")
    assert (answer.row_numbers, answer.skipped) == ((3, 6), 3)


def test_a_workbook_with_merged_cells_is_told_of_by_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ("编号", "经度", "纬度", "人数"),
        ("a", 117.02, 36.65, 5),
        ("b", 117.03, 36.6, None),
    ):
        book.active.append(row)
    book.active.merge_cells("D2:D3")
    body = BytesIO()
    book.save(body)
    answer = read_demand(written(tmp_path, body.getvalue(), "人口.xlsx"), crs=Crs.WGS84)
    assert isinstance(answer, Refused)
    assert [error.words.en for error in answer.rows] == [
        "Row 3, column 人数: nothing stands here (split merged cells and fill in each row)"
    ]


def test_geojson_cells_are_taken_by_their_centroid_and_points_by_their_geometry(
    tmp_path: Path,
) -> None:
    square = [[117.0, 36.0], [117.2, 36.0], [117.2, 36.2], [117.0, 36.2], [117.0, 36.0]]
    said = [
        ({"编号": "a", "人数": 5, "lng": 1.0}, {"type": "Polygon", "coordinates": [square]}),
        ({"编号": 7, "人数": 6.0}, {"type": "Point", "coordinates": [117.5, 36]}),
    ]
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in said]
    answer = taken(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}))
    assert [(row.id, row.people) for row in answer.rows] == [("a", 5), ("7", 6)]
    first, second = answer.rows
    assert (first.place.lon, first.place.lat) == pytest.approx((117.1, 36.1))
    assert second.place == Place(117.5, 36.0)
    assert answer.row_numbers == (1, 2)


def test_a_foreign_name_is_read_where_somebody_says_what_it_means(tmp_path: Path) -> None:
    body = "id,lon,lat,population,women_15_49\na,117,36,900,210\n"
    with pytest.raises(ImportFileError, match="The column people is missing"):
        taken(tmp_path, body)
    answer = taken(tmp_path, body, people="women_15_49")
    assert answer.rows[0].people == 210
    assert answer.warnings[0].en == 'These columns were not used: "population".'
    assert taken(tmp_path, body, people="population").rows[0].people == 900


def test_a_mapped_name_wins_over_a_known_one_and_is_used_once(tmp_path: Path) -> None:
    body = "id,lon,lat,people,x\na,117,36,900,210\n"
    assert taken(tmp_path, body, people="x", lon="lon").rows[0].people == 210
    assert (
        taken(tmp_path, "x,code,lon,lat,people\na,b,1,2,3", name_zh="code", id="x").rows[0].id
        == "a"
    )


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        ("lon,lat,people", {}, "The column id is missing"),
        ("id,lon,lng,lat,people", {}, '"lon" / "lng" all mean lon'),
        ("id,lon,lat,people", {"people": "women"}, 'it may be called "women"'),
        ("id,lon,lat,people", {"name_en": "english"}, "The column name_en is missing"),
        ("id,lon,lat,people", {"persons": "people"}, 'No field is called "persons"'),
        ("id,lon,lat,people", {}, "not one row below them"),
    ],
)
def test_missing_doubled_and_unknown_columns_are_told_of(
    tmp_path: Path, header: str, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(ImportFileError) as refused:
        read_demand(written(tmp_path, f"{header}\n"), crs=Crs.WGS84, columns=columns)
    assert said in refused.value.en
    assert refused.value.zh


def test_twelve_digits_of_a_town_that_end_in_zeros_are_its_nine() -> None:
    assert fields.town_code("370102001000") == fields.town_code("３７０１０２００１") == "370102001"
    with pytest.raises(fields.FieldError, match="nine digits"):
        fields.town_code("370102001002")


def test_a_name_of_two_lines_or_without_end_is_refused(tmp_path: Path) -> None:
    lines = ('a,"two\nlines",,,117,36,1', f"b,{'名' * 81},,,117,36,1", f"c,{'名' * 80},,,117,36,1")
    said = wrong(tmp_path, *lines)
    assert [line.split(":")[0] for line in said] == ["Row 2, column name", "Row 3, column name"]


CELL = st.text(max_size=12) | st.sampled_from(["nan", "1e400", "-1", "117.2", '"', "#N/A", "１"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELL, min_size=1, max_size=5))
@example(cells=["c-1", "117", "36", "5"])
def test_any_row_is_taken_or_refused(tmp_path: Path, cells: list[str]) -> None:
    path = written(tmp_path, ("id,lon,lat,people\n" + ",".join(cells)).encode("utf-8", "replace"))
    try:
        answer = read_demand(path, crs=Crs.BD09)
    except ImportFileError:
        return
    if isinstance(answer, Refused):
        assert answer.rows
        return
    for row in answer.rows:
        assert row.people >= 0
        assert abs(row.place.lon) <= 181
        assert abs(row.place.lat) <= 91
