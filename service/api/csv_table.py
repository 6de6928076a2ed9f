"""Writes rows of any kind as a CSV file that a spreadsheet opens rightly, and harmlessly.

As RFC 4180 has it, in UTF-8 with a mark at the beginning, without which a spreadsheet in Chinese
reads GBK. Headings are in both languages; what holds for all rows stands in each of them.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from service.api.csv_file import BOM, harmless

Value = str | float | bool | datetime | None
Columns = Mapping[str, str]
"""Headings by what stands below them, as ``people`` or ``coverage.people``."""

YES: Final = "是 yes"
NO: Final = "否 no"
ESTIMATE: Final = "直线×1.4估算 estimate, straight line x 1.4"
ALONG_STREETS: Final = "沿街道 streets"


def read(row: Any, path: str) -> Value:  # noqa: ANN401 - any row of attributes
    """Return what a row has, by its name or by a path of names."""
    value: Value = attrgetter(path)(row)
    return value


def write_table(
    rows: Iterable[Any],
    columns: Columns,
    of_all: Mapping[str, Value] | None = None,
    *,
    reader: Callable[[Any, str], Value] = read,
) -> bytes:
    """Return the file; ``of_all`` holds, by heading, what is the same for all rows."""
    text = io.StringIO()
    text.write(BOM)
    lines = csv.writer(text, lineterminator="\r\n")
    same = {heading: cell(value) for heading, value in (of_all or {}).items()}
    lines.writerow([*columns.values(), *same])
    for row in rows:
        lines.writerow([*(cell(reader(row, path)) for path in columns), *same.values()])
    return text.getvalue().encode()


def cell(value: Value) -> str:
    """Return what stands in a cell: a number as it is, a text harmless, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return harmless(value) if isinstance(value, str) else str(value)


def walk_in_words(*, is_estimate: bool) -> str:
    """Return how walks were measured."""
    return ESTIMATE if is_estimate else ALONG_STREETS
