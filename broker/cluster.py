"""The nodes of a broker cluster: where each listens, and the secret by which they are peers."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from broker.accounts import write_private

NAME: Final = "circle15"
REPLICAS: Final = 3
"""Every queue, session and retained message is on so many nodes; two of them make a majority."""

_SIZES: Final = (3, 5)
_NODE: Final = re.compile(r"([A-Za-z0-9-]{1,32})=([A-Za-z0-9.-]{1,253}):(\d{1,5}):(\d{1,5})")
_PORT_MOST: Final = 65_535


class ClusterError(ValueError):
    """A cluster cannot be made of this; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One server of the cluster: kiosks come to the one port, its peers to the other."""

    name: str
    host: str
    mqtt_port: int
    route_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """All nodes, and the password of the routes between them: whoever has it is one of them."""

    nodes: tuple[Node, ...]
    password: str

    def __post_init__(self) -> None:
        names = {node.name for node in self.nodes}
        if len(self.nodes) not in _SIZES or len(names) != len(self.nodes):
            message = (
                f"A cluster has 3 or 5 nodes of different names, not {len(self.nodes)}: of an even "
                "number as few may fail as of one node less."
            )
            raise ClusterError(message)

    def __repr__(self) -> str:
        """Leave the password out, so that it ends in no log."""
        return f"Cluster(nodes={self.nodes!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One node as a part of its cluster."""

    cluster: Cluster
    node: Node


def read_node(text: str) -> Node:
    """Read ``name=host:mqtt_port:route_port``."""
    found = _NODE.fullmatch(text)
    if found is None or not all(1 <= int(port) <= _PORT_MOST for port in found.group(3, 4)):
        message = f"A node is name=host:mqtt port:route port, not {text!r}."
        raise ClusterError(message)
    name, host, mqtt_port, route_port = found.groups()
    return Node(name=name, host=host, mqtt_port=int(mqtt_port), route_port=int(route_port))


def member(path: Path, name: str) -> Member:
    """Return the named node of the cluster that a file describes."""
    cluster = load(path)
    for node in cluster.nodes:
        if node.name == name:
            return Member(cluster=cluster, node=node)
    known = ", ".join(node.name for node in cluster.nodes)
    message = f"{path} has no node {name!r}, only {known}."
    raise ClusterError(message)


def load(path: Path) -> Cluster:
    """Read a cluster's file."""
    try:
        held = json.loads(path.read_bytes())
        nodes = tuple(Node(**row) for row in held["nodes"])
        return Cluster(nodes=nodes, password=str(held["password"]))
    except (OSError, TypeError, KeyError, json.JSONDecodeError) as problem:
        message = (
            f"{path} does not describe a cluster ({problem}). Write it with `python -m broker "
            "cluster`, once, and copy it to every node."
        )
        raise ClusterError(message) from problem


def save(path: Path, cluster: Cluster) -> None:
    """Write a cluster's file, readable by its owner only."""
    write_private(path, json.dumps(asdict(cluster), indent=1) + "\n")
