"""Runs the Mosquitto that is installed, with our configuration or wide open for benchmarks."""

import getpass
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from broker import mosquitto
from broker.accounts import load
from broker.ports import answers, free_port
from tests.servers.broker import REGION, enrol_fresh
from tests.servers.processes import end, eventually, program, start_leashed


class MosquittoServer:
    """Mosquitto with our rendered configuration and fresh accounts."""

    kind = "mosquitto"
    host = "127.0.0.1"

    def __init__(self, folder: Path, kiosks: Iterable[str]) -> None:
        self.folder = folder
        self.passwords = enrol_fresh(folder / "accounts.json", kiosks, REGION)
        self.port = free_port(0)[0]
        self._program = program("mosquitto")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        accounts = load(self.folder / "accounts.json")
        config = mosquitto.render(self.folder, accounts, self.port, run_as=getpass.getuser())
        self._process = start_leashed(
            [self._program, "-c", str(config)], log=self.folder / "mosquitto.log"
        )
        eventually(lambda: answers(self.port), within_s=60, what="Mosquitto's start")

    def stop(self) -> None:
        if self._process is not None:
            end(self._process)

    def enrol(self, kiosks: Iterable[str] = (), *, region: str = REGION) -> dict[str, str]:
        path = self.folder / "accounts.json"
        added = enrol_fresh(path, kiosks, region, known=self.passwords)
        self.passwords |= added
        mosquitto.refresh(self.folder, load(path))
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)
        return added

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@contextmanager
def mosquitto_server(folder: Path, *, kiosks: Iterable[str] = ()) -> Iterator[MosquittoServer]:
    """Run Mosquitto as in production, in a folder."""
    server = MosquittoServer(folder, kiosks)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def open_mosquitto(folder: Path) -> Iterator[int]:
    """Run Mosquitto that lets anyone in and drops nothing, for raw benchmarks; yields its port."""
    port = free_port(0)[0]
    config = folder / "open.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 2000000\n"
        "max_inflight_messages 6000\nset_tcp_nodelay true\nlog_type error\n"
        f"user {getpass.getuser()}\n",
        encoding="utf-8",
    )
    process = start_leashed([program("mosquitto"), "-c", str(config)], log=folder / "mosquitto.log")
    try:
        eventually(lambda: answers(port), what="Mosquitto's start")
        yield port
    finally:
        end(process)
