"""The protocol from the kiosk's side, without a socket: messages in, packets out, time given.

Facts go out in order inside a window of unconfirmed ones. The window opens with each application
ack and halves when acks stay away; after a pause that is learnt from the acks, and that grows while
there are none, everything unconfirmed goes out again.
A broker's own acknowledgement (PUBACK) is never taken for a receipt.
"""

import math
import random
from collections import deque
from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import ValidationError

from kiosk_sim.kiosk.company import Company
from kiosk_sim.kiosk.events import kind_of, stamp
from kiosk_sim.kiosk.orders import Inside, Orders, Packet
from kiosk_sim.kiosk.patience import Patience
from service.contract.commands import COMMAND, Ack
from service.contract.liveness import ServiceState
from service.contract.topics import kiosk_topic, service_state_topic

FIRMWARE: Final = "azsim 1.0"


@dataclass(frozen=True, slots=True)
class Tuning:
    """How eagerly a kiosk sends: window sizes in facts, pauses in seconds."""

    window_least: int = 16
    window_start: int = 64
    window_most: int = 500
    resend_s: float = 10.0
    resend_most_s: float = 300.0
    mend_s: float = 2.0
    heartbeat_s: float = 300.0
    state_wait_s: float = 1.0
    doubt_s: float = 60.0


class Agent:
    """Speaks the contract for one kiosk; ``now`` is always the true time in seconds."""

    def __init__(self, inside: Inside, tuning: Tuning, rng: random.Random) -> None:
        """Begin unconnected."""
        self._inside = inside
        self._tuning = tuning
        self._rng = rng
        self._connected = False
        self._company = Company(tuning.state_wait_s, tuning.doubt_s, rng)
        self._next = 1
        self._window = tuning.window_start
        self._patience = Patience(tuning.resend_s, tuning.resend_most_s)
        self._resend_at = math.inf
        self._mend_at = 0.0
        self._heartbeat_at = math.inf
        self._mends: deque[tuple[int, int]] = deque()
        self._orders = Orders(inside)
        self.sent_facts = 0
        self.heard_commands = 0

    # What it listens to, and what the broker is to say when it dies.

    def subscriptions(self) -> list[tuple[str, int]]:
        """Return (topic, QoS): commands must survive a pause, acks are repeated anyway."""
        region, kiosk = self._inside.region, self._inside.id
        return [
            (kiosk_topic(region, kiosk, "ack"), 0),
            (kiosk_topic(region, kiosk, "cmd"), 1),
            (service_state_topic(region), 1),
        ]

    def will(self) -> Packet:
        """Return the message that the broker publishes when the connection is lost."""
        return self._state({"online": False, "boot": self._inside.boot})

    def _state(self, state: dict[str, object]) -> Packet:
        topic = kiosk_topic(self._inside.region, self._inside.id, "state")
        return Packet(topic, orjson.dumps(state), retain=True)

    def birth(self) -> Packet:
        """Return the message that says: here, with this boot, and this far in the journal."""
        inside = self._inside
        return self._state(
            {
                "online": True,
                "boot": inside.boot,
                "epoch": inside.journal.epoch,
                "head": inside.journal.head,
                "firmware": FIRMWARE,
            }
        )

    # What happens to it.

    def on_connect(self, now: float) -> list[Packet]:
        """Return what goes out first on a new connection."""
        self._connected = True
        self._company.on_connect(now)
        self._window = self._tuning.window_start
        self._heartbeat_at = now + self._rng.uniform(0.1, 1.0) * self._tuning.heartbeat_s
        self._rewind(now)
        return [self.birth()]

    def on_disconnect(self) -> None:
        """Stop sending; the outbox stays as it is."""
        self._connected = False

    def on_new_journal(self, now: float) -> list[Packet]:
        """Begin again after the journal was lost; the birth tells of the new epoch."""
        self._orders.forget_replays()
        self._patience.new_journal()
        self._rewind(now)
        return [self.birth()] if self._connected else []

    def on_message(self, topic: str, payload: bytes, now: float) -> bool:
        """Take a message in; say whether it could be read."""
        leaf = topic.rpartition("/")[2]
        try:
            if leaf == "ack":
                self._on_ack(Ack.model_validate_json(payload), now)
            elif leaf == "cmd":
                self.heard_commands += 1
                self._orders.take(COMMAND.validate_json(payload), now)
            elif leaf == "state":
                state = ServiceState.model_validate_json(payload)
                self._on_service(listens=state.online, now=now)
        except ValidationError:
            return False
        return True

    def _on_ack(self, ack: Ack, now: float) -> None:
        inside, tuning = self._inside, self._tuning
        self._on_service(listens=True, now=now)
        if not inside.outbox.confirm(ack, inside.journal.head):
            return
        self._next = max(self._next, inside.outbox.upto + 1)
        self._window = min(tuning.window_most, self._window * 2)
        self._patience.confirmed(inside.outbox.upto, now)
        if not self._in_flight():
            self._patience.forget()
        self._resend_at = now + self._patience.pause_s if self._in_flight() else math.inf
        if inside.outbox.have and now >= self._mend_at:
            self._mend_at = now + tuning.mend_s
            self._mends = deque(self._holes()[: tuning.window_least])

    def _holes(self) -> list[tuple[int, int]]:
        """Return what the service lacks before the newest that it has."""
        holes, at = [], self._inside.outbox.upto + 1
        for first, last in self._inside.outbox.have:
            if first > at:
                holes.append((at, min(first - 1, at + self._tuning.window_most)))
            at = last + 1
        return holes

    def _on_service(self, *, listens: bool, now: float) -> None:
        if self._company.hear(listens=listens, now=now):
            self._window = self._tuning.window_start
            self._rewind(now)

    # What it sends.

    def poll(self, now: float, room: int) -> list[Packet]:
        """Return what is to be sent now, at most about ``room`` packets."""
        if not self._connected:
            return []
        packets: list[Packet] = []
        self._send_ranges(packets, room)
        packets += self._orders.replies()
        if self._company.may_send(now):
            self._send_facts(packets, now, room - len(packets))
        elif self._company.may_knock(now) and self._waiting():
            self._knock(packets, now)
        if now >= self._heartbeat_at:
            packets.append(self._heartbeat(now))
        return packets

    def due_at(self) -> float:
        """Return the time at which ``poll`` has something to do by itself."""
        if not self._connected:
            return math.inf
        if self._company.listens:
            return min(self._resend_at, self._heartbeat_at)
        return min(self._heartbeat_at, self._company.due_at() if self._waiting() else math.inf)

    def _waiting(self) -> int:
        return self._inside.outbox.depth(self._inside.journal.head)

    def _in_flight(self) -> int:
        return max(0, self._inside.outbox.depth(self._next - 1))

    def _rewind(self, now: float) -> None:
        self._next = self._inside.outbox.upto + 1
        self._mends.clear()
        self._patience.restart()
        self._resend_at = math.inf
        self._mend_at = now

    def _send_facts(self, packets: list[Packet], now: float, room: int) -> None:
        if now >= self._resend_at:
            if self._in_flight():
                self._next = self._inside.outbox.upto + 1
                self._window = max(self._tuning.window_least, self._window // 2)
                self._patience.ended()
            self._resend_at = math.inf
        allowed = min(room, self._window - self._in_flight())
        last = min(self._inside.journal.head, self._next + allowed - 1)
        if allowed > 0 and last >= self._next:
            self._send(packets, self._next, last, only_waiting=True)
            self._patience.sent(last, now)
            self._next = last + 1
        if self._in_flight() and self._resend_at == math.inf:
            self._resend_at = now + self._patience.pause_s * self._rng.uniform(0.8, 1.2)

    def _knock(self, packets: list[Packet], now: float) -> None:
        """Send the oldest fact that waits, in case somebody listens after all."""
        self._company.knocked(now)
        oldest = self._inside.outbox.upto + 1
        self._send(packets, oldest, oldest, only_waiting=True)

    def _send_ranges(self, packets: list[Packet], room: int) -> None:
        """Send holes that an ack showed, then what replay commands ask for, as far as room goes."""
        while self._mends and len(packets) < room:
            first, last = self._mends.popleft()
            end = min(last, first + room - len(packets) - 1)
            self._send(packets, first, end, only_waiting=True)
            if end < last:
                self._mends.appendleft((end + 1, last))
        while len(packets) < room:
            wanted = self._orders.next_replay(room - len(packets))
            if wanted is None:
                return
            self._send(packets, *wanted, only_waiting=False)

    def _send(self, packets: list[Packet], first: int, last: int, *, only_waiting: bool) -> None:
        inside = self._inside
        last = min(last, inside.journal.head)
        skips = only_waiting and (bool(inside.outbox.have) or first <= inside.outbox.upto)
        for sequence, line in enumerate(inside.journal.read(first, last), start=first):
            if skips and not inside.outbox.holds(sequence):
                continue
            leaf = f"e/{kind_of(line)}"
            packets.append(Packet(kiosk_topic(inside.region, inside.id, leaf), line))
            self.sent_facts += 1

    def _heartbeat(self, now: float) -> Packet:
        inside, tuning = self._inside, self._tuning
        self._heartbeat_at = now + tuning.heartbeat_s * self._rng.uniform(1.0, 1.1)
        body = {
            "at": stamp(inside.clock_ms(now)),
            "epoch": inside.journal.epoch,
            "head": inside.journal.head,
            "outbox": self._waiting(),
            "temperature_c": round(self._rng.gauss(24, 3), 1),
            "signal_dbm": -self._rng.randint(58, 97),
        }
        return Packet(kiosk_topic(inside.region, inside.id, "hb"), orjson.dumps(body), qos=0)
