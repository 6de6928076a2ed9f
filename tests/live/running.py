"""Runs our programs as a user does, each a process of its own: service, simulator, one command."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker import leash
from broker.ports import free_port
from service.store.engine import open_engine
from service.wiring import enrol_kiosk
from tests.servers.broker import BrokerServer
from tests.servers.processes import end, eventually

TOP = Path(__file__).parents[2]
UP_WITHIN_S = 60.0
UPLOAD_WITHIN_S = 120.0
# Bad enough that each kind of trouble happens in a short upload, and mends within seconds.
BAD_NETWORK = "loss=0.01,repeat=0.03,shuffle=0.05,delay_s=0.2,cuts_per_day=1400,cut_s=1"


class Process:
    """One of our programs, on a leash, with all that it says in a file."""

    def __init__(self, *arguments: str, log: Path, settings: Mapping[str, str]) -> None:
        self.arguments = arguments
        self.log = log
        self.settings = dict(settings)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
                    *(sys.executable, "-m", *self.arguments),
                ],
                cwd=TOP,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def says(self, words: str, *, within_s: float = UP_WITHIN_S) -> None:
        """Wait until it has said something; its end before that is a failure."""
        deadline = time.monotonic() + within_s
        while words not in self.said:
            if not self.is_running() or time.monotonic() > deadline:
                pytest.fail(f"{self.arguments} never said {words!r} but: {self.said[-1500:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def interrupt(self) -> int:
        """Press Ctrl-C, and return its exit code once it has ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these settings of the service and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CIRCLE15_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)  # Compiling everything at each start takes seconds.
    return ours | dict(settings)


def run_once(*arguments: str, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run one of our programs to its end."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=TOP,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=UP_WITHIN_S,
    )


class Service(Process):
    """`python -m service run`, and its API."""

    def __init__(self, settings: Mapping[str, str], log: Path) -> None:
        self.port = free_port(0)[0]
        own = {"CIRCLE15_API_PORT": str(self.port)}
        super().__init__("service", "run", log=log, settings={**settings, **own})
        self.address = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=f"{self.address}/api/v1", timeout=10)

    def start(self, *, wait: bool = True) -> None:
        super().start()
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + UP_WITHIN_S
        while not self.is_ready():
            if not self.is_running() or time.monotonic() > deadline:
                pytest.fail(f"the service did not get ready: {self.said[-1500:]}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            return self.client.get("/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def get(self, path: str, **parameters: str | int) -> Any:  # noqa: ANN401 - JSON
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def kiosk(self, kiosk: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/kiosks/{kiosk}")
        return found

    def quarantine(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/quarantine", limit=1000)
        return found

    def stop(self) -> None:
        super().stop()
        self.client.close()


@dataclass
class Installation:
    """A district's data folder and database, the broker beside them, and what runs on them."""

    folder: Path
    district: Path
    broker: BrokerServer
    database_url: str
    region: str = "999901"
    others: tuple[int, ...] = ()
    processes: list[Process] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        user = f"circle15-service-{self.region}"
        return {
            "CIRCLE15_DATA_FOLDER": str(self.folder),
            "CIRCLE15_DATABASE_URL": self.database_url,
            "CIRCLE15_REGION": self.region,
            "CIRCLE15_BROKER_PORT": str(self.broker.port),
            "CIRCLE15_BROKER_OTHERS": ",".join(f"127.0.0.1:{port}" for port in self.others),
            "CIRCLE15_BROKER_PASSWORD": self.broker.passwords.get(user, "open-to-all"),
        }

    def enrol(self, kiosk: str, slots: str) -> None:
        """Add a kiosk that the district does not have, at its first site, with its account."""
        engine = open_engine(self.database)
        enrol_kiosk(engine, kiosk_id=kiosk, site_id="S001", slots=slots)
        engine.dispose()
        self.broker.enrol([kiosk])

    @property
    def database(self) -> str:
        """The address of the database, the default one spelled out."""
        return self.database_url or f"sqlite:///{self.folder / 'circle15.db'}"

    def service(self, *, start: bool = True) -> Service:
        one = Service(self.settings, self._log("service"))
        self.processes.append(one)
        if start:
            one.start()
        return one

    def simulator(self, *options: str, faults: str = "none") -> "Simulator":
        secrets = self.folder / "kiosk-secrets.json"
        one = Simulator(
            *("kiosk_sim", "run", "--district", str(self.district), "--fault-mix", faults),
            *("--data", str(self.kiosks), "--secrets", str(secrets)),
            *("--broker", self._brokers(), "--reconnect-most-s", "1"),
            *("--live-demand-factor", "0", *options),
            log=self._log("simulator"),
            settings={},
        )
        self.processes.append(one)
        one.start()
        return one

    @property
    def kiosks(self) -> Path:
        return self.folder / "kiosks"

    def stop(self) -> None:
        for one in reversed(self.processes):
            one.stop()

    def _brokers(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in (self.broker.port, *self.others))

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}-{len(self.processes)}.log"


class Simulator(Process):
    """`python -m kiosk_sim run`."""

    def wait_until_uploaded(self, *, within_s: float = UPLOAD_WITHIN_S) -> None:
        self.says("confirmed by the service after", within_s=within_s)


@contextmanager
def ended(process: Process) -> Iterator[Process]:
    """Start a process, and end it whatever happens."""
    process.start()
    try:
        yield process
    finally:
        process.stop()


def family(pid: int) -> set[int]:
    """Return the process ids of all that descend from a process."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = {int(word) for word in task.read_text(encoding="ascii").split()}
        except OSError:
            continue
        found |= children
        for child in children:
            found |= family(child)
    return found


def alive(pids: set[int]) -> set[int]:
    """Return those of some processes that run; one that waits for its parent's look is dead."""
    return {pid for pid in pids if _state(pid) not in {"", "Z", "X"}}


def _state(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def command_of(pid: int) -> str:
    """Return what a process was started as."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode()


def gone_soon(pids: set[int], *, within_s: float = 15.0) -> None:
    eventually(lambda: not alive(pids), within_s=within_s, what=f"the end of {sorted(pids)}")
