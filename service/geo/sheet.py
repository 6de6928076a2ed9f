"""Opens a table file, whatever its name says: CSV, XLSX or GeoJSON, told apart by its content."""

import hashlib
from pathlib import Path
from typing import Final

from service.domain.district import Named
from service.domain.imports import ImportFileError
from service.geo.sheet_csv import read_csv
from service.geo.sheet_geojson import read_geojson
from service.geo.sheet_xlsx import read_xlsx
from service.geo.table import FILE_BYTES_MAX, Sheet, said

_HEAD_BYTES: Final = 512
_ZIP: Final = b"PK\x03\x04"
_OTHERS: Final = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc)", "旧版 Excel 或 Word 文件"),
    (b"%PDF", "a PDF", "PDF 文件"),
    (b"\x1f\x8b", "a gzip archive", "gzip 压缩包"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "7-Zip 压缩包"),
    (b"Rar!", "a RAR archive", "RAR 压缩包"),
    (b"SQLite format 3", "an SQLite database", "SQLite 数据库"),
    (b"PAR1", "a Parquet file", "Parquet 文件"),
    (b"\x89PNG", "a picture", "图片"),
    (b"\xff\xd8\xff", "a picture", "图片"),
    (b"PK\x05\x06", "an empty archive", "空压缩包"),
    (b"\x00\x00\x27\x0a", "a shapefile", "shapefile 文件"),
    (b"<", "an XML or HTML file", "XML 或 HTML 文件"),
)


def read_sheet(path: Path, *, sheet: str | None = None) -> Sheet:
    """Return a file as a sheet; ``sheet`` names one of a workbook, else its first is read.

    Raises ImportFileError, here or while rows are gone through.
    """
    head = _head(path)
    if head.startswith(_ZIP):
        return read_xlsx(path, sheet=sheet)
    if sheet is not None:
        raise ImportFileError(
            Named(
                f"指定了工作表 {said(sheet)}，但文件不是 XLSX 工作簿。",
                f"A sheet {said(sheet)} was asked for, but the file is no XLSX workbook.",
            )
        )
    for magic, en, zh in _OTHERS:
        if head.startswith(magic):
            raise ImportFileError(
                Named(
                    f"该文件是{zh}；请另存为 CSV、XLSX 或 GeoJSON。",
                    f"The file is {en}; save it as CSV, XLSX or GeoJSON.",
                )
            )
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        return read_geojson(path)
    return read_csv(path)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, by which a second import is known."""
    _head(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _head(path: Path) -> bytes:
    """Return a file's first bytes, or refuse one that is not there, empty or too large."""
    try:
        if not path.is_file():
            raise ImportFileError(
                Named(
                    f"没有文件 {said(path.name)}，请检查文件名和位置。",
                    f"There is no file {said(path.name)}; check its name and place.",
                )
            )
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise ImportFileError(
                Named(
                    f"文件有 {size // 2**20:,} MiB，上限为 {FILE_BYTES_MAX // 2**20} MiB，请拆分。",
                    f"The file has {size // 2**20:,} MiB and {FILE_BYTES_MAX // 2**20} MiB is the "
                    "limit; split it.",
                )
            )
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        if isinstance(error, ImportFileError):
            raise
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ImportFileError:
    why = getattr(error, "strerror", None) or type(error).__name__
    return ImportFileError(
        Named(
            f"无法读取文件 {said(path.name)}：{why}。",
            f"The file {said(path.name)} cannot be read: {why}.",
        )
    )
