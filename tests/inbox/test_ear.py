"""The ear on a real broker: what is not committed is never acknowledged, whichever process dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broker.accounts import service_name
from broker.nats import NatsLimits
from service.inbox.ear import ENDED_AFTER_S, HALTED_AFTER_S, Ear, EarError
from service.inbox.receiver import BrokerAddress, Letter
from tests.inbox.letters import TOPIC, dispense
from tests.live.running import TOP, family
from tests.servers.broker import BrokerServer
from tests.servers.mosquitto import mosquitto_server
from tests.servers.mqtt import session
from tests.servers.nats import nats_server
from tests.servers.processes import eventually
from tests.support.plans import REGION

SERVICE = service_name(REGION)


@pytest.fixture(name="server", params=["nats", "mosquitto"])
def _server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerServer]:
    """Each broker in turn; the embedded one sends again after 1 s, to spare the test ten."""
    if request.param == "mosquitto":
        with mosquitto_server(tmp_path, kiosks=["K0001"]) as server:
            yield server
    else:
        with nats_server(tmp_path, kiosks=["K0001"], limits=NatsLimits(ack_wait_s=1)) as embedded:
            yield embedded


def _address(server: BrokerServer) -> BrokerAddress:
    return BrokerAddress(
        host=server.host, port=server.port, user=SERVICE, password=server.passwords[SERVICE]
    )


@contextmanager
def _ear(
    server: BrokerServer,
    *,
    batch_max: int = 100,
    halted_after_s: float = HALTED_AFTER_S,
    ended_after_s: float = ENDED_AFTER_S,
) -> Iterator[Ear]:
    ear = Ear(
        _address(server),
        region=REGION,
        batch_max=batch_max,
        halted_after_s=halted_after_s,
        ended_after_s=ended_after_s,
    )
    try:
        ear.take(most=0, wait_s=0)
        eventually(ear.connected.is_set, within_s=15, what="a connection")
        yield ear
    finally:
        ear.stop()


def _say(server: BrokerServer, *sequences: int) -> None:
    with session(server, "K0001") as kiosk:
        for sequence in sequences:
            kiosk.publish(TOPIC, dispense(sequence))


def _sequences(letters: list[Letter]) -> set[int]:
    return {int(json.loads(one.payload)["sequence"]) for one in letters}


def _facts(ear: Ear, count: int) -> list[Letter]:
    """Wait for facts; retained states that come with the subscription are not of interest."""
    heard: list[Letter] = []

    def enough() -> bool:
        heard.extend(one for one in ear.take(most=100, wait_s=0.05) if one.topic == TOPIC)
        return len(heard) >= count

    eventually(enough, within_s=15, what=f"hearing {count} facts")
    return heard


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(server: BrokerServer) -> None:
    with _ear(server) as ear:
        _say(server, 1, 2)
        heard = _facts(ear, 2)
        ear.acknowledge([one for one in heard if _sequences([one]) == {1}])
    with _ear(server) as ear:
        _say(server, 3)
        assert _sequences(_facts(ear, 2)) == {2, 3}


def test_an_ear_that_is_killed_is_told_of_and_begun_anew_and_nothing_is_lost(
    server: BrokerServer,
) -> None:
    with _ear(server) as ear:
        _say(server, 1, 2, 3)
        of_first = _facts(ear, 3)
        (child,) = _ears_of(os.getpid())
        os.kill(child, signal.SIGKILL)
        with pytest.raises(EarError, match="ended by itself"):
            _facts(ear, 1)
        assert not ear.connected.is_set()
        of_second = _facts(ear, 3)
        assert _sequences(of_second) == {1, 2, 3}
        assert {one.connection for one in of_first}.isdisjoint(one.connection for one in of_second)
        ear.acknowledge(of_first)  # The same ids now name other, uncommitted deliveries.
    with _ear(server) as ear:
        assert _sequences(_facts(ear, 3)) == {1, 2, 3}


def test_an_ear_that_halts_is_told_of_then_ended_and_begun_anew(
    server: BrokerServer, caplog: pytest.LogCaptureFixture
) -> None:
    with _ear(server, halted_after_s=0.5, ended_after_s=1.5) as ear:
        assert _is_quiet(ear)
        assert ear.halted_s == 0, "it answers, though there is nothing to hear"
        (child,) = _ears_of(os.getpid())
        os.kill(child, signal.SIGSTOP)
        eventually(lambda: _is_quiet(ear) and ear.halted_s > 0, within_s=5, what="its halt")
        ear.mend()
        assert "The process that hears the broker has not answered" in caplog.text
        assert _ears_of(os.getpid()) == {child}, "it may go on by itself"
        eventually(lambda: _is_quiet(ear) and ear.halted_s > 1.5, within_s=5, what="a long halt")
        ear.mend()
        assert "another is begun" in caplog.text
        with pytest.raises(EarError, match="ended by itself"):
            ear.take(most=1, wait_s=5)
        _say(server, 1)
        assert _sequences(_facts(ear, 1)) == {1}
        assert ear.halted_s == 0


def _is_quiet(ear: Ear) -> bool:
    return all(one.topic != TOPIC for one in ear.take(most=9, wait_s=0.05))


def test_after_a_drop_it_keeps_quiet_until_it_is_asked_again(server: BrokerServer) -> None:
    with _ear(server) as ear:
        _say(server, 1)
        first = _facts(ear, 1)
        with session(server, "K0001") as kiosk:
            kiosk.subscribe(f"ck/v1/{REGION}/service/state")
            ear.drop()
            eventually(lambda: not ear.connected.is_set(), what="the connection's end")
            eventually(
                lambda: b'"online":false' in [one.payload for one in kiosk.heard][-1],
                what="a word to the kiosks",
            )
        ear.acknowledge(first)
        _say(server, 2)
        time.sleep(1.5)  # Long enough to connect again, were it not told to keep quiet.
        assert not ear.connected.is_set()
        assert ear.waiting == 0
        assert _sequences(_facts(ear, 2)) == {1, 2}


def test_it_takes_no_more_than_its_batches_and_leaves_the_rest_with_the_broker(
    server: BrokerServer,
) -> None:
    with _ear(server, batch_max=2) as ear:
        _say(server, *range(1, 31))
        heard = _facts(ear, 1)
        assert ear.waiting <= 3 * 2
        heard += _facts(ear, 30 - len(heard))
        assert _sequences(heard) == set(range(1, 31))


def test_it_ends_with_the_process_that_began_it_even_by_a_kill(server: BrokerServer) -> None:
    program = (
        "import sys, time\n"
        "from tests.inbox.test_ear import Ear, BrokerAddress, REGION\n"
        "address = BrokerAddress(host=sys.argv[1], port=int(sys.argv[2]), user=sys.argv[3],"
        " password=sys.argv[4])\n"
        "ear = Ear(address, region=REGION, batch_max=10)\n"
        "while True: ear.take(most=10, wait_s=1)\n"
    )
    where = _address(server)
    with subprocess.Popen(
        [sys.executable, "-c", program, where.host, str(where.port), where.user, where.password],
        cwd=TOP,
    ) as office:
        try:
            eventually(lambda: len(_ears_of(office.pid)) == 1, within_s=40, what="its ear")
            (child,) = _ears_of(office.pid)
        finally:
            office.kill()
        office.wait()
        eventually(lambda: not Path(f"/proc/{child}").exists(), within_s=5, what="the ear's end")


def _ears_of(pid: int) -> set[int]:
    def is_ear(child: int) -> bool:
        try:
            return b"service.inbox.hearing" in Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            return False

    return {child for child in family(pid) if is_ear(child)}
