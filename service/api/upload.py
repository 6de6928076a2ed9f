"""Receives a file that is sent as it is: within a limit, and by a name that can do no harm."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from service.api.errors import RefusalError

MEBIBYTE: Final = 1024 * 1024
NAME_BYTES_MAX: Final = 200


@contextmanager
def place_for_one(folder: Path | None) -> Iterator[Path]:
    """Give an empty folder in another, or where the system keeps such; it goes with all in it."""
    try:
        place = TemporaryDirectory(prefix="circle15-", dir=folder)
    except OSError as error:
        raise _no_room(error) from error
    with place as path:
        yield Path(path)


def safe_name(name: str) -> str:
    """Return a file's name without folders and without what a name may not have."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable()).strip(". ")
    return kept.encode(errors="ignore")[:NAME_BYTES_MAX].decode(errors="ignore") or "file"


async def receive(request: Request, path: Path, *, most: int) -> None:
    """Write what is sent to a file; refuse it at the first byte too many."""
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and int(length[:20]) <= most):
        raise _too_large(most)
    count = 0
    try:
        file = await run_in_threadpool(path.open, "wb")
        try:
            async for piece in request.stream():
                count += len(piece)
                if count > most:
                    raise _too_large(most)
                await run_in_threadpool(file.write, piece)
        finally:
            await run_in_threadpool(file.close)
    except ClientDisconnect as error:
        raise _broken_off() from error
    except OSError as error:
        raise _no_room(error) from error


def _too_large(most: int) -> RefusalError:
    size = f"{most / MEBIBYTE:,.0f} MiB" if most >= MEBIBYTE else f"{most:,} B"
    return RefusalError(
        413,
        "file_too_large",
        f"The file is too large: {size} are allowed. Cut out the part that you need.",
        f"文件太大：最多 {size}。请只截取需要的部分。",
    )


def _broken_off() -> RefusalError:
    return RefusalError(
        400,
        "upload_broken_off",
        "The file did not come whole; nothing was imported. Send it again.",
        "文件未传完，没有导入任何内容。请重新发送。",
    )


def _no_room(error: OSError) -> RefusalError:
    why = error.strerror or type(error).__name__
    return RefusalError(
        503,
        "no_room",
        f"The service cannot keep the file while it reads it ({why}). Make room on its disk.",
        f"服务无法暂存该文件（{why}）。请清理磁盘空间。",
    )
