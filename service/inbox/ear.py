"""The ear, as the worker sees it: a receiver in a process of its own, begun anew should it end."""

import contextlib
import logging
import math
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol

from service.inbox.hearing import Orders
from service.inbox.receiver import OUTGOING_MAX, BrokerAddress, Letter

log = logging.getLogger(__name__)

TOP: Final = Path(__file__).parents[2]
STOPS_WITHIN_S: Final = 5.0
ASKS_EVERY_S: Final = 1.0
HALTED_AFTER_S: Final = 15.0
"""An ear that has not answered for so long has halted: it answers within a second."""

ENDED_AFTER_S: Final = 60.0
"""For so long it may still be waiting for a name server; then it is ended, and another begun."""

CONNECTIONS_EACH: Final = 2**32
"""Each ear counts its connections from a number of its own: an old receipt fits none of them."""


class Hears(Protocol):
    """What the worker needs of whoever speaks MQTT."""

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        """Return what came, up to ``most`` letters; an empty list after ``wait_s`` of nothing."""

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        """Tell the broker that letters are committed."""

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        """Send a message to a kiosk."""

    def drop(self) -> None:
        """Give up the connection; the next ``take`` makes another."""


class EarError(Exception):
    """The ear has ended by itself."""


class Ear:
    """Hears the broker from a child process. ``publish`` may be called from any thread."""

    def __init__(
        self,
        address: BrokerAddress,
        *,
        region: str,
        batch_max: int,
        halted_after_s: float = HALTED_AFTER_S,
        ended_after_s: float = ENDED_AFTER_S,
    ) -> None:
        self._address = address
        self._halted_after_s = halted_after_s
        self._ended_after_s = ended_after_s
        self._region = region
        self._batch_max = batch_max
        self._started = 0
        self._line: _Line | None = None
        self._letters: deque[Letter] = deque()
        self._outgoing: deque[tuple[str, str, int]] = deque(maxlen=OUTGOING_MAX)
        self.connected = threading.Event()

    @property
    def refused(self) -> str:
        """Return why the broker does not let us in, or nothing."""
        return "" if self._line is None else self._line.refused

    @property
    def waiting(self) -> int:
        """Return how many letters are here and not yet taken."""
        line = self._line
        return len(self._letters) + (0 if line is None else line.heard - line.taken)

    @property
    def halted_s(self) -> float:
        """Return for how long an ear that has halted has not answered; 0 while one hears."""
        silent_s = 0.0 if self._line is None else self._line.silent_s
        return silent_s if silent_s > self._halted_after_s else 0.0

    def mend(self) -> None:
        """Tell of an ear that has halted, and end one that stays so: ``take`` begins another."""
        line, halted_s = self._line, self.halted_s
        if line is None or halted_s == 0:
            return
        log.error("The process that hears the broker has not answered for %.0f s.", halted_s)
        if halted_s > self._ended_after_s:
            log.error("It is ended and another is begun; the broker delivers again what it had.")
            line.kill()

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        """Return what came, up to ``most`` letters; an empty list after ``wait_s`` of nothing."""
        line = self._line or self._begin()
        line.listen()
        self._send(line)
        while len(self._letters) < most:
            try:
                some = line.next_letters(0 if self._letters else wait_s)
            except EarError:
                self._end(line)
                raise
            if some is None:
                break
            self._letters.extend(some)
        taken = [self._letters.popleft() for _ in range(min(most, len(self._letters)))]
        if taken:
            line.say("more", len(taken))
        return taken

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        """Tell the broker that letters are committed; those of a lost connection are left alone."""
        by_connection: dict[int, list[int]] = {}
        for letter in letters:
            if letter.qos > 0:
                by_connection.setdefault(letter.connection, []).append(letter.mid)
        if by_connection and self._line is not None:
            self._line.say("ack", by_connection)

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        """Send a message to a kiosk with the next ``take``."""
        self._outgoing.append((topic, payload, qos))

    def drop(self) -> None:
        """Give up the connection; the next ``take`` makes another."""
        if self._line is not None:
            self._line.drop(unread=len(self._letters))
        self._letters.clear()

    def stop(self) -> None:
        """Say goodbye and end the ear; what is not acknowledged the broker delivers next time."""
        if self._line is not None:
            self._send(self._line)
            self._line.say("stop", None)
            self._end(self._line)

    def _send(self, line: "_Line") -> None:
        messages = [self._outgoing.popleft() for _ in range(len(self._outgoing))]
        if messages:
            line.say("publish", messages)

    def _begin(self) -> "_Line":
        self._started += 1
        orders = Orders(
            address=self._address,
            region=self._region,
            batch_max=self._batch_max,
            first_connection=self._started * CONNECTIONS_EACH,
        )
        self._line = _Line(orders, self.connected)
        return self._line

    def _end(self, line: "_Line") -> None:
        line.close()
        self._line = None
        self._letters.clear()
        self.connected.clear()


class _Line:
    """One child process and the pipe to it; a thread reads the pipe, so that neither end waits."""

    def __init__(self, orders: Orders, connected: threading.Event) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "service.inbox.hearing", str(theirs.fileno())],
                cwd=TOP,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._pipe = Connection(ours.detach())
        self._lock = threading.Lock()
        self._pieces: SimpleQueue[list[Any] | None] = SimpleQueue()
        self._asked_s = -math.inf
        self._unanswered_s: float | None = None
        self._connected = connected
        self.refused = ""
        self.heard = 0  # Counted by the reader, and the next by the worker: neither by both.
        self.taken = 0
        self.say("orders", orders)
        self._reader = threading.Thread(target=self._read, name="ear", daemon=True)
        self._reader.start()

    def say(self, verb: str, what: object) -> None:
        """Tell the ear something; one that has ended hears it no more, and ``take`` notices."""
        with self._lock:
            try:
                self._pipe.send((verb, what))
            except OSError as error:
                log.debug("The ear does not hear %s (%s).", verb, error)

    def listen(self) -> None:
        """Have it connect and hear: said again and again, else it makes no new connection."""
        now_s = time.monotonic()
        if now_s - self._asked_s >= ASKS_EVERY_S:
            self._asked_s = now_s
            self._unanswered_s = self._unanswered_s or now_s
            self.say("listen", None)

    @property
    def silent_s(self) -> float:
        """Return since when it owes us an answer."""
        since_s = self._unanswered_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def kill(self) -> None:
        """End it at once; its end is noticed as any other."""
        self._process.kill()

    def drop(self, *, unread: int) -> None:
        """Have it give up its connection, and forget what came by it; ``unread`` letters too."""
        self._asked_s = -math.inf
        self._unanswered_s = None
        self.say("drop", None)
        with contextlib.suppress(EarError):  # Whoever takes next is told of that once more.
            while (some := self.next_letters(0)) is not None:
                unread += len(some)
        self.say("more", unread)

    def next_letters(self, wait_s: float) -> list[Letter] | None:
        """Return some letters; None where none come in time."""
        try:
            piece = self._pieces.get(timeout=wait_s) if wait_s > 0 else self._pieces.get_nowait()
        except Empty:
            return None
        if piece is None:
            self._pieces.put(None)
            message = "the ear has ended by itself; another is begun"
            raise EarError(message)
        self.taken += len(piece)
        return [Letter(*one) for one in piece]

    def close(self) -> None:
        """Wait for its end, help a little where it does not come, and let go of the pipe."""
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOPS_WITHIN_S)
        self._pipe.close()

    def _read(self) -> None:
        try:
            while True:
                verb, what = self._pipe.recv()
                self._unanswered_s = None
                if verb == "letters":
                    self.heard += len(what)
                    self._pieces.put(what)
                else:
                    self._note(*what)
        except (EOFError, OSError):
            self._connected.clear()
            self._pieces.put(None)

    def _note(self, connected: bool, refused: str) -> None:  # noqa: FBT001 - as the ear said it
        self.refused = refused
        if connected:
            self._connected.set()
        else:
            self._connected.clear()
