"""From a kiosk's publish to what the API shows, while facts come at a share of what we can take."""

import contextlib
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from broker import leash
from tests.bench.backlog import ITEMS, REGION, plan
from tests.bench.report import OUT, Figures
from tests.bench.stage import Stage, stage
from tests.bench.stream import Lean

KIOSKS: Final = 43
SHARES: Final = (10, 30, 50)
PHASE_S: Final = float(os.environ.get("PHASE_S", "20"))
PROBES_PER_S: Final = 15.0
WARM_UP_FACTS: Final = 20_000
FLOOD: Final = 1e9
PROBE: Final = f"K{KIOSKS + 1:04d}"
FULL_PACKS: Final = 900
GIVE_UP_S: Final = 30.0
POLL_S: Final = 0.01


def measure() -> Figures:
    """Measure each database at each share, by asking and by listening."""
    found: dict[str, float | int | str] = {}
    for database in ("sqlite", "postgres"):
        with stage("mosquitto", database, plan(KIOSKS + 1)) as on:
            on.service.start()
            with Load.open(on) as load:
                rate = max(load.sustained(), _known_rate(database))
                found[f"latency.{database}.rate_facts_per_s"] = rate
                probe = Probe(on)
                for share in SHARES:
                    for name, watch in (("", probe.ask), ("live_", probe.listen)):
                        load.begin(rate * share / 100)
                        latencies_ms = sorted(1000 * one for one in watch(PHASE_S))
                        late_ms = 1000 * load.finish()
                        p50, p99 = _percentile(latencies_ms, 0.5), _percentile(latencies_ms, 0.99)
                        found[f"latency.{database}.{name}p50_ms_at_{share}"] = p50
                        found[f"latency.{database}.{name}p99_ms_at_{share}"] = p99
                        print(
                            f"  {database} at {share} % {name or 'asked_'}: p50 {p50:.0f} ms,"
                            f" p99 {p99:.0f} ms, {len(latencies_ms)} probes;"
                            f" load late by {late_ms:.0f} ms at most",
                            flush=True,
                        )
    for percentile in (50, 99):
        for share in SHARES:
            name = f"p{percentile}_ms_at_{share}"
            # The figure of the issue is the worse of both databases.
            found[f"latency.{name}"] = max(
                float(found[f"latency.{database}.{name}"]) for database in ("sqlite", "postgres")
            )
    return found


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _known_rate(database: str) -> float:
    """Return what `ingest` measured last, if it did: the harder of two rates is used."""
    path = OUT / "ingest.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return float(known.get(f"ingest.{database}.facts_per_s", 0.0))


class Load:
    """The facts that come beside the probes."""

    def __init__(self, on: Stage, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._engine = on.engine()
        self._say(
            json.dumps(
                {
                    "port": on.broker.port,
                    "kiosks": KIOSKS,
                    "seed": 15,
                    "passwords": on.broker.passwords,
                }
            )
        )
        assert self._hear() == "ready"

    @classmethod
    @contextmanager
    def open(cls, on: Stage) -> Iterator["Load"]:
        """Start the process that publishes."""
        command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid())]
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "tests.bench.stream"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        load = cls(on, process)
        try:
            yield load
        finally:
            load.close()

    def sustained(self) -> float:
        """Return facts a second that are booked while more come than can be."""
        self.begin(FLOOD, WARM_UP_FACTS)
        begun_s = time.monotonic()
        before = _facts(self._engine)
        self.finish()
        while (done := _facts(self._engine) - before) < WARM_UP_FACTS:
            assert time.monotonic() - begun_s < 10 * GIVE_UP_S, f"only {done} were booked"
            time.sleep(0.02)
        return WARM_UP_FACTS / (time.monotonic() - begun_s)

    def begin(self, rate: float, count: int | None = None) -> None:
        """Let facts come, a little longer than the probes take."""
        self._say(f"{rate} {count or int(rate * (PHASE_S + 1))}")
        assert self._hear() == "go"

    def finish(self) -> float:
        """Wait for the end of the load; return by how much the latest fact was late."""
        return float(self._hear())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(GIVE_UP_S)
        self._process.stdout.close()
        self._engine.dispose()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def _facts(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM fact")) or 0)


class Probe:
    """A kiosk of our own that gives out one pack at a time: what is left says how far we see."""

    def __init__(self, on: Stage) -> None:
        self._line = Lean(on.broker.port, PROBE, on.broker.passwords[PROBE])
        self._port = on.service.port
        self._chance = random.Random(15)
        self._sequence = 0
        self._given = 0
        self._stream: http.client.HTTPConnection | None = None
        self._sent_s: list[float] = []
        self._seen_s: list[float] = []

    def ask(self, seconds: float) -> list[float]:
        """Return how long each probe took to show when the kiosk is asked for again and again."""
        return self._run(seconds, self._ask)

    def listen(self, seconds: float) -> list[float]:
        """Return how long each probe took to come by the stream of changes."""
        return self._run(seconds, self._listen)

    def _run(self, seconds: float, watch: Callable[[threading.Event], None]) -> list[float]:
        self._fill()
        over = threading.Event()
        self._sent_s, self._seen_s = [], []
        watcher = threading.Thread(target=watch, args=[over], daemon=True)
        watcher.start()
        time.sleep(0.5)  # The stream stands by then.
        next_s = time.monotonic()
        until_s = next_s + seconds
        while next_s < until_s:
            time.sleep(max(0.0, next_s - time.monotonic()))
            self._sent_s.append(next_s)  # Its moment, also where we are late ourselves.
            self._give()
            # Chance, so that nobody's own rhythm is in step with ours.
            next_s += self._chance.expovariate(PROBES_PER_S)
        deadline_s = time.monotonic() + GIVE_UP_S
        while len(self._seen_s) < len(self._sent_s) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        over.set()
        self._hang_up()
        watcher.join(GIVE_UP_S)
        assert len(self._seen_s) == len(self._sent_s), "a probe never showed"
        return [seen - sent for seen, sent in zip(self._seen_s, self._sent_s, strict=True)]

    def _fill(self) -> None:
        """Put in all that a slot may hold, and wait until that shows."""
        self._given = 0
        slots = [{"slot": 1, "item": ITEMS[0], "packs": FULL_PACKS}]
        self._say("count", {"why": "door", "slots": slots})
        begun_s = time.monotonic()
        while self._left() != FULL_PACKS:
            assert time.monotonic() - begun_s < GIVE_UP_S, "the probe's count never came"
            time.sleep(POLL_S)

    def _give(self) -> None:
        self._given += 1
        data = {"slot": 1, "item": ITEMS[0], "packs": 1, "units": 10, "outcome": "dispensed"}
        self._say("dispense", {**data, "stock_after": FULL_PACKS - self._given})

    def _say(self, kind: str, data: dict[str, object]) -> None:
        self._sequence += 1
        event = {
            "specversion": "1.0",
            "id": f"{PROBE}-1-{self._sequence}",
            "source": f"urn:ck:kiosk:{REGION}:{PROBE}:1",
            "type": f"ck.{kind}.v1",
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "sequence": f"{self._sequence:020d}",
            "datacontenttype": "application/json",
            "data": data,
        }
        self._line.publish(f"ck/v1/{REGION}/{PROBE}/e/{kind}", json.dumps(event).encode())
        self._line.flush()
        self._line.drain()

    def _note(self, left: int | None) -> None:
        """Take note of all probes that a figure shows."""
        if left is None:
            return
        now_s = time.monotonic()
        shown = FULL_PACKS - left
        self._seen_s.extend([now_s] * (shown - len(self._seen_s)))

    def _ask(self, over: threading.Event) -> None:
        while not over.is_set():
            if len(self._seen_s) < len(self._sent_s):
                self._note(self._left())
            time.sleep(POLL_S)

    def _left(self) -> int | None:
        wire = http.client.HTTPConnection("127.0.0.1", self._port, timeout=GIVE_UP_S)
        try:
            wire.request("GET", f"/api/v1/kiosks/{PROBE}")
            return _left_in(json.loads(wire.getresponse().read()))
        finally:
            wire.close()

    def _listen(self, over: threading.Event) -> None:
        self._stream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=GIVE_UP_S)
        self._stream.request("GET", "/api/v1/changes")
        answer = self._stream.getresponse()
        mine = f'data: {{"id":"{PROBE}"'.encode()
        while not over.is_set() and (line := answer.readline()):
            if line.startswith(mine):
                self._note(_left_in(json.loads(line[len("data: ") :])))
        self._stream.close()

    def _hang_up(self) -> None:
        """Wake up whoever listens for an event that does not come any more."""
        if self._stream is not None and self._stream.sock is not None:
            with contextlib.suppress(OSError):
                self._stream.sock.shutdown(socket.SHUT_RDWR)


def _left_in(kiosk: dict[str, object]) -> int | None:
    items = kiosk["items"]
    assert isinstance(items, list)
    return next((one["on_hand_packs"] for one in items if one["item"] == ITEMS[0]), None)
