"""The ear's own program: speaks MQTT, reads facts, hands them up a pipe, obeys what comes down.

It is a process of its own so that a fact is heard and read on one core while the one before is
booked on another. It ends with whoever started it: the pipe says so, even after a SIGKILL.
"""

import logging
import math
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any, Final

from service.domain.facts import Fact
from service.inbox.ahead import Ahead, as_plain
from service.inbox.garbage import seldom_collect
from service.inbox.receiver import BrokerAddress, Letter, Receipt, Receiver
from service.inbox.translate import translate

log = logging.getLogger(__name__)

WAIT_S: Final = 0.25
ASKED_WITHIN_S: Final = 5.0
"""For so long after the office asked is a lost connection made anew."""

_YET_UNHEARD: Final = datetime.min.replace(tzinfo=UTC)

Sent = tuple[int, int, int, str, bytes, Ahead | None]
"""A letter as a plain tuple: it crosses a pipe at a fifth of the cost of a named one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the ear is told first: the secret comes by the pipe, where no process list shows it."""

    address: BrokerAddress
    region: str
    batch_max: int
    first_connection: int


class Hearing:
    """Letters up, as many as the office has room for; acknowledgements and messages down.

    One batch at most lies in the office and one is gathered here; while the office is behind, both
    fill, so that it books few large batches, and while it waits, each letter goes up at once.
    """

    def __init__(self, office: Connection, orders: Orders) -> None:
        self._office = office
        self._batch_max = orders.batch_max
        self._receiver = Receiver(
            orders.address,
            region=orders.region,
            wake=office,
            first_connection=orders.first_connection,
        )
        self._letters: list[Sent] = []
        self._room = orders.batch_max
        self._asked_s = -math.inf
        self._listening = False
        self._told: tuple[bool, str] = (False, "")

    def run(self) -> None:
        """Hear and obey until told to stop."""
        while self._obey():
            if not self._may_hear() or len(self._letters) >= self._batch_max:
                self._office.poll(WAIT_S)
                continue
            room = self._batch_max - len(self._letters)
            self._letters += map(read_ahead, self._receiver.take(most=room, wait_s=WAIT_S))
            self._tell()
            self._hand_up()
        self._receiver.stop()

    def _may_hear(self) -> bool:
        """A connection that stands is kept; another is made only for an office that asks for it.

        The standby of one that was halted has our session by now: we would take it back and back.
        """
        asked = time.monotonic() - self._asked_s < ASKED_WITHIN_S
        return self._listening and (asked or self._receiver.connected.is_set())

    def _obey(self) -> bool:
        while self._office.poll():
            verb, what = self._office.recv()
            if verb == "stop":
                return False
            self._do(verb, what)
        return True

    def _do(self, verb: str, what: Any) -> None:  # noqa: ANN401 - each verb has its own
        if verb == "ack":
            self._receiver.acknowledge(_receipts(what))
        elif verb == "publish":
            for topic, payload, qos in what:
                self._receiver.publish(topic, payload, qos=qos)
        elif verb == "more":
            self._room += what
            self._hand_up()
        elif verb == "listen":
            self._listening = True
            self._asked_s = time.monotonic()
            self._tell(again=True)  # Whoever asks learns that we have not halted.
        else:
            assert verb == "drop", verb
            self._listening = False
            self._letters = []
            self._receiver.drop()
            self._tell()

    def _hand_up(self) -> None:
        if self._letters and self._room > 0:
            some, self._letters = self._letters[: self._room], self._letters[self._room :]
            self._room -= len(some)
            self._office.send(("letters", some))

    def _tell(self, *, again: bool = False) -> None:
        state = (self._receiver.connected.is_set(), self._receiver.refused)
        if again or state != self._told:
            self._told = state
            self._office.send(("state", state))


def _receipts(by_connection: dict[int, list[int]]) -> Iterable[Receipt]:
    for connection, mids in by_connection.items():
        for mid in mids:
            yield Receipt(connection, mid, 1)


def read_ahead(letter: Letter) -> Sent:
    """Return a letter with the fact that is in it; the office reads whatever else it may be."""
    connection, mid, qos, topic, payload, _ = letter
    try:
        found = translate(topic, payload, heard_at=_YET_UNHEARD)
    except Exception:  # the office stumbles over it once more, and sets it aside
        log.exception("Our own mistake with a message on %s.", topic[:120])
        found = None
    ahead = as_plain(found) if isinstance(found, Fact) else None
    return connection, mid, qos, topic, payload, ahead


def main(descriptor: int) -> None:
    """Hear for the process at the other end of the pipe, for as long as it lives."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.SIG_IGN)  # It ends after the office, which says when.
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    seldom_collect()
    with Connection(descriptor) as office:
        try:
            _, orders = office.recv()
            Hearing(office, orders).run()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            log.warning("The service has ended without a word; the ear ends too.")


if __name__ == "__main__":
    main(int(sys.argv[1]))
