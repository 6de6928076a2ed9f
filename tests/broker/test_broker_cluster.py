"""A cluster's nodes: who may be one, what each is told, and that strangers stay outside."""

import json
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from broker import cluster, nats
from broker.__main__ import main
from broker.accounts import Enrolment, account_of
from broker.cluster import Cluster, ClusterError, Member, Node
from broker.embedded import EmbeddedBroker
from broker.ports import LOOPBACK, free_port
from broker.program import find_program

SAMPLE = Path(__file__).parents[2] / "broker" / "nats" / "node.conf"
SECRET = "not-a-secret-in-this-test"
NODES = tuple(
    Node(name=f"n{number}", host=LOOPBACK, mqtt_port=1882 + number, route_port=6221 + number)
    for number in (1, 2, 3)
)
THREE = Cluster(nodes=NODES, password=SECRET)
KIOSK = account_of(Enrolment(name="K0042", role="kiosk", region="999901", password=SECRET))


def conf(node: Node, folder: Path) -> str:
    member = Member(cluster=THREE, node=node)
    return nats.render([KIOSK], folder=folder, port=node.mqtt_port, member=member)


@pytest.mark.parametrize("nodes", [NODES[:1], NODES[:2], (*NODES, NODES[0])])
def test_a_cluster_is_three_or_five_different_nodes(nodes: tuple[Node, ...]) -> None:
    with pytest.raises(ClusterError, match="3 or 5"):
        Cluster(nodes=nodes, password=SECRET)


def test_a_node_is_read_as_it_is_written() -> None:
    read = cluster.read_node("n1=10.0.0.1:1883:6222")
    assert read == Node(name="n1", host="10.0.0.1", mqtt_port=1883, route_port=6222)


@pytest.mark.parametrize(
    "text", ["n1", "n1=10.0.0.1:1883", "n1=h:0:6222", "n1=h:1:65536", "=h:1:2"]
)
def test_a_node_that_cannot_be_read_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(ClusterError, match="name=host:mqtt port:route port"):
        cluster.read_node(text)


def test_a_described_cluster_is_private_and_never_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    words = ["cluster", "--file", str(path), *(f"n{n}=127.0.0.1:{n}:1{n}" for n in (1, 2, 3))]
    main(words)
    held = cluster.load(path)
    assert [node.route_port for node in held.nodes] == [11, 12, 13]
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert len(held.password) == 24
    assert held.password not in repr(held)
    with pytest.raises(SystemExit, match="there already"):
        main(words)
    assert cluster.load(path) == held


def test_a_node_that_the_cluster_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    cluster.save(tmp_path / "cluster.json", THREE)
    with pytest.raises(ClusterError, match="no node 'n4', only n1, n2, n3"):
        cluster.member(tmp_path / "cluster.json", "n4")
    (tmp_path / "cluster.json").write_text(json.dumps({"nodes": []}), encoding="utf-8")
    with pytest.raises(ClusterError, match="does not describe a cluster"):
        cluster.member(tmp_path / "cluster.json", "n1")


def test_each_node_looks_for_the_others_and_keeps_everything_three_times(tmp_path: Path) -> None:
    for node in NODES:
        text = conf(node, tmp_path)
        assert {peer.name for peer in NODES if f"@{LOOPBACK}:{peer.route_port}" in text} == {
            peer.name for peer in NODES if peer != node
        }
        assert f'server_name: "{node.name}"' in text
        assert "stream_replicas: 3" in text
    alone = nats.render([KIOSK], folder=tmp_path, port=1883)
    assert "cluster" not in alone
    assert "stream_replicas" not in alone


def test_all_nodes_are_told_the_same_rights(tmp_path: Path) -> None:
    def users(text: str) -> str:
        return text[text.index("authorization {\n") :]

    alone = nats.render([KIOSK], folder=tmp_path, port=1883)
    assert {users(conf(node, tmp_path)) for node in NODES} == {users(alone)}


def test_nats_server_accepts_what_is_written_for_a_node(tmp_path: Path) -> None:
    cluster.save(tmp_path / "cluster.json", THREE)
    described = ["--cluster", str(tmp_path / "cluster.json"), "--node", "n2"]
    folder = ["--accounts", str(tmp_path / "accounts.json"), "--folder", str(tmp_path / "n2")]
    main(["nats", *described, *folder])
    words = [str(find_program()), "-t", "--config", str(tmp_path / "n2" / "nats.conf")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr


def test_the_sample_is_what_is_written_for_a_node() -> None:
    member = Member(cluster=Cluster(nodes=NODES, password="made-by-python-m-broker"), node=NODES[0])
    text = nats.render([], folder=Path("/var/lib/circle15/n1"), port=1883, member=member)
    assert SAMPLE.read_text(encoding="utf-8") == text, "write the sample anew from the text here"


def test_who_does_not_know_the_secret_is_no_node(tmp_path: Path) -> None:
    nodes = tuple(
        Node(name=node.name, host=LOOPBACK, mqtt_port=free_port(0)[0], route_port=free_port(0)[0])
        for node in NODES
    )
    member = Member(cluster=Cluster(nodes=nodes, password=SECRET), node=nodes[0])
    with EmbeddedBroker(tmp_path, nodes[0].mqtt_port, member=member):
        assert "Authorization Violation" in answer_to_a_route(nodes[0].route_port, "a guess")
        assert "Authorization Violation" not in answer_to_a_route(nodes[0].route_port, SECRET)


def answer_to_a_route(port: int, password: str) -> str:
    """Return what a node says to somebody who comes as its peer."""
    greeting = {"user": "circle15", "pass": password, "name": "stranger", "server_id": "S" * 56}
    with socket.create_connection((LOOPBACK, port), timeout=5) as wire:
        wire.recv(65_536)
        wire.sendall(b"CONNECT " + json.dumps(greeting).encode() + b"\r\nPING\r\n")
        return wire.recv(65_536).decode(errors="replace")
