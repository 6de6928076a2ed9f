"""Who walks how far to what, on the streets of a whole city: seconds, memory and agreement.

``STREETS=FILE make bench NAME=coverage`` reads a street file, too. Each size runs in a process of
its own, so that its peak memory is its own.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from service.domain.reach import Relation
from service.geo.network import Network, build_network
from service.geo.osm_file import read_streets
from service.geo.relation import estimate, moved, relate
from tests.bench.city import Places, city_streets, places_in
from tests.bench.flips import flip_figures
from tests.bench.report import Figures

SIZES: Final = {
    "43x10k": (43, 10_000),
    "1kx100k": (1_000, 100_000),
    "10kx100k": (10_000, 100_000),
}
ROUNDS: Final = 5
MOVES: Final = 21


def measure() -> Figures:
    """Run each part in its own process, one after the other."""
    figures: dict[str, float | int | str] = {}
    for size in SIZES:
        figures |= _child("tests.bench.coverage", "relation", size)
    for size in ("43x10k", "10kx100k"):
        figures |= _child("tests.bench.coverage", "flip", size)
    for peer in ("networkx", "pandana"):
        figures |= _child("tests.bench.coverage_peers", peer)
    if "STREETS" in os.environ:
        figures |= _child("tests.bench.coverage", "streets", os.environ["STREETS"])
    return figures


def _child(module: str, *arguments: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    # Some libraries talk on the way; the figures are the last line.
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def relation_figures(size: str) -> Figures:
    """Build the relation of one size from a network that was never used, and move an outlet."""
    network = build_network(city_streets())
    outlets, communities = SIZES[size]
    places = places_in(network, outlets=outlets, communities=communities)
    spent, worked = [], []
    for _ in range(ROUNDS if size == "43x10k" else 1):
        fresh = Network.from_bytes(network.to_bytes())  # Its trees are not grown yet.
        started, idle = time.perf_counter(), time.process_time()
        relation = relate(fresh, **places._asdict())
        worked.append(time.process_time() - idle)
        spent.append(time.perf_counter() - started)
    figures: dict[str, float | int | str] = {
        f"relation.{size}_s": median(spent),
        f"relation.{size}_cpu_s": median(worked),  # What a machine with nothing else to do needs.
        f"relation.{size}_mb": _peak_mb(),
        f"relation.{size}_pairs": relation.pairs,
    }
    if size == "43x10k":
        figures["relation.nodes"] = network.nodes
        figures["relation.moved_ms"] = _moved_ms(fresh, relation, places)
        figures["relation.straight_line_misjudged"] = _misjudged(relation, places)
    else:
        figures[f"relation.{size}_moved_ms"] = _moved_ms(fresh, relation, places)
    return figures


def _moved_ms(network: Network, relation: Relation, places: Places) -> float:
    """Return what it takes when one outlet moves across the city."""
    spent = []
    for number in range(MOVES):
        outlets = places.outlets.copy()
        outlets[number] = places.communities[number]
        started = time.perf_counter()
        now = places._replace(outlets=outlets)._asdict()
        after = moved(relation, network, **now, outlets_moved=[places.outlet_ids[number]])
        spent.append(time.perf_counter() - started)
        assert after.pairs != relation.pairs or after.pairs > 0
    return median(spent) * 1e3


def _misjudged(relation: Relation, places: Places) -> float:
    """Return the share of communities that the straight line × 1.4 puts on the wrong side."""
    guessed = estimate(**places._asdict())
    return float(np.mean((np.diff(relation.indptr) > 0) != (np.diff(guessed.indptr) > 0)))


def streets_figures(name: str) -> Figures:
    """Read a street file and cut its streets."""
    started = time.perf_counter()
    network = build_network(read_streets(Path(name)))
    body = network.to_bytes()
    return {
        "streets.import_s": time.perf_counter() - started,
        "streets.import_mb": _peak_mb(),
        "streets.nodes": network.nodes,
        "streets.edges": network.edges,
        "streets.islands": network.islands,
        "streets.kept_mb": len(body) / 1024**2,
    }


def _peak_mb() -> float:
    """Return the peak of this program alone: ``getrusage`` begins with that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


PARTS = {"relation": relation_figures, "streets": streets_figures, "flip": flip_figures}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](sys.argv[2])))
