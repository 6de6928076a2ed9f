"""Drives many kiosks from one thread: the world's next event, timers, and a selector of sockets."""

import heapq
import random
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.line import Broker, Line, Socket
from kiosk_sim.network import Link
from kiosk_sim.settings import Faults

_WAIT_MOST_S: Final = 0.25
_SAVE_S: Final = 2.0
_YEAR_S: Final = 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the world goes against our clock; begun in the past, it may not pass the present."""

    speed: float = 1.0
    begun_s: float = 0.0
    world_begun_ms: int = 0

    def world_ms(self, now: float) -> int:
        """Return the world's time."""
        ahead_ms = (now - self.begun_s) * 1000 * self.speed
        return min(int(now * 1000), self.world_begun_ms + int(ahead_ms))

    def due_s(self, world_ms: int) -> float:
        """Return when by our clock the world will have come so far."""
        ahead_s = (world_ms - self.world_begun_ms) / 1000 / self.speed
        return max(world_ms / 1000, self.begun_s + ahead_s)


@dataclass(frozen=True, slots=True)
class Air:
    """How the fleet goes on the air: by which broker, how badly, how soon, how busily."""

    broker: Broker
    faults: Faults
    first_within_s: float = 1.0
    live_factor: float = 1.0
    pace: Pace = Pace()


@dataclass(frozen=True, slots=True)
class Standing:
    """How the fleet stands: facts confirmed by the service, of how many; lines up; a complaint."""

    confirmed: int
    facts: int
    connected: int
    trouble: str


class Fleet:
    """Every kiosk with its line; ``step`` does a little of everything and returns soon."""

    def __init__(
        self,
        kiosks: list[Kiosk],
        air: Air,
        rng: random.Random,
        clock: Callable[[], float],
    ) -> None:
        """Switch the machines on; connections follow within the first moments."""
        self._clock = clock
        self._air = air
        self._rng = rng
        self._selector = selectors.DefaultSelector()
        self._masks: dict[int, int] = {}
        now = clock()
        self.lines = [self._line(kiosk, now) for kiosk in kiosks]
        self._dirty: dict[int, None] = {}
        self._timers: list[tuple[float, int]] = []
        self._due: list[float] = [0.0] * len(self.lines)
        self._index = {id(line): index for index, line in enumerate(self.lines)}
        self._world: list[tuple[int, int]] = []
        self._save_at = now + _SAVE_S
        for index, line in enumerate(self.lines):
            line.kiosk.forget_plan()
            line.kiosk.power_up(air.pace.world_ms(now))
            self._schedule_world(index)
            self._schedule(index)

    def _line(self, kiosk: Kiosk, now: float) -> Line:
        # A line has its own dice: what one kiosk draws does not depend on the others.
        rng = random.Random(self._rng.random())
        link = Link(self._air.faults, rng, now)
        line = Line(kiosk, link, self._air.broker, rng, self._clock)
        line.retry_at = now + rng.uniform(0, self._air.first_within_s)
        line.on_open, line.on_close = self._opened, self._closed
        return line

    # Sockets.

    def _opened(self, line: Line, sock: Socket) -> None:
        self._selector.register(sock, selectors.EVENT_READ, self._index[id(line)])
        self._masks[sock.fileno()] = selectors.EVENT_READ

    def _closed(self, _line: Line, sock: Socket) -> None:
        if self._masks.pop(sock.fileno(), None) is not None:
            self._selector.unregister(sock)

    def _watch(self, sock: Socket, index: int) -> None:
        wants = self.lines[index].wants_write()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if wants else 0)
        if self._masks.get(sock.fileno()) not in {None, mask}:
            self._masks[sock.fileno()] = mask
            self._selector.modify(sock, mask, index)

    # One round.

    def step(self) -> None:
        """Let the world happen, do what is due, then wait shortly for sockets."""
        now = self._clock()
        self._live(now)
        while self._timers and self._timers[0][0] <= now:
            at, index = heapq.heappop(self._timers)
            if at == self._due[index]:
                self._dirty[index] = None
        ready, self._dirty = self._dirty, {}
        for index in ready:
            self._pump(index, now)
        self._save(now)
        wait_s = 0.0 if self._dirty else max(0.0, min(_WAIT_MOST_S, self._next_due() - now))
        for key, mask in self._selector.select(wait_s):
            line = self.lines[key.data]
            if mask & selectors.EVENT_WRITE:
                line.writable()
            if mask & selectors.EVENT_READ:
                line.readable()
            self._dirty[key.data] = None

    def _pump(self, index: int, now: float) -> None:
        line = self.lines[index]
        line.pump(now)
        sock = line.sock()
        if sock is not None:
            self._watch(sock, index)
        self._schedule(index)

    def _schedule(self, index: int) -> None:
        due = self.lines[index].due_at()
        if due != self._due[index]:
            self._due[index] = due
            heapq.heappush(self._timers, (due, index))

    def _next_due(self) -> float:
        timer = self._timers[0][0] if self._timers else float("inf")
        world = self._air.pace.due_s(self._world[0][0]) if self._world else float("inf")
        return min(timer, world)

    # The world goes on.

    def _live(self, now: float) -> None:
        now_ms = self._air.pace.world_ms(now)
        while self._world and self._world[0][0] <= now_ms:
            _, index = heapq.heappop(self._world)
            line = self.lines[index]
            boot = line.kiosk.boot
            line.kiosk.live_until(now_ms, self._air.live_factor)
            if line.kiosk.boot != boot:
                # Its power came back: the old connection died with the old boot.
                line.drop(now)
            self._schedule_world(index)
            self._dirty[index] = None

    def _schedule_world(self, index: int) -> None:
        at_ms = self.lines[index].kiosk.next_ms(self._air.live_factor)
        heapq.heappush(self._world, (at_ms, index))

    def _save(self, now: float) -> None:
        if now < self._save_at:
            return
        since_s = now - self._save_at + _SAVE_S
        self._save_at = now + _SAVE_S
        chance = self._air.faults.journal_losses_per_year * since_s / _YEAR_S
        for index, line in enumerate(self.lines):
            if chance and self._rng.random() < chance:
                self.lose_journal(index)
            if line.kiosk.outbox.saved_upto != line.kiosk.outbox.upto:
                line.kiosk.save()

    def lose_journal(self, index: int) -> None:
        """Replace a kiosk's board: it loses its journal and comes back with a new epoch."""
        now = self._clock()
        kiosk = self.lines[index].kiosk
        self.lines[index].drop(now)
        kiosk.lose_journal()
        kiosk.agent.on_new_journal(now)  # Replays asked of the lost one cannot be served.
        kiosk.power_up(self._air.pace.world_ms(now))
        self._schedule(index)

    def stand_still(self) -> None:
        """Let nothing more happen in the world: what the journals hold is told, and that is all."""
        self._world.clear()

    def standing(self) -> Standing:
        """Return how the fleet stands."""
        lines = self.lines
        facts = sum(line.kiosk.journal.head for line in lines)
        waiting = sum(line.kiosk.outbox.depth(line.kiosk.journal.head) for line in lines)
        trouble = next((line.trouble for line in lines if line.trouble), "")
        connected = sum(line.connected for line in lines)
        return Standing(facts - waiting, facts, connected, trouble)

    def close(self) -> None:
        """Say goodbye on every line and write the small files."""
        for line in self.lines:
            line.close()
            line.kiosk.save()
        self._selector.close()
