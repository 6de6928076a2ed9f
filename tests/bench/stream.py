"""Publishes facts at a steady rate whatever happens: one lean connection for each kiosk.

A process of its own. It never waits for an answer, so that a slow service cannot slow it down and
thereby flatter itself (coordinated omission); each fact has its moment, and goes out then.
"""

import contextlib
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from itertools import islice
from typing import Final

from tests.bench.backlog import Message, backlog

TICK_S: Final = 0.002
CHUNK_BYTES: Final = 65_536
MID_MAX: Final = 65_535
CONNECT, CONNACK, PUBLISH_QOS_1 = 0x10, 0x20, 0x32


@dataclass(frozen=True, kw_only=True)
class Wish:
    """As whom to publish, and where."""

    port: int
    kiosks: int
    seed: int
    passwords: dict[str, str]


class Lean:
    """A kiosk's connection that publishes at QoS 1 and throws away whatever comes."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._mid = 0
        self._waiting = bytearray()
        self.wire = socket.create_connection(("127.0.0.1", port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # MQTT 3.1.1, user name, password, clean session, no keepalive.
        body = _text("MQTT") + b"\x04\xc2\x00\x00" + _text(name) + _text(name) + _text(password)
        self.wire.sendall(bytes([CONNECT]) + _length(len(body)) + body)
        answer = self.wire.recv(4)
        assert answer[:1] == bytes([CONNACK]), answer
        assert answer[3] == 0, f"the broker refused {name}: {answer[3]}"
        self.wire.settimeout(0)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a message, or keep it until the socket takes more."""
        self._mid = self._mid % MID_MAX + 1
        body = _text(topic) + self._mid.to_bytes(2, "big") + payload
        self._waiting += bytes([PUBLISH_QOS_1]) + _length(len(body)) + body

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        if self._waiting:
            with contextlib.suppress(BlockingIOError):
                del self._waiting[: self.wire.send(self._waiting)]

    def drain(self) -> None:
        """Take the acknowledgements off the wire."""
        with contextlib.suppress(BlockingIOError):
            assert self.wire.recv(CHUNK_BYTES), "the broker hung up"


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _length(number: int) -> bytes:
    found = bytearray()
    while True:
        number, low = divmod(number, 128)
        found.append(low | (128 if number else 0))
        if not number:
            return bytes(found)


class Stream:
    """All kiosks of the load."""

    def __init__(self, wish: Wish) -> None:
        names = [f"K{number:04d}" for number in range(1, wish.kiosks + 1)]
        self._lines = {name: Lean(wish.port, name, wish.passwords[name]) for name in names}
        self._facts = backlog(wish.kiosks, sys.maxsize, wish.seed)
        self._selector = selectors.DefaultSelector()
        for line in self._lines.values():
            self._selector.register(line.wire, selectors.EVENT_READ, line)

    def prepare(self, count: int) -> list[tuple[Lean, Message]]:
        """Make the messages ahead, so that sending them is all that is left."""
        return [
            (self._lines[topic.split("/")[3]], (topic, payload))
            for topic, payload in islice(self._facts, count)
        ]

    def send(self, messages: list[tuple[Lean, Message]], rate: float) -> float:
        """Send each at its moment; return by how many seconds the latest was late."""
        begun_s, sent, late_s = time.monotonic(), 0, 0.0
        while sent < len(messages):
            due = min(len(messages), int((time.monotonic() - begun_s) * rate) + 1)
            if due > sent:
                late_s = max(late_s, time.monotonic() - begun_s - sent / rate)
            for line, (topic, payload) in messages[sent:due]:
                line.publish(topic, payload)
            sent = due
            self._turn(TICK_S)
        self._turn(TICK_S)
        return late_s

    def _turn(self, wait_s: float) -> None:
        for line in self._lines.values():
            line.flush()
        for key, _ in self._selector.select(0):
            key.data.drain()
        time.sleep(wait_s)


def main() -> None:
    """Take a wish, then do as each line says: ``rate count`` sends so many at so many a second."""
    stream = Stream(Wish(**json.loads(sys.stdin.readline())))
    print("ready", flush=True)
    for line in sys.stdin:
        rate, count = line.split()
        messages = stream.prepare(int(count))
        print("go", flush=True)
        print(stream.send(messages, float(rate)), flush=True)


if __name__ == "__main__":
    main()
