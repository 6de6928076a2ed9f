"""A service process: the real worker and the real jobs on virtual time, until it is killed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from service.contract.commands import Ack, ReplayCommand
from service.contract.liveness import KIOSK_STATE, Birth
from service.contract.topics import read_topic
from service.flows.circle import LiveCircle
from service.flows.circle_memory import Ground as CircleGround
from service.flows.gaps import ask_for_gaps
from service.flows.ports import WatchedStore
from service.flows.silence import watch_silence
from service.flows.watch import watch_quarantine, watch_stock
from service.inbox.commands import send_replays
from service.inbox.receiver import Letter
from service.inbox.worker import Worker
from tests.fleet.agenda import Agenda
from tests.fleet.broker import Broker
from tests.fleet.disk import Disk, Moods
from tests.fleet.ear import Ear
from tests.fleet.places import REGION
from tests.fleet.weather import Weather
from tests.fleet.witness import BrokenError, Witness
from tests.support.plans import ZONE

DOOMS: Final = (
    *("idle", "before the commit", "after the commit", "halfway through acknowledging"),
    *("before the kiosks are told", "halfway through telling the kiosks"),
)
"""Where a service can die."""

_AGAIN_S: Final = 15.0
_WAKE_S: Final = 0.05
_PAUSE_S: Final = 20.0


class KilledError(BaseException):
    """SIGKILL: nothing catches it, nothing is tidied up."""


@dataclass(frozen=True)
class Ground:
    """What all service processes stand on."""

    agenda: Agenda
    broker: Broker
    witness: Witness
    store: WatchedStore
    moods: Moods
    circle: CircleGround
    weather: Weather


class Service:
    """One process after another under one name, each as forgetful as the first."""

    def __init__(self, ground: Ground, name: str, rng: random.Random) -> None:
        self.ground = ground
        self.name = name
        self.is_up = False
        self.reconnects_while_booking = False
        self._rng = rng
        self._doom = ""
        self._is_retired = False
        self._is_committed = False
        self._life = 0
        self._ids = 0
        self._in_hand: Sequence[Letter] = ()
        self._wakes = False
        self._again_s = 0.5
        self._jobs = (
            ("gaps", rng.choice((30.0, 300.0, 900.0)), self._ask_for_gaps),
            ("silence", rng.uniform(900, 7_200), self._watch_silence),
            ("stock", rng.uniform(3_600, 20_000), self._watch_stock),
            ("quarantine", rng.uniform(1_800, 20_000), self._watch_quarantine),
            ("circle", rng.uniform(7_200, 30_000), self._watch_circle),
        )
        self.start()

    # Living and dying.

    def start(self) -> None:
        """Begin as a new process: nothing is remembered but what the database keeps."""
        if self.is_up or self._is_retired:
            return
        ground = self.ground
        self.is_up, self._doom, self._in_hand, self._again_s = True, "", (), 0.5
        self._wakes = False
        self._life += 1
        self._disk = Disk(ground.store, ground.witness, ground.moods)
        self._disk.before_commit = lambda: self._may_die("before the commit")
        self._disk.after_commit = self._after_commit
        self._circle = LiveCircle(self._disk, lambda _registry: ground.circle)
        self.ear = Ear(ground.broker, self.name, on_word=self.wake)
        self.ear.on_publish = self._on_publish
        self.ear.on_acknowledge = self._on_acknowledge
        self._worker = Worker(
            self.ear,
            self._circle,
            region=REGION,
            zone=ZONE,
            now=ground.agenda.now,
            is_passing=lambda error: isinstance(error, OperationalError),
            batch_max=ground.weather.batch_max,
        )
        ground.witness.trace("start", self.name)
        self._connect(self._life)
        for name, every_s, job in self._jobs:
            self._every(every_s, name, job, life=self._life)

    def doom(self, where: str) -> None:
        """Let it die now, or when it next comes by a certain place."""
        if self.is_up:
            self._doom = where
            if where == "idle":
                self.die()

    def die(self) -> None:
        """Be gone; the broker speaks the will, and some supervisor starts it again."""
        self.ground.witness.trace("dead", self.name, self._doom)
        self.is_up, self._doom = False, ""
        self._life += 1
        self.ear.on_publish = lambda _topic, _payload: None
        if self.ear.connected.is_set():
            self.ground.broker.lose(self.name)
        self.ground.agenda.after(self._rng.choice((1.0, 60.0, 20_000.0)), self.start)

    def stop(self) -> None:
        """End in good order, for good."""
        self._is_retired = True
        if self.is_up:
            self.is_up = False
            self._life += 1
            self.ear.stop()

    def _may_die(self, where: str) -> None:
        if self._doom == where:
            raise KilledError

    def _after_commit(self) -> None:
        self._is_committed = True
        self._may_die("after the commit")
        if self.reconnects_while_booking:
            # The line breaks and stands again while a batch is in hand: its packet ids are void.
            self.reconnects_while_booking = False
            self.ground.witness.trace("reconnect", self.name)
            self.ground.broker.lose(self.name)
            self.ear.connect()

    def _on_acknowledge(self, letter: Letter) -> None:
        if not self._is_committed:
            message = f"{letter} is acknowledged to the broker before it is committed"
            raise BrokenError(message)
        self._dies_halfway("halfway through acknowledging")

    def _on_publish(self, topic: str, payload: str) -> None:
        self._may_die("before the kiosks are told")
        self._dies_halfway("halfway through telling the kiosks")
        kiosk_id = topic.split("/")[3]
        if topic.endswith("/ack"):
            self.ground.witness.promised(kiosk_id, Ack.model_validate_json(payload))
        if topic.endswith("/cmd"):
            command = ReplayCommand.model_validate_json(payload)
            self.ground.witness.asked(kiosk_id, command)

    def _dies_halfway(self, where: str) -> None:
        if self._doom == where and self._rng.random() < 1 / 2:
            raise KilledError

    # The line to the broker.

    def _connect(self, life: int) -> None:
        if life == self._life and not self.ear.connected.is_set() and not self.ear.connect():
            self.ground.agenda.after(self._rng.uniform(1, _PAUSE_S), lambda: self._connect(life))

    @property
    def is_idle(self) -> bool:
        """Say whether it is up and has nothing in hand."""
        return self.is_up and not self._in_hand and not self.ear.has_letters

    def wake(self) -> None:
        """Something came, or the line is gone: see to it in a moment."""
        if not self._wakes and self.is_up:
            self._wakes = True
            wait_s = self._rng.random() * self.ground.weather.service_wait_s
            self._later(max(_WAKE_S, wait_s), self._see_to_it)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        life = self._life

        def act() -> None:
            if life == self._life:
                action()

        self.ground.agenda.after(seconds, act)

    def _see_to_it(self) -> None:
        self._wakes = False
        if not self.ear.connected.is_set():
            life = self._life
            self._later(self._rng.uniform(1, _PAUSE_S), lambda: self._connect(life))
        if not self._in_hand:
            most = self.ground.weather.batch_max
            self._in_hand = self.ear.take(most=most, wait_s=0)
        if self._in_hand:
            self._book()

    def _book(self) -> None:
        """Book what is in hand, again and again while the database refuses, as the worker does."""
        letters = self._in_hand
        self._is_committed = False
        try:
            kept = self._worker.book(letters)
        except OperationalError:
            self.ground.witness.trace("refused", self.name)
            self._again_s = min(_AGAIN_S, self._again_s * 2)
            self._wakes = True
            self._later(self._again_s, self._see_to_it)
            return
        except KilledError:
            self.die()
            return
        self._in_hand, self._again_s = (), 0.5
        self.ground.witness.trace("booked", self.name, kept.new, kept.repeats, kept.aside)
        self.ground.witness.counts["facts"] += kept.new
        self.ground.witness.counts["repeats"] += kept.repeats
        self.ground.witness.counts["aside"] += kept.aside
        self._note(letters)
        if self.ear.has_letters:
            self.wake()

    def _note(self, letters: Sequence[Letter]) -> None:
        """Tell the witness what the service has heard of, now that it is committed."""
        for letter in letters:
            who = read_topic(letter.topic)
            if who is not None and who.leaf.startswith("e/"):
                self.ground.witness.heard(who.kiosk, letter.payload)
            if who is None or who.leaf != "state":
                continue
            try:
                state = KIOSK_STATE.validate_json(letter.payload)
            except ValidationError:
                continue
            if isinstance(state, Birth):
                self.ground.witness.tell((who.kiosk, state.epoch), state.head)

    # The jobs, as the wiring has them.

    def _every(
        self, seconds: float, name: str, job: Callable[[datetime], None], *, life: int
    ) -> None:
        def run() -> None:
            if life != self._life:
                return
            try:
                job(self.ground.agenda.now())
            except OperationalError:
                self.ground.witness.trace("job refused", name)
            except KilledError:
                self.die()
                return
            self.ground.agenda.after(seconds, run)

        self.ground.agenda.after(seconds, run)

    def _ask_for_gaps(self, at: datetime) -> None:
        # With nothing due it reads and changes nothing, which a month of has no need of.
        if not (self.ear.connected.is_set() and self.ground.witness.is_gap_due(at)):
            return
        with self._disk.begin() as books:
            replays = ask_for_gaps(books=books, at=at, new_id=self._new_id)
        send_replays(self.ear, replays, region=REGION, at=at)

    def _new_id(self) -> str:
        self._ids += 1
        return f"{self.name}-{self._ids}"

    def _watch_silence(self, at: datetime) -> None:
        with self._disk.begin() as books:
            watch_silence(books=books, at=at)

    def _watch_stock(self, at: datetime) -> None:
        with self._disk.begin() as books:
            watch_stock(books=books, at=at)

    def _watch_quarantine(self, at: datetime) -> None:
        with self._disk.begin() as books:
            watch_quarantine(books=books, at=at)

    def _watch_circle(self, at: datetime) -> None:
        self._circle.look_round(at)

    def watch_all(self) -> None:
        """Let every watch look once more."""
        at = self.ground.agenda.now()
        for watch in (self._watch_silence, self._watch_stock, self._watch_quarantine):
            watch(at)
