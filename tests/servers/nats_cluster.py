"""Runs three of our brokers on loopback as one cluster, and ends nodes as a power cut would."""

import os
import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from broker.accounts import new_password
from broker.cluster import Cluster, Member, Node
from broker.embedded import EmbeddedBroker
from broker.ports import LOOPBACK, free_port
from tests.servers.broker import REGION, enrol_fresh
from tests.servers.processes import eventually

NAMES = ("n1", "n2", "n3")
_QUEUE = re.compile(r"\] (\S+ \S+) .*new stream leader for '\$G > \$MQTT_msgs'$", re.MULTILINE)
_AGREED = "metadata leader"


class NatsCluster:
    """Three nodes with one list of accounts; ``port`` is the first one's, ``others`` the rest."""

    kind = "cluster"
    host = LOOPBACK

    def __init__(self, folder: Path, kiosks: Iterable[str]) -> None:
        self.folder = folder
        self.accounts_path = folder / "accounts.json"
        self.passwords = enrol_fresh(self.accounts_path, kiosks, REGION)
        nodes = tuple(
            Node(name=name, host=LOOPBACK, mqtt_port=free_port(0)[0], route_port=free_port(0)[0])
            for name in NAMES
        )
        cluster = Cluster(nodes=nodes, password=new_password(os.urandom))
        self.nodes = {
            node.name: EmbeddedBroker(
                folder / node.name,
                node.mqtt_port,
                member=Member(cluster=cluster, node=node),
                accounts_path=self.accounts_path,
            )
            for node in nodes
        }
        self.port, *others = (node.mqtt_port for node in nodes)
        self.others = tuple(others)

    def enrol(self, kiosks: Iterable[str] = (), *, region: str = REGION) -> dict[str, str]:
        added = enrol_fresh(self.accounts_path, kiosks, region, known=self.passwords)
        self.passwords |= added
        return added

    def kill(self) -> None:
        """End whichever node leads the queue."""
        self.kill_node(self.leader())

    def kill_node(self, name: str, *, for_good: bool = False) -> None:
        """End a node; unless it is for good, its supervisor brings it back within a second."""
        pid = self.nodes[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        if for_good:
            self.nodes[name].stop()

    def name_at(self, port: int) -> str:
        """Return the node that listens on a port."""
        return next(name for name, node in self.nodes.items() if node.port == port)

    def leader(self) -> str:
        """Return the node that leads the stream of all messages, as the nodes' logs say."""
        told = [(at, name) for name in NAMES for at in _QUEUE.findall(self.log_of(name))]
        return max(told)[1]

    def log_of(self, name: str) -> str:
        path = self.nodes[name].log_path
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def agreed(self) -> bool:
        """Say whether all nodes know who leads them: before that they answer nobody."""
        return all(_AGREED in self.log_of(name) for name in NAMES)


@contextmanager
def nats_cluster(folder: Path, *, kiosks: Iterable[str] = ()) -> Iterator[NatsCluster]:
    """Run a cluster of three in a folder; its supervisors bring killed nodes back."""
    cluster = NatsCluster(folder, kiosks)
    with ExitStack() as stack:
        for node in cluster.nodes.values():
            stack.enter_context(node)
        eventually(cluster.agreed, within_s=30, what="the nodes' agreement on a leader")
        yield cluster
