"""A small MQTT 3.1.1 client for tests: what it does is done when the call returns."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict, Unpack

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.servers.broker import BrokerServer
from tests.servers.processes import eventually

WITHIN_S = 10.0


@dataclass(frozen=True)
class Heard:
    """One message as it arrived."""

    topic: str
    payload: bytes
    retain: bool


class Options(TypedDict, total=False):
    """What a connection may differ in from a kiosk's usual one."""

    password: str | None
    client_id: str
    clean: bool
    will: tuple[str, bytes] | None
    acknowledges: bool


class Session:
    """One connection, under an account's name and client id unless told otherwise."""

    def __init__(self, name: str, **options: Unpack[Options]) -> None:
        self.heard: list[Heard] = []
        self.refusal: str | None = None
        self.session_present = False
        self._answered = threading.Event()
        self._granted: dict[int, list[bool]] = {}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=options.get("client_id", name),
            clean_session=options.get("clean", True),
            protocol=paho.MQTTv311,
            manual_ack=not options.get("acknowledges", True),
        )
        self._client.max_inflight_messages_set(1000)
        password, will = options.get("password"), options.get("will")
        if password is not None:
            self._client.username_pw_set(name, password)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def open(self, port: int) -> None:
        self._client.connect("127.0.0.1", port, keepalive=30)
        self._client.loop_start()
        assert self._answered.wait(WITHIN_S), "the broker did not answer the CONNECT"

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected()

    def subscribe(self, *topics: str, qos: int = 1) -> list[bool]:
        """Subscribe and return, for each topic, whether the broker granted it."""
        _, number = self._client.subscribe([(topic, qos) for topic in topics])
        assert number is not None
        eventually(lambda: number in self._granted, what="the broker's answer to SUBSCRIBE")
        return self._granted[number]

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish, and at QoS 1 wait for the broker's PUBACK."""
        sent = self._client.publish(topic, payload, qos=qos, retain=retain)
        sent.wait_for_publish(WITHIN_S)
        assert sent.is_published(), f"no PUBACK for {topic}"

    def publish_many(self, topic: str, payloads: list[bytes]) -> None:
        """Publish at QoS 1 and wait for all PUBACKs."""
        sent = [self._client.publish(topic, payload, qos=1) for payload in payloads]
        eventually(
            lambda: all(one.is_published() for one in sent), within_s=60, what="every PUBACK"
        )

    def send_unacknowledged(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 1 and expect nothing: the broker may cut us off."""
        self._client.publish(topic, payload, qos=1)

    def wait_for(self, count: int, *, within_s: float = WITHIN_S) -> list[Heard]:
        """Wait until so many messages arrived and return them."""
        eventually(
            lambda: len(self.heard) >= count,
            within_s=within_s,
            what=f"hearing {count} messages (heard {len(self.heard)})",
        )
        return self.heard

    def cut(self) -> None:
        """Lose the network without a word, so that the broker sends the will; stay away."""
        self._client.on_disconnect = self._stay_away
        wire = self._client.socket()
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self,
        _client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.refusal = str(reason) if reason.is_failure else None
        self.session_present = flags.session_present
        self._answered.set()
        if self.refusal is not None:
            self._client.disconnect()

    def _stay_away(self, *_told: object) -> None:
        self._client.loop_stop()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append(Heard(message.topic, bytes(message.payload), message.retain))

    def _on_subscribe(
        self,
        _client: paho.Client,
        _data: object,
        number: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._granted[number] = [not code.is_failure for code in codes]


@contextmanager
def session(server: BrokerServer, name: str, **options: Unpack[Options]) -> Iterator[Session]:
    """Connect under an enrolled account, and disconnect politely afterwards."""
    options.setdefault("password", server.passwords[name])
    one = Session(name, **options)
    one.open(server.port)
    assert one.refusal is None, one.refusal
    try:
        yield one
    finally:
        one.close()
