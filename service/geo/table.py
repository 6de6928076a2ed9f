"""What every table file comes down to: named columns, numbered rows of texts, and its limits."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final, Self

from service.domain.district import Named
from service.domain.imports import ImportFileError

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
ROWS_MAX: Final = 1_000_000
NUMBER_MAX: Final = 1_048_576
"""Rows with blank ones between and below, as many as a spreadsheet has."""

COLUMNS_MAX: Final = 200
CELL_CHARS_MAX: Final = 1_000
SAID_CHARS_MAX: Final = 60
"""So much of what stands in a file is said back."""

INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u2060"
"""Characters that nobody sees and that spreadsheets and web pages leave behind."""


Records = Generator[tuple[str, ...], None, None]
"""A file's rows as texts, header and blank ones included; closing it closes the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file (the header is row 1); as many cells as columns."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table file, being read: ``rows`` can be gone through once, and may end in a refusal.

    Used as a context, which closes the file. ``is_placed``: it is GeoJSON; its columns ``lon`` and
    ``lat`` are of the geometry, and its rows are numbered by feature, the first is 1.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
    warnings: tuple[Named, ...] = ()
    is_placed: bool = False
    source: Records | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.source is not None:
            self.source.close()


def said(text: str) -> str:
    """Return a text as it may be said back: short, in one line, in quotes."""
    short = text if len(text) <= SAID_CHARS_MAX else text[:SAID_CHARS_MAX] + "…"
    return '"' + "".join(char if char.isprintable() else "\ufffd" for char in short) + '"'


def trimmed(text: str) -> str:
    """Return a cell's text without blanks, visible or not, at its ends."""
    return text.strip().strip(INVISIBLE).strip()


def table(records: Records, *, warnings: tuple[Named, ...] = ()) -> Sheet:
    """Return the sheet whose first record that is not blank names the columns."""
    try:
        columns, number = _header(records)
    except ImportFileError:
        records.close()
        raise
    rows = _rows(records, columns, number)
    return Sheet(columns=columns, rows=rows, warnings=warnings, source=records)


def _header(records: Records) -> tuple[tuple[str, ...], int]:
    for number, record in enumerate(records, start=1):
        cells = _clean(record, number)
        if cells:
            return checked_columns(cells, number), number
    raise ImportFileError(
        Named(
            "文件是空的；第一行应为列名，其后每行一个地点。",
            "The file is empty; its first row names the columns and each further row is one place.",
        )
    )


def checked_columns(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return the names of columns, or refuse a header with one that is missing or doubled."""
    seen: set[str] = set()
    for at, name in enumerate(names, start=1):
        if not name:
            raise ImportFileError(
                Named(
                    f"第 {number} 行第 {at} 列：表头没有列名；如有合并单元格，"
                    "请拆分，并在同一行给每列一个名称。",
                    f"Row {number}, column {at}: the header has no name there; if header cells are "
                    "merged, split them and give each column one name in one row.",
                )
            )
        if name in seen:
            raise ImportFileError(
                Named(
                    f"第 {number} 行第 {at} 列：表头中列名 {said(name)} 重复，请改其中一个。",
                    f"Row {number}, column {at}: the name {said(name)} stands twice in the header; "
                    "rename one of the two columns.",
                )
            )
        seen.add(name)
    return names


def _rows(records: Records, columns: tuple[str, ...], header: int) -> Iterator[Row]:
    count = 0
    blank = ("",) * len(columns)
    for number, record in enumerate(records, start=header + 1):
        if not record and number <= NUMBER_MAX:
            yield Row(number, blank)
            continue
        cells = _clean(record, number)
        count += bool(cells)
        check_number(count, number)
        if len(cells) > len(columns):
            raise ImportFileError(
                Named(
                    f"第 {number} 行有 {len(cells)} 个单元格，而第 {header} 行只有 {len(columns)} "
                    f"个列名；第 {header} 行应为列名而不是标题，不能有合并单元格；"
                    "文本中含逗号时请加引号。",
                    f"Row {number} has {len(cells)} cells where row {header} names {len(columns)} "
                    f"columns; row {header} must be the column names and no title, with no merged "
                    "cell, and a comma within a text needs quotes around the text.",
                )
            )
        yield Row(number, cells + ("",) * (len(columns) - len(cells)))


def check_number(count: int, number: int) -> None:
    """Refuse a table with more rows than the limit, ``count`` without blank ones."""
    if count > ROWS_MAX or number > NUMBER_MAX:
        raise ImportFileError(
            Named(
                f"第 {number} 行：文件超过 {ROWS_MAX:,} 行，请拆分。",
                f"Row {number}: the file has more than {ROWS_MAX:,} rows; split it.",
            )
        )


def _clean(record: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return trimmed cells, none blank at the end; refuse too many and too long ones."""
    cells = [trimmed(cell) for cell in record]
    while cells and not cells[-1]:
        cells.pop()
    check_columns(len(cells), number)
    for at, cell in enumerate(cells, start=1):
        check_cell(cell, number, str(at))
    return tuple(cells)


def check_columns(count: int, number: int) -> None:
    """Refuse a row with more columns than the limit."""
    if count > COLUMNS_MAX:
        raise ImportFileError(
            Named(
                f"第 {number} 行超过 {COLUMNS_MAX} 列，请删去不需要的列。",
                f"Row {number} has more than {COLUMNS_MAX} columns; leave out those not needed.",
            )
        )


def check_cell(cell: str, number: int, column: str) -> None:
    """Refuse a cell that is longer than the limit."""
    if len(cell) > CELL_CHARS_MAX:
        raise ImportFileError(
            Named(
                f"第 {number} 行 {column} 列：一个单元格有 {len(cell):,} 个字符，"
                f"上限为 {CELL_CHARS_MAX:,}；也可能是引号没有成对。",
                f"Row {number}, column {column}: {len(cell):,} characters stand in one cell and "
                f"{CELL_CHARS_MAX:,} is the limit; a quote that is never closed can be the reason.",
            )
        )
