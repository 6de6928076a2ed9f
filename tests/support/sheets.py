"""Tables as people send them: CSV, workbooks, GeoJSON, and damaged ones."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service.domain.imports import ImportFileError
from service.geo.sheet import read_sheet
from service.geo.table import Row, Sheet

TABLE = "编号,名称,人数\nc-1,杏林小区,120\nc-2,,0\n"
ROWS = [Row(2, ("c-1", "杏林小区", "120")), Row(3, ("c-2", "", "0"))]


def written(folder: Path, body: bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def read(folder: Path, body: bytes | str, **asked: str) -> tuple[Sheet, list[Row]]:
    raw = body.encode() if isinstance(body, str) else body
    with read_sheet(written(folder, raw), **asked) as sheet:
        return sheet, list(sheet.rows)


def workbook(*rows: tuple[Any, ...], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def geojson(*features: tuple[dict[str, Any], dict[str, Any]]) -> bytes:
    said = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": said}).encode()


def repacked(body: bytes, name: str, text: bytes, *, claim_bytes: int | None = None) -> bytes:
    """Return a workbook with one part exchanged, which may lie about its size."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, text)
        if claim_bytes is not None:
            new.getinfo(name).file_size = claim_bytes
    return out.getvalue()


def refusal(folder: Path, body: bytes | str, **asked: str) -> str:
    with pytest.raises(ImportFileError) as refused:
        read(folder, body, **asked)
    assert re.search("[一-鿿]", refused.value.zh), "the sentence is there in Chinese too"
    assert refused.value.en.endswith(".")
    assert "\n" not in refused.value.en
    return refused.value.en
