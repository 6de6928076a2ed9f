"""Small tools of the simulator's tests: a seed, a fixed now, waiting and free ports."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from kiosk_sim.kiosk.kiosk import Kiosk

SEED = 15
NOW_MS = 1_795_000_000_000  # 2026-11-18 in China

NewKiosk = Callable[..., Kiosk]


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    """Poll until something is so; fail when it does not become so in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


class Mosquitto:
    """A real broker on a free port that keeps nothing on disk: a kill loses all it held."""

    def __init__(self, program: str, config: Path) -> None:
        self.port = free_port()
        self._command = [program, "-c", str(config)]
        self._process: subprocess.Popen[bytes] | None = None
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            "max_queued_messages 100000\nmax_inflight_messages 2000\nlog_type error\nuser root\n"
        )

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        wait_until(lambda: answers(self.port))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
