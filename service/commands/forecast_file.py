"""Reads a history of demand from a CSV file, and writes its forecast: whole, or not at all."""

import csv
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from service.domain.demand_counts import Floats
from service.domain.demand_history import Row

SERIES, DATE, QUANTITY = COLUMNS = ("series", "date", "quantity")
IN_STOCK, KIND = OPTIONAL = ("in_stock", "kind")
LEVELS: Final = np.round(np.arange(0.05, 0.951, 0.05), 2)
"""The quantiles that are written."""

ROWS_MAX: Final = 5_000_000
NAME_MAX: Final = 200
QUANTITY_MAX: Final = 1e9
WRONG_TOLD_MAX: Final = 10
"""So many wrong rows are told of."""

_MONTH: Final = len("YYYY-MM")
_DAY: Final = len("YYYY-MM-DD")
_WORDS: Final = {"": 1.0, "true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
_NONE: Final = frozenset({"", "na", "nan", "null", "none"})


class HistoryError(ValueError):
    """A history cannot be forecast; the text says where and why."""


class Wrong(NamedTuple):
    """What is wrong with one cell; the first row below the heading is row 2, as in a sheet."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"row {self.row}, column {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The rows of a file that are right, and what is wrong with the others."""

    rows: tuple[Row, ...]
    wrong: tuple[Wrong, ...]
    unknown: int
    """Rows that do not say a quantity."""
    months_only: bool
    """Whether dates are written YYYY-MM."""


def read_history(path: Path) -> Taken:
    """Read a file; what is wrong with single rows is told, a file that is no table is refused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _take(csv.reader(file), path.name)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise HistoryError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path.name} is not UTF-8 text (byte {error.start}); save it as CSV UTF-8."
        raise HistoryError(message) from error
    except csv.Error as error:
        message = f"{path.name} is not a CSV file: {error}."
        raise HistoryError(message) from error


def _take(lines: Iterator[list[str]], name: str) -> Taken:
    heading = [cell.strip().lower() for cell in next(lines, [])]
    missing = [column for column in COLUMNS if column not in heading]
    if missing:
        message = (
            f"{name}: row 1 has no column {' and no '.join(missing)}; "
            f"it must name {', '.join(COLUMNS)}, and may name {' and '.join(OPTIONAL)}."
        )
        raise HistoryError(message)
    places = [heading.index(one) if one in heading else -1 for one in (*COLUMNS, *OPTIONAL)]
    rows: list[Row] = []
    wrong: list[Wrong] = []
    seen: dict[tuple[str, date], int] = {}
    months_only = True
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if number > ROWS_MAX:
            message = f"{name} has more than {ROWS_MAX:,} rows; forecast it in parts."
            raise HistoryError(message)
        told = [cells[at].strip() if 0 <= at < len(cells) else "" for at in places]
        try:
            row = _once(_row(told), number, seen)
        except _CellError as error:
            wrong.append(Wrong(number, error.column, str(error)))
        else:
            rows.append(row)
            months_only = months_only and len(told[1]) == _MONTH
    if not rows and not wrong:
        message = f"{name} has no rows below its heading."
        raise HistoryError(message)
    return Taken(
        rows=tuple(rows),
        wrong=tuple(wrong),
        unknown=sum(row.quantity is None for row in rows),
        months_only=months_only,
    )


class _CellError(ValueError):
    """One cell cannot be understood: what went wrong in which column."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def _once(row: Row, number: int, seen: dict[tuple[str, date], int]) -> Row:
    """Return a row that is there for the first time."""
    before = seen.setdefault((row.series, row.day), number)
    if before != number:
        raise _CellError(
            DATE, f"{row.day} of {_short(row.series)} is there already, in row {before}"
        )
    return row


def _row(told: Sequence[str]) -> Row:
    series, day, quantity, in_stock, kind = told
    if not series:
        raise _CellError(SERIES, "it is empty")
    if len(series) > NAME_MAX or len(kind) > NAME_MAX:
        column = SERIES if len(series) > NAME_MAX else KIND
        raise _CellError(column, f"a name has at most {NAME_MAX} characters")
    return Row(series, _day(day), _quantity(quantity), _share(in_stock), kind)


def _day(text: str) -> date:
    plain = text.replace("/", "-")
    try:
        if len(plain) == _MONTH and plain[4] == "-":
            return date.fromisoformat(f"{plain}-01")
        if len(plain) <= _DAY and plain.count("-") == 2:  # noqa: PLR2004 - year, month and day
            year, month, day = (int(part) for part in plain.split("-"))
            return date(year, month, day)
        return datetime.fromisoformat(plain).date()
    except ValueError:
        reason = f"{_short(text)} is no date; write YYYY-MM-DD, or YYYY-MM for a month"
        raise _CellError(DATE, reason) from None


def _quantity(text: str) -> float | None:
    if text.lower() in _NONE:
        return None
    try:
        quantity = float(text)
    except ValueError:
        raise _CellError(QUANTITY, f"{_short(text)} is no number") from None
    if not math.isfinite(quantity):
        return None
    if quantity < 0:
        raise _CellError(QUANTITY, f"{_short(text)} is negative; nobody asks for less than nothing")
    if quantity > QUANTITY_MAX:
        raise _CellError(QUANTITY, f"{_short(text)} is more than {QUANTITY_MAX:,.0f}")
    return quantity


def _share(text: str) -> float:
    word = text.lower()
    if word in _WORDS:
        return _WORDS[word]
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise _CellError(IN_STOCK, f"{_short(text)} is neither 0 nor 1 nor a share between them")
    return share


def _short(text: str) -> str:
    return text if len(text) <= _DAY * 3 else f"{text[: _DAY * 3]}…"


class Line(NamedTuple):
    """A row of the forecast."""

    series: str
    day: str
    mean: float
    quantiles: Floats


def write_forecast(path: Path, lines: Iterable[Line]) -> int:
    """Write a forecast beside its place and put it there once it is whole; return its rows."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(
                ["series", "date", "mean", *(f"q{level:.2f}".rstrip("0") for level in LEVELS)]
            )
            for line in lines:
                rows.writerow(
                    [
                        line.series,
                        line.day,
                        f"{line.mean:.6g}",
                        *(f"{one:.10g}" for one in line.quantiles),
                    ]
                )
                count += 1
        beside.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise HistoryError(message) from error
    finally:
        beside.unlink(missing_ok=True)
    return count
