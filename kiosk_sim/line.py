"""One kiosk's connection: a paho client without a thread, driven from outside by its socket.

Sessions are kept (``clean_session=False``, client id = kiosk id): a command of QoS 1 that comes
while the kiosk is away waits at the broker; it carries ``expires``, and commands may be repeated
without harm. Each connection gets a fresh client object, so that nothing of an older connection
(paho's own queue of unacknowledged publishes) is ever sent: the outbox alone decides.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.network import Link

_UNACKED_MAX: Final = 400
_CONNACK_S: Final = 30.0
_KEEPALIVE_S: Final = 60
_MISC_S: Final = 10.0
_STEADY_S: Final = 60.0
_CONNECT_S: Final = 5.0
_GROWTH_MAX: Final = 10


class Socket(Protocol):
    """A socket as a selector and we need it, plain or TLS."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, the passwords that the kiosks have inside, and how long they wait.

    Without a password a kiosk connects anonymously. A cluster of brokers listens at other places
    too; the kiosks spread over all of them.
    """

    host: str
    port: int
    passwords: dict[str, str]
    retry_most_s: float = 300.0
    others: tuple[tuple[str, int], ...] = ()

    def place(self, attempt: int) -> tuple[str, int]:
        """Return where to knock the n-th time: at each node in turn."""
        places = ((self.host, self.port), *self.others)
        return places[attempt % len(places)]


def _ignore(_line: "Line", _sock: Socket) -> None:
    """Nobody watches this socket yet."""


class Line:
    """A kiosk with its line to the broker."""

    def __init__(
        self,
        kiosk: Kiosk,
        link: Link,
        broker: Broker,
        rng: random.Random,
        clock: Callable[[], float],
    ) -> None:
        """Begin unconnected; ``retry_at`` says when the first attempt is due."""
        self.kiosk, self.link = kiosk, link
        self.retry_at = 0.0
        self.trouble = ""
        self.connected = False
        self.on_open: Callable[[Line, Socket], None] = _ignore
        self.on_close: Callable[[Line, Socket], None] = _ignore
        self._broker = broker
        self._rng = rng
        self._clock = clock
        self._client: Client | None = None
        self._failures = 0
        self._attempts = sum(kiosk.id.encode())  # Neighbours begin at different nodes.
        self._unacked = 0
        self._opened_at = 0.0
        self._misc_at = math.inf
        self._greeted = False

    # Connecting.

    def _new_client(self) -> Client:
        kiosk = self.kiosk
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=kiosk.id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_S
        client.max_inflight_messages_set(0)
        client.max_queued_messages_set(0)
        password = self._broker.passwords.get(kiosk.id)
        if password is not None:
            client.username_pw_set(kiosk.id, password)
        will = kiosk.agent.will()
        client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_socket_open = lambda _client, _data, sock: self.on_open(self, sock)
        client.on_socket_close = lambda _client, _data, sock: self.on_close(self, sock)
        return client

    def _connect(self, now: float) -> None:
        self._client = self._new_client()
        self._opened_at, self._misc_at, self._unacked = now, now + _MISC_S, 0
        host, port = self._broker.place(self._attempts)
        self._attempts += 1
        try:
            self._client.connect(host, port, keepalive=_KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._failed(now, f"cannot reach {host}:{port}: {error}")

    def _failed(self, now: float, why: str) -> None:
        """Give the connection up and draw when to try again: full jitter, growing."""
        self.trouble = why
        self.connected, self._greeted = False, False
        self.kiosk.agent.on_disconnect()
        self._client = None
        self._misc_at = math.inf
        if now - self._opened_at > _STEADY_S:
            self._failures = 0
        self._failures = min(self._failures + 1, _GROWTH_MAX)
        most = min(self._broker.retry_most_s, 2.0**self._failures)
        self.retry_at = now + self._rng.uniform(min(1.0, most), most)

    def drop(self, now: float, why: str = "") -> None:
        """Tear the socket down without a word; the broker publishes the will."""
        client = self._client
        if client is not None:
            sock = client.socket()
            if sock is not None:
                self.on_close(self, sock)
                sock.close()
        self._failed(now, why)

    def close(self) -> None:
        """Say goodbye: the offline state that the will would have said, then disconnect."""
        if self._client is not None and self.connected:
            will = self.kiosk.agent.will()
            self._client.publish(will.topic, will.payload, will.qos, will.retain)
            self._client.disconnect()
        self._client = None

    # What paho calls.

    def _on_connect(
        self,
        client: Client,
        _data: Any,  # noqa: ANN401 - paho's signature
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refused the connection: {reason}"
            return
        self.connected, self.trouble = True, ""
        client.subscribe(self.kiosk.agent.subscriptions())

    def _on_message(
        self,
        _client: Client,
        _data: Any,  # noqa: ANN401 - paho's signature
        message: MQTTMessage,
    ) -> None:
        if self.link.lets_in():
            self.kiosk.agent.on_message(message.topic, bytes(message.payload), self._clock())

    def _on_publish(
        self,
        _client: Client,
        _data: Any,  # noqa: ANN401 - paho's signature
        _mid: int,
        _reason: ReasonCode,
        _properties: Properties,
    ) -> None:
        self._unacked -= 1

    def _on_disconnect(self, *_: object) -> None:
        self.connected = False

    # What the fleet calls.

    def readable(self) -> None:
        """Read what has come."""
        if self._client is not None:
            self._client.loop_read()

    def writable(self) -> None:
        """Write what waits."""
        if self._client is not None:
            self._client.loop_write()

    def sock(self) -> Socket | None:
        """Return the open socket, if there is one."""
        return self._client.socket() if self._client is not None else None

    def wants_write(self) -> bool:
        """Say whether something waits to be written."""
        return self._client is not None and self._client.want_write()

    def pump(self, now: float) -> None:
        """Do whatever is due: connect, cut, send, keep alive."""
        if self.link.is_cut(now):
            if self._client is not None:
                self.drop(now)
            self.retry_at = max(self.retry_at, self.link.whole_at())
            return
        if self._client is None:
            if now < self.retry_at:
                return
            self._connect(now)
        elif now >= self._misc_at:
            self._misc_at = now + _MISC_S
            self._client.loop_misc()
            if not self.connected and now - self._opened_at > _CONNACK_S:
                self.drop(now, "the broker does not answer")
                return
        if self._client is not None and self._client.socket() is None:
            self._failed(now, self.trouble or "the connection was lost")
            return
        if self._client is not None and self.connected:
            self._send(self._client, now)

    def _send(self, client: Client, now: float) -> None:
        agent = self.kiosk.agent
        packets = []
        if not self._greeted:
            self._greeted = True
            packets = agent.on_connect(now)
        room = min(_UNACKED_MAX - self._unacked, self.link.room())
        if room > 0:
            packets = [*packets, *agent.poll(now, room)]
        for packet in self.link.send(packets, now):
            self._unacked += 1
            client.publish(packet.topic, packet.payload, packet.qos, packet.retain)

    def due_at(self) -> float:
        """Return when ``pump`` has something to do without being asked."""
        if self._client is None:
            return max(self.retry_at, self.link.whole_at())
        due = min(self._misc_at, self.link.due_at())
        if self.connected and self._unacked < _UNACKED_MAX:
            due = min(due, self.kiosk.agent.due_at())
        return due
