"""A whole installation for a benchmark: real broker, real database, the service; all can be killed.

Whoever dies here is started again by `look_after`, as a supervisor of the system would.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine

from service.domain.district import DistrictPlan
from service.settings import Settings
from service.wiring import lay_out_district, open_database
from tests.bench.backlog import REGION
from tests.bench.proxy import Proxy
from tests.live.running import Service
from tests.servers.broker import BrokerServer
from tests.servers.mosquitto import MosquittoServer, mosquitto_server
from tests.servers.nats import NatsServer, nats_server
from tests.servers.postgres import PostgresServer, postgres_server

ROOM_BYTES = 3 * 1024**3


@dataclass
class Stage:
    """What runs, and where."""

    folder: Path
    broker: BrokerServer
    database: PostgresServer | None
    proxy: Proxy | None
    room: "Room"
    settings: dict[str, str]
    direct_url: str
    services: list[Service] = field(default_factory=list)

    @property
    def service(self) -> Service:
        return self.services[0]

    def new_service(self) -> Service:
        """Make another service on the same database, under the same name at the broker."""
        number = len(self.services)
        one = Service(self.settings, self.folder / f"service-{number}.log")
        self.services.append(one)
        return one

    def engine(self) -> Engine:
        """Open the database past any proxy, to count."""
        return create_engine(self.direct_url)

    def look_after(self) -> None:
        """Start again whatever has ended; the embedded broker has somebody who does."""
        if isinstance(self.broker, MosquittoServer) and not self.broker.is_running:
            self.broker.start()
        if self.database is not None:
            self.database.start()
        if not self.service.is_running():
            self.service.start(wait=False)

    def forget_broker(self) -> None:
        """Kill the broker, and start it without anything that it ever kept."""
        store = self.broker.folder / "store"
        if isinstance(self.broker, NatsServer):
            self.broker.embedded.stop()
            shutil.rmtree(store)
            self.broker.embedded.start()
        else:
            self.broker.kill()
            for path in store.iterdir():
                path.unlink()
            self.look_after()

    def stop(self) -> None:
        for one in reversed(self.services):
            one.stop()


@dataclass
class Room:
    """The disk under the database, which can be filled up; how is told by ``kind``."""

    folder: Path
    kind: str

    def fill(self) -> None:
        """Leave no byte free; others may take or free some meanwhile."""
        space = os.statvfs(self.folder)
        size = space.f_bavail * space.f_frsize
        with self._ballast.open("ab") as file:
            while size >= space.f_frsize:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
                except OSError:
                    size //= 2

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def small_disk(folder: Path) -> Iterator[Room]:
    """Mount a disk of our own where we may; else there is a room that is never filled."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "circle15", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True)
    folder.chmod(0o755)
    if done.returncode != 0:
        yield Room(folder, "none")
        return
    try:
        yield Room(folder, "tmpfs")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


@contextmanager
def stage(broker: str, database: str, district: DistrictPlan) -> Iterator[Stage]:
    """Set up ``mosquitto`` or ``nats`` and ``sqlite`` or ``postgres`` for a district."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="circle15-bench-")))
        folder.chmod(0o755)  # PostgreSQL runs as somebody else, and has to pass.
        room = stack.enter_context(small_disk(folder / "disk"))
        server = stack.enter_context(_broker(broker, folder / "broker", district))
        postgres, proxy, direct, ours = None, None, "", ""
        if database == "postgres":
            postgres = stack.enter_context(postgres_server(fsync=True, within=room.folder))
            direct = stack.enter_context(_database(postgres))
            proxy = stack.enter_context(Proxy.open(postgres.port))
            ours = direct.replace(f":{postgres.port}/", f":{proxy.port}/")
        else:
            direct = f"sqlite:///{room.folder / 'circle15.db'}"
        settings = {
            "CIRCLE15_DATA_FOLDER": str(room.folder),
            "CIRCLE15_DATABASE_URL": ours or direct,
            "CIRCLE15_REGION": REGION,
            "CIRCLE15_BROKER_PORT": str(server.port),
            "CIRCLE15_BROKER_PASSWORD": server.passwords[f"circle15-service-{REGION}"],
        }
        _lay_out(room.folder, direct, district)
        made = Stage(folder, server, postgres, proxy, room, settings, direct)
        stack.callback(made.stop)
        made.new_service()
        yield made


def _lay_out(folder: Path, url: str, district: DistrictPlan) -> None:
    settings = Settings(
        data_folder=folder, database_url=url, region=REGION, broker_password="unused"
    )
    engine = open_database(settings)
    lay_out_district(engine, district)
    engine.dispose()


@contextmanager
def _database(postgres: PostgresServer) -> Iterator[str]:
    """Make a database; a server that died meanwhile is no reason to fail at the end."""
    with ExitStack() as stack:
        yield stack.enter_context(postgres.database())
        with contextlib.suppress(Exception):
            postgres.start()


@contextmanager
def _broker(kind: str, folder: Path, district: DistrictPlan) -> Iterator[BrokerServer]:
    kiosks = [kiosk.id for kiosk in district.kiosks]
    folder.mkdir()
    if kind == "nats":
        with nats_server(folder, kiosks=kiosks) as nats:
            yield nats
    else:
        with mosquitto_server(folder, kiosks=kiosks) as mosquitto:
            yield mosquitto
