"""The service's end of the broker: what the worker hears through, and its one rule of connections.

Connections are numbered; an acknowledgement that speaks of an older one is dropped, because the
same packet id means another message by now. It reads all the time, also while a batch is booked,
and what it has read of a connection since lost is booked all the same.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from service.contract.liveness import ServiceState
from service.contract.topics import service_state_topic
from service.inbox.receiver import Letter
from tests.fleet.broker import Broker, Message
from tests.fleet.places import REGION
from tests.fleet.witness import BrokenError

_STATE: Final = service_state_topic(REGION)


def _said(*, online: bool) -> Message:
    said = ServiceState(online=online).model_dump_json().encode()
    return Message(_STATE, said, qos=1, retain=True)


def _hears(topic: str) -> bool:
    return topic == _STATE or topic.split("/")[4] in {"e", "state", "hb", "r", "ask"}


class Ear:
    """One connection after another under one client id."""

    def __init__(self, broker: Broker, client_id: str, *, on_word: Callable[[], None]) -> None:
        self.connected = threading.Event()
        self.refused = ""
        self.on_publish: Callable[[str, str], None] = lambda _topic, _payload: None
        self.on_acknowledge: Callable[[Letter], None] = lambda _letter: None
        self._broker = broker
        self._client_id = client_id
        self._on_word = on_word
        self._connection = 0
        self._letters: list[Letter] = []

    # What the worker and the jobs call.

    def take(self, *, most: int, wait_s: float) -> list[Letter]:  # noqa: ARG002 - nobody waits here
        taken, self._letters = self._letters[:most], self._letters[most:]
        return taken

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            self.on_acknowledge(letter)
            if letter.qos > 0 and letter.connection == self._connection:
                forgotten = self._broker.acknowledge(self._client_id, letter.mid)
                if forgotten is not None and forgotten.payload != letter.payload:
                    message = f"{letter} is acknowledged, and the broker forgets {forgotten}"
                    raise BrokenError(message)
        self._broker.deliver(self._client_id)

    def publish(self, topic: str, payload: str, *, qos: int) -> None:
        self.on_publish(topic, payload)
        if self.connected.is_set():
            self._broker.publish(Message(topic, payload.encode(), qos))

    def drop(self) -> None:
        self._letters.clear()
        self._broker.lose(self._client_id)
        self.cut()

    def stop(self) -> None:
        if self.connected.is_set():
            self._broker.publish(_said(online=False))
            self._broker.leave(self._client_id)
            self.cut()

    # What the broker does to it.

    def connect(self) -> bool:
        """Connect and say that somebody listens."""
        self._connection += 1
        will = _said(online=False)
        if not self._broker.connect(self._client_id, self, will, _hears):
            return False
        self.connected.set()
        self._broker.publish(_said(online=True))
        return True

    def receive(self, mid: int, message: Message) -> None:
        letter = Letter(self._connection, mid, message.qos, message.topic, message.payload)
        self._letters.append(letter)
        self._on_word()

    def cut(self) -> None:
        if self.connected.is_set():
            self.connected.clear()
            self._connection += 1
            self._on_word()

    @property
    def has_letters(self) -> bool:
        return bool(self._letters)
