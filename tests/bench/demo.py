"""From a fresh clone and a warm package cache to a map with live kiosks and thirteen months."""

import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from broker.ports import free_port
from tests.bench.report import Figures

TOP = Path(__file__).parents[2]
READY_WITHIN_S = 600.0


def measure() -> Figures:
    """Clone the last commit, run ``make demo`` there, and wait for the address to open."""
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name) / "circle15"
        subprocess.run(["git", "clone", "--quiet", str(TOP), str(clone)], check=True)
        port = free_port(0)[0]
        started = time.perf_counter()
        demo = subprocess.Popen(
            ["make", "demo", f"PORT={port}"],
            cwd=clone,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            page_s, ready_s = _wait(demo, port, started)
            figures = _figures(f"http://127.0.0.1:{port}/api/v1")
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            demo.wait(60)
    return {"demo.page_s": page_s, "demo.ready_s": ready_s, **figures}


def _wait(demo: "subprocess.Popen[str]", port: int, started: float) -> tuple[float, float]:
    """Return seconds until the page answered, and until the address was printed."""
    assert demo.stdout is not None
    page_s = 0.0
    for line in demo.stdout:
        print("  " + line.rstrip())
        if not page_s and "Broker and service are up" in line:
            page_s = time.perf_counter() - started
        if f"Open http://127.0.0.1:{port}" in line:
            return page_s, time.perf_counter() - started
        assert time.perf_counter() - started < READY_WITHIN_S, "the demo did not come up"
    message = "make demo ended before it was ready"
    raise AssertionError(message)


def _figures(address: str) -> Figures:
    kiosks = _ask(f"{address}/kiosks")["kiosks"]
    return {
        "demo.kiosks": len(kiosks),
        "demo.kiosks_online": sum(bool(one["online"]) for one in kiosks),
        "demo.facts_behind": sum(one["behind_facts"] for one in kiosks),
        "demo.months": len(_ask(f"{address}/totals/months")),
    }


def _ask(address: str) -> Any:  # noqa: ANN401 - JSON of any shape
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own address
        return json.load(answer)
