"""Reads a CSV file: UTF-8, UTF-16 with its mark, or GB18030; comma, semicolon or tab between."""

import codecs
import csv
import re
from pathlib import Path
from typing import Final, TextIO

from service.domain.district import Named
from service.domain.imports import ImportFileError
from service.geo.table import CELL_CHARS_MAX, COLUMNS_MAX, Records, Sheet, table

RECORD_CHARS_MAX: Final = 2 * CELL_CHARS_MAX * COLUMNS_MAX
"""A row's text, quotes and line ends in it included."""

DELIMITERS: Final = (",", ";", "\t")
HEADER_LINES_MAX: Final = 100
"""So many blank lines may stand before the header."""

_PIECE_BYTES: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_QUOTED: Final = re.compile(r'"[^"]*"')


def read_csv(path: Path) -> Sheet:
    """Return a CSV file as a sheet; ImportFileError says what is wrong, here or in a row."""
    encoding = _encoding(path)
    return table(_records(path, encoding, _delimiter(path, encoding)))


def _encoding(path: Path) -> str:
    """Return the encoding in which the whole file can be read."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = [encoding for mark, encoding in _MARKS if start.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        if _is_text(path, encoding):
            return encoding
    raise ImportFileError(
        Named(
            "文件不是表格：内容既不是 UTF-8 也不是 GB18030（GBK）文本；"
            "请另存为 UTF-8 的 CSV、XLSX 或 GeoJSON。",
            "The file is no table: its text is neither UTF-8 nor GB18030 (GBK), or it is no text "
            "at all; save it as CSV in UTF-8, as XLSX or as GeoJSON.",
        )
    )


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE_BYTES):
                if _CONTROL.search(decoder.decode(piece)):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    """Return what stands most often in the header, outside quotes."""
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(HEADER_LINES_MAX):
            line = file.readline(RECORD_CHARS_MAX)
            if line.strip():
                bare = _QUOTED.sub("", line)
                return max(DELIMITERS, key=bare.count)
    return DELIMITERS[0]


class _Lines:
    """The lines of a file; refuses a record that never ends before it fills the memory."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.record = 1
        self.chars = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(RECORD_CHARS_MAX)
        if not line:
            raise StopIteration
        self.chars += len(line)
        if self.chars >= RECORD_CHARS_MAX:
            raise ImportFileError(
                Named(
                    f"第 {self.record} 行超过 {RECORD_CHARS_MAX:,} 个字符；可能是引号没有成对。",
                    f"Row {self.record} goes on for more than {RECORD_CHARS_MAX:,} characters; a "
                    "quote that is never closed can be the reason.",
                )
            )
        return line


def _records(path: Path, encoding: str, delimiter: str) -> Records:
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file)
        try:
            for record in csv.reader(lines, delimiter=delimiter, strict=True):
                yield tuple(record)
                lines.record += 1
                lines.chars = 0
        except csv.Error as error:
            raise ImportFileError(
                Named(
                    f"第 {lines.record} 行不是正确的 CSV（{error}）；多半是引号没有成对："
                    "文本内的引号应写两遍，并给整段文本加引号。",
                    f"Row {lines.record} cannot be read as CSV ({error}); most often a quote "
                    "is not closed: a quote in a text is doubled and the text stands in quotes.",
                )
            ) from error
