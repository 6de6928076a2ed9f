"""What both brokers promise: each kiosk speaks for itself only, and nothing said is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.accounts import new_password, service_name
from broker.nats import NatsLimits
from tests.servers.broker import REGION, BrokerServer
from tests.servers.mosquitto import mosquitto_server
from tests.servers.mqtt import Session, session
from tests.servers.nats import nats_server

SERVICE = service_name(REGION)
ROOT = f"ck/v1/{REGION}"
FACT = f"{ROOT}/K0001/e/dispense"
SERVICE_FILTERS = (f"{ROOT}/+/e/+", f"{ROOT}/+/state", f"{ROOT}/+/r", f"{ROOT}/+/ask")


@pytest.fixture(params=["nats", "mosquitto"])
def impatient_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerServer]:
    """Each broker in turn; the embedded one sends again after 1 s, to spare the test ten."""
    if request.param == "mosquitto":
        with mosquitto_server(tmp_path, kiosks=["K0001"]) as server:
            yield server
    else:
        limits = NatsLimits(ack_wait_s=1)
        with nats_server(tmp_path, kiosks=["K0001"], limits=limits) as embedded:
            yield embedded


def test_a_kiosk_speaks_under_its_own_id_and_the_service_hears_it(
    broker_server: BrokerServer,
) -> None:
    with session(broker_server, SERVICE) as service, session(broker_server, "K0001") as kiosk:
        assert all(service.subscribe(*SERVICE_FILTERS, f"{ROOT}/+/hb"))
        said = [f"{ROOT}/K0001/{leaf}" for leaf in _KIOSK_LEAVES]
        for topic in said:
            kiosk.publish(topic, topic.encode())
        heard = service.wait_for(len(said))
        assert sorted(one.topic for one in heard) == sorted(said)
        assert all(one.payload == one.topic.encode() for one in heard)


def test_the_service_speaks_and_the_right_kiosk_hears_it(broker_server: BrokerServer) -> None:
    with (
        session(broker_server, SERVICE) as service,
        session(broker_server, "K0001") as first,
        session(broker_server, "K0002") as second,
    ):
        for name, kiosk in (("K0001", first), ("K0002", second)):
            own = [f"{ROOT}/{name}/{leaf}" for leaf in ("ack", "cmd", "answer")]
            assert all(kiosk.subscribe(*own, f"{ROOT}/service/state"))
        for leaf in ("ack", "cmd", "answer"):
            service.publish(f"{ROOT}/K0001/{leaf}", leaf.encode())
        service.publish(f"{ROOT}/service/state", b"here", retain=True)
        assert {one.payload for one in first.wait_for(4)} == {b"ack", b"cmd", b"answer", b"here"}
        assert {one.payload for one in second.wait_for(1)} == {b"here"}


def test_a_kiosk_that_comes_later_learns_that_the_service_is_there(
    broker_server: BrokerServer,
) -> None:
    with session(broker_server, SERVICE) as service:
        service.publish(f"{ROOT}/service/state", b"here", retain=True)
    with session(broker_server, "K0001") as kiosk:
        kiosk.subscribe(f"{ROOT}/service/state")
        assert kiosk.wait_for(1)[0].payload == b"here"


def test_an_away_service_finds_what_was_said_meanwhile(broker_server: BrokerServer) -> None:
    with session(broker_server, SERVICE, clean=False) as service:
        service.subscribe(*SERVICE_FILTERS)
    said = [b"%06d" % number for number in range(5_000)]
    with session(broker_server, "K0001") as kiosk:
        kiosk.publish_many(FACT, said)
    with session(broker_server, SERVICE, clean=False) as service:
        assert service.session_present
        assert [one.payload for one in service.wait_for(len(said), within_s=30)] == said


def test_what_a_service_took_but_never_acknowledged_comes_again(
    impatient_broker: BrokerServer,
) -> None:
    said = [b"%06d" % number for number in range(2_000)]
    with session(impatient_broker, SERVICE, clean=False, acknowledges=False) as service:
        service.subscribe(*SERVICE_FILTERS)
        with session(impatient_broker, "K0001") as kiosk:
            kiosk.publish_many(FACT, said)
        service.wait_for(20)  # Mosquitto 2.0.11 sends no more than its default window.
        service.cut()
    with session(impatient_broker, SERVICE, clean=False) as service:
        service.wait_for(len(said), within_s=20)
        assert {one.payload for one in service.heard} == set(said)


def test_a_kiosk_that_borrows_the_service_s_client_id_hears_none_of_its_messages(
    broker_server: BrokerServer,
) -> None:
    with session(broker_server, SERVICE, clean=False) as service:
        service.subscribe(*SERVICE_FILTERS)
    with session(broker_server, "K0002") as kiosk:
        kiosk.publish(f"{ROOT}/K0002/e/dispense", b"for the service only")
    with session(broker_server, "K0001", client_id=SERVICE, clean=False) as thief:
        thief.subscribe(f"{ROOT}/K0001/cmd")
        assert thief.heard == []
    with session(broker_server, SERVICE, clean=False) as service:
        assert [one.payload for one in service.wait_for(1)] == [b"for the service only"]


def test_a_birth_is_retained_and_the_will_takes_its_place(broker_server: BrokerServer) -> None:
    state = f"{ROOT}/K0001/state"
    will = (state, b'{"online":false,"boot":12}')
    birth = b'{"online":true,"boot":12}'
    with (
        session(broker_server, SERVICE) as service,
        session(broker_server, "K0001", will=will) as kiosk,
    ):
        kiosk.publish(state, birth, retain=True)
        service.subscribe(*SERVICE_FILTERS)
        born = service.wait_for(1)[0]
        assert (born.payload, born.retain) == (birth, True)
        kiosk.cut()
        died = service.wait_for(2)[1]
        assert (died.topic, died.payload) == will
    with session(broker_server, SERVICE) as later:
        later.subscribe(f"{ROOT}/+/state")
        kept = later.wait_for(1)[0]
        assert (kept.payload, kept.retain) == (will[1], True)


@pytest.mark.parametrize(
    "topic",
    [
        f"{ROOT}/K0002/e/dispense",
        f"{ROOT}/K0002/state",
        f"{ROOT}/K0001/ack",
        f"{ROOT}/K0001/e/unheard-of",
        f"{ROOT}/service/state",
        "ck/v1/999902/K0001/e/dispense",
        "elsewhere",
    ],
)
def test_a_kiosk_cannot_say_what_is_not_its_own(broker_server: BrokerServer, topic: str) -> None:
    with (
        session(broker_server, SERVICE) as service,
        session(broker_server, "K0002") as other,
        session(broker_server, "K0001") as kiosk,
    ):
        service.subscribe(*SERVICE_FILTERS)
        other.subscribe(f"{ROOT}/K0002/ack", f"{ROOT}/service/state")
        kiosk.publish(topic, b"forged", retain=topic.endswith("state"))  # PUBACK says success.
        kiosk.publish(FACT, b"true")
        service.publish(f"{ROOT}/K0002/ack", b"ack")
        assert [one.payload for one in service.wait_for(1)] == [b"true"]
        assert [one.payload for one in other.wait_for(1)] == [b"ack"]


@pytest.mark.parametrize(
    "topic",
    [f"{ROOT}/K0002/ack", f"{ROOT}/+/ack", f"{ROOT}/K0002/e/dispense", "ck/#", "#", "$SYS/#"],
)
def test_a_kiosk_cannot_hear_what_is_not_its_own(broker_server: BrokerServer, topic: str) -> None:
    with (
        session(broker_server, SERVICE) as service,
        session(broker_server, "K0002") as other,
        session(broker_server, "K0001") as kiosk,
    ):
        kiosk.subscribe(f"{ROOT}/K0001/cmd")
        kiosk.subscribe(topic)  # Mosquitto grants it and delivers nothing.
        service.publish(f"{ROOT}/K0002/ack", b"not yours")
        other.publish(f"{ROOT}/K0002/e/dispense", b"not yours")
        service.publish(f"{ROOT}/K0001/cmd", b"yours")
        assert {one.payload for one in kiosk.wait_for(1)} == {b"yours"}


def test_a_wrong_password_is_refused(broker_server: BrokerServer) -> None:
    stranger = Session("K0001", password=new_password(bytes))
    stranger.open(broker_server.port)
    assert stranger.refusal is not None
    stranger.close()


def test_an_unknown_name_is_refused(broker_server: BrokerServer) -> None:
    stranger = Session("K9999", password=broker_server.passwords["K0001"])
    stranger.open(broker_server.port)
    assert stranger.refusal is not None
    stranger.close()


def test_nobody_gets_in_without_a_name(broker_server: BrokerServer) -> None:
    stranger = Session("K0001", password=None)
    stranger.open(broker_server.port)
    assert stranger.refusal is not None
    stranger.close()


def test_a_message_of_a_megabyte_arrives_and_the_next_one_right_after(
    broker_server: BrokerServer,
) -> None:
    with session(broker_server, SERVICE) as service, session(broker_server, "K0001") as kiosk:
        service.subscribe(*SERVICE_FILTERS)
        kiosk.publish(FACT, b"x" * 1024 * 1024)
        kiosk.publish(FACT, b"after")
        assert [len(one.payload) for one in service.wait_for(2)] == [1024 * 1024, len(b"after")]


def test_a_message_over_the_limit_cuts_off_only_the_kiosk_that_sent_it(
    broker_server: BrokerServer,
) -> None:
    with (
        session(broker_server, SERVICE) as service,
        session(broker_server, "K0001") as faulty,
        session(broker_server, "K0002") as sound,
    ):
        service.subscribe(*SERVICE_FILTERS)
        faulty.send_unacknowledged(FACT, b"x" * 3 * 1024 * 1024)
        sound.publish(f"{ROOT}/K0002/e/dispense", b"still here")
        assert [one.payload for one in service.wait_for(1)] == [b"still here"]


def test_a_kiosk_enrolled_while_the_broker_runs_can_connect_and_nobody_is_cut_off(
    broker_server: BrokerServer,
) -> None:
    with session(broker_server, SERVICE) as service:
        service.subscribe(*SERVICE_FILTERS)
        broker_server.enrol(["K0999"])
        newcomer = _connect_soon(broker_server, "K0999")
        newcomer.publish(f"{ROOT}/K0999/e/dispense", b"new here")
        assert [one.payload for one in service.wait_for(1)] == [b"new here"]
        newcomer.close()


_KIOSK_LEAVES = (
    *(f"e/{kind}" for kind in ("dispense", "restock", "count", "fault")),
    *("state", "hb", "r", "ask"),
)


def _connect_soon(server: BrokerServer, name: str) -> Session:
    """Connect once the broker has read its accounts anew."""
    for _ in range(100):
        one = Session(name, password=server.passwords[name])
        one.open(server.port)
        if one.refusal is None:
            return one
        one.close()
    pytest.fail(f"{name} was never let in")
