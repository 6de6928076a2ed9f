"""How fast a backlog is booked, beside ``mosquitto_sub -q 1`` that only counts the messages.

Both databases in turn, the naive design as a peer, and the cost of a fact as the ledger grows.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench import naive
from tests.bench.backlog import REGION, backlog
from tests.bench.growth import postgres_growth, sqlite_growth
from tests.bench.report import Figures
from tests.servers.mosquitto import open_mosquitto
from tests.servers.postgres import postgres_server
from tests.servers.processes import program

KIOSKS = 43
FACTS = 60_000
NAIVE_FACTS = 2_000
ROUNDS = 3
USER = f"circle15-service-{REGION}"
RAW = "raw-counter"
SQLITE_GROWN = 5_000_000
POSTGRES_GROWN = 20_000_000


@dataclass
class Rates:
    """Messages a second, one figure for each round."""

    raw: list[float] = field(default_factory=list)
    sqlite: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median over the rounds of one rate to another."""
    return median(own / peer for own, peer in zip(ours, theirs, strict=True))


def measure() -> Figures:
    """Drain the same backlog in each way in turn; then compare an empty ledger with a full one."""
    figures = {"ingest.facts": FACTS, **_drain(Rates())}
    with tempfile.TemporaryDirectory() as name:
        figures |= _named("sqlite", sqlite_growth(Path(name), SQLITE_GROWN))
    figures |= _named("postgres", postgres_growth(POSTGRES_GROWN))
    return figures


def _drain(rates: Rates) -> dict[str, float | int]:
    for turn in range(ROUNDS):
        # A broker and databases of its own for each turn: nothing is left from the one before.
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            port = stack.enter_context(open_mosquitto(folder))
            server = stack.enter_context(postgres_server(fsync=True))
            server.start()
            postgres = stack.enter_context(server.database())
            rates.raw.append(_raw(port, turn))
            rates.sqlite.append(_booked(port, turn, f"sqlite:///{folder}/bench.db"))
            rates.postgres.append(_booked(port, turn, postgres))
            rates.naive.append(_naive(port, turn, f"sqlite:///{folder}/naive.db"))
        told = {name: f"{values[-1]:,.0f}/s" for name, values in vars(rates).items()}
        print(f"round {turn}: {told}", flush=True)
    return {
        "ingest.mosquitto_sub.messages_per_s": median(rates.raw),
        "ingest.naive.messages_per_s": median(rates.naive),
        "ingest.sqlite.facts_per_s": median(rates.sqlite),
        "ingest.postgres.facts_per_s": median(rates.postgres),
        "ingest.sqlite.ratio_raw": _ratio(rates.sqlite, rates.raw),
        "ingest.postgres.ratio_raw": _ratio(rates.postgres, rates.raw),
        "ingest.sqlite.ratio_naive": _ratio(rates.sqlite, rates.naive),
    }


def _named(database: str, grown: Mapping[str, float | int]) -> dict[str, float | int]:
    return {f"ingest.{database}.growth": grown["growth"]} | {
        f"ingest.{database}.grown.{name}": value
        for name, value in grown.items()
        if name != "growth"
    }


def _raw(port: int, turn: int) -> float:
    with _backlog_of(port, RAW, turn, FACTS):
        command = [*_listener(port, RAW), "-c", "-C", str(FACTS)]
        started = time.perf_counter()
        subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)
        return FACTS / (time.perf_counter() - started)


def _booked(port: int, turn: int, url: str) -> float:
    """Return the rate from the connection to the last commit, in a process of its own."""
    with _backlog_of(port, USER, turn, FACTS):
        return FACTS / _run("tests.bench.booker", port, url, KIOSKS, FACTS)


def _naive(port: int, turn: int, url: str) -> float:
    with _backlog_of(port, naive.USER, turn, NAIVE_FACTS):
        return NAIVE_FACTS / _run("tests.bench.naive", port, url, NAIVE_FACTS)


def _run(program_of_ours: str, *arguments: object) -> float:
    """Return the seconds that a program says on its last line."""
    done = subprocess.run(
        [sys.executable, "-m", program_of_ours, *map(str, arguments)],
        check=True,
        timeout=600,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.strip().splitlines()[-1])


def _listener(port: int, client_id: str) -> list[str]:
    """Return mosquitto_sub that hears every fact."""
    path = program("mosquitto_sub", package="mosquitto-clients")
    return [path, "-p", str(port), "-i", client_id, "-q", "1", "-t", f"ck/v1/{REGION}/+/e/+"]


@contextmanager
def _backlog_of(port: int, client_id: str, seed: int, facts: int) -> Iterator[None]:
    """Leave a backlog with the broker in a client's persistent session, and no session behind."""
    subprocess.run([*_listener(port, client_id), "-c", "-E"], check=True, timeout=20)
    _publish(port, seed, facts)
    try:
        yield
    finally:
        subprocess.run([*_listener(port, client_id), "-E"], check=True, timeout=20)


def _publish(port: int, seed: int, facts: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-publisher")
    client.max_inflight_messages_set(5_000)
    client.max_queued_messages_set(0)
    done = threading.Semaphore(0)
    client.on_publish = lambda *_: done.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in backlog(KIOSKS, facts, seed):
        client.publish(topic, payload, qos=1)
    for _ in range(facts):
        assert done.acquire(timeout=60), "the broker stopped taking the backlog"
    client.disconnect()
    client.loop_stop()
