"""What others need for the same relation: ``python -m tests.bench.coverage_peers NAME`` as JSON."""

import json
import math
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import networkx as nx
import numpy as np

from service.domain.reach import Relation
from service.geo.network import Network, build_network
from service.geo.relation import relate
from service.geo.walks import Legs, snap
from tests.bench.city import Places, city_streets, places_in
from tests.bench.report import Figures

HAS_PANDANA = find_spec("pandana") is not None
pandana: Any = import_module("pandana") if HAS_PANDANA else None
pd: Any = import_module("pandas") if HAS_PANDANA else None

LIMIT_M = 1_000.0
SAME_M = 1e-3
Walks = dict[tuple[int, int], float]


def by_networkx() -> Figures:
    """Walk from each of 43 outlets, and compare pair by pair; the graph is built before."""
    network = build_network(city_streets())
    places = places_in(network, outlets=43, communities=10_000)
    started = time.perf_counter()
    edges = zip(network.start.tolist(), network.end.tolist(), network.length_m, strict=True)
    graph = nx.Graph()
    graph.add_weighted_edges_from((a, b, float(length_m)) for a, b, length_m in edges)
    built_s = time.perf_counter() - started
    started = time.perf_counter()
    homes, kiosks = snap(network, places.communities), snap(network, places.outlets)
    found = _walked(graph, homes, kiosks)
    took_s = time.perf_counter() - started
    relation = relate(network, **places._asdict(), limit_m=LIMIT_M)
    return {
        "relation.networkx.43x10k_s": took_s,
        "relation.networkx.build_s": built_s,
        "relation.agreement": agreement(relation, found),
        "relation.agreement_pairs": len(found),
    }


def agreement(relation: Relation, found: Walks) -> float:
    """Return the share of the pairs of either that are pairs of both, and as far."""
    pairs = zip(relation.rows.tolist(), relation.outlets.tolist(), strict=True)
    ours = dict(zip(pairs, relation.walk_m.tolist(), strict=True))
    same: int = sum(
        abs(ours.get(pair, math.inf) - walk_m) < SAME_M for pair, walk_m in found.items()
    )
    return same / len(ours.keys() | found.keys())


def _walked(graph: nx.Graph, homes: Legs, kiosks: Legs) -> Walks:
    found: Walks = {}
    at_home: dict[int, list[int]] = {}
    for community, node in enumerate(homes.node.tolist()):
        if not homes.is_off[community]:
            at_home.setdefault(node, []).append(community)
    for outlet, node in enumerate(kiosks.node.tolist()):
        leg_m = float(kiosks.leg_m[outlet])
        if kiosks.is_off[outlet] or leg_m > LIMIT_M:
            continue
        street_m = nx.single_source_dijkstra_path_length(graph, node, cutoff=LIMIT_M - leg_m)
        for there in street_m.keys() & at_home.keys():
            for community in at_home[there]:
                walk_m = leg_m + street_m[there] + float(homes.leg_m[community])
                if walk_m <= LIMIT_M:
                    found[community, outlet] = walk_m
    return found


def by_pandana() -> Figures:
    """Ask for all nodes in range of the outlets' nodes, and join the homes to them."""
    if not HAS_PANDANA:
        return {"relation.pandana": "not installed"}
    network = build_network(city_streets())
    ends = pd.DataFrame({"from": network.start, "to": network.end})
    lengths = pd.DataFrame({"m": network.length_m})
    lon, lat = network.lon_lat.T
    nodes = (pd.Series(lon), pd.Series(lat))
    started = time.perf_counter()
    peer = pandana.Network(*nodes, ends["from"], ends["to"], lengths, twoway=True)
    return {
        "relation.pandana.build_s": time.perf_counter() - started,
        "relation.pandana.43x10k_s": _pandana_s(
            peer, network, places_in(network, outlets=43, communities=10_000)
        ),
        "relation.pandana.1kx100k_s": _pandana_s(
            peer, network, places_in(network, outlets=1_000, communities=100_000)
        ),
    }


def _pandana_s(
    peer: Any,  # noqa: ANN401 - a library that may not be there
    network: Network,
    places: Places,
) -> float:
    started = time.perf_counter()
    homes, kiosks = snap(network, places.communities), snap(network, places.outlets)
    home = pd.DataFrame(
        {"destination": homes.node, "home_m": homes.leg_m, "community": range(len(homes.node))}
    )
    kiosk = pd.DataFrame(
        {"source": kiosks.node, "kiosk_m": kiosks.leg_m, "outlet": range(len(kiosks.node))}
    )
    found = peer.nodes_in_range(np.unique(kiosks.node).tolist(), LIMIT_M)
    pairs = found.merge(kiosk, on="source").merge(home, on="destination")
    pairs = pairs[pairs["m"] + pairs["home_m"] + pairs["kiosk_m"] <= LIMIT_M]
    took_s = time.perf_counter() - started
    assert len(pairs), "some walk"
    return float(took_s)


PEERS = {"networkx": by_networkx, "pandana": by_pandana}

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]]()))
