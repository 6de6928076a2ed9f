"""Holds 10,000 kiosks' connections for minutes, kills the broker, and lets all come back."""

import contextlib
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from sqlalchemy import Engine, text

from tests.bench.backlog import plan
from tests.bench.books import judge
from tests.bench.crowd import STILL, Crowd, Wish, rss_mb
from tests.bench.report import Figures
from tests.bench.stage import Stage, stage
from tests.live.running import family
from tests.servers.mosquitto import MosquittoServer

KIOSKS: Final = int(os.environ.get("KIOSKS", "10000"))
HOLD_S: Final = float(os.environ.get("HOLD_S", "300"))
DATABASE: Final = os.environ.get("DATABASE", "postgres")
DAYS_LIVED: Final = 0.5
"""So much of a kiosk's day passes in the run: a few facts of each."""

CONNECT_OVER_S: Final = 40.0
RETRY_MOST_S: Final = 30.0
LOOK_EVERY_S: Final = 2.0
ALL_WITHIN_S: Final = 300.0
SPARE_FILES: Final = 500
ANSWER_WITHIN_S: Final = 10.0


def measure() -> Figures:
    """Connect all, hold them, kill the broker, and compare the books with the truth."""
    _allow_files()
    with stage("mosquitto", DATABASE, plan(KIOSKS)) as on:
        crowd = Crowd(_wish(on))
        on.service.start()
        engine = on.engine()
        try:
            begun_s = time.monotonic()
            crowd.start()
            _wait_for_all(crowd, engine)
            figures = {"connect_s": time.monotonic() - begun_s, **_hold(on, crowd, engine)}
            figures |= _storm(on, crowd, engine)
            crowd.say(STILL)
            _wait(lambda: crowd.is_told, crowd, "every fact is told")
        finally:
            crowd.stop()
        verdict = judge(engine, Path(crowd.wish.folder))
        engine.dispose()
    assert verdict.is_exact, f"the books are not exact: {verdict}"
    figures |= {"facts": verdict.facts, "lost": verdict.lost, "doubled": verdict.doubled}
    return {f"fleet.{name}": value for name, value in figures.items()}


def _allow_files() -> None:
    """Let the broker and the simulator hold a file for each connection."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard >= KIOSKS + SPARE_FILES, f"at most {hard} open files are allowed here: ulimit -Hn"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _wish(on: Stage) -> Wish:
    return Wish(
        kiosks=KIOSKS,
        folder=str(on.folder / "kiosks"),
        port=on.broker.port,
        passwords=on.broker.passwords,
        days=2 * DAYS_LIVED,
        speed=DAYS_LIVED * 86_400 / (HOLD_S + 2 * CONNECT_OVER_S),
        demand_factor=1.0,
        first_within_s=CONNECT_OVER_S,
        retry_most_s=RETRY_MOST_S,
    )


def _online(engine: Engine) -> int:
    """Return how many kiosks the books say are there."""
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM liveness WHERE online = true"))
    return int(found or 0)


def _wait(holds: Callable[[], bool], crowd: Crowd, what: str) -> None:
    deadline = time.monotonic() + ALL_WITHIN_S
    while not holds():
        assert crowd.is_running, "the simulator has ended"
        assert time.monotonic() < deadline, f"{what}: not in {ALL_WITHIN_S:g} s: {crowd.standing}"
        time.sleep(0.2)


def _wait_for_all(crowd: Crowd, engine: Engine) -> None:
    _wait(lambda: crowd.standing.connected == KIOSKS, crowd, "every kiosk is connected")
    _wait(lambda: _online(engine) == KIOSKS, crowd, "every kiosk is online in the books")


def _hold(on: Stage, crowd: Crowd, engine: Engine) -> dict[str, float | int]:
    """Keep all connections for the whole time, and look at everybody's memory."""
    assert isinstance(on.broker, MosquittoServer)
    broker_mb, service_mb, asked_s = [], [], []
    held = online = KIOSKS
    until = time.monotonic() + HOLD_S
    while time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
        held = min(held, crowd.standing.connected)
        online = min(online, _online(engine))
        broker_mb.append(rss_mb(on.broker.pid or 0))
        service_mb.append(_memory_mb({on.service.pid, *family(on.service.pid)}))
        asked_s.append(_ask(on))
        left_s = until - time.monotonic()
        print(
            f"  {held} held, {online} online, {left_s:.0f} s to go; broker {broker_mb[-1]:.0f} MB,"
            f" service {service_mb[-1]:.0f} MB, /kiosks {asked_s[-1]:.2f} s,"
            f" {crowd.standing.facts:,} facts",
            flush=True,
        )
    return {
        "connections": held,
        "online": online,
        "held_s": HOLD_S,
        "broker_mb": max(broker_mb),
        "service_mb": max(service_mb),
        "simulator_mb": crowd.standing.rss_mb,
        "kiosks_page_s": median(asked_s),
        "kiosks_page_most_s": max(asked_s),
        "kiosks_page_late": sum(one >= ANSWER_WITHIN_S for one in asked_s),
    }


def _memory_mb(pids: set[int]) -> float:
    """Return how much memory processes hold; one that has just ended holds none."""
    held = 0.0
    for pid in pids:
        with contextlib.suppress(OSError, StopIteration):
            held += rss_mb(pid)
    return held


def _ask(on: Stage) -> float:
    """Return how long the list of all kiosks took; one that never came is late, and no end."""
    begun_s = time.monotonic()
    try:
        on.service.get("/kiosks")
    except httpx.TransportError as error:
        print(f"  ! no list of kiosks ({type(error).__name__})", flush=True)
        return max(ANSWER_WITHIN_S, time.monotonic() - begun_s)
    return time.monotonic() - begun_s


def _storm(on: Stage, crowd: Crowd, engine: Engine) -> dict[str, float | int]:
    """Kill the broker; all kiosks come back with full jitter, and tell what happened meanwhile."""
    print("  ! SIGKILL the broker", flush=True)
    begun_s = time.monotonic()
    on.broker.kill()
    on.look_after()
    _wait(lambda: crowd.standing.connected < KIOSKS, crowd, "the kiosks notice")
    _wait_for_all(crowd, engine)
    back_s = time.monotonic() - begun_s
    behind = crowd.standing.facts
    _wait(lambda: crowd.standing.confirmed >= behind, crowd, "what waited is told")
    return {"reconnect_s": back_s, "told_s": time.monotonic() - begun_s}
