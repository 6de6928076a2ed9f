"""How fast a backlog is booked, beside ``mosquitto_sub -q 1`` that only counts the messages."""

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.backlog import REGION, backlog
from tests.bench.report import Figures
from tests.servers.mosquitto import open_mosquitto
from tests.servers.processes import program

KIOSKS = 43
FACTS = 60_000
ROUNDS = 3
USER = f"circle15-service-{REGION}"
RAW = "raw-counter"


def measure() -> Figures:
    """Drain the same backlog with mosquitto_sub and with the service, in turn."""
    raw_s: list[float] = []
    sqlite_s: list[float] = []
    for turn in range(ROUNDS):
        # A broker of its own for each turn: nothing is left over from the one before.
        with tempfile.TemporaryDirectory() as name, open_mosquitto(Path(name)) as port:
            for client_id in (RAW, USER):
                _subscribe(port, client_id)
            _publish(port, turn)
            raw_s.append(_count_raw(port))
            sqlite_s.append(_book(port, f"sqlite:///{name}/bench.db"))
            print(f"round {turn}: mosquitto_sub {raw_s[-1]:.2f} s, booked {sqlite_s[-1]:.2f} s")
    return {
        "ingest.facts": FACTS,
        "ingest.mosquitto_sub.messages_per_s": FACTS / median(raw_s),
        "ingest.sqlite.facts_per_s": FACTS / median(sqlite_s),
        "ingest.sqlite.ratio_raw": median(
            raw / ours for raw, ours in zip(raw_s, sqlite_s, strict=True)
        ),
    }


def _subscribe(port: int, client_id: str) -> None:
    """Leave a persistent session behind, so that the broker keeps the backlog for it."""
    subprocess.run([*_listener(port, client_id), "-E"], check=True, timeout=20)


def _listener(port: int, client_id: str) -> list[str]:
    """Return mosquitto_sub on a persistent session that hears every fact."""
    path = program("mosquitto_sub", package="mosquitto-clients")
    who = ["-p", str(port), "-i", client_id, "-c", "-q", "1"]
    return [path, *who, "-t", f"ck/v1/{REGION}/+/e/+"]


def _publish(port: int, seed: int) -> None:
    client = Client(CallbackAPIVersion.VERSION2, client_id="bench-publisher")
    client.max_inflight_messages_set(5_000)
    client.max_queued_messages_set(0)
    done = threading.Semaphore(0)
    client.on_publish = lambda *_: done.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    for topic, payload in backlog(KIOSKS, FACTS, seed):
        client.publish(topic, payload, qos=1)
    for _ in range(FACTS):
        assert done.acquire(timeout=60), "the broker stopped taking the backlog"
    client.disconnect()
    client.loop_stop()


def _count_raw(port: int) -> float:
    started = time.perf_counter()
    subprocess.run(
        [*_listener(port, RAW), "-C", str(FACTS)],
        check=True,
        timeout=300,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _book(port: int, url: str) -> float:
    """Return the seconds from the connection to the last commit, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.booker", str(port), url, str(KIOSKS), str(FACTS)],
        check=True,
        timeout=600,
        capture_output=True,
        text=True,
    )
    return float(done.stdout.strip().splitlines()[-1])
