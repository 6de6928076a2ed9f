"""``python -m tests.bench NAME`` runs one benchmark."""

import sys

from tests.bench import (
    chaos,
    coverage,
    decisions,
    demo,
    fleet,
    forecast,
    ingest,
    latency,
    rebuild,
    shards,
)
from tests.bench.report import report

BENCHES = {
    "chaos": chaos.measure,
    "coverage": coverage.measure,
    "decisions": decisions.measure,
    "demo": demo.measure,
    "fleet": fleet.measure,
    "forecast": forecast.measure,
    "ingest": ingest.measure,
    "latency": latency.measure,
    "rebuild": rebuild.measure,
    "shards": shards.measure,
}


def main(arguments: list[str]) -> int:
    """Run the benchmark that is named; say which there are when none is."""
    if len(arguments) != 1 or arguments[0] not in BENCHES:
        print(f"Name one benchmark: make bench NAME={'|'.join(BENCHES)}")
        return 2
    report(arguments[0], BENCHES[arguments[0]]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
