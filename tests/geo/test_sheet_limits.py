"""The edges of a table file: limits, closed files, and polygons drawn in any sense."""

import itertools
import json
import zipfile
from collections import deque
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from service.domain.imports import ImportFileError
from service.geo.sheet import read_sheet
from service.geo.sheet_geojson import JSON_BYTES_MAX
from service.geo.table import NUMBER_MAX, ROWS_MAX, Records, check_number, table

Ring = list[tuple[float, float]]


def centroid(folder: Path, *polygons: list[Ring]) -> tuple[float, float]:
    path = folder / "cells.json"
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with read_sheet(path) as sheet:
        [row] = sheet.rows
    lon, lat = map(float, row.cells)
    return lon, lat


@pytest.mark.parametrize("outer", [1, -1])
@pytest.mark.parametrize("inner", [1, -1])
def test_a_centroid_does_not_ask_in_which_sense_a_ring_is_drawn(
    tmp_path: Path, outer: int, inner: int
) -> None:
    square: Ring = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
    corner: Ring = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    found = centroid(tmp_path, [square[::outer], corner[::inner]])
    assert found == pytest.approx((28 / 12, 28 / 12))
    apart: Ring = [(6, 0), (8, 0), (8, 2), (6, 2), (6, 0)]
    assert centroid(tmp_path, [square[::outer]], [apart[::inner]]) == pytest.approx((3.0, 1.8))


def test_a_ring_that_crosses_itself_balances_nowhere_outside(tmp_path: Path) -> None:
    lon, lat = centroid(tmp_path, [[(0, 0), (2, 2), (2, 0), (0, 2.1), (0, 0)]])
    assert 0 <= lon <= 2
    assert 0 <= lat <= 2.1


def test_geojson_has_a_smaller_limit_for_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(JSON_BYTES_MAX + 1)
    with pytest.raises(ImportFileError, match=r"96 MiB is the limit of GeoJSON"):
        read_sheet(path)


def test_a_million_rows_and_no_more() -> None:
    check_number(ROWS_MAX, ROWS_MAX + 1)
    with pytest.raises(ImportFileError, match=r"Row 1000002: the file has more than 1,000,000"):
        check_number(ROWS_MAX + 1, ROWS_MAX + 2)


def test_blank_rows_are_no_rows_but_end_where_a_spreadsheet_does() -> None:
    def records() -> Records:
        yield ("id",)
        yield from itertools.repeat((), NUMBER_MAX)

    with table(records()) as sheet:
        last = deque(itertools.islice(sheet.rows, NUMBER_MAX - 1), maxlen=1).pop()
        assert last.number == NUMBER_MAX
        with pytest.raises(ImportFileError, match=r"Row 1048577: the file has more than"):
            next(sheet.rows)


def changed(before: str, after: str) -> bytes:
    """Return a workbook of one row below its header, with its XML changed."""
    book = openpyxl.Workbook()
    book.active.append(["id", "n"])
    book.active.append([7, 120])
    body, out = BytesIO(), BytesIO()
    book.save(body)
    with zipfile.ZipFile(body) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                assert before.encode() in text
                text = text.replace(before.encode(), after.encode())
            new.writestr(part, text)
    return out.getvalue()


def test_a_whole_number_that_a_workbook_keeps_as_a_fraction_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "float.xlsx"
    path.write_bytes(changed("<v>120</v>", "<v>1.2E2</v>"))
    with read_sheet(path) as sheet:
        assert [row.cells for row in sheet.rows] == [("7", "120")]


def test_rare_signs_are_read_in_gb18030(tmp_path: Path) -> None:
    path = tmp_path / "rare.csv"
    path.write_bytes("id,name\na,𠮷野家\n".encode("gb18030"))
    with read_sheet(path) as sheet:
        assert [row.cells for row in sheet.rows] == [("a", "𠮷野家")]


def test_the_length_of_a_row_is_limited_and_not_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,name\n" + f"a,{'x' * 900}\n" * 600)
    with read_sheet(path) as sheet:
        assert sum(1 for _ in sheet.rows) == 600


def test_the_file_is_closed_when_its_header_is_refused_or_nobody_reads_on() -> None:
    closed = []

    def records(*rows: tuple[str, ...]) -> Records:
        try:
            yield from rows
        finally:
            closed.append(rows[0])

    with pytest.raises(ImportFileError) as kept:
        table(records(("id", "id")))
    assert closed == [("id", "id")], "at once, though the refusal is kept"
    assert kept.value.zh
    with table(records(("id",), ("a",))) as sheet:
        assert len(closed) == 1
    assert closed[1:] == [("id",)]
    assert sheet.columns == ("id",)
