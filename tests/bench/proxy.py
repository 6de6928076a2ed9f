"""Stands between the service and PostgreSQL and can cut them off from each other."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CHUNK_BYTES: Final = 65_536
LOOK_EVERY_S: Final = 0.2


class Proxy:
    """Passes bytes on, until it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._whole = threading.Event()
        self._whole.set()
        self._over = threading.Event()
        self.refused = 0

    @classmethod
    @contextmanager
    def open(cls, target: int) -> Iterator["Proxy"]:
        """Listen until the end."""
        proxy = cls(target)
        thread = threading.Thread(target=proxy._accept, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy._over.set()
            thread.join()
            proxy._listener.close()

    def cut(self) -> None:
        """End all connections, and let none come about; an answer on its way is lost."""
        self._whole.clear()

    def mend(self) -> None:
        """Let new connections come about."""
        self._whole.set()

    def _accept(self) -> None:
        while not self._over.is_set():
            if not select.select([self._listener], [], [], LOOK_EVERY_S)[0]:
                continue
            ours, _ = self._listener.accept()
            if not self._whole.is_set():
                self.refused += 1
                ours.close()
                continue
            threading.Thread(target=self._pass_on, args=[ours], daemon=True).start()

    def _pass_on(self, ours: socket.socket) -> None:
        with ours, contextlib.suppress(OSError):
            theirs = socket.create_connection(("127.0.0.1", self._target))
            with theirs:
                for wire in (ours, theirs):
                    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pump({ours: theirs, theirs: ours})

    def _pump(self, other: dict[socket.socket, socket.socket]) -> None:
        while not self._over.is_set():
            for wire in select.select(list(other), [], [], LOOK_EVERY_S)[0]:
                told = wire.recv(CHUNK_BYTES)
                if not told or not self._whole.is_set():
                    return
                other[wire].sendall(told)
            if not self._whole.is_set():
                return
