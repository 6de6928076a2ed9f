"""Three regions on one broker and one PostgreSQL: their kiosks that keep talking, their workers."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from broker.accounts import service_name
from service.settings import Settings
from service.store.sql import table_of
from service.store.tables.books import DayTally, HourTally
from service.wiring import lay_out_district, open_database
from tests.bench.backlog import REGION, backlog, plan
from tests.live.running import Process, Service
from tests.servers.mosquitto import MosquittoServer
from tests.servers.mqtt import Session, session

KIOSKS = 4
FACTS = 1_300
"""Of each region, told over about ``TOLD_FOR_S``."""
TOLD_FOR_S = 13.0
_POLL_S = 0.02
Sums = dict[tuple[str, str], int]


@dataclass
class Shard:
    """One region: its kiosks, what they say, and the processes that serve it."""

    region: str
    letter: str
    folder: Path
    broker: MosquittoServer
    url: str
    processes: list[Process] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def kiosks(self) -> list[str]:
        return [f"{self.letter}{number:04d}" for number in range(1, KIOSKS + 1)]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CIRCLE15_DATA_FOLDER": str(self.folder),
            "CIRCLE15_DATABASE_URL": self.url,
            "CIRCLE15_DATABASE_SHARED": "true",
            "CIRCLE15_REGION": self.region,
            "CIRCLE15_BROKER_PORT": str(self.broker.port),
            "CIRCLE15_BROKER_PASSWORD": self.broker.passwords[service_name(self.region)],
        }

    @cached_property
    def messages(self) -> list[tuple[str, bytes]]:
        """What this region's kiosks say, each journal in sequence."""
        ours = backlog(KIOSKS, FACTS, seed=int(self.region))
        return [
            (self._renamed(topic), self._renamed(said.decode()).encode()) for topic, said in ours
        ]

    def _renamed(self, words: str) -> str:
        for kiosk in self.kiosks:
            words = words.replace(f"K{kiosk[1:]}", kiosk)
        return words.replace(REGION, self.region)

    def lay_out(self) -> Engine:
        """Let the kiosks in at the broker and in the registry; return the region's database."""
        self.broker.enrol(self.kiosks, region=self.region)
        drawn = plan(KIOSKS)
        kiosks = tuple(
            replace(kiosk, id=name) for kiosk, name in zip(drawn.kiosks, self.kiosks, strict=True)
        )
        engine = open_database(
            Settings(
                database_url=self.url,
                database_shared=True,
                region=self.region,
                broker_password="unused",
            )
        )
        lay_out_district(engine, replace(drawn, region=self.region, kiosks=kiosks))
        return engine

    def worker(self) -> Process:
        return self._started(
            Process("service", "worker", log=self._log(), settings=self.environment)
        )

    def service(self) -> Service:
        one = Service(self.environment, self._log())
        self._started(one)
        return one

    def _started(self, one: Process) -> Process:
        self.processes.append(one)
        Process.start(one)
        return one

    def _log(self) -> Path:
        return self.folder / f"{self.region}-{len(self.processes)}.log"

    def talk(self) -> None:
        """Tell everything at an even pace, and wait until the broker has it."""
        with ExitStack() as stack:
            lines = {name: self._line(stack, name) for name in self.kiosks}
            started_s = time.monotonic()
            for number, (topic, payload) in enumerate(self.messages):
                due_s = started_s + number * TOLD_FOR_S / FACTS
                self.hung_up.wait(max(0.0, due_s - time.monotonic()))
                lines[topic.split("/")[3]].publish(topic, payload)

    def _line(self, stack: ExitStack, name: str) -> Session:
        return stack.enter_context(session(self.broker, name))

    def truth(self) -> Sums:
        """Return the packs dispensed by site and item, straight from what was said."""
        sums: Counter[tuple[str, str]] = Counter()
        for topic, payload in self.messages:
            said = json.loads(payload)["data"]
            if topic.endswith("/dispense") and said["outcome"] == "dispensed":
                sums[f"S{topic.split('/')[3][1:]}", said["item"]] += said["packs"]
        return dict(sums)


def kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM fact")) or 0)


def sums(engine: Engine, rollup: type[DayTally | HourTally]) -> Sums:
    """Return the packs dispensed by site and item, as a rollup says."""
    table = table_of(rollup)
    packs = func.sum(table.c.dispensed_packs)
    wanted = select(table.c.site_id, table.c.item, packs).group_by(table.c.site_id, table.c.item)
    with engine.connect() as connection:
        found = {(row[0], row[1]): int(row[2]) for row in connection.execute(wanted)}
    return {place: packs for place, packs in found.items() if packs}


def deadlocks(engine: Engine) -> int:
    wanted = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    with engine.connect() as connection:
        return int(connection.scalar(wanted) or 0)


def wait_for_more(engine: Engine, than: int, *, within_s: float) -> float:
    """Wait until more facts than so many are kept, and return the seconds that it took."""
    started_s = time.monotonic()
    while kept(engine) <= than:
        if time.monotonic() - started_s > within_s:
            pytest.fail(f"nobody booked another fact within {within_s:g} s")
        time.sleep(_POLL_S)
    return time.monotonic() - started_s


@contextmanager
def talking(shards: list[Shard]) -> Iterator[None]:
    """Let all kiosks of all regions tell their facts; leaving waits until they are through."""
    threads = [threading.Thread(target=shard.talk, daemon=True) for shard in shards]
    for thread in threads:
        thread.start()
    try:
        yield
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a region's kiosks did not come to their end"
    finally:
        for shard in shards:
            shard.hung_up.set()
