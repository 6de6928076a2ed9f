"""The receiver and the worker on a real broker: what is not committed is never acknowledged."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broker.accounts import service_name
from broker.nats import NatsLimits
from service.domain.quarantine import Reason
from service.flows.circle import NoCircle
from service.inbox.receiver import BrokerAddress, Letter, Receiver
from service.inbox.worker import Worker
from service.wiring import is_passing
from tests.inbox.hand import TroubledStore, database_is_away
from tests.inbox.letters import TOPIC, dispense
from tests.servers.broker import BrokerServer
from tests.servers.mosquitto import mosquitto_server
from tests.servers.mqtt import session
from tests.servers.nats import nats_server
from tests.servers.processes import eventually
from tests.support.books import Keeper, MemoryKeeper
from tests.support.plans import NOW, REGION, ZONE

SERVICE = service_name(REGION)


@pytest.fixture(name="server", params=["nats", "mosquitto"])
def _server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerServer]:
    """Each broker in turn; the embedded one sends again after 1 s, to spare the test ten."""
    if request.param == "mosquitto":
        with mosquitto_server(tmp_path, kiosks=["K0001"]) as server:
            yield server
    else:
        limits = NatsLimits(ack_wait_s=1)
        with nats_server(tmp_path, kiosks=["K0001"], limits=limits) as embedded:
            yield embedded


@contextmanager
def _receiver(server: BrokerServer, password: str | None = None) -> Iterator[Receiver]:
    address = BrokerAddress(
        host=server.host,
        port=server.port,
        user=SERVICE,
        password=password or server.passwords[SERVICE],
    )
    receiver = Receiver(address, region=REGION)
    try:
        if password is None:
            _until(receiver, connected=True)
        yield receiver
    finally:
        receiver.stop()


def _until(receiver: Receiver, *, connected: bool) -> None:
    """Drive the session, leaving every letter in it, until it stands or is lost."""

    def so() -> bool:
        assert receiver.take(most=0, wait_s=0.05) == []
        return receiver.connected.is_set() is connected

    eventually(so, what="a connection" if connected else "noticing the loss")


def _facts(receiver: Receiver, count: int) -> list[Letter]:
    """Wait for facts; retained states that come with the subscription are not of interest."""
    heard: list[Letter] = []

    def enough() -> bool:
        letters = receiver.take(most=100, wait_s=0.05)
        heard.extend(one for one in letters if one.topic == TOPIC)
        return len(heard) >= count

    eventually(enough, within_s=15, what=f"hearing {count} facts")
    return heard


def _say(server: BrokerServer, *sequences: int) -> None:
    with session(server, "K0001") as kiosk:
        for sequence in sequences:
            kiosk.publish(TOPIC, dispense(sequence))


def _sequences(letters: list[Letter]) -> set[int]:
    return {int(json.loads(one.payload)["sequence"]) for one in letters}


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(server: BrokerServer) -> None:
    with _receiver(server) as receiver:
        _say(server, 1, 2)
        for one in _facts(receiver, 2):
            if _sequences([one]) == {1}:
                receiver.acknowledge([one])
    with _receiver(server) as receiver:
        _say(server, 3)
        heard = _facts(receiver, 2)
        assert _sequences(heard) == {2, 3}
        receiver.acknowledge(heard)


def test_an_acknowledgement_of_a_lost_connection_acknowledges_nothing_on_the_next(
    server: BrokerServer,
) -> None:
    with _receiver(server) as receiver:
        _say(server, 1, 2, 3)
        of_first = _facts(receiver, 3)
        wire = receiver.client.socket()
        assert isinstance(wire, socket.socket)
        wire.shutdown(socket.SHUT_RDWR)
        _until(receiver, connected=False)
        receiver.acknowledge(of_first)  # Between two connections: paho would send it on the next.
        _until(receiver, connected=True)
        of_second = _facts(receiver, 3)
        assert of_first[0].connection < of_second[0].connection
        receiver.acknowledge(of_first)  # The same ids now name other, uncommitted deliveries.
    with _receiver(server) as receiver:
        assert _sequences(_facts(receiver, 3)) == {1, 2, 3}


def test_a_wrong_password_is_said_plainly_and_tried_again_in_the_background(
    server: BrokerServer,
) -> None:
    with _receiver(server, password="wrong") as receiver:
        for _ in range(2):
            receiver.refused = ""
            eventually(
                lambda: receiver.take(most=0, wait_s=0.05) == [] and receiver.refused != "",
                what="the refusal",
            )
        assert not receiver.connected.is_set()


@contextmanager
def _worker(receiver: Receiver, store: TroubledStore) -> Iterator[Worker]:
    worker = Worker(
        receiver, NoCircle(store), region=REGION, zone=ZONE, now=lambda: NOW, is_passing=is_passing
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def test_what_a_failing_database_did_not_take_is_there_for_the_next_start(
    server: BrokerServer, memory_keeper: MemoryKeeper
) -> None:
    journal: list[str] = []
    store = TroubledStore(memory_keeper.store, journal)
    with _receiver(server) as receiver, _worker(receiver, store):
        _say(server, 1)  # What else comes with a connection is behind us when this is kept.
        eventually(lambda: len(memory_keeper.read().facts) == 1, within_s=15, what="the first fact")
        store.trouble = database_is_away
        _say(server, 2, 3)
        eventually(lambda: "failed" in journal, what="the first attempt")
    assert len(memory_keeper.read().facts) == 1
    store.trouble = lambda: None
    with _receiver(server) as receiver, _worker(receiver, store):
        eventually(lambda: len(memory_keeper.read().facts) == 3, within_s=15, what="the facts")


def test_a_kiosk_hears_its_acknowledgement_after_the_commit_also_beside_bad_messages(
    server: BrokerServer, keeper: Keeper
) -> None:
    store = TroubledStore(keeper.store, [])
    with _receiver(server) as receiver, _worker(receiver, store):
        with session(server, "K0001") as kiosk:
            kiosk.subscribe(f"ck/v1/{REGION}/K0001/ack")
            for sequence in (1, 2, 3):
                kiosk.publish(TOPIC, dispense(sequence))
                kiosk.publish(TOPIC, b"{" * sequence)
            eventually(
                lambda: any(json.loads(one.payload)["upto"] == 3 for one in kiosk.heard),
                what="the acknowledgement of all three",
            )
        kept = keeper.read()
        assert {key.sequence for key in kept.facts} == {1, 2, 3}
        eventually(lambda: len(keeper.read().quarantine) == 3, what="three messages set aside")
        assert {line[0] for line in keeper.read().quarantine} == {Reason.NOT_JSON.value}


def test_what_is_not_taken_waits_in_the_broker_and_nothing_is_lost(server: BrokerServer) -> None:
    with _receiver(server) as receiver:
        _say(server, *range(1, 9))
        heard: set[int] = set()

        def all_of_them() -> bool:
            letters = receiver.take(most=2, wait_s=0.05)
            assert len(letters) <= 2
            receiver.acknowledge(letters)
            heard.update(_sequences([one for one in letters if one.topic == TOPIC]))
            return heard == set(range(1, 9))

        eventually(all_of_them, within_s=15, what="all eight")
