"""Writes plain values as JSON, once, by the same types that the document describes."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from fastapi.responses import Response
from pydantic import TypeAdapter

from service.api.errors import ErrorAnswer

Documented = dict[int | str, dict[str, Any]]


@lru_cache(maxsize=128)
def adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any type that pydantic can write
    """Return what writes a type."""
    return TypeAdapter(kind)


def as_json(kind: Any, value: object) -> bytes:  # noqa: ANN401 - as above
    """Return a value as JSON text."""
    return adapter(kind).dump_json(value)


def answer(kind: Any, value: object, headers: Mapping[str, str] | None = None) -> Response:  # noqa: ANN401 - as above
    """Return a value as an answer that nobody may keep: it is of this moment."""
    return Response(
        as_json(kind, value),
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


_REFUSALS: Final = {
    403: "Not from here; the message says from where.",
    404: "There is no such thing; the message says what was looked for.",
    409: "Something else is being done; the message says what.",
    413: "Too much was sent; the message says how much is allowed.",
    415: "What was sent is of another kind; the message says of which it must be.",
    422: "A parameter is wrong; the message names it.",
    503: "Not now; the message says why and when to try again.",
}


def documented(
    example: object, *, media_type: str = "application/json", **refusals: object
) -> Documented:
    """Describe a route's answers: an example of success, and its refusals as ``status_404=…``."""
    answers: Documented = {200: {"content": {media_type: {"example": example}}}}
    for name, refusal in {**refusals, "status_503": _DATABASE}.items():
        status = int(name.removeprefix("status_"))
        answers[status] = {
            "model": ErrorAnswer,
            "description": _REFUSALS[status],
            "content": {"application/json": {"example": {"error": refusal}}},
        }
    return answers


_DATABASE: Final = {
    "code": "database_unavailable",
    "message": "The database does not answer at the moment. Try again in a few seconds.",
    "message_zh": "数据库暂时没有应答，请几秒后重试。",
}
