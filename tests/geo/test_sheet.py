"""A table file, whatever it is called: CSV, XLSX or GeoJSON becomes rows, or one clear sentence."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from service.geo.table import Row
from tests.support.sheets import ROWS, TABLE, geojson, read, refusal, repacked, workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_is_read_in_each_encoding_that_spreadsheets_save(
    tmp_path: Path, encoding: str
) -> None:
    sheet, rows = read(tmp_path, TABLE.encode(encoding))
    assert sheet.columns == ("编号", "名称", "人数")
    assert rows == ROWS


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found_out(
    tmp_path: Path, delimiter: str, line_end: str
) -> None:
    body = TABLE.replace(",", delimiter).replace("\n", line_end)
    assert read(tmp_path, body)[1] == ROWS


def test_a_delimiter_within_quotes_is_text(tmp_path: Path) -> None:
    sheet, rows = read(tmp_path, '"a,b,c";id\n"1;2";"say ""hi"""\n')
    assert sheet.columns == ("a,b,c", "id")
    assert rows == [Row(2, ("1;2", 'say "hi"'))]


def test_blank_lines_keep_their_number_and_invisible_signs_are_left_out(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "\n\nid,name\n\n\u200bc-1\ufeff,\u3000东门\u00a0\n")
    assert rows == [Row(4, ("", "")), Row(5, ("c-1", "东门"))]


def test_a_workbook_reads_like_the_same_csv(tmp_path: Path) -> None:
    sheet, rows = read(
        tmp_path, workbook(("编号", "名称", "人数"), ("c-1", " 杏林小区 ", 120.0), ("c-2", None, 0))
    )
    assert sheet.columns == ("编号", "名称", "人数")
    assert rows == ROWS


def test_numbers_dates_and_truths_of_a_workbook_become_plain_texts(tmp_path: Path) -> None:
    body = workbook(tuple("abcd"), (117.0205, 370102001, date(2026, 11, 20), True))
    assert read(tmp_path, body)[1] == [
        Row(2, ("117.0205", "370102001", "2026-11-20T00:00:00", "True"))
    ]


def test_of_several_sheets_the_first_is_read_with_a_word_or_the_one_that_is_named(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["about"])
    book.create_sheet("数据").append(["id"])
    body = BytesIO()
    book.save(body)
    first, _ = read(tmp_path, body.getvalue())
    assert first.columns == ("about",)
    assert "only the first" in first.warnings[0].en
    named, _ = read(tmp_path, body.getvalue(), sheet="数据")
    assert (named.columns, named.warnings) == (("id",), ())
    assert 'no sheet "x"; it has "说明", "数据"' in refusal(tmp_path, body.getvalue(), sheet="x")
    assert "no XLSX workbook" in refusal(tmp_path, TABLE, sheet="数据")


def test_a_workbook_that_lies_about_its_extent_is_read_whole(tmp_path: Path) -> None:
    body = workbook(("id", "n"), ("a", 1), ("b", 2))
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(BytesIO(body)) as archive:
        text = archive.read(name)
    assert b'ref="A1:B3"' in text
    _, rows = read(tmp_path, repacked(body, name, text.replace(b'ref="A1:B3"', b'ref="A1"')))
    assert rows == [Row(2, ("a", "1")), Row(3, ("b", "2"))]


def test_points_and_polygons_become_rows_with_lon_and_lat(tmp_path: Path) -> None:
    square = [[117.0, 36.0], [117.2, 36.0], [117.2, 36.4], [117.0, 36.4], [117.0, 36.0]]
    hole = [[117.0, 36.0], [117.1, 36.0], [117.1, 36.4], [117.0, 36.4], [117.0, 36.0]]
    sheet, rows = read(
        tmp_path,
        geojson(
            ({"id": "p", "lon": "wrong"}, {"type": "Point", "coordinates": [117.5, 36.5, 20]}),
            ({"id": "s"}, {"type": "Polygon", "coordinates": [square]}),
            (
                {"id": "h", "n": ["a", "b"]},
                {"type": "MultiPolygon", "coordinates": [[square, hole]]},
            ),
        ),
    )
    assert sheet.columns == ("lon", "lat", "id", "n")
    assert sheet.is_placed
    assert [row.cells[2:] for row in rows] == [("p", ""), ("s", ""), ("h", "a;b")]
    places = [tuple(map(float, row.cells[:2])) for row in rows]
    assert places == [
        (117.5, 36.5),
        pytest.approx((117.1, 36.2), abs=1e-9),
        pytest.approx((117.15, 36.2), abs=1e-9),
    ]


def test_a_polygon_that_crosses_itself_is_taken_by_its_corners(tmp_path: Path) -> None:
    bow = [[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]
    _, [row] = read(tmp_path, geojson(({}, {"type": "Polygon", "coordinates": [bow]})))
    assert all(0.0 <= float(cell) <= 2.0 for cell in row.cells)
