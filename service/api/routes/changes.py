"""Live changes as server-sent events."""

import asyncio
import logging
from typing import Annotated

import anyio
from fastapi import APIRouter, Header, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from service.api import examples
from service.api.answers import documented
from service.api.errors import RefusalError
from service.api.live.hub import Hub, Page
from service.api.parameters import After

log = logging.getLogger(__name__)

PING_S = 15
GRACE_S = 1.0
SEND_S_MAX = 20.0
"""A page that takes nothing for so long is gone, whatever its connection says."""


class _Stream(EventSourceResponse):
    """A page's stream; however it ends, the page gives its place free."""

    def __init__(self, hub: Hub, page: Page, after: int | None) -> None:
        self._stopping = anyio.Event()
        super().__init__(
            hub.stream(page, after),
            ping=PING_S,
            ping_message_factory=lambda: ServerSentEvent(comment="ping"),
            send_timeout=SEND_S_MAX,
            shutdown_event=self._stopping,
            shutdown_grace_period=GRACE_S,
        )
        self._hub, self._page = hub, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watcher = asyncio.create_task(self._end_when_stopping())
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("A page took nothing for %.0f s and was let go.", SEND_S_MAX)
        finally:
            watcher.cancel()
            self._hub.leave(self._page)

    async def _end_when_stopping(self) -> None:
        """End in good order when the server stops, so that the browser sees no broken answer."""
        await self._stopping.wait()
        self._page.end()


def change_routes(hub: Hub) -> APIRouter:
    """Return the route of live changes."""
    router = APIRouter(tags=["live"])

    @router.get(
        "/changes",
        summary="Live changes as server-sent events",
        response_class=EventSourceResponse,
        responses=_documented(),
    )
    async def changes(
        after: After = None,
        last_event_id: Annotated[
            str | None, Header(max_length=200, description="Sent by browsers on their own.")
        ] = None,
    ) -> Response:
        """Follow what changes, from `after` or `Last-Event-ID` on; an event's id is its change's.

        - `kiosk`: a kiosk as it stands now, as in `/kiosks`
        - `incident`: an incident to which something happened, as in `/incidents`
        - `coverage`: as `/coverage`
        - `progress`: `{"behind_facts":12345,"kiosks_catching_up":40,"facts_expected":90210}`, at
          most once a second while kiosks upload their history, once with nothing behind when they
          are done, and to each page that resumes; `facts_expected` are all facts that the kiosks
          which are there say they have
        - `reset`: too much has happened since; read everything anew and go on from this id

        Several changes of one kiosk may come as one event. A page that reads too slowly is let go
        and resumes by itself.
        """
        page = hub.join()
        if page is None:
            words = examples.TOO_MANY_PAGES
            raise RefusalError(
                503, words["code"], words["message"], words["message_zh"], retry_s=30
            )
        return _Stream(hub, page, _begin(after, last_event_id))

    return router


def _begin(after: int | None, last_event_id: str | None) -> int | None:
    """Return where to begin: a browser's own word is newer than the address it was given."""
    if last_event_id is None or last_event_id == "":
        return after
    # What is no number of ours is answered with a reset, not refused: a browser gives up on that.
    return int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else -2


def _documented() -> dict[int | str, dict[str, object]]:
    answers = documented(
        examples.CHANGES, media_type="text/event-stream", status_422=examples.PARAMETER_WRONG
    )
    answers[503]["content"] = {"application/json": {"example": {"error": examples.TOO_MANY_PAGES}}}
    return answers
