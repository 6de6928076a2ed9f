"""Three NATS nodes as the broker: some killed in the middle of an upload, and nothing is lost."""

import re
import time

import pytest
from sqlalchemy import Engine

from tests.live.conftest import Install
from tests.live.running import Installation, Service
from tests.live.test_kills_live import finish, heads
from tests.live.truth import booked, looking_into, wait_for_facts
from tests.servers.nats_cluster import NAMES, NatsCluster
from tests.servers.processes import eventually

TAKEOVER_WITHIN_S = 30.0
_CONNECTED = re.compile(r"Connected to the broker at \S+:(\d+)")


@pytest.fixture
def installation(install: Install) -> Installation:
    return install("cluster")


@pytest.fixture
def cluster(installation: Installation) -> NatsCluster:
    assert isinstance(installation.broker, NatsCluster)
    return installation.broker


def nodes_of(service: Service, cluster: NatsCluster) -> list[str]:
    """Return the nodes that the service connected to, one after another."""
    return [cluster.name_at(int(port)) for port in _CONNECTED.findall(service.said)]


def in_mid_upload(installation: Installation, engine: Engine) -> int:
    """Wait until a quarter of the past is kept, and return how much that is."""
    total = heads(installation)
    wait_for_facts(engine, total // 4)
    kept = sum(booked(engine).values())
    assert kept < total, "too late to prove anything"
    return kept


def flows_again(engine: Engine, kept: int, since_s: float) -> float:
    """Wait for a thousand facts more, and return how long after the kill they were there."""
    wait_for_facts(engine, kept + 1_000, within_s=TAKEOVER_WITHIN_S)
    return time.monotonic() - since_s


def test_the_service_s_node_killed_for_good_loses_nothing_and_doubles_nothing(
    installation: Installation, cluster: NatsCluster
) -> None:
    service = installation.service()
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        kept = in_mid_upload(installation, engine)
        met = nodes_of(service, cluster)
        cluster.kill_node(met[-1], for_good=True)
        killed_s = time.monotonic()
        eventually(
            lambda: len(nodes_of(service, cluster)) > len(met),
            within_s=TAKEOVER_WITHIN_S,
            what="another node's taking over",
        )
        over_s, flowing_s = time.monotonic() - killed_s, flows_again(engine, kept, killed_s)
        finish(installation, service, simulator, engine)
        print(
            f"{met[-1]} killed with {kept} facts kept: on {nodes_of(service, cluster)[-1]} after "
            f"{over_s:.1f} s, facts flow after {flowing_s:.1f} s, {heads(installation)} kept"
        )
    assert met[-1] not in nodes_of(service, cluster)[len(met) :]


def test_the_queue_s_node_and_one_more_killed_at_once_only_delay(
    installation: Installation, cluster: NatsCluster
) -> None:
    service = installation.service()
    with looking_into(installation) as engine:
        simulator = installation.simulator()
        kept = in_mid_upload(installation, engine)
        leader = cluster.leader()
        other = next(name for name in NAMES if name != leader)
        for name in (leader, other):
            cluster.kill_node(name)  # Two of three: nobody may say yes until they are back.
        flowing_s = flows_again(engine, kept, time.monotonic())
        finish(installation, service, simulator, engine)
        print(
            f"{leader} and {other} killed with {kept} facts kept: facts flow after "
            f"{flowing_s:.1f} s, {heads(installation)} kept"
        )
    assert all(cluster.nodes[name].restarts == 1 for name in (leader, other))
