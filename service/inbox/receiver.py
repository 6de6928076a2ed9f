"""The MQTT session, driven by one thread: letters in, acknowledgements out.

Theory of operation. Whoever calls ``take`` reads the socket, so nothing is read that nobody asked
for: the broker holds the rest back. No callback runs on a thread of its own that could die in
silence, and no lock is needed.

Connections are numbered, since a message id means nothing on the next one. An acknowledgement of an
older connection is dropped; the broker delivers that message again and the books know it as a
repeat. The number grows when a connection is lost, not only when the next one stands: paho sends
what is queued in between on the new one.
"""

import logging
import select
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event
from typing import Any, Final, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from service.contract.liveness import ServiceState
from service.contract.topics import service_state_topic, subscriptions
from service.inbox.ahead import Ahead

log = logging.getLogger(__name__)

OUTGOING_MAX: Final = 50_000
"""What waits to be sent; past it the oldest falls out: acks and commands come again anyway."""

KEEPALIVE_S: Final = 30
CONNECT_WITHIN_S: Final = 5.0
AGAIN_S_MAX: Final = 30.0
GOODBYE_WITHIN_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker listens, with the other nodes of its cluster, and as whom we come."""

    host: str
    port: int
    user: str
    password: str
    others: tuple[tuple[str, int], ...] = ()

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Return where to knock, one after another."""
        return ((self.host, self.port), *self.others)


class Letter(NamedTuple):
    """A message as it came: on which connection, with which id; and the fact in it, if read."""

    connection: int
    mid: int
    qos: int
    topic: str
    payload: bytes
    ahead: Ahead | None = None


class Receipt(NamedTuple):
    """What of a letter is needed to acknowledge it."""

    connection: int
    mid: int
    qos: int


class Receiver:
    """A persistent session with the broker, under one client id for ever.

    All of it belongs to one thread.
    """

    def __init__(
        self,
        address: BrokerAddress,
        *,
        region: str,
        wake: Connection | None = None,
        first_connection: int = 0,
    ) -> None:
        """Take what ends a wait early when there is something to read, and where to count from."""
        self._address = address
        self._region = region
        self._wake = wake
        self._connection = first_connection
        self._attempts = 0
        self._letters: list[Letter] = []
        self._outgoing: deque[tuple[str, str, int]] = deque(maxlen=OUTGOING_MAX)
        self._try_at_s = 0.0
        self._again_s = 1.0
        self.connected = Event()
        self.refused = ""
        self.client = self._new_client()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._address.user,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.username_pw_set(self._address.user, self._address.password)
        client.connect_timeout = CONNECT_WITHIN_S
        client.max_queued_messages_set(OUTGOING_MAX)
        client.max_inflight_messages_set(2_000)
        client.will_set(service_state_topic(self._region), _said(online=False), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        return client

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        """Return what came, up to ``most`` letters; an empty list after ``wait_s`` of nothing.

        Connects, and connects again, where there is no connection.
        """
        if self.client.socket() is None:
            self._connect(wait_s)
        self._send()
        self._read(most=most, wait_s=wait_s)
        taken, self._letters = self._letters[:most], self._letters[most:]
        return taken

    def acknowledge(self, letters: Iterable[Letter | Receipt]) -> None:
        """Tell the broker that letters are committed; those of a lost connection are left alone."""
        for letter in letters:
            if letter.qos > 0 and letter.connection == self._connection:
                self.client.ack(letter.mid, letter.qos)

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        """Send a message to a kiosk with the next ``take``, or once there is a connection again."""
        self._outgoing.append((topic, payload, qos))

    def drop(self) -> None:
        """Give up the connection; the next ``take`` makes another.

        Whoever disconnects takes the will back, so the kiosks are told here that nobody listens.
        """
        if self.connected.is_set():
            topic = service_state_topic(self._region)
            self.client.publish(topic, _said(online=False), qos=0, retain=True)
        self.client.disconnect()
        self._next_connection()
        self.connected.clear()

    def stop(self) -> None:
        """Say goodbye and disconnect; what is not acknowledged the broker delivers next time."""
        if self.connected.is_set():
            self._send()
            topic = service_state_topic(self._region)
            farewell = self.client.publish(topic, _said(online=False), qos=1, retain=True)
            deadline_s = time.monotonic() + GOODBYE_WITHIN_S
            while self.connected.is_set() and not farewell.is_published():
                self._read(most=0, wait_s=0.05)
                if time.monotonic() > deadline_s:
                    break
        self.client.disconnect()

    def _connect(self, wait_s: float) -> None:
        pause_s = self._try_at_s - time.monotonic()
        if pause_s > 0:
            time.sleep(min(wait_s, pause_s))
            return
        places = self._address.places
        host, port = places[self._attempts % len(places)]
        self._attempts += 1
        if self._attempts % len(places) == 0:  # Each node was tried: now a pause.
            self._try_at_s = time.monotonic() + self._again_s
            self._again_s = min(AGAIN_S_MAX, self._again_s * 2)
        try:
            self.client.connect(host, port, keepalive=KEEPALIVE_S)
        except OSError as error:
            log.warning("The broker does not answer at %s:%d (%s); trying on.", host, port, error)

    def _send(self) -> None:
        while self._outgoing and self.connected.is_set():
            topic, payload, qos = self._outgoing.popleft()
            self.client.publish(topic, payload, qos=qos)

    def _read(self, *, most: int, wait_s: float) -> None:
        wire = self.client.socket()
        if wire is None:
            return
        poller = select.poll()
        poller.register(wire, select.POLLIN | (select.POLLOUT if self.client.want_write() else 0))
        if self._wake is not None:
            poller.register(self._wake, select.POLLIN)
        happened = 0
        for descriptor, event in poller.poll(0 if self._letters else wait_s * 1000):
            if descriptor == wire.fileno():
                happened |= event
        if happened & select.POLLOUT:
            self.client.loop_write()
        while happened & ~select.POLLOUT:
            before = len(self._letters)
            failed = self.client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS
            # Nothing came of it: the socket is dry, or this was no letter. Enough: book first.
            if failed or len(self._letters) == before or len(self._letters) >= most:
                break
        self.client.loop_misc()

    def _on_connect(
        self,
        client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            log.error("The broker refused the connection: %s. Check user and password.", reason)
            return
        self.refused = ""
        self._again_s = 1.0
        self._next_connection()
        client.subscribe(list(subscriptions(self._region)))
        topic = service_state_topic(self._region)
        client.publish(topic, _said(online=True), qos=1, retain=True)
        self.connected.set()
        log.info(
            "Connected to the broker at %s:%d, connection %d.",
            *(client.host, client.port, self._connection),
        )

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._next_connection()
        if self.connected.is_set() and reason.is_failure:
            log.warning("Lost the broker (%s); connecting again.", reason)
        self.connected.clear()

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self.refused = "it does not let us hear the kiosks"
            log.error("The broker refused a subscription. Check user, role and region.")

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:  # noqa: ANN401 - paho's signature
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        payload = bytes(message.payload)
        self._letters.append(Letter(self._connection, message.mid, message.qos, topic, payload))

    def _next_connection(self) -> None:
        self._connection += 1
        self._letters = []  # What waits was of the last connection: the broker delivers it again.


def _said(*, online: bool) -> str:
    return ServiceState(online=online).model_dump_json()
