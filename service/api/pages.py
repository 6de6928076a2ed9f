"""The built pages: the page itself always fresh, its hashed files for ever."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

NOT_BUILT: Final = (
    "网页尚未构建。请运行 make demo，或运行 python -m service.web.build。数据接口在 /api/v1/ 下。\n"
    "The pages are not built yet. Run make demo, or python -m service.web.build."
    " The API is under /api/v1/.\n"
)
RESIDENTS: Final = {"where": "where.html"}
"""The page for residents, by the address that is told to them."""

FOR_EVER: Final = "public, max-age=31536000, immutable"


def add_pages(app: FastAPI, folder: Path | None) -> None:
    """Serve a folder at ``/``, below everything else; in its place a sentence where it is empty."""
    files = StaticFiles(directory=folder, check_dir=False) if folder is not None else None

    async def page(request: Request) -> Response:
        path: str = request.path_params["path"]
        if path == "api" or path.startswith("api/"):
            raise HTTPException(405 if request.method == "HEAD" else 404)
        if files is None or folder is None or not (folder / "index.html").is_file():
            return PlainTextResponse(
                NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"}
            )
        if path.removesuffix("/") in RESIDENTS and path.endswith("/"):
            # Its addresses are relative, and below a slash they would lead nowhere.
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"../{path.removesuffix('/')}{query}", status_code=308)
        response = await files.get_response(
            RESIDENTS.get(path, path) or "index.html", request.scope
        )
        hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = FOR_EVER if hashed else "no-cache"
        return response

    app.add_route("/{path:path}", page, methods=["GET", "HEAD"], include_in_schema=False)
