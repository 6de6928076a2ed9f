"""Real receivers on loopback: an HTTP server and a mail server that remember what they took."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from broker.ports import free_port


@dataclass(frozen=True)
class Taken:
    """A post as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpSink:
    """Takes posts; ``status`` by path is what it answers, 200 where nothing is said."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"{}"
    drip_s: float = 0.0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def http_sink() -> Iterator[HttpSink]:
    """Run an HTTP server."""
    sink = HttpSink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, headers = self.path, dict(self.headers.items())
            sink.taken.append(Taken(path=path, headers=headers, body=body))
            self.send_response(sink.status.get(path, 200))
            for name, value in sink.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for letter in sink.answer:
                if sink.drip_s:
                    time.sleep(sink.drip_s)
                try:
                    self.wfile.write(bytes([letter]))
                    self.wfile.flush()
                except OSError:
                    return  # Whoever asked has gone.

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the server's own words
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield sink
        server.shutdown()
        thread.join()


@dataclass
class MailSink:
    """Takes mail; ``refuses`` is what it says to every letter instead."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refuses: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        if self.refuses:
            return self.refuses
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        return "250 OK"

    @property
    def address(self) -> str:
        """Return how Apprise calls it."""
        own = f"127.0.0.1:{self.port}"
        return f"mailto://{own}/?from=circle15@example.org&to=manager@example.org&mode=insecure"


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """Run a mail server."""
    sink = MailSink(port=free_port(0)[0])
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    yield sink
    controller.stop()
