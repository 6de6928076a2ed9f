"""The servers that tests run against are what they say they are."""

import json
import stat
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from broker.accounts import load
from broker.embedded import EmbeddedBroker
from broker.ports import free_port
from tests.servers.mqtt import Session
from tests.servers.postgres import PostgresServer

ROOT = Path(__file__).parents[2]


def test_a_database_starts_empty_and_is_gone_afterwards(postgres: PostgresServer) -> None:
    for _ in range(2):
        with postgres.database() as url:
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE fact (id int)"))
            engine.dispose()


def test_the_database_is_postgresql_15_or_newer(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    engine.dispose()
    assert version >= 150_000


def test_the_open_broker_lets_anyone_in(open_broker_port: int) -> None:
    anyone = Session("anyone", password=None)
    anyone.open(open_broker_port)
    assert anyone.refusal is None
    anyone.close()


def test_a_password_from_the_command_line_opens_the_broker(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    for who in (["--kiosk", "K0001"], ["--service"]):
        name, password = _broker("enrol", "--accounts", path, "--region", "999901", *who).split()
        port = free_port(0)[0]
        with EmbeddedBroker(tmp_path, port):
            one = Session(name, password=password)
            one.open(port)
            assert one.refusal is None
            one.close()
    _broker("withdraw", "--accounts", path, "K0001")
    assert [account.name for account in load(path)] == ["circle15-service-999901"]
    _broker("mosquitto", "--accounts", path, "--folder", tmp_path / "mosquitto")
    assert (tmp_path / "mosquitto" / "acl").exists()


def test_a_fleet_enrolled_at_once_has_its_passwords_in_a_file(tmp_path: Path) -> None:
    path, secrets = tmp_path / "accounts.json", tmp_path / "secrets.json"
    arguments = ("--region", "999901", "--kiosk", "K0001", "K0002", "--secrets", secrets)
    assert not _broker("enrol", "--accounts", path, *arguments)
    assert [account.name for account in load(path)] == ["K0001", "K0002"]
    assert list(json.loads(secrets.read_text(encoding="utf-8"))) == ["K0001", "K0002"]
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


def _broker(*arguments: str | Path) -> str:
    return subprocess.run(
        [sys.executable, "-m", "broker", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
