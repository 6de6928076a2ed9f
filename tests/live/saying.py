"""Messages as kiosks send them, a shell that sends them, and an ear at the live changes."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from service.contract.catalogue import MESSAGES, Message
from tests.live.running import TOP, Service
from tests.servers.broker import REGION, BrokerServer
from tests.servers.processes import program

SAMPLES = TOP / "broker" / "messages" / "samples"


def stamp(*, minutes_ago: float = 1.0) -> str:
    """Return a time of late, as a kiosk writes it."""
    moment = datetime.fromtimestamp(time.time_ns() / 1e9 - minutes_ago * 60, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fact(kiosk: str, sequence: int, *, kind: str = "dispense", **data: object) -> dict[str, Any]:
    """Return a valid fact of a kiosk's first epoch; ``data`` differs from one box dispensed."""
    usual: dict[str, object] = {
        "slot": 1,
        "item": "condom-52",
        "packs": 1,
        "units": 10,
        "outcome": "dispensed",
        "stock_after": 20,
    }
    return {
        "specversion": "1.0",
        "id": f"{kiosk}-1-{sequence}",
        "source": f"urn:ck:kiosk:{REGION}:{kiosk}:1",
        "type": f"ck.{kind}.v1",
        "time": stamp(),
        "sequence": f"{sequence:020d}",
        "subject": "slot/1",
        "datacontenttype": "application/json",
        "data": {**usual, **data},
    }


def topic(kiosk: str, leaf: str = "e/dispense") -> str:
    return f"ck/v1/{REGION}/{kiosk}/{leaf}"


def golden(name: str, kiosk: str = "K9001") -> tuple[str, bytes, Message]:
    """Return a golden sample's topic, its bytes as published, and its row of the catalogue."""
    message = next(one for one in MESSAGES if one.name == name)
    address = message.address.format(region=REGION, kiosk=kiosk)
    return address, (SAMPLES / f"{name}.json").read_bytes(), message


def mosquitto_pub(
    server: BrokerServer, kiosk: str, where: str, payload: bytes, *, retain: bool = False
) -> None:
    """Publish with the program of that name, as somebody at a shell would."""
    done = subprocess.run(
        [
            *(program("mosquitto_pub", package="mosquitto-clients"), "-h", server.host),
            *("-p", str(server.port), "-i", kiosk, "-u", kiosk, "-P", server.passwords[kiosk]),
            *("-q", "1", "-t", where, "-s", *(["-r"] if retain else [])),
        ],
        input=payload,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


def send_golden(server: BrokerServer, name: str, kiosk: str = "K9001") -> None:
    """Publish a golden sample from a shell, as the catalogue says: topic and retain."""
    where, payload, message = golden(name, kiosk)
    mosquitto_pub(server, kiosk, where, payload, retain=message.retain)


@dataclass
class Told:
    """One event of the live changes, and when it came by the monotonic clock."""

    kind: str
    data: dict[str, Any]
    at_s: float


@dataclass
class Ear:
    """Listens to /changes as a page does."""

    told: list[Told] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, lines: Iterator[str]) -> None:
        kind = ""
        for line in lines:
            name, _, value = line.partition(":")
            if not name and "listening" in value:
                self.open.set()
            elif name == "event":
                kind = value.strip()
            elif name == "data":
                with self.changed:
                    self.told.append(Told(kind, json.loads(value), time.monotonic()))
                    self.changed.notify_all()

    def wait_for(self, kiosk: str, since: int, *, within_s: float = 15.0, **like: object) -> Told:
        """Return the first news of a kiosk after so many events that looks like this."""

        def found() -> Told | None:
            news = (one for one in self.told[since:] if one.kind == "kiosk")
            mine = (one for one in news if one.data["id"] == kiosk)
            return next((one for one in mine if _looks(one.data, like)), None)

        with self.changed:
            told = self.changed.wait_for(found, timeout=within_s)
        assert told is not None, f"no news of {kiosk} like {like} within {within_s:g} s"
        return told


def _looks(data: Mapping[str, Any], like: Mapping[str, object]) -> bool:
    return all(data[name] == value for name, value in like.items())


@contextmanager
def listening(service: Service) -> Iterator[Ear]:
    """Open /changes and listen until the end of the test."""
    ear = Ear()
    client = httpx.Client(timeout=httpx.Timeout(10, read=30))
    with client, client.stream("GET", f"{service.address}/api/v1/changes") as stream:

        def run() -> None:
            try:
                ear.hear(stream.iter_lines())
            except (httpx.TransportError, httpx.StreamError, OSError):
                return  # Closed under our ears: the test is over.

        thread = threading.Thread(target=run, name="ear", daemon=True)
        thread.start()
        assert ear.open.wait(10), "the live changes did not open"
        yield ear
        stream.close()
    thread.join(5)
