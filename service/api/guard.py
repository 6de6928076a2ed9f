"""Stands before everything: bounds on questions, headers on answers, no traceback out."""

import logging
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import ErrorWords, our_error, refuse

log = logging.getLogger(__name__)

QUERY_BYTES_MAX: Final = 2_048
PATH_CHARS_MAX: Final = 1_024
BODY_BYTES_MAX: Final = 64 * 1024
FILES_UNDER: Final = "/api/v1/imports/"
"""What is sent there is a file: its own route counts its bytes."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; "
        "style-src 'self' 'unsafe-inline'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_TOO_LONG: Final = ErrorWords(
    "address_too_long",
    f"The address is too long: a path of {PATH_CHARS_MAX} characters and a query of "
    f"{QUERY_BYTES_MAX} bytes are allowed.",
    f"地址太长：路径最多 {PATH_CHARS_MAX} 个字符，查询部分最多 {QUERY_BYTES_MAX} 字节。",
)
_TOO_MUCH: Final = ErrorWords(
    "body_too_large",
    f"Too much was sent, or without its length: {BODY_BYTES_MAX} bytes are allowed.",
    f"发送的内容太多或未注明长度：最多 {BODY_BYTES_MAX} 字节。",
)


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if len(scope["query_string"]) > QUERY_BYTES_MAX or len(scope["path"]) > PATH_CHARS_MAX:
            await refuse(422, _TOO_LONG)(scope, receive, with_headers)
            return
        if _is_too_much(scope):
            await refuse(413, _TOO_MUCH)(scope, receive, with_headers)
            return
        try:
            await self._app(scope, receive, with_headers)
        except Exception:
            error_id = self._new_id()
            log.exception(
                "Our own mistake %s at %s %s.", error_id, scope["method"], scope["path"][:200]
            )
            if not started:
                await our_error(error_id)(scope, receive, with_headers)


def _is_too_much(scope: Scope) -> bool:
    if scope["method"] == "POST" and scope["path"].startswith(FILES_UNDER):
        return False
    said = Headers(scope=scope)
    length = said.get("content-length", "0")
    small = length.isascii() and length.isdigit() and int(length[:12]) <= BODY_BYTES_MAX
    return not small or "transfer-encoding" in said
