"""An MQTT broker of thoughts: sessions, queues, retained words, wills, and three ways to die.

It keeps the promises of MQTT 3.1.1 that matter here and none besides. QoS 1 is delivered again on
the next connection under another packet id, for ids mean nothing across connections. A queue is
bounded and drops what no longer fits, as Mosquitto does. What a publisher is told (PUBACK) is no
receipt, so nobody here is told anything. Order holds from one sender to one receiver.
"""

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

MID_MAX: Final = 65_535


class Message(NamedTuple):
    """What somebody published."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False


class Client(Protocol):
    """Whoever is connected."""

    def receive(self, mid: int, message: Message) -> None:
        """Take a message; ``mid`` is what to acknowledge it by, 0 where nothing is to be."""

    def cut(self) -> None:
        """Learn that the connection is gone."""


@dataclass
class Session:
    """What the broker remembers of a client, connected or not."""

    hears: Callable[[str], bool]
    queue: deque[Message] = field(default_factory=deque)
    inflight: dict[int, Message] = field(default_factory=dict)
    next_mid: int = 1


@dataclass
class Memory:
    """What the broker writes to its disk now and then."""

    sessions: dict[str, Session] = field(default_factory=dict)
    retained: dict[str, Message] = field(default_factory=dict)


class Broker:
    """Delivers; ``window`` messages at most wait for a client's acknowledgement."""

    def __init__(self, *, queue_max: int, window: int) -> None:
        self.is_up = True
        self.dropped = 0
        self._queue_max = queue_max
        self._window = window
        self._memory = Memory()
        self._saved = Memory()
        self._clients: dict[str, Client] = {}
        self._wills: dict[str, Message] = {}

    # Coming and going.

    def connect(
        self, client_id: str, client: Client, will: Message, hears: Callable[[str], bool]
    ) -> bool:
        """Connect with a kept session and subscribe; a second connection ends the first."""
        if not self.is_up:
            return False
        self.lose(client_id)
        session = self._memory.sessions.setdefault(client_id, Session(hears))
        session.hears = hears
        session.queue.extendleft(reversed(session.inflight.values()))
        session.inflight.clear()
        session.next_mid = 1
        self._clients[client_id] = client
        self._wills[client_id] = will
        for message in list(self._memory.retained.values()):
            if hears(message.topic):
                self._enqueue(session, message)
        self.deliver(client_id)
        return True

    def lose(self, client_id: str) -> None:
        """End a connection without a word of its client: its will is spoken."""
        client = self._clients.pop(client_id, None)
        will = self._wills.pop(client_id, None)
        if client is not None and will is not None:
            client.cut()
            self.publish(will)

    def leave(self, client_id: str) -> None:
        """End a connection as its client wished: no will."""
        self._clients.pop(client_id, None)
        self._wills.pop(client_id, None)

    def forget(self, client_id: str) -> None:
        """Drop a client's session, as an operator does with one that was a mistake."""
        self.leave(client_id)
        self._memory.sessions.pop(client_id, None)

    def serves(self, client_id: str, client: Client) -> bool:
        """Say whether this very client is connected under that id."""
        return self._clients.get(client_id) is client

    # Messages.

    def publish(self, message: Message) -> None:
        """Take a message and put it in the queue of everybody who hears its topic."""
        if not self.is_up:
            return
        if message.retain:
            self._memory.retained[message.topic] = message
        for client_id, session in list(self._memory.sessions.items()):
            if session.hears(message.topic):
                self._route(client_id, session, message)

    def acknowledge(self, client_id: str, mid: int) -> Message | None:
        """Forget what a client has acknowledged, and return it; an unknown id means nothing."""
        session = self._memory.sessions.get(client_id)
        return None if session is None else session.inflight.pop(mid, None)

    def deliver(self, client_id: str) -> None:
        """Send a client what waits for it, as far as its window goes."""
        session, client = self._memory.sessions.get(client_id), self._clients.get(client_id)
        while session is not None and client is not None and session.queue:
            if len(session.inflight) >= self._window:
                return
            message = session.queue.popleft()
            mid = _free_mid(session)
            session.inflight[mid] = message
            client.receive(mid, message)

    def waiting(self) -> int:
        """Return how many messages are not yet acknowledged."""
        sessions = self._memory.sessions.values()
        return sum(len(session.queue) + len(session.inflight) for session in sessions)

    def _route(self, client_id: str, session: Session, message: Message) -> None:
        if message.qos > 0:
            self._enqueue(session, message)
            self.deliver(client_id)
        elif client_id in self._clients:
            self._clients[client_id].receive(0, message)

    def _enqueue(self, session: Session, message: Message) -> None:
        if len(session.queue) >= self._queue_max:
            self.dropped += 1
            return
        session.queue.append(message)

    # Dying.

    def save(self) -> None:
        """Write everything to disk."""
        self._saved = deepcopy(self._memory)

    def die(self, *, keeps: bool, rolls_back: bool) -> None:
        """Fall over: no will is spoken; keep all, what was last saved, or nothing at all."""
        clients, self._clients = self._clients, {}
        self._wills.clear()
        for client in clients.values():
            client.cut()
        if not keeps:
            self._memory = deepcopy(self._saved) if rolls_back else Memory()
        self.is_up = False

    def rise(self) -> None:
        """Stand up again."""
        self.is_up = True


def _free_mid(session: Session) -> int:
    while session.next_mid in session.inflight:
        session.next_mid = session.next_mid % MID_MAX + 1
    mid = session.next_mid
    session.next_mid = mid % MID_MAX + 1
    return mid
