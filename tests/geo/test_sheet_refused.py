"""Files that are no table, too large, damaged or meant badly get one sentence."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.imports import ImportFileError
from service.geo.sheet import digest_of, read_sheet
from service.geo.table import COLUMNS_MAX
from tests.support.sheets import TABLE, geojson, read, refusal, repacked, workbook, written


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is empty"),
        (b" \n\n,,\n", "is empty"),
        (b"\x00\x01\x02id,name\n", "is no table"),
        (bytes(range(128, 256)) * 4, "is no table"),
        (b"\xef\xbb\xbfid,name\n\xff\xff\n", "is no table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"<html><table>", "an XML or HTML file"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"id,,name\n1,2,3\n", "Row 1, column 2: the header has no name"),
        (b"id,name,id\n", 'Row 1, column 3: the name "id" stands twice'),
        (b"Table of 2026,,\nid,name,people\n", "Row 2 has 3 cells where row 1 names 1 columns"),
        (b'id,name\n1,"never closed\n2,b\n', "Row 2 cannot be read as CSV"),
        (b'id,name\n1,"a"b\n', "Row 2 cannot be read as CSV"),
        (b"id,name\n1," + b"x" * 1_001 + b"\n", "Row 2, column 2: 1,001 characters"),
        (b"id\n" + b'"' + b"x" * 200_000, "Row 2 cannot be read as CSV"),
        (b"id\n" + b"x" * 500_000, "Row 2 goes on for more than"),
        (b"id\n" + b'"\n",' * 200_000, "Row 2 goes on for more than"),
        (b"c," * COLUMNS_MAX + b"c\n", "Row 1 has more than 200 columns"),
        (b'{"type": "FeatureCollection", "features": [', "is no JSON"),
        (b"[" * 5_000, "is no JSON"),
        (b'{"type": "Topology"}', "no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": []}', "is empty"),
        (b'{"type": "FeatureCollection", "features": [7]}', "Feature 1 has no properties"),
        (b'{"type": "FeatureCollection", "features": [1e400]}', "is no JSON"),
        (geojson(({}, {"type": "LineString", "coordinates": []})), 'Feature 1 is a "LineString"'),
        (geojson(({}, {"type": "Point", "coordinates": ["a", 2]})), "Feature 1: its coordinates"),
        (geojson(({}, {"type": "Point", "coordinates": []})), "Feature 1: its coordinates"),
        (geojson(({}, {"type": "Polygon", "coordinates": [[[0, 0]]]})), "Feature 1: its coord"),
        (geojson(({"n": "x" * 1_001}, {"type": "Point", "coordinates": [1, 2]})), "column n: 1,00"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_gets_one_sentence(tmp_path: Path, body: bytes, said: str) -> None:
    assert said in refusal(tmp_path, body)


def test_a_file_that_is_not_there_or_is_a_folder_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path, tmp_path / "a\0b"):
        for reader in (read_sheet, digest_of):
            with pytest.raises(ImportFileError, match=r"There is no file|cannot be read"):
                reader(path)


def test_two_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(ImportFileError, match=r"2,048 MiB and 256 MiB is the limit; split it"):
        read_sheet(path)


def test_merged_header_cells_are_told_of(tmp_path: Path) -> None:
    rows = (("位置", None, "人数"), (117.0, 36.0, 5))
    assert "Row 1, column 2: the header has no name" in refusal(
        tmp_path, workbook(*rows, merge="A1:B1")
    )
    title = (("2026 年人口", None, None), ("id", "lon", "lat"))
    assert "must be the column names and no title" in refusal(
        tmp_path, workbook(*title, merge="A1:C1")
    )


def test_a_workbook_cut_off_damaged_or_no_workbook_at_all_is_refused(tmp_path: Path) -> None:
    body = workbook(("id", "n"), *((f"c-{n}", n) for n in range(200)))
    for part in (40, len(body) // 2, len(body) - 1):
        assert "damaged" in refusal(tmp_path, body[:part])
    sheet = "xl/worksheets/sheet1.xml"
    assert "damaged" in refusal(tmp_path, repacked(body, sheet, b"<worksheet><sheetData><row"))
    other = BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("table.csv", TABLE)
    assert "no XLSX workbook" in refusal(tmp_path, other.getvalue())


@pytest.mark.parametrize(
    ("part", "claim_bytes"),
    [("xl/worksheets/sheet1.xml", 2**31), ("xl/sharedStrings.xml", 2**27)],
)
def test_a_workbook_that_would_fill_the_memory_is_refused_unopened(
    tmp_path: Path, part: str, claim_bytes: int
) -> None:
    bomb = repacked(workbook(("id",), ("a",)), part, b"<x/>", claim_bytes=claim_bytes)
    assert "unpacks to more than 512 MiB" in refusal(tmp_path, bomb)


def test_entities_that_multiply_are_refused(tmp_path: Path) -> None:
    names = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE x [<!ENTITY e0 "ha">{names}]><worksheet><a>&e9;</a></worksheet>'
    body = repacked(workbook(("id",)), "xl/worksheets/sheet1.xml", text.encode())
    assert "damaged" in refusal(tmp_path, body)


def test_the_digest_follows_the_bytes_and_not_the_name(tmp_path: Path) -> None:
    one = written(tmp_path, TABLE.encode(), "one.csv")
    other = written(tmp_path, TABLE.encode(), "other.csv")
    assert digest_of(one) == digest_of(other)
    assert digest_of(one) != digest_of(written(tmp_path, TABLE.encode("gbk"), "third.csv"))


SEEDS = st.sampled_from(
    [
        TABLE.encode(),
        TABLE.encode("gb18030"),
        workbook(("id", "lon"), ("a", 1)),
        geojson(({"id": 1}, {"type": "Point", "coordinates": [117, 36]})),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 30))] = draw(st.binary(max_size=20))
    return bytes(body)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300) | damaged())
def test_any_bytes_get_rows_or_a_sentence(tmp_path: Path, body: bytes) -> None:
    try:
        sheet, rows = read(tmp_path, body)
    except ImportFileError as refused:
        words = (refused.zh, refused.en)
    else:
        words = ("行", "rows")
        assert all(len(row.cells) == len(sheet.columns) for row in rows)
    assert all(words)
