"""The MQTT connection: a bounded queue in, acknowledgements and commands out; no rules here.

Theory of operation. paho's thread only puts bytes on a queue: an exception in its callback would
kill it in silence. Connections are numbered, since a message id means nothing on the next one: an
acknowledgement of an older connection is dropped, the broker delivers that message again and the
books know it as a repeat. The number grows when a connection is lost, not only when the next one
stands: paho sends what is queued in between on the new one.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from service.contract.liveness import ServiceState
from service.contract.topics import service_state_topic, subscriptions

log = logging.getLogger(__name__)

QUEUE_MAX: Final = 20_000
"""Messages waiting in this process; past it the broker keeps them."""

KEEPALIVE_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker listens, and as whom we come."""

    host: str
    port: int
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it came: on which connection, with which id."""

    connection: int
    mid: int
    qos: int
    topic: str
    payload: bytes


class Receiver:
    """A persistent session with the broker, under one client id for ever."""

    def __init__(self, address: BrokerAddress, *, region: str, queue_max: int = QUEUE_MAX) -> None:
        self._address = address
        self._region = region
        self._queue: Queue[Letter] = Queue(maxsize=queue_max)
        self._connection = 0
        self._numbering = threading.Lock()
        self._stopping = threading.Event()
        self.connected = threading.Event()
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
        client.max_queued_messages_set(0)
        client.max_inflight_messages_set(2_000)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        offline = ServiceState(online=False).model_dump_json()
        client.will_set(service_state_topic(self._region), offline, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        self.client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        # paho's own thread: around a loop of ours it writes from whichever thread acknowledges.
        self.client.loop_start()

    @property
    def is_alive(self) -> bool:
        """Say whether the network thread runs."""
        name = f"paho-mqtt-client-{self._address.user}"
        return any(thread.name == name for thread in threading.enumerate())

    def revive(self) -> None:
        """Begin the network thread anew, should it ever have ended by itself."""
        if not self._stopping.is_set() and not self.is_alive:
            log.error("The network thread has ended; it begins anew.")
            self._next_connection()
            self.client.loop_stop()
            self.client.loop_start()

    def stop(self) -> None:
        """Say goodbye and disconnect; what is not acknowledged the broker delivers next time."""
        self._stopping.set()
        if self.connected.is_set():
            offline = ServiceState(online=False).model_dump_json()
            farewell = self.client.publish(
                service_state_topic(self._region), offline, qos=1, retain=True
            )
            farewell.wait_for_publish(timeout=2)
        self.client.disconnect()
        self.client.loop_stop()

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        """Return what waits, up to ``most`` letters; an empty list after ``wait_s`` of nothing."""
        try:
            letters = [self._queue.get(timeout=wait_s)]
        except Empty:
            return []
        while len(letters) < most:
            try:
                letters.append(self._queue.get_nowait())
            except Empty:
                break
        return letters

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        """Tell the broker that letters are committed; those of a lost connection are left alone."""
        with self._numbering:
            for letter in letters:
                if letter.qos > 0 and letter.connection == self._connection:
                    self.client.ack(letter.mid, letter.qos)

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        """Send a message to a kiosk; without a connection QoS 0 is lost, as the contract allows."""
        if qos > 0 or self.connected.is_set():
            self.client.publish(topic, payload, qos=qos)

    @property
    def waiting(self) -> int:
        """Return how many letters wait in this process."""
        return self._queue.qsize()

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
        self._next_connection()
        client.subscribe(list(subscriptions(self._region)))
        online = ServiceState(online=True).model_dump_json()
        client.publish(service_state_topic(self._region), online, qos=1, retain=True)
        self.connected.set()
        log.info("Connected to the broker, connection %d.", self._connection)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: Any,  # noqa: ANN401 - paho's signature
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected.clear()
        self._next_connection()
        if not self._stopping.is_set():
            log.warning("Lost the broker (%s); connecting again.", reason)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:  # noqa: ANN401 - paho's signature
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"
        payload = bytes(message.payload)
        letter = Letter(self._connection, message.mid, message.qos, topic, payload)
        while not self._stopping.is_set():
            try:
                # Waiting here stops reading the socket: the broker holds the rest back.
                self._queue.put(letter, timeout=1)
            except Full:
                continue
            return

    def _next_connection(self) -> None:
        with self._numbering:
            self._connection += 1
        while True:  # What waits was of the last connection: the broker delivers it again.
            try:
                self._queue.get_nowait()
            except Empty:
                return
