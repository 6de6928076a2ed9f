"""What a second region on the same PostgreSQL brings: one worker's bookings beside two workers'.

Facts heard and understood beforehand are kept in batches, each region by a process of its own.
"""

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from service.flows.keep import keep_batch
from service.inbox.translate import translate
from service.settings import Settings
from service.store.engine import open_engine
from service.store.sql_store import SqlStore
from service.wiring import lay_out_district, open_database
from tests.bench.backlog import REGION, backlog, plan
from tests.bench.report import Figures
from tests.live.shards import deadlocks
from tests.servers.postgres import postgres_server

KIOSKS = 43
FACTS = 20_000
BATCH = 2_000
ROUNDS = 3
REGIONS = ("510104", "510105")
ZONE = ZoneInfo("Asia/Shanghai")


def measure() -> Figures:
    """Book with one worker, then with two at once, in fresh regions each round."""
    one: list[float] = []
    two: list[float] = []
    met = 0
    with postgres_server(fsync=True) as server:
        for turn in range(ROUNDS):
            with server.database() as url:
                one.append(_book(url, REGIONS[:1]))
            with server.database() as url:
                two.append(_book(url, REGIONS))
                engine = open_engine(url)
                met += deadlocks(engine)
                engine.dispose()
            print(f"round {turn}: {one[-1]:,.0f} facts/s by one worker, {two[-1]:,.0f} by two")
    return {
        "shards.facts": FACTS,
        "shards.one.facts_per_s": median(one),
        "shards.two.facts_per_s": median(two),
        "shards.ratio": median(both / alone for alone, both in zip(one, two, strict=True)),
        "shards.deadlocks": met,
    }


def _book(url: str, regions: tuple[str, ...]) -> float:
    """Return the facts that workers of these regions book in a second, all together."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.shards", url, region],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for region in regions
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    started_s = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()  # The sign to begin.
    for worker in workers:
        assert worker.wait(300) == 0
        assert worker.stdout is not None
        worker.stdout.close()
    return FACTS * len(regions) / (time.perf_counter() - started_s)


def work(url: str, region: str) -> None:
    """Lay a region out, understand its backlog, and book it when told to."""
    own = Settings(database_url=url, database_shared=True, region=region, broker_password="unused")
    engine = open_database(own)
    lay_out_district(engine, replace(plan(KIOSKS), region=region))
    heard_at = datetime.now(UTC)
    heard = []
    for topic, payload in backlog(KIOSKS, FACTS, seed=int(region)):
        ours = payload.replace(REGION.encode(), region.encode())
        meaning = translate(topic.replace(REGION, region), ours, heard_at=heard_at)
        assert meaning is not None
        heard.append(meaning)
    store = SqlStore(engine)
    print("ready", flush=True)
    sys.stdin.read()
    for first in range(0, FACTS, BATCH):
        with store.begin() as books:
            kept = keep_batch(heard[first : first + BATCH], books=books, at=heard_at, zone=ZONE)
        assert kept.new == BATCH
    engine.dispose()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2])
