"""Reads one sheet of an XLSX workbook, row by row, and trusts nothing that the archive says."""

import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import openpyxl

from service.domain.district import Named
from service.domain.imports import ImportFileError
from service.geo.table import COLUMNS_MAX, Records, Sheet, said, table

UNPACKED_BYTES_MAX: Final = 512 * 1024 * 1024
"""All parts of the archive together, unpacked."""

PART_BYTES_MAX: Final = 64 * 1024 * 1024
"""A part that is read whole: texts, styles; sheets are read row by row."""

PARTS_MAX: Final = 10_000
SHEETS_SAID_MAX: Final = 10

WIDTH: Final = COLUMNS_MAX + 1
"""So many cells of a row are looked at: one more than may be there."""

_ROWS_TOGETHER: Final = 1_000
_WORKBOOK: Final = "xl/workbook.xml"
_SHEETS: Final = "xl/worksheets/"


def read_xlsx(path: Path, *, sheet: str | None = None) -> Sheet:
    """Return one sheet of a workbook; ImportFileError says what is wrong, here or in a row."""
    _check_archive(path)
    file = path.open("rb")  # Opened by us: openpyxl would look at its name.
    try:
        sheets = _sheets(file)
        titles = [str(one.title) for one in sheets]
        title, notes = _choose(titles, sheet)
        return table(_records(file, sheets[titles.index(title)]), warnings=notes)
    except ImportFileError:
        file.close()
        raise


def _choose(titles: list[str], wanted: str | None) -> tuple[str, tuple[Named, ...]]:
    """Return the sheet to read, and a word on those that are left."""
    if not titles:
        raise ImportFileError(
            Named("工作簿里没有含单元格的工作表。", "The workbook has no sheet with cells.")
        )
    title = titles[0] if wanted is None else wanted
    if title not in titles:
        there = ", ".join(said(one) for one in titles[:SHEETS_SAID_MAX])
        raise ImportFileError(
            Named(
                f"工作簿里没有工作表 {said(title)}，有：{there}。",
                f"The workbook has no sheet {said(title)}; it has {there}.",
            )
        )
    if wanted is not None or len(titles) == 1:
        return title, ()
    words = Named(
        f"工作簿有 {len(titles)} 个工作表，只读取了第一个 {said(title)}。",
        f"The workbook has {len(titles)} sheets; only the first, {said(title)}, was read.",
    )
    return title, (words,)


def _check_archive(path: Path) -> None:
    """Refuse an archive that is no workbook, or that would fill the memory."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as error:
        raise _damaged(error) from error
    if _WORKBOOK not in {part.filename for part in parts}:
        raise ImportFileError(
            Named(
                "该文件是压缩包而不是 XLSX 工作簿；请解压，或另存为 XLSX。",
                "The file is an archive and no XLSX workbook; unpack it, or save it as XLSX.",
            )
        )
    whole = [part for part in parts if not part.filename.startswith(_SHEETS)]
    if (
        len(parts) > PARTS_MAX
        or sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX
        or any(part.file_size > PART_BYTES_MAX for part in whole)
    ):
        raise ImportFileError(
            Named(
                f"工作簿解压后超过 {UNPACKED_BYTES_MAX // 2**20} MiB，或其中某部分超过 "
                f"{PART_BYTES_MAX // 2**20} MiB；请把所需工作表另存为 CSV。",
                f"The workbook unpacks to more than {UNPACKED_BYTES_MAX // 2**20} MiB, or one of "
                f"its parts to more than {PART_BYTES_MAX // 2**20} MiB; save its one sheet as CSV.",
            )
        )


def _sheets(file: BinaryIO) -> list[Any]:
    try:
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for one in book.worksheets:
                one.reset_dimensions()  # What a file says of its own size is often wrong.
            return list(book.worksheets)
    except Exception as error:
        raise _damaged(error) from error


def _records(file: BinaryIO, sheet: Any) -> Records:  # noqa: ANN401 - no types
    """Yield the rows of a sheet; its file is closed after the last, or when nobody asks on."""
    with file:
        rows = sheet.iter_rows(min_row=1, min_col=1, max_col=WIDTH, values_only=True)
        while together := _next_rows(rows):
            for row in together:
                yield _texts(row)


def _next_rows(rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    try:
        with warnings.catch_warnings(action="ignore"):
            return list(islice(rows, _ROWS_TOGETHER))
    except Exception as error:
        raise _damaged(error) from error


def _texts(row: tuple[Any, ...]) -> tuple[str, ...]:
    """Return cells up to the last that is not blank: openpyxl fills rows up to their full width."""
    width = 0 if row.count(None) == len(row) else len(row)
    while width and row[width - 1] is None:
        width -= 1
    return tuple(_text(value) for value in row[:width])


def _text(value: object) -> str:
    """Return a cell as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _damaged(error: Exception) -> ImportFileError:
    return ImportFileError(
        Named(
            f"工作簿已损坏、有密码或不完整（{type(error).__name__}）；"
            "请用表格软件打开后重新另存为 XLSX 或 CSV。",
            f"The workbook is damaged, locked by a password or cut off ({type(error).__name__}); "
            "open it in a spreadsheet program and save it again as XLSX or CSV.",
        )
    )
