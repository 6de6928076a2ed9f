"""A broker of several nodes: the receiver knocks at each in turn."""

import time

from broker.accounts import service_name
from broker.ports import LOOPBACK, free_port
from service.inbox.receiver import BrokerAddress, Receiver
from service.settings import Settings
from tests.servers.nats import NatsServer
from tests.servers.processes import eventually
from tests.support.plans import REGION


def test_nodes_that_do_not_answer_are_passed_over_without_a_pause(nats: NatsServer) -> None:
    away = [free_port(0)[0], free_port(0)[0]]
    user = service_name(REGION)
    address = BrokerAddress(
        host=LOOPBACK,
        port=away[0],
        user=user,
        password=nats.passwords[user],
        others=((LOOPBACK, away[1]), (LOOPBACK, nats.port)),
    )
    receiver = Receiver(address, region=REGION)
    try:
        began_s = time.monotonic()
        eventually(
            lambda: receiver.take(most=0, wait_s=0.05) == [] and receiver.connected.is_set(),
            what="a connection to the third",
        )
        assert time.monotonic() - began_s < 1
    finally:
        receiver.stop()


def test_other_nodes_are_read_from_one_setting() -> None:
    given = Settings(broker_password="x", broker_others="n2.example.org:1883,10.0.0.3:1884")
    assert given.other_brokers == (("n2.example.org", 1883), ("10.0.0.3", 1884))
    assert Settings(broker_password="x").other_brokers == ()
