"""What befalls an installation in a benchmark: kills in a random order, and worse in between."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bench.crowd import LOSE
from tests.bench.stage import Stage
from tests.servers.nats import NatsServer

Pause = Callable[[float], None]
Say = Callable[[str], None]
Trouble = Callable[[Pause, Say], None]

FULL_S = 6.0
TWO_S = 6.0
JOURNALS = 3
WEIGHTS = {"service": 5, "broker": 4, "database": 3}


@dataclass
class Troubles:
    """All that is to come, in order, and what came of it."""

    on: Stage
    away_s: float
    calm: float
    order: list[tuple[str, Trouble]] = field(default_factory=list)
    counts: dict[str, float | int] = field(default_factory=dict)
    kills: int = 0
    journals: int = 0
    is_away: bool = False
    _away: threading.Timer | None = None

    def kill_service(self, _pause: Pause, _say: Say) -> None:
        if self.on.service.is_running():
            self.on.service.kill()
            self._count("service")

    def kill_broker(self, pause: Pause, _say: Say) -> None:
        broker = self.on.broker
        while isinstance(broker, NatsServer) and broker.embedded.pid is None:
            pause(0.1)
        broker.kill()
        self._count("broker")

    def kill_database(self, _pause: Pause, _say: Say) -> None:
        assert self.on.database is not None
        self.on.database.kill()
        self._count("database")

    def lose_journal(self, _pause: Pause, say: Say) -> None:
        say(LOSE)
        self.journals += 1
        self.counts["journals_lost"] = self.journals

    def forget_broker(self, _pause: Pause, _say: Say) -> None:
        self.on.forget_broker()
        self.counts["broker_emptied"] = 1

    def two_services(self, pause: Pause, _say: Say) -> None:
        """Start a second worker by mistake, and end it by a kill."""
        second = self.on.new_service()
        second.start(wait=False)
        pause(self.calm * TWO_S)
        if second.is_running():
            second.kill()
        self.counts["two_services_s"] = self.calm * TWO_S

    def fill_disk(self, pause: Pause, _say: Say) -> None:
        """Leave no room until the service says so, and a while longer."""
        while self.is_away:  # Who does not reach the database cannot find its disk full.
            pause(1.0)
        before = self.on.service.said.count(REFUSED)
        try:
            for _ in range(60):
                self.on.room.fill()
                pause(0.5)
                if self.on.service.said.count(REFUSED) > before:
                    break
            pause(self.calm * FULL_S)
        finally:
            self.on.room.empty()
        refused = self.on.service.said.count(REFUSED) - before
        assert refused > 0, "the disk was full, and nobody noticed"
        self.counts["disk_full_refusals"] = refused

    def lose_database(self, _pause: Pause, _say: Say) -> None:
        """Cut the connection to PostgreSQL for a while, during which the kills go on."""
        assert self.on.proxy is not None
        self.on.proxy.cut()
        self.is_away = True
        self._away = threading.Timer(self.away_s, self._return_database)
        self._away.daemon = True
        self._away.start()
        self.counts["database_away_s"] = self.away_s

    def finish(self, pause: Pause) -> None:
        """Wait until nothing is away any more."""
        while self.is_away:
            pause(0.5)

    def _return_database(self) -> None:
        assert self.on.proxy is not None
        self.on.proxy.mend()
        self.is_away = False

    def _count(self, victim: str) -> None:
        self.kills += 1
        self.counts[f"kills_{victim}"] = self.counts.get(f"kills_{victim}", 0) + 1


REFUSED = "did not take a batch"
"""How the service says that a transaction failed and is tried again."""


def troubles_of(on: Stage, *, kills: int, away_s: float, calm: float, seed: int) -> Troubles:
    """Draw the order of a run from its seed."""
    chance = random.Random(f"troubles/{seed}")
    made = Troubles(on, away_s, calm)
    victims = ["service", "broker"] if on.database is None else list(WEIGHTS)
    # Each at least once; the others as chance will have it.
    drawn = victims + chance.choices(
        victims, [WEIGHTS[name] for name in victims], k=kills - len(victims)
    )
    does = {
        "service": made.kill_service,
        "broker": made.kill_broker,
        "database": made.kill_database,
    }
    order: list[tuple[str, Trouble]] = [(f"SIGKILL the {one}", does[one]) for one in drawn]
    order += [("a kiosk loses its journal", made.lose_journal)] * JOURNALS
    order.append(("two services at once", made.two_services))
    order.append(("the broker forgets everything", made.forget_broker))
    if on.room.kind != "none":
        order.append((f"the disk is full ({on.room.kind})", made.fill_disk))
    chance.shuffle(order)
    if on.proxy is not None and away_s:
        order.insert(len(order) // 3, (f"no database for {away_s:g} s", made.lose_database))
    made.order = order
    return made
