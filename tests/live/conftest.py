"""A district, its past and an installation for each live test: real parts, nothing shared."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from broker.accounts import Enrolment, enrol_all, service_name
from service.geo.district_file import read_district
from service.settings import Settings
from service.wiring import lay_out_district, open_database
from tests.live.running import Installation, run_once
from tests.servers.broker import REGION, BrokerServer
from tests.servers.fixtures import KIOSKS
from tests.servers.mosquitto import mosquitto_server, open_mosquitto
from tests.servers.nats import nats_server
from tests.servers.nats_cluster import NatsCluster, nats_cluster

PAST_DAYS = 60
Install = Callable[..., Installation]
SPY = "circle15-spy"
SPY_PASSWORD = "a-password-of-twenty-four-letters"


@pytest.fixture(scope="session")
def district_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference district as the simulator draws it, once for each test process."""
    path = tmp_path_factory.mktemp("district") / "district.json"
    done = run_once("kiosk_sim", "district", "--out", str(path), settings={})
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def past(district_file: Path) -> Path:
    """Sixty days of all kiosks, not yet told to anybody."""
    folder = district_file.parent / "past"
    done = run_once(
        *("kiosk_sim", "run", "--history-only", "--days", str(PAST_DAYS)),
        *("--district", str(district_file), "--data", str(folder)),
        settings={},
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def laid_out(district_file: Path) -> Path:
    """A SQLite database that has the district and no fact, to be copied."""
    lay_out(_settings(district_file.parent, ""), district_file)
    return district_file.parent / "circle15.db"


@pytest.fixture
def install(
    tmp_path: Path, district_file: Path, laid_out: Path, request: pytest.FixtureRequest
) -> Iterator[Install]:
    """Make an installation: on which broker, on which database, with the past or without."""
    with ExitStack() as stack:

        def make(
            broker: str = "nats", *, database: str = "sqlite", with_past: bool = True
        ) -> Installation:
            folder = tmp_path / "data"
            folder.mkdir()
            server = stack.enter_context(_broker(broker, folder))
            url = ""
            if database == "postgres":
                url = request.getfixturevalue("postgres_url")
                lay_out(_settings(folder, url), district_file)
            else:
                shutil.copy(laid_out, folder / "circle15.db")
            if with_past:
                shutil.copytree(request.getfixturevalue("past"), folder / "kiosks")
            secrets = {name: server.passwords[name] for name in KIOSKS}
            (folder / "kiosk-secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
            made = Installation(folder, district_file, server, url)
            if isinstance(server, NatsCluster):
                made.others = server.others
            stack.callback(made.stop)
            return made

        yield make


def lay_out(settings: Settings, district: Path) -> None:
    """Bring a database up to date and put the district in."""
    engine = open_database(settings)
    lay_out_district(engine, read_district(district))
    engine.dispose()


def _settings(folder: Path, url: str) -> Settings:
    return Settings(data_folder=folder, database_url=url, region=REGION, broker_password="unused")


@contextmanager
def _broker(kind: str, folder: Path) -> Iterator[BrokerServer]:
    """Run a broker where the service looks for its accounts, with an account that may listen."""
    own = folder / "broker"
    own.mkdir()
    wish = Enrolment(name=SPY, role="service", region=REGION, password=SPY_PASSWORD)
    enrol_all(own / "accounts.json", [wish])
    if kind == "nats":
        with nats_server(own, kiosks=KIOSKS) as nats:
            nats.passwords[SPY] = SPY_PASSWORD
            yield nats
    elif kind == "cluster":
        with nats_cluster(own, kiosks=KIOSKS) as cluster:
            cluster.passwords[SPY] = SPY_PASSWORD
            yield cluster
    elif kind == "mosquitto":
        with mosquitto_server(own, kiosks=KIOSKS) as mosquitto:
            mosquitto.passwords[SPY] = SPY_PASSWORD
            yield mosquitto
    else:
        with open_mosquitto(own) as port:
            yield OpenBroker(port, own)


class OpenBroker:
    """A broker that lets everyone say everything: what a careless operator might run."""

    kind = "open"
    host = "127.0.0.1"

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self.passwords = dict.fromkeys([*KIOSKS, SPY], "not looked at")

    def enrol(self, kiosks: Iterable[str] = (), *, region: str = REGION) -> dict[str, str]:
        return dict.fromkeys([*kiosks, service_name(region)], "not looked at")

    def kill(self) -> None:
        raise NotImplementedError
