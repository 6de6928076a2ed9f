"""A real server on a free port, and a page that listens to it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import uvicorn
from fastapi import FastAPI

from tests.servers.processes import eventually

READ_S_MAX = 20.0


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a browser takes it from the stream; a comment has only its text."""

    kind: str
    data: Any
    id: int | None
    comment: str = ""


@dataclass(slots=True)
class Listener:
    """Everything that one page was told; it is filled while the test goes on."""

    events: list[Event] = field(default_factory=list)
    ended: bool = False

    def of(self, kind: str) -> list[Event]:
        """Return the events of one kind."""
        return [one for one in self.events if one.kind == kind]

    def until(self, holds: Callable[[], object], *, within_s: float = 10.0, what: str) -> None:
        """Wait for something to be told."""
        eventually(lambda: bool(holds()), within_s=within_s, what=what)


def _read(text: str) -> Event:
    fields: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, _, value = line.partition(": ")
        fields[name or "comment"] = value
    number = fields.get("id")
    return Event(
        kind=fields.get("event", ""),
        data=orjson.loads(fields["data"]) if "data" in fields else None,
        id=int(number) if number is not None else None,
        comment=fields.get("comment", ""),
    )


def _take(response: httpx.Response, listener: Listener) -> None:
    waiting = ""
    try:
        for text in response.iter_text():
            waiting += text
            *whole, waiting = waiting.split("\r\n\r\n")
            listener.events += [_read(one) for one in whole]
    except (httpx.HTTPError, httpx.StreamError):
        pass
    listener.ended = True


@contextmanager
def listening(
    address: str, *, after: int | None = None, last_event_id: str | None = None
) -> Iterator[Listener]:
    """Listen as a page does, in a thread, and leave at the end."""
    listener = Listener()
    headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    query = {} if after is None else {"after": after}
    url = f"{address}/api/v1/changes"
    with (
        httpx.Client(timeout=READ_S_MAX) as client,
        client.stream("GET", url, params=query, headers=headers) as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        thread = threading.Thread(target=_take, args=(response, listener), daemon=True)
        thread.start()
        listener.until(lambda: listener.events, what="the greeting")
        yield listener
        # Closing beneath the reading thread ends it; closing the response alone would wait.
        response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        thread.join(5)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port until the end of the test."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        eventually(lambda: server.started, what="the server's start")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            app.state.hub.stop_soon()
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()
