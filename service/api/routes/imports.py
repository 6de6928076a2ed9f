"""Files that are taken in: streets, demand and outlets, with a report; and the log of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from service.api import examples_imports as examples
from service.api.answers import adapter, answer, documented
from service.api.errors import ErrorWords, RefusalError
from service.api.examples_quality import WRITING_REFUSED
from service.api.here import only_files_from_here
from service.api.parameters import FactsLimit
from service.api.upload import MEBIBYTE, NAME_BYTES_MAX, place_for_one, receive, safe_name
from service.domain.coordinates import Crs
from service.domain.imports import ImportFileError, ImportReport, Refused
from service.flows.ports_imports import Importer, ImportKind, ImportWish, read_columns
from service.flows.reads.imports import ImportView
from service.flows.reads.ports import Reads

COLUMNS_MAX: Final = 20

Kind = Annotated[ImportKind, InPath(description="What the file is about.")]
FileName = Annotated[str, Query(description="Its name.", min_length=1, max_length=NAME_BYTES_MAX)]
MaybeCrs = Annotated[
    Crs | None, Query(description="Its coordinate system; only for streets it may be left out.")
]
Columns = Annotated[
    list[str] | None,
    Query(
        description="What the file calls a field, as people=women_15_49; may be said often.",
        max_length=COLUMNS_MAX,
    ),
]
Sheet = Annotated[
    str | None, Query(description="A workbook's sheet by name; else its first.", max_length=80)
]
Replace = Annotated[bool, Query(description="Remove what is not in the file.")]
DryRun = Annotated[bool, Query(description="Only tell what it would do.")]

_A_FILE: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesIn:
    """What takes files in, one at a time; ``folder`` is where they lie meanwhile.

    ``bytes_max`` are the limits of streets, and of tables.
    """

    importer: Importer
    folder: Path | None = None
    streets_bytes_max: int = 2048 * MEBIBYTE
    table_bytes_max: int = 256 * MEBIBYTE
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """What is wrong in one cell; ``column`` is empty where it is the whole row."""

    row: int
    column: str
    why_zh: str
    why_en: str


@dataclass(frozen=True, slots=True)
class ImportRefusal:
    """A file of which nothing was taken: ``rows`` are its first mistakes, ``more`` has others."""

    error: ErrorWords
    rows: tuple[RowRefusal, ...] = ()
    more: bool = False


def import_routes(reads: Reads, files: FilesIn | None) -> APIRouter:
    """Return the routes about imports; without ``files`` they only read."""
    router = APIRouter(prefix="/imports", tags=["imports"])

    @router.get(
        "",
        summary="The files that were taken in",
        response_model=list[ImportView],
        responses=documented(examples.IMPORTS, status_422=examples.LIMIT_WRONG),
    )
    def imports(limit: FactsLimit = 100) -> Response:
        """Return the files of streets, demand and outlets with their reports, the newest first."""
        return answer(tuple[ImportView, ...], reads.imports(most=limit))

    if files is not None:
        _add_taking(router, files)
    return router


_ANSWERS: Final = documented(
    examples.REPORT,
    status_403=WRITING_REFUSED,
    status_409=examples.RUNNING,
    status_413=examples.TOO_LARGE,
    status_415=examples.NOT_A_FILE,
    status_422={},
)
_ANSWERS[422] = {
    "model": ImportRefusal,
    "description": "Nothing was taken; the message says why, and `rows` where.",
    "content": {"application/json": {"example": examples.REFUSED}},
}


def _add_taking(router: APIRouter, files: FilesIn) -> None:
    @router.post(
        "/{kind}",
        summary="Take a file in, or see what it would do",
        response_model=ImportReport,
        responses=_ANSWERS,
        dependencies=[Depends(only_files_from_here)],
        openapi_extra=_A_FILE,
    )
    async def take(
        request: Request,
        kind: Kind,
        file_name: FileName,
        *,
        crs: MaybeCrs = None,
        column: Columns = None,
        sheet: Sheet = None,
        replace: Replace = False,
        dry_run: DryRun = False,
    ) -> Response:
        """Take a file in, whole or not at all; its bytes are the body.

        Streets are OpenStreetMap (PBF or XML, 2 GiB at most), demand and outlets are CSV, XLSX or
        GeoJSON (256 MiB at most). The report is the same with `dry_run`, and nothing is written.
        The same file again changes nothing, and `is_known` says so. One at a time, and from this
        machine only, until there is sign-in.
        """
        if crs is None and kind is not ImportKind.STREETS:
            raise _no_crs()
        with _turn(files), place_for_one(files.folder) as place:
            path = place / safe_name(file_name)
            await receive(request, path, most=_limit(files, kind))
            try:
                wish = ImportWish(
                    kind=kind,
                    path=path,
                    crs=crs or Crs.WGS84,
                    columns=read_columns(column or ()),
                    sheet=sheet,
                    replace=replace,
                    dry_run=dry_run,
                )
                done = await run_in_threadpool(files.importer, wish)
            except ImportFileError as error:
                return _refusal(ErrorWords("file_refused", error.en, error.zh))
        return _rows_refused(done) if isinstance(done, Refused) else answer(ImportReport, done)


@contextmanager
def _turn(files: FilesIn) -> Iterator[None]:
    """Take one's turn, or refuse: two files at once could fill the memory."""
    if not files.turn.acquire(blocking=False):
        raise RefusalError(
            409,
            "import_running",
            "Another file is being taken in at this moment. Try again when it is done.",
            "正在导入另一个文件，请等它完成后再试。",
            retry_s=5,
        )
    try:
        yield
    finally:
        files.turn.release()


def _limit(files: FilesIn, kind: ImportKind) -> int:
    return files.streets_bytes_max if kind is ImportKind.STREETS else files.table_bytes_max


def _rows_refused(refused: Refused) -> Response:
    count = f"{len(refused.rows)}{'+' if refused.more else ''}"
    words = ErrorWords(
        "rows_refused",
        f"Nothing was imported. Mistakes, listed in rows: {count}. Correct them and try again.",
        f"没有导入任何内容：共 {count} 处错误，见 rows。请更正后重试。",
    )
    rows = tuple(
        RowRefusal(one.row, one.column, one.reason.zh, one.reason.en) for one in refused.rows
    )
    return _refusal(words, rows=rows, more=refused.more)


def _refusal(
    words: ErrorWords, *, rows: tuple[RowRefusal, ...] = (), more: bool = False
) -> Response:
    body = adapter(ImportRefusal).dump_python(ImportRefusal(words, rows, more), mode="json")
    return JSONResponse(body, status_code=422, headers={"Cache-Control": "no-store"})


def _no_crs() -> RefusalError:
    return RefusalError(
        422,
        "parameter_missing",
        "Say which coordinate system the file has: add &crs=wgs84, gcj02 or bd09 to the address.",
        "请说明文件的坐标系：在地址中加上 &crs=wgs84、gcj02 或 bd09。",
    )
