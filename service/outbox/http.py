"""Posts JSON to an address that somebody gave us: bounded in time and size, and never elsewhere."""

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from service.domain.notice import Again, Never, Outcome, Sent

# It tells every request with its whole address, and in an address there is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

WHOLE_S: Final = 20.0
"""So long a post may take in all, however slowly an answer drips."""

STEP_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 8_192
BODY_BYTES_MAX: Final = 262_144
USER_AGENT: Final = "Circle15"
_SUCCESS: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_REFUSED: Final = range(400, 500)
_PASSING: Final = frozenset({408, 425, 429})
"""Refusals that are of the moment."""

_WAIT_DIGITS_MAX: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: its status, the begin of its body, and how long it asks us to wait."""

    status: int
    body: bytes = b""
    retry_after: timedelta | None = None


def post_json(
    url: str, body: bytes, headers: Mapping[str, str], *, whole_s: float = WHOLE_S
) -> Reply | Again | Never:
    """Post once; what is no answer is how the sending ended."""
    assert len(body) <= BODY_BYTES_MAX, "whoever writes a body keeps it short"
    try:
        # In a thread of its own: whoever calls may have a loop running, which forbids another.
        with ThreadPoolExecutor(max_workers=1) as apart:
            return apart.submit(lambda: asyncio.run(_post(url, body, headers, whole_s))).result()
    except TimeoutError:
        return Again(f"no whole answer within {whole_s:g} s; it may have arrived")
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return Never("the address is none that can be posted to: correct the channel")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError):
        return Again("the receiver cannot be reached")
    except httpx.HTTPError as error:
        return Again(f"the connection broke ({type(error).__name__}); it may have arrived")


def judge(reply: Reply) -> Outcome:
    """Return what an answer's status means for a notice."""
    if reply.status in _SUCCESS:
        return Sent()
    if reply.status in _REDIRECT:
        said = f"it answered {reply.status}, a redirect, which we do not follow"
        return Never(f"{said}: give the channel the final address")
    if reply.status in _REFUSED and reply.status not in _PASSING:
        return Never(f"it answered {reply.status}: the receiver refuses it as it is")
    return Again(f"it answered {reply.status}", reply.retry_after)


def as_body(value: object) -> bytes:
    """Return a value as JSON, the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


async def _post(url: str, body: bytes, headers: Mapping[str, str], whole_s: float) -> Reply:
    ours = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
    async with (
        asyncio.timeout(whole_s),
        httpx.AsyncClient(timeout=STEP_S, follow_redirects=False) as client,
        client.stream("POST", url, content=body, headers={**ours, **headers}) as response,
    ):
        answer = b""
        async for piece in response.aiter_bytes():
            answer += piece
            if len(answer) >= ANSWER_BYTES_MAX:
                break
        return Reply(
            status=response.status_code,
            body=answer[:ANSWER_BYTES_MAX],
            retry_after=_asked(response.headers.get("retry-after", "")),
        )


def _asked(header: str) -> timedelta | None:
    """Return the wait that is asked for in seconds; a date is not worth the reading."""
    seconds = header.strip()
    if not seconds.isascii() or not seconds.isdigit() or len(seconds) > _WAIT_DIGITS_MAX:
        return None
    return timedelta(seconds=int(seconds))
