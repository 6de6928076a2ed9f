"""Runs nats-server as a child on loopback: starts it, watches it, brings it back, ends it."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from broker import accounts, leash
from broker.cluster import Member
from broker.folder import PATIENCE_S, FolderLock
from broker.nats import NatsLimits, render
from broker.ports import LOOPBACK, answers, is_free
from broker.program import BrokerError, find_program, refuse_old

READY_WITHIN_S: Final = 60.0  # A long queue is read back from the disk first.
STOP_WITHIN_S: Final = 10.0
POLL_S: Final = 0.1
BACKOFF_FIRST_S: Final = 0.2
BACKOFF_LONGEST_S: Final = 10.0
STEADY_AFTER_S: Final = 30.0

log = logging.getLogger(__name__)


class EmbeddedBroker:
    """A nats-server of our own in a folder, for as long as this object is running.

    Alone, or as one member of a cluster; then the accounts may lie where all members read them.
    One thread owns the child from its start to its end, because the kernel ends a leashed child
    with the thread, not the process, that started it.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        limits: NatsLimits | None = None,
        member: Member | None = None,
        accounts_path: Path | None = None,
        program: Path | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.folder = folder.resolve()
        self.host = LOOPBACK if member is None else member.node.host
        self.port = port
        self.accounts_path = accounts_path or self.folder / "accounts.json"
        self.log_path = self.folder / "nats.log"
        self.restarts = 0
        self._limits = limits or NatsLimits()
        self._member = member
        self._program = program
        self._config_path = self.folder / "nats.conf"
        self._lock = FolderLock(self.folder)
        self._patience_s = patience_s
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._accounts_seen: tuple[int, int, int] | None = None
        self._failure: BaseException | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    @property
    def is_alive(self) -> bool:
        """Whether the child runs and has answered on its port."""
        return self._ready.is_set() and self.pid is not None

    def start(self) -> None:
        """Start the child and return once its MQTT port answers."""
        assert self._thread is None, "start a broker once, or stop it first"
        self._stop.clear()
        self._failure = None
        self._lock.acquire(self._patience_s)
        self._thread = threading.Thread(target=self._supervise, name="broker", daemon=True)
        self._thread.start()
        while not self._ready.wait(POLL_S):
            if not self._thread.is_alive():
                self.stop()
                raise self._failure or BrokerError("The broker's supervisor ended unexpectedly.")

    def stop(self) -> None:
        """End the child, by its process id, and give the folder back."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._ready.clear()
        self._lock.release()

    def run_forever(self, stop: threading.Event) -> None:
        """Run until told to stop; raise if the broker cannot be kept running."""
        with self:
            while not stop.wait(POLL_S):
                if self._failure is not None:
                    raise self._failure

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _supervise(self) -> None:
        """Keep one child running; the first start may fail, later ones are tried again."""
        backoff_s = BACKOFF_FIRST_S
        try:
            while not self._stop.is_set():
                started_at = time.monotonic()
                self._run_once()
                if self._stop.is_set():
                    return
                lived_s = time.monotonic() - started_at
                backoff_s = BACKOFF_FIRST_S if lived_s > STEADY_AFTER_S else backoff_s
                log.warning("The broker ended by itself; it starts again in %.1f s.", backoff_s)
                self._stop.wait(backoff_s)
                backoff_s = min(backoff_s * 2, BACKOFF_LONGEST_S)
                self.restarts += 1
        except BaseException as problem:  # noqa: BLE001 (handed to the thread that started us)
            self._failure = problem
        finally:
            self._end_child()

    def _run_once(self) -> None:
        """Start the child, and watch it and the accounts until it ends or we are told to stop."""
        first = self.restarts == 0
        try:
            self._launch()
        except BrokerError:
            if first:
                raise
            log.exception("The broker did not come back.")
            self._end_child()
            return
        while not self._stop.wait(POLL_S):
            if self.pid is None:
                self._ready.clear()
                return
            self._reload_if_accounts_changed()

    def _launch(self) -> None:
        if not is_free(self.port, self.host) or answers(self.port, self.host):
            msg = (
                f"Port {self.port} is taken by another program: end it, or choose another port "
                "for the broker."
            )
            raise BrokerError(msg)
        program = self._program or find_program()
        refuse_old(program)
        self._write_config()
        errors_path = self.folder / "nats-start.log"
        with errors_path.open("wb") as errors:
            self._child = subprocess.Popen(  # noqa: S603 (our own program and files)
                [
                    *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
                    *(str(program), "--config", str(self._config_path)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[self._lock.descriptor],
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for it.
            )
        self._await_ready(errors_path)

    def _await_ready(self, errors_path: Path) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not answers(self.port, self.host):
            if self.pid is None or time.monotonic() > deadline:
                said = errors_path.read_text(encoding="utf-8", errors="replace")[-500:].strip()
                msg = (
                    f"nats-server did not start within {READY_WITHIN_S:.0f} s; see "
                    f"{self.log_path}. It said: {said or 'nothing'}"
                )
                raise BrokerError(msg)
            if self._stop.wait(POLL_S / 2):
                return
        self._ready.set()

    def _write_config(self) -> None:
        self._accounts_seen = _stamp(self.accounts_path)
        known = accounts.load(self.accounts_path)
        text = render(
            known, folder=self.folder, port=self.port, limits=self._limits, member=self._member
        )
        accounts.write_private(self._config_path, text)

    def _reload_if_accounts_changed(self) -> None:
        if _stamp(self.accounts_path) == self._accounts_seen:
            return
        try:
            self._write_config()
        except accounts.AccountError:
            log.exception("The broker keeps the accounts that it has.")
            return
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGHUP)
            log.info("The broker reads its accounts anew.")

    def _end_child(self) -> None:
        self._ready.clear()
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes whenever the file is replaced."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
