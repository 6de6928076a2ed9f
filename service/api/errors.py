"""Refusals in one shape and in words, Chinese and English; one table turns each into a status."""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from service.flows.reads.ports import StoreUnavailableError

VALUE_CHARS_MAX: Final = 60
"""So much of what was asked is said back."""


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What happened and what to do; ``code`` is for machines and does not change."""

    code: str
    message: str
    message_zh: str


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Every answer that is not a success."""

    error: ErrorWords


class RefusalError(Exception):
    """An expected refusal."""

    def __init__(
        self, status: int, code: str, message: str, message_zh: str, *, retry_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.words = ErrorWords(code, message, message_zh)
        self.retry_s = retry_s


def no_such_item(item: str) -> RefusalError:
    """Return the refusal of an item that the district does not give out."""
    name = shorten(item)
    return RefusalError(
        404,
        "item_unknown",
        f"No item {name} is given out in this district. /api/v1/items lists them all.",
        f"本区不发放编号为 {name} 的药具。全部品种见 /api/v1/items。",
    )


_BY_STATUS: Final = {
    404: (
        "not_found",
        "There is nothing at this address. The list of addresses is /api/v1/openapi.json.",
        "这个地址没有内容。全部地址见 /api/v1/openapi.json。",
    ),
    405: (
        "method_not_allowed",
        "This address does not take that method; most can only be read, with GET.",
        "这个地址不接受该方法；大多数地址只能读取（GET）。",
    ),
}


def refuse(status: int, words: ErrorWords, *, retry_s: int | None = None) -> Response:
    """Return the answer that says no."""
    said = {"code": words.code, "message": words.message, "message_zh": words.message_zh}
    headers = {"Cache-Control": "no-store"}
    if retry_s is not None:
        headers["Retry-After"] = str(retry_s)
    return JSONResponse({"error": said}, status_code=status, headers=headers)


def our_error(error_id: str) -> Response:
    """Return the answer to a mistake of ours; its id stands in the log beside the cause."""
    return refuse(
        500,
        ErrorWords(
            "our_error",
            f"This is our mistake, not yours. Try again; if it stays, tell whoever runs the "
            f"service the number {error_id}: it stands in the log.",
            f"这是服务自身的错误。请重试；如仍出现，请把编号 {error_id} 告诉运维人员，"
            "日志里有对应的原因。",
        ),
    )


def add_handlers(app: FastAPI) -> None:
    """Make every refusal of an application answer in the one shape."""

    @app.exception_handler(RefusalError)
    async def _refused(_request: Request, error: RefusalError) -> Response:
        return refuse(error.status, error.words, retry_s=error.retry_s)

    @app.exception_handler(StoreUnavailableError)
    async def _unavailable(_request: Request, _error: StoreUnavailableError) -> Response:
        words = ErrorWords(
            "database_unavailable",
            "The database does not answer at the moment. Try again in a few seconds.",
            "数据库暂时没有应答，请几秒后重试。",
        )
        return refuse(503, words, retry_s=5)

    @app.exception_handler(RequestValidationError)
    async def _wrong(_request: Request, error: RequestValidationError) -> Response:
        return refuse(422, _wrong_in_words(error))

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> Response:
        known = _BY_STATUS.get(error.status_code)
        fallback = ("refused", f"The request was refused: {error.detail}.", "请求未被接受。")
        return refuse(error.status_code, ErrorWords(*(known or fallback)))


def _wrong_in_words(error: RequestValidationError) -> ErrorWords:
    first = error.errors()[0]
    name = str(first["loc"][-1])
    if first["type"] == "missing":
        return ErrorWords(
            "parameter_missing",
            f"The parameter {name} is missing; add ?{name}=… to the address.",
            f"缺少参数 {name}，请在地址中加上 ?{name}=…。",
        )
    given = shorten(first.get("input"))
    advice, advice_zh = _ADVICE.get(name) or _choices(first) or (first["msg"], "请更正后重试")
    return ErrorWords(
        "parameter_wrong",
        f"The parameter {name} cannot be {given}: {advice}.",
        f"参数 {name} 的值 {given} 不对，{advice_zh}。",
    )


def _choices(error: Any) -> tuple[str, str] | None:  # noqa: ANN401 - pydantic's own dictionary
    """Return what may be chosen, where only some words may stand there."""
    if error["type"] not in {"literal_error", "enum"}:
        return None
    words = error["ctx"]["expected"].replace("'", "")
    return f"choose {words}", f"请用 {words.replace(' or ', ' 或 ').replace(', ', '、')}"


_ADVICE: Final = {
    "month": ("write a month as 2026-10", "月份请写成 2026-10"),
    "at": (
        "write a moment with its zone, as 2026-10-17T12:00:00Z or 2026-10-17T20:00:00%2B08:00",
        "时刻请带时区，写成 2026-10-17T12:00:00Z 或 2026-10-17T20:00:00%2B08:00",
    ),
    "days": ("give a number of days from 1 to 91", "天数请用 1 到 91"),
    "after": ("give a number that an answer of ours held", "请用接口返回的编号"),
}


def shorten(value: Any) -> str:  # noqa: ANN401 - whatever came over the wire
    """Return a value as it may be said back: short, in one line, in quotes."""
    text = str(value)
    if len(text) > VALUE_CHARS_MAX:
        text = text[:VALUE_CHARS_MAX] + "…"
    return '"' + "".join(char if char.isprintable() else "\ufffd" for char in text) + '"'
