"""Fixtures that give a test a real broker or a real database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.broker import BrokerServer
from tests.servers.mosquitto import MosquittoServer, mosquitto_server, open_mosquitto
from tests.servers.nats import NatsServer, nats_server
from tests.servers.postgres import PostgresServer, postgres_server

KIOSKS = tuple(f"K{number:04d}" for number in range(1, 44))


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    """The embedded broker; fresh for each test, since it starts in a tenth of a second."""
    with nats_server(tmp_path / "nats", kiosks=KIOSKS) as server:
        yield server


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    """Mosquitto with our production configuration, fresh for each test."""
    with mosquitto_server(tmp_path / "mosquitto", kiosks=KIOSKS) as server:
        yield server


@pytest.fixture(params=["nats", "mosquitto"])
def broker_server(request: pytest.FixtureRequest) -> BrokerServer:
    """Each broker in turn."""
    server: BrokerServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def open_broker_port(tmp_path: Path) -> Iterator[int]:
    """A broker without accounts, for raw measurements."""
    with open_mosquitto(tmp_path) as port:
        yield port


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL cluster for each test process."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database of one's own, as a SQLAlchemy address."""
    with postgres.database() as url:
        yield url
