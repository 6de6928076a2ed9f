"""The stub's imports: a file is looked at by its length and first letters only."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.browser.stub_data import Row, iso
from tests.browser.stub_district import District

REFUSED: Row = {
    "error": {
        "code": "rows_refused",
        "message": "Nothing was imported. Mistakes, listed in rows: 2.",
        "message_zh": "没有导入任何内容：共 2 处错误，见 rows。请更正后重试。",
    },
    "rows": [
        {
            "row": 7,
            "column": "people",
            "why_zh": '人数不能为负："-3"',
            "why_en": 'people cannot be negative: "-3"',
        },
        {"row": 9, "column": "", "why_zh": "此行为空", "why_en": "the row is empty"},
    ],
    "more": False,
}


def add_imports(app: FastAPI, district: District) -> None:
    """Add the routes about files; one that begins with “bad” has wrong rows."""
    log: list[Row] = []

    @app.get("/api/v1/imports")
    async def imports() -> list[Row]:
        return list(reversed(log))

    @app.post("/api/v1/imports/{kind}")
    async def take(
        request: Request, kind: str, crs: str, file_name: str, *, dry_run: bool = False
    ) -> Response:
        body = await request.body()
        if request.headers["content-type"] != "application/octet-stream":
            return JSONResponse({"error": {"code": "not_a_file"}}, status_code=415)
        if body.startswith(b"bad"):
            return JSONResponse(REFUSED, status_code=422)
        report = {
            "rows": body.count(b"\n"),
            "people": 227_573,
            "off_street": 12,
            "outside": 1,
            "added": 3,
            "changed": 2,
            "unchanged": 425,
            "removed": 0,
            "skipped": 0,
            "is_known": False,
            "likely_crs": "gcj02" if crs == "wgs84" else None,
            "warnings": [{"zh": '以下列未使用："remark"。', "en": 'Not used: "remark".'}],
        }
        if not dry_run:
            about = {"kind": kind, "file_name": file_name, "crs": crs, "digest": "0" * 64}
            at = iso(district.now)
            log.append({"id": len(log) + 1, **about, "at": at, "report": report})
        return JSONResponse(report)
