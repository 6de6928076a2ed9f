"""One simulated kiosk at its place: the simulator's own machine, journal, agent and bad line."""

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.journal import times_path
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.kiosk.orders import Packet
from kiosk_sim.network import Link
from kiosk_sim.settings import Faults, Habits
from kiosk_sim.spec import KioskSpec
from service.contract.commands import Ack
from service.contract.topics import kiosk_topic, service_state_topic
from tests.fleet.agenda import Agenda
from tests.fleet.broker import Broker, Message
from tests.fleet.witness import Witness

_LEAST_S: Final = 0.05
_WAY_S: Final = 0.2
_RETRY_S: Final = 300.0
_TIMEOUT_S: Final = 90.0
_ROOM: Final = 400
_SEQUENCE: Final = re.compile(rb'"sequence":"0*([0-9]+)"')
_ENVELOPE: Final = re.compile(r"/e/[a-z]+$")


@dataclass(frozen=True)
class Surroundings:
    """What all kiosks of a fleet share."""

    agenda: Agenda
    broker: Broker
    witness: Witness
    folder: Path
    habits: Habits
    demand: float
    network: Faults


class Seat:
    """A kiosk with its line; it is pumped whenever something may be due."""

    def __init__(self, spec: KioskSpec, around: Surroundings, rng: random.Random) -> None:
        self.spec = spec
        self.around = around
        self.rng = rng
        self.is_calm = False
        self.board_fails = False
        self.sent: dict[int, int] = {}
        beats = rng.random() < 1 / 16
        self._tuning = Tuning(heartbeat_s=3_600.0 if beats else 1e12)
        self.kiosk = Kiosk(spec, around.folder, around.habits, self._tuning, around.agenda.now_ms)
        self._link = Link(around.network, rng, around.agenda.now_s)
        self._connection: _Connection | None = None
        self._retry_at = around.agenda.now_s + rng.uniform(0, 60)
        self._off_until = -math.inf
        self._due_at = math.inf
        self.kiosk.live_until(around.agenda.now_ms, around.demand)
        self.schedule()

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    @property
    def is_done(self) -> bool:
        """Say whether nothing waits for a confirmation any more."""
        return self.is_connected and self.kiosk.outbox.depth(self.kiosk.journal.head) == 0

    # What is done to it.

    def stay_away(self, seconds: float) -> None:
        """Lose the network for a while."""
        self.around.witness.trace("away", self.spec.id, round(seconds))
        self.drop()
        self._retry_at = self.around.agenda.now_s + seconds
        self.schedule()

    def lose_power(self, seconds: float, *, loses_tail: bool) -> None:
        """Switch the machine off; what it had not yet sent may never have reached its disk."""
        self.around.witness.trace("power", self.spec.id, round(seconds), loses_tail)
        self.drop()
        journal = self.kiosk.journal
        sent = self.sent.get(journal.epoch, 0)
        if loses_tail and sent < journal.head and sent > 0:
            lines = journal.read(1, sent)
            torn = journal.read(sent + 1, sent + 1)[0][: self.rng.randrange(1, 40)]
            journal.path.write_bytes(b"".join(line + b"\n" for line in lines) + torn)
            times = times_path(journal.path)
            times.write_bytes(times.read_bytes()[: 8 * sent])
        around = self.around
        self.kiosk = Kiosk(self.spec, around.folder, around.habits, self._tuning, 0)
        self._off_until = around.agenda.now_s + seconds
        self.schedule()

    def lose_journal(self) -> None:
        """Get a new board: a new epoch that begins at 1."""
        if self.is_calm:
            return
        self.around.witness.trace("journal", self.spec.id)
        self.drop()
        self.kiosk.lose_journal()
        self.kiosk.power_up(self.around.agenda.now_ms)
        self.schedule()

    def calm_down(self) -> None:
        """From now on nothing happens any more, and the line is good."""
        self.drop()
        self.is_calm, self.board_fails = True, False
        self._link = Link(Faults(), self.rng, self.around.agenda.now_s)
        self._retry_at = self._off_until = self.around.agenda.now_s
        self.schedule()

    def say(self, leaf: str, payload: bytes) -> None:
        """Publish anything under its own name, past its own agent."""
        if self._connection is not None:
            topic = kiosk_topic(self.spec.region, self.spec.id, leaf)
            self.around.broker.publish(Message(topic, payload, 1))

    def drop(self) -> None:
        """Tear the line; the broker notices when the keepalive runs out."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self.kiosk.agent.on_disconnect()
        self._retry_at = self.around.agenda.now_s + self.rng.uniform(1, _RETRY_S)
        lose = _Loss(self.around.broker, self.spec.id, connection)
        self.around.agenda.after(self.rng.uniform(0, _TIMEOUT_S), lose)

    # Living.

    def schedule(self) -> None:
        """See to it that it is pumped when something is due."""
        now = self.around.agenda.now_s
        due_at = max(self._next_due(), now + _LEAST_S)
        if due_at < self._due_at or self._due_at < now:
            self._due_at = due_at
            self.around.agenda.after(due_at - now, lambda: self._pump_at(due_at))

    def _pump_at(self, due_at: float) -> None:
        if due_at == self._due_at:
            self._due_at = math.inf
            self.pump()

    def _next_due(self) -> float:
        world = math.inf if self.is_calm else self.kiosk.next_ms(self.around.demand) / 1000
        if self._off_until > self.around.agenda.now_s:
            return self._off_until
        if self._connection is None:
            return min(world, max(self._retry_at, self._link.whole_at()))
        return min(world, self._link.due_at(), self.kiosk.agent.due_at())

    def pump(self) -> None:
        """Do whatever is due: live, connect, be cut off, send."""
        now = self.around.agenda.now_s
        if now >= self._off_until:
            self._live(now)
            self._speak(now)
        self.schedule()

    def _live(self, now: float) -> None:
        if self.is_calm and self._off_until == -math.inf:
            return
        boot = self.kiosk.boot
        if self._off_until > -math.inf:
            self._off_until = -math.inf
            self.kiosk.power_up(int(now * 1000))
        else:
            self.kiosk.live_until(int(now * 1000), self.around.demand)
        if self.kiosk.boot != boot:
            self.drop()
        if self.rng.random() < 1 / 16:
            self.kiosk.save()

    def _speak(self, now: float) -> None:
        if self._link.is_cut(now):
            self.drop()
            return
        agent = self.kiosk.agent
        packets: list[Packet] = []
        if self._connection is None:
            if now < self._retry_at or not self._connect():
                return
            packets = agent.on_connect(now)
        room = min(_ROOM, self._link.room())
        if room > 0:
            packets += agent.poll(now, room)
        for packet in packets:
            self._note_sent(packet)
        for packet in self._link.send(packets, now) if packets else self._link.arrived(now):
            self.around.broker.publish(Message(*packet))

    def _note_sent(self, packet: Packet) -> None:
        found = _SEQUENCE.search(packet.payload) if _ENVELOPE.search(packet.topic) else None
        if found is not None:
            epoch = self.kiosk.journal.epoch
            self.sent[epoch] = max(self.sent.get(epoch, 0), int(found[1]))

    def _connect(self) -> bool:
        connection = _Connection(self)
        hears = _hearing(self.spec.region, self.spec.id)
        will = Message(*self.kiosk.agent.will())
        if not self.around.broker.connect(self.spec.id, connection, will, hears):
            self._retry_at = self.around.agenda.now_s + self.rng.uniform(1, _RETRY_S)
            return False
        self._connection = connection
        if self.board_fails:
            self.board_fails = False
            self.around.agenda.after(self.rng.uniform(0.01, 3.0), self.lose_journal)
        return True

    def hear(self, connection: "_Connection", mid: int, message: Message) -> None:
        """Take a message in, unless its connection has ended meanwhile."""
        if connection is not self._connection:
            return
        self.around.broker.acknowledge(self.spec.id, mid)
        self.around.broker.deliver(self.spec.id)
        now = self.around.agenda.now_s
        if not message.topic.endswith("/state") and not self._link.lets_in():
            return
        self._take_in(message, now)
        self.pump()

    def _take_in(self, message: Message, now: float) -> None:
        upto = self.kiosk.outbox.upto
        if message.topic.endswith("/ack"):
            ack, outbox = Ack.model_validate_json(message.payload), self.kiosk.outbox
            before = outbox.upto if ack.epoch == outbox.epoch else 0
            self.around.witness.confirmed(self.spec.id, ack, before)
        understood = self.kiosk.agent.on_message(message.topic, message.payload, now)
        outbox = self.kiosk.outbox
        self.around.witness.dropped(self.spec.id, outbox.epoch, upto, outbox.upto)
        assert understood, f"a kiosk cannot read {message}"

    def lost(self, connection: "_Connection") -> None:
        """Learn that the broker has ended the connection."""
        if connection is self._connection:
            self._connection = None
            self.kiosk.agent.on_disconnect()
            self._retry_at = self.around.agenda.now_s + self.rng.uniform(1, _RETRY_S)
            self.schedule()


class _Connection:
    """One connection of a kiosk; what comes on it takes a moment."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def receive(self, mid: int, message: Message) -> None:
        seat = self._seat
        seat.around.agenda.after(_WAY_S, lambda: seat.hear(self, mid, message))

    def cut(self) -> None:
        self._seat.lost(self)


class _Loss:
    """The broker's keepalive runs out on a connection, if it is still the same one."""

    def __init__(self, broker: Broker, client_id: str, connection: _Connection) -> None:
        self._broker, self._client_id, self._connection = broker, client_id, connection

    def __call__(self) -> None:
        if self._broker.serves(self._client_id, self._connection):
            self._broker.lose(self._client_id)


def _hearing(region: str, kiosk_id: str) -> Callable[[str], bool]:
    topics = {kiosk_topic(region, kiosk_id, leaf) for leaf in ("ack", "cmd", "answer")}
    topics.add(service_state_topic(region))
    return topics.__contains__
