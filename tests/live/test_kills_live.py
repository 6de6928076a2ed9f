"""Whatever is killed in the middle of an upload: at the end the books are the truth."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from kiosk_sim import truth
from tests.live.conftest import SPY, SPY_PASSWORD, Install
from tests.live.running import BAD_NETWORK, Installation, Service, Simulator
from tests.live.truth import (
    assert_true,
    booked,
    looking_into,
    wait_for_facts,
    wait_until_all_is_told,
)
from tests.servers.broker import REGION
from tests.servers.mosquitto import MosquittoServer
from tests.servers.mqtt import session
from tests.servers.nats import NatsServer

HELD_S = 4.0
on_each_broker = pytest.mark.parametrize("broker", ["nats", "mosquitto"])


def heads(installation: Installation) -> int:
    return sum(truth.facts(installation.kiosks).values())


def finish(
    installation: Installation, service: Service, simulator: Simulator, engine: Engine
) -> None:
    """Let the upload come to its end and compare everything with the truth."""
    wait_until_all_is_told(installation, engine)
    simulator.wait_until_uploaded()
    wait_until_all_is_told(installation, engine)
    simulator.stop()
    assert_true(installation, service, engine)


def bring_back(installation: Installation) -> None:
    """Start a killed broker again; the embedded one has somebody who does."""
    if isinstance(installation.broker, MosquittoServer):
        installation.broker.start()


@contextmanager
def counting_facts(installation: Installation) -> Iterator[list[int]]:
    """Count the facts that go over the wire, repeats and all; yields the count at the end."""
    counted = [0]
    with session(installation.broker, SPY, password=SPY_PASSWORD) as spy:
        spy.subscribe(f"ck/v1/{REGION}/+/e/+", qos=0)
        yield counted
        counted[0] = len(spy.heard)


@on_each_broker
def test_a_service_killed_twice_in_an_upload_loses_nothing_and_doubles_nothing(
    install: Install, broker: str
) -> None:
    installation = install(broker)
    service, total = installation.service(), heads(installation)
    with looking_into(installation) as engine, counting_facts(installation) as sent:
        simulator = installation.simulator(faults=BAD_NETWORK)
        for share in (0.2, 0.6):
            wait_for_facts(engine, int(total * share))
            service.kill()
            assert sum(booked(engine).values()) < total, "killed too late to prove anything"
            service.start()
        finish(installation, service, simulator, engine)
    wrote = heads(installation)
    print(f"{broker}: {sent[0]} facts on the wire, {wrote} different ones")
    assert sent[0] > wrote


@on_each_broker
def test_a_broker_killed_in_an_upload_loses_nothing_and_doubles_nothing(
    install: Install, broker: str
) -> None:
    installation = install(broker)
    service, total = installation.service(), heads(installation)
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        wait_for_facts(engine, total // 3)
        installation.broker.kill()
        bring_back(installation)
        finish(installation, service, simulator, engine)


def test_broker_and_service_killed_together_lose_nothing_on_postgres(install: Install) -> None:
    installation = install("nats", database="postgres")
    service, total = installation.service(), heads(installation)
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        wait_for_facts(engine, total // 3)
        installation.broker.kill()
        service.kill()
        bring_back(installation)
        service.start()
        finish(installation, service, simulator, engine)


def test_a_broker_that_forgot_everything_is_told_everything_again(install: Install) -> None:
    installation = install("nats")
    server = installation.broker
    assert isinstance(server, NatsServer)
    service, total = installation.service(), heads(installation)
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        wait_for_facts(engine, total // 3)
        server.embedded.stop()
        shutil.rmtree(server.folder / "store")
        server.embedded.start()
        finish(installation, service, simulator, engine)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_database_locked_for_seconds_only_delays(install: Install, database: str) -> None:
    installation = install("nats", database=database)
    service, total = installation.service(), heads(installation)
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        wait_for_facts(engine, total // 4)
        held = threading.Thread(target=hold, args=[installation])
        held.start()
        time.sleep(HELD_S / 4)
        asked_s = time.monotonic()
        assert len(service.get("/kiosks")["kiosks"]) == 43
        answered_s = time.monotonic() - asked_s
        stood = sum(booked(engine).values())
        assert held.is_alive(), "let go too early to prove anything"
        held.join()
        print(f"{database}: /kiosks answered in {answered_s:.2f} s while {stood} facts were kept")
        assert stood < total
        finish(installation, service, simulator, engine)


def hold(installation: Installation) -> None:
    """Keep everybody else from writing for a while."""
    if installation.database_url:
        url = make_url(installation.database_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            connection.execute("LOCK TABLE fact IN SHARE MODE")
            time.sleep(HELD_S)
        return
    other = sqlite3.connect(installation.folder / "circle15.db", isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(HELD_S)
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.parametrize(("broker", "database"), [("nats", "sqlite"), ("mosquitto", "postgres")])
def test_a_second_service_by_mistake_stands_by_and_takes_over_when_the_first_is_killed(
    install: Install, broker: str, database: str
) -> None:
    installation = install(broker, database=database)
    service, second = installation.service(), installation.service()
    assert [one.get("/ready")["status"] for one in (service, second)] == ["ready", "standing_by"]
    with looking_into(installation) as engine:
        total = heads(installation)
        simulator = installation.simulator()
        wait_for_facts(engine, total // 4)
        assert "Lost the broker" not in service.said, "the second leaves the session alone"
        service.kill()
        stood, killed_s = sum(booked(engine).values()), time.monotonic()
        assert stood < total, "killed too late to prove anything"
        wait_for_facts(engine, stood + 1, within_s=10)
        print(f"{database}: taken over {time.monotonic() - killed_s:.1f} s after the kill")
        finish(installation, second, simulator, engine)
    assert second.get("/ready")["status"] == "ready"
