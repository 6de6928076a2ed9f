"""Small tools of the simulator's tests: a seed, a fixed now, waiting and free ports."""

import socket
import time
from collections.abc import Callable

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
