"""Simulated kiosks in a process of their own; told what to do by words, telling how they stand."""

import contextlib
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from broker import leash
from kiosk_sim.fleet import Air, Fleet, Pace
from kiosk_sim.history import open_fleet
from kiosk_sim.hours import parse_hours
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.line import Broker
from kiosk_sim.settings import Faults, Habits
from kiosk_sim.spec import KioskSpec, Slot
from service.domain.district import DistrictPlan
from tests.bench.backlog import plan
from tests.servers.processes import end

TOP: Final = Path(__file__).parents[2]
DAY_S: Final = 86_400.0
TELL_EVERY_S: Final = 0.5
GOODBYE_S: Final = 20.0
STILL, LOSE = "still", "lose"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What crowd is wanted: so many kiosks, living ``days`` of a past at a speed."""

    kiosks: int
    folder: str
    port: int
    passwords: dict[str, str]
    days: float
    speed: float
    demand_factor: float
    loss: float = 0.0
    seed: int = 15
    first_within_s: float = 1.0
    retry_most_s: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a crowd stands."""

    facts: int = 0
    confirmed: int = 0
    connected: int = 0
    sent: int = 0
    replays: int = 0
    journals_lost: int = 0
    rss_mb: float = 0.0
    trouble: str = ""


@dataclass
class Crowd:
    """The process of a crowd, as seen from the benchmark."""

    wish: Wish
    standing: Standing = field(default_factory=Standing)
    process: "subprocess.Popen[str] | None" = None
    _listener: threading.Thread | None = None

    def start(self) -> None:
        folder = Path(self.wish.folder)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "wish.json"
        path.write_text(json.dumps(asdict(self.wish)), encoding="utf-8")
        with (folder / "crowd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
                    *(sys.executable, "-m", "tests.bench.crowd", str(path)),
                ],
                cwd=TOP,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def say(self, word: str) -> None:
        """Tell it to stand still, or to lose a journal."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_told(self) -> bool:
        """Whether the service has confirmed all that happened."""
        return self.standing.facts > 0 and self.standing.confirmed == self.standing.facts

    def stop(self) -> None:
        """Let it say goodbye, and wait for its end."""
        if self.process is None:
            return
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            end(self.process)
        if self._listener is not None:
            self._listener.join()

    def _listen(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as told:
            for line in told:
                self.standing = Standing(**json.loads(line))


def specs_of(district: DistrictPlan) -> list[KioskSpec]:
    """Return the simulator's kiosks of a plan; each is used as much as the fleet's mean."""
    units = {item.code: item.units_per_pack for item in district.items}
    return [
        KioskSpec(
            region=district.region,
            id=kiosk.id,
            site_id=kiosk.site_id,
            site_kind="station",
            slots=tuple(Slot(one.slot, one.item, one.capacity_packs) for one in kiosk.slots),
            hours=parse_hours("24/7"),
            custom=1.0,
            units_per_pack=units,
        )
        for kiosk in district.kiosks
    ]


class _Running:
    """The fleet inside the process."""

    def __init__(self, wish: Wish) -> None:
        now = time.time()
        begun_ms = int((now - wish.days * DAY_S) * 1000)
        habits = Habits(wish.seed)
        specs = specs_of(plan(wish.kiosks))
        self._wish = wish
        self._chance = random.Random(wish.seed)
        self._kiosks = open_fleet(specs, Path(wish.folder), habits, Tuning(), begun_ms)
        address = Broker("127.0.0.1", wish.port, wish.passwords, wish.retry_most_s)
        air = Air(
            broker=address,
            faults=Faults(loss=wish.loss),
            first_within_s=wish.first_within_s,
            live_factor=wish.demand_factor,
            pace=Pace(speed=wish.speed, begun_s=now, world_begun_ms=begun_ms),
        )
        self._fleet = Fleet(self._kiosks, air, random.Random(wish.seed), time.time)
        self._past_facts = 0
        self._journals_to_lose = 0
        self._journals_lost = 0
        self._words: list[str] = []
        self._is_over = False

    def run(self) -> None:
        """Live until nobody speaks to us any more."""
        threading.Thread(target=self._hear, daemon=True).start()
        tell_at = 0.0
        while not self._is_over:
            self._fleet.step()
            while self._words:
                self._obey(self._words.pop(0))
            self._lose_journals()
            if time.monotonic() >= tell_at:
                tell_at = time.monotonic() + TELL_EVERY_S
                print(json.dumps(asdict(self._standing())), flush=True)
        self._fleet.close()

    def _hear(self) -> None:
        self._words.extend(line.strip() for line in iter(sys.stdin.readline, ""))
        self._is_over = True

    def _obey(self, word: str) -> None:
        if word == STILL:
            self._fleet.stand_still()
        elif word == LOSE:
            self._journals_to_lose += 1

    def _lose_journals(self) -> None:
        """Lose a journal whose facts are all confirmed: what nobody ever heard cannot be missed."""
        if not self._journals_to_lose:
            return
        index = self._chance.randrange(len(self._kiosks))
        kiosk = self._kiosks[index]
        if kiosk.head and not kiosk.outbox.depth(kiosk.head) and self._fleet.lines[index].connected:
            self._past_facts += kiosk.head
            self._fleet.lose_journal(index)
            self._journals_to_lose -= 1
            self._journals_lost += 1

    def _standing(self) -> Standing:
        now = self._fleet.standing()
        agents = [kiosk.agent for kiosk in self._kiosks]
        return Standing(
            facts=now.facts + self._past_facts,
            confirmed=now.confirmed + self._past_facts,
            connected=now.connected,
            sent=sum(agent.sent_facts for agent in agents),
            replays=sum(agent.heard_commands for agent in agents),
            journals_lost=self._journals_lost,
            rss_mb=rss_mb(os.getpid()),
            trouble=now.trouble,
        )


def rss_mb(pid: int) -> float:
    """Return how much memory a process holds."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) / 1024


def main(path: str) -> None:
    """Run a crowd until its standard input ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    wish = Wish(**json.loads(Path(path).read_text(encoding="utf-8")))
    _Running(wish).run()


if __name__ == "__main__":
    main(sys.argv[1])
