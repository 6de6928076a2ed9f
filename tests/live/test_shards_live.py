"""Three regions on one PostgreSQL, a worker each: one is killed, one halted, nothing is lost."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.store.tables.books import DayTally, HourTally
from tests.live.running import Process
from tests.live.shards import FACTS, Shard, deadlocks, kept, sums, talking, wait_for_more
from tests.servers.mosquitto import mosquitto_server

TAKEN_OVER_WITHIN_S = 10.0
HALTED_WITHIN_S = 15.0
"""Who is halted in the middle of a transaction holds it until the deputy loses patience (10 s)."""
HAS_IT = "This process has the lease."
STANDS_BY = "Another has it; standing by."
REGIONS = (("510104", "A"), ("510105", "B"), ("510107", "C"))
Laid = tuple[list[Shard], list[Engine]]


@pytest.fixture
def laid(tmp_path: Path, postgres_url: str) -> Iterator[Laid]:
    """Three regions in one database, each with its kiosks, and nobody serves them yet."""
    with mosquitto_server(tmp_path / "broker") as broker, ExitStack() as stack:
        shards = [
            Shard(region, letter, tmp_path, broker, postgres_url) for region, letter in REGIONS
        ]
        engines = [shard.lay_out() for shard in shards]
        for engine in engines:
            stack.callback(engine.dispose)
        stack.callback(stop, shards)
        yield shards, engines


def stop(shards: list[Shard]) -> None:
    """End them all at once: one after another takes long."""
    running = [one for shard in shards for one in shard.processes if one.is_running()]
    for number in (signal.SIGCONT, signal.SIGTERM):
        for one in running:
            send(one, number)
    for one in running:
        one.stop()


def send(process: Process, number: signal.Signals) -> None:
    os.kill(process.pid, number)


def test_three_workers_of_three_regions_lose_nothing_when_one_is_killed_and_one_is_halted(
    laid: Laid,
) -> None:
    (east, west, south), (in_east, in_west, in_south) = laid
    workers = [shard.worker() for shard in (east, west, south)]
    for worker in workers:
        worker.says(HAS_IT)
        worker.says("Connected to the broker")
    page, deputy = east.service(), west.worker()
    for one in (page, deputy):
        one.says(STANDS_BY)
    page.wait_until_ready()
    assert page.get("/ready")["status"] == "standing_by"

    with talking([east, west, south]):
        wait_for_more(in_east, FACTS // 10, within_s=30)
        send(workers[1], signal.SIGSTOP)
        halted_s = time.monotonic()
        workers[0].kill()
        killed_s = wait_for_more(in_east, kept(in_east), within_s=TAKEN_OVER_WITHIN_S)
        deputy.says(HAS_IT, within_s=TAKEN_OVER_WITHIN_S)
        wait_for_more(in_west, kept(in_west), within_s=HALTED_WITHIN_S)
        halted_s = time.monotonic() - halted_s
        send(workers[1], signal.SIGCONT)
        workers[1].says(STANDS_BY)
    print(f"taken over {killed_s:.1f} s after a kill, {halted_s:.1f} s after a halt")

    assert page.get("/ready")["status"] == "ready"
    for shard, engine in zip((east, west, south), (in_east, in_west, in_south), strict=True):
        wait_for_more(engine, FACTS - 1, within_s=20)
        assert kept(engine) == FACTS
        assert sums(engine, DayTally) == sums(engine, HourTally) == shard.truth()
    assert {one["id"] for one in page.get("/kiosks")["kiosks"]} == set(east.kiosks)
    assert page.quarantine() == []
    assert deadlocks(in_south) == 0
    assert_the_halted_did_no_harm(workers[1], deputy)


def assert_the_halted_did_no_harm(halted: Process, deputy: Process) -> None:
    """It may have wrested the session back once, before it looked at its clock; not again."""
    connections = [one.said.count("Connected to the broker") for one in (halted, deputy)]
    print(f"connections of the halted: {connections[0]}, of its deputy: {connections[1]}")
    assert max(connections) <= 2
