"""Lets one heavy question be worked on at a time: each may take all that a core has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from service.api.errors import RefusalError

WAITERS_MAX: Final = 3
"""So many wait for their turn; further ones are told at once to come again."""

RETRY_S: Final = 30


class Turns:
    """Gives turns to those who wait, for some time."""

    def __init__(self, wait_s: float = 10.0) -> None:
        self._lock = threading.Lock()
        self._waiters = threading.BoundedSemaphore(WAITERS_MAX)
        self._wait_s = wait_s

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for one's turn; refuse where it does not come in time."""
        if not self._wait():
            raise RefusalError(
                503,
                "busy",
                "Somebody else's question is being worked on. Try again in half a minute.",
                "正在计算他人的问题，请半分钟后重试。",
                retry_s=RETRY_S,
            )
        try:
            yield
        finally:
            self._lock.release()

    def _wait(self) -> bool:
        """Wait, unless others do so already: each takes up one of the service's few threads."""
        if not self._waiters.acquire(blocking=False):
            return False
        try:
            return self._lock.acquire(timeout=self._wait_s)
        finally:
            self._waiters.release()
