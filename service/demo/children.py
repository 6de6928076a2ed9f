"""The demo's processes: started on a leash, brought back when they end, ended in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from broker import leash
from broker.ports import is_free

STOP_WITHIN_S: Final = 12.0
RESTARTS_MAX: Final = 20
PORT_FREE_WITHIN_S: Final = 15.0
POLL_S: Final = 0.1


class DemoError(RuntimeError):
    """The demo cannot go on; the text says why and what to do."""


@dataclass(slots=True)
class Child:
    """One process of the demo."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_path: Path | None
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0

    def start(self) -> None:
        """Start it on a leash: it ends when the demo does, even when the demo is killed."""
        out = self.log_path.open("ab") if self.log_path is not None else None
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            [
                *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid())),
                *self.command,
            ],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C is for the demo, which ends its children in order.
        )
        if out is not None:
            out.close()

    def wait_for_port(self) -> None:
        """Wait until what is left of the last one has let go of its port: all others know it."""
        deadline = time.monotonic() + PORT_FREE_WITHIN_S
        while self.port is not None and not is_free(self.port) and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End it by its process id; insist if it does not listen."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(slots=True)
class Demo:
    """The children in the order in which they start; they end in the opposite order."""

    children: list[Child] = field(default_factory=list)

    def start(self, child: Child) -> Child:
        """Start one more."""
        child.start()
        self.children.append(child)
        return child

    def stop(self) -> None:
        """End all, the last started first."""
        for child in reversed(self.children):
            child.stop()

    def mend(self) -> None:
        """Bring back whatever ended by itself, and say so."""
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            child.restarts += 1
            if child.restarts > RESTARTS_MAX:
                message = f"The {child.name} ended {RESTARTS_MAX} times; see {child.log_path}."
                raise DemoError(message)
            say(f"The {child.name} ended by itself; it starts again.")
            child.wait_for_port()
            child.start()


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
