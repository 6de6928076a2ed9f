"""Runs our embedded broker for a test."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.embedded import EmbeddedBroker
from broker.nats import NatsLimits
from broker.ports import free_port
from tests.servers.broker import REGION, enrol_fresh
from tests.servers.processes import eventually


class NatsServer:
    """The embedded broker with fresh accounts."""

    kind = "nats"
    host = "127.0.0.1"

    def __init__(self, folder: Path, kiosks: Iterable[str], limits: NatsLimits | None) -> None:
        self.folder = folder
        self.passwords = enrol_fresh(folder / "accounts.json", kiosks, REGION)
        self.embedded = EmbeddedBroker(folder, free_port(0)[0], limits=limits)
        self.port = self.embedded.port

    def enrol(self, kiosks: Iterable[str] = (), *, region: str = REGION) -> dict[str, str]:
        path = self.folder / "accounts.json"
        added = enrol_fresh(path, kiosks, region, known=self.passwords)
        self.passwords |= added
        config = self.folder / "nats.conf"
        eventually(lambda: self._knows(config, added), what="a reload")
        return added

    def kill(self) -> None:
        pid = self.embedded.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def _knows(self, config: Path, names: Iterable[str]) -> bool:
        text = config.read_text(encoding="utf-8")
        return all(f'user: "{name}"' in text for name in names)


@contextmanager
def nats_server(
    folder: Path, *, kiosks: Iterable[str] = (), limits: NatsLimits | None = None
) -> Iterator[NatsServer]:
    """Run the embedded broker in a folder."""
    server = NatsServer(folder, kiosks, limits)
    with server.embedded:
        yield server
