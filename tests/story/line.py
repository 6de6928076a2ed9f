"""A kiosk's own journal, outbox and agent on a real disk, a bad line, and the service's worker."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from kiosk_sim.kiosk import events
from kiosk_sim.kiosk.agent import Agent, Tuning
from kiosk_sim.kiosk.events import Draft, Pen
from kiosk_sim.kiosk.journal import Journal, times_path
from kiosk_sim.kiosk.orders import Packet
from kiosk_sim.kiosk.outbox import Outbox
from service.contract.topics import service_state_topic
from service.domain.facts import FactKey
from service.flows.circle import NoCircle
from service.flows.gaps import ask_for_gaps
from service.flows.ports import Books, Store
from service.inbox.commands import send_replays
from service.inbox.receiver import Letter
from service.inbox.translate import canonical
from service.inbox.worker import Worker
from tests.support.books import Keeper
from tests.support.plans import NOW, REGION, ZONE

# Small windows and short pauses, so that a short story has room for everything.
TUNING: Final = Tuning(
    window_least=2, window_start=6, window_most=12, resend_s=5.0, resend_most_s=20.0, mend_s=1.0
)
ROOM: Final = 12


class KilledError(Exception):
    """The service dies."""


class BareKiosk:
    """All of a kiosk that the protocol knows: no machine, no world, but a real disk."""

    region = REGION

    def __init__(self, folder: Path, kiosk_id: str) -> None:
        self.id = kiosk_id
        self.boot = 0
        self.epoch = 1
        self.is_connected = False
        self.produced: dict[FactKey, str] = {}
        self._folder = folder / kiosk_id
        self._folder.mkdir()
        self.power_up()

    def power_up(self) -> None:
        """Begin with what is on disk; what was only in memory is gone."""
        self.boot += 1
        self.is_connected = False
        self._open()
        self.agent = Agent(self, TUNING, random.Random(f"{self.id}/{self.boot}"))

    def _open(self) -> None:
        self.journal = Journal(self._folder, self.epoch)
        self.outbox = Outbox.open(self._folder / "ack.json", self.epoch)

    def happens(self, drafts: Sequence[Draft], now: float) -> None:
        """Write facts into the journal."""
        lines = self._written(drafts, now)
        first = self.journal.head + 1
        self.journal.append(lines, [int(now * 1000)] * len(lines))
        for sequence, line in enumerate(lines, start=first):
            body = canonical(orjson.loads(line)).decode()
            self.produced[FactKey(self.id, self.epoch, sequence)] = body

    def is_cut_off_in_writing(self, draft: Draft, now: float, *, share: float) -> None:
        """Lose power when only a part of a line has reached the disk: it never was a fact."""
        [line] = self._written([draft], now)
        with times_path(self.journal.path).open("ab") as file:
            file.write(bytes(8))
        with self.journal.path.open("ab") as file:
            file.write(line[: int(len(line) * share)])  # Whole, perhaps, but without its end.
        self.power_up()

    def gets_a_new_board(self) -> None:
        """Begin a new epoch on a disk that still has the small file of the old one."""
        self.outbox.save()
        self.epoch += 1
        self.power_up()

    def loses_its_journal(self, now: float) -> list[Packet]:
        """Begin a new epoch in mid-flight, as the simulator does, with the agent as it is."""
        self.outbox.save()
        self.epoch += 1
        self.boot += 1
        self._open()
        return self.agent.on_new_journal(now)

    def unheld(self) -> set[FactKey]:
        """Return the facts of this journal that the outbox has dropped."""
        return {
            FactKey(self.id, self.epoch, sequence)
            for sequence in range(1, self.journal.head + 1)
            if not self.outbox.holds(sequence)
        }

    def count_asked(self, now: float) -> None:
        self.happens([events.count("asked", [(1, "condom-52", 5)])], now)

    def clock_ms(self, now: float) -> int:
        return int(now * 1000)

    def _written(self, drafts: Sequence[Draft], now: float) -> list[bytes]:
        pen = Pen(REGION, self.id, self.epoch)
        return [
            pen.write(draft, self.journal.head + number, self.clock_ms(now))
            for number, draft in enumerate(drafts, start=1)
        ]


class Sent(NamedTuple):
    """A message on its way to a kiosk."""

    topic: str
    payload: bytes


@dataclass
class Post:
    """What the worker says, as soon as it says it; nothing is taken back."""

    down: list[Sent] = field(default_factory=list)
    acknowledged: list[Letter] = field(default_factory=list)

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        raise NotImplementedError  # Letters are handed to the worker by the story.

    def acknowledge(self, letters: Sequence[Letter]) -> None:
        self.acknowledged += letters

    def publish(self, topic: str, payload: str, *, qos: int) -> None:  # noqa: ARG002 - the port's word
        self.down.append(Sent(topic, payload.encode()))

    def drop(self) -> None:
        raise NotImplementedError


class MortalStore:
    """The keeper's store, until the service is killed before a commit or right after it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.fate = ""

    @contextmanager
    def begin(self) -> Iterator[Books]:
        with self.store.begin() as books:
            yield books
            self._die_if("before commit")
        self._die_if("after commit")

    def _die_if(self, fate: str) -> None:
        if self.fate == fate:
            raise KilledError


class Line:
    """Kiosks, a line that loses, repeats and shuffles, and a service that is killed."""

    def __init__(self, keeper: Keeper, folder: Path) -> None:
        self.keeper = keeper
        self.now = NOW.timestamp()
        self.kiosks = {name: BareKiosk(folder, name) for name in ("K0001", "K0002")}
        self.up: list[Letter] = []
        self.post = Post()
        self._store = MortalStore(keeper.store)
        self._ids = 0
        self._worker = Worker(
            self.post,
            NoCircle(self._store),
            region=REGION,
            zone=ZONE,
            now=self._clock,
            is_passing=lambda _error: False,
        )

    @property
    def down(self) -> list[Sent]:
        return self.post.down

    def connect(self, kiosk: BareKiosk, *, is_heard: bool | None) -> None:
        """Connect; ``is_heard`` is what the retained word about the service says, if it comes."""
        if kiosk.is_connected:
            self.disconnect(kiosk)
        kiosk.is_connected = True
        self._send(kiosk.agent.on_connect(self.now))
        if is_heard is not None:
            self.tell_of_service(kiosk, online=is_heard)

    def tell_of_service(self, kiosk: BareKiosk, *, online: bool) -> None:
        said = orjson.dumps({"online": online})
        kiosk.agent.on_message(service_state_topic(REGION), said, self.now)

    def disconnect(self, kiosk: BareKiosk) -> None:
        """Lose the connection; the broker publishes the will."""
        kiosk.is_connected = False
        kiosk.agent.on_disconnect()
        self._send([kiosk.agent.will()])

    def poll(self, kiosk: BareKiosk) -> None:
        self._send(kiosk.agent.poll(self.now, ROOM))

    def book(self, batch: Sequence[Letter], *, fate: str = "") -> None:
        """Let the worker book letters; what it does not acknowledge the broker still has."""
        self._store.fate = fate
        self._unless_killed(lambda: self._worker.book(batch))
        for letter in self.post.acknowledged:
            self.up.remove(letter)
        self.post.acknowledged.clear()

    def ask(self, *, fate: str = "") -> None:
        """Let the service ask for what is missing."""
        self._store.fate = fate
        self._unless_killed(self._ask)

    def lose_a_journal(self, kiosk: BareKiosk) -> None:
        self._send(kiosk.loses_its_journal(self.now))

    def hear(self, sent: Sent) -> None:
        """Let a message arrive at its kiosk, whatever has become of that meanwhile."""
        kiosk = self.kiosks[sent.topic.split("/")[3]]
        kiosk.agent.on_message(sent.topic, sent.payload, self.now)

    def hear_all(self) -> None:
        while self.down:
            self.hear(self.down.pop(0))

    def calm_down(self) -> None:
        """No more harm: all is sent, booked, asked for and heard until nothing is open."""
        for _ in range(100):
            for kiosk in self.kiosks.values():
                if not kiosk.is_connected:
                    self.connect(kiosk, is_heard=True)
                self.tell_of_service(kiosk, online=True)
                self.poll(kiosk)
            if self.up:
                self.book(list(self.up))
            self.ask()
            self.hear_all()
            if self._is_calm():
                return
            self.now += 600
        message = "the line did not calm down"
        raise AssertionError(message)

    def _is_calm(self) -> bool:
        waiting = sum(kiosk.outbox.depth(kiosk.journal.head) for kiosk in self.kiosks.values())
        return not (waiting or self.up or any(not gap.permanent for gap in self.keeper.read().gaps))

    def _ask(self) -> None:
        at = self._clock()
        with self._store.begin() as books:
            replays = ask_for_gaps(books=books, at=at, new_id=self._new_id)
        send_replays(self.post, replays, region=REGION, at=at)

    def _unless_killed(self, action: Callable[[], object]) -> None:
        try:
            action()
        except KilledError:
            assert self._store.fate
        finally:
            self._store.fate = ""

    def _send(self, packets: Sequence[Packet]) -> None:
        self.up += [
            Letter(1, len(self.up), packet.qos, packet.topic, packet.payload) for packet in packets
        ]

    def _clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def _new_id(self) -> str:
        self._ids += 1
        return f"cmd-{self._ids}"
