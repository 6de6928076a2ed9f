"""A worker without pages says how it stands, where a setting says so; and nothing else."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from broker.ports import free_port
from tests.live.running import UP_WITHIN_S, Process, run_once
from tests.servers.processes import eventually


@pytest.fixture(name="port")
def _port() -> int:
    return free_port(0)[0]


@pytest.fixture(name="settings")
def _settings(tmp_path: Path, laid_out: Path, port: int) -> dict[str, str]:
    shutil.copy(laid_out, tmp_path / "circle15.db")
    return {
        "CIRCLE15_DATA_FOLDER": str(tmp_path),
        "CIRCLE15_BROKER_PASSWORD": "a-password",
        "CIRCLE15_BROKER_PORT": "1",
        "CIRCLE15_WORKER_PORT": str(port),
    }


@pytest.fixture(name="worker")
def _worker(tmp_path: Path, settings: dict[str, str]) -> Iterator[Process]:
    worker = Process("service", "worker", log=tmp_path / "worker.log", settings=settings)
    worker.start()
    yield worker
    worker.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_worker_serves_its_health_and_its_metrics(worker: Process, port: int) -> None:
    there = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(f"{there}/api/v1/health"), within_s=UP_WITHIN_S, what="an answer")
    ready = httpx.get(f"{there}/api/v1/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert ready.json()["checks"]["broker"] == "not connected"
    metrics = httpx.get(f"{there}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    for name in ("build_info", "facts_booked_total", "inbox_alive", "kiosks_enrolled"):
        assert f"circle15_{name}" in metrics.text
    for path in ("/", "/api/v1/kiosks", "/api/v1/openapi.json"):
        assert httpx.get(f"{there}{path}").status_code == httpx.codes.NOT_FOUND
    assert worker.process is not None
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(20) == 0


def test_a_port_that_is_taken_is_named(settings: dict[str, str], open_broker_port: int) -> None:
    taken = {**settings, "CIRCLE15_WORKER_PORT": str(open_broker_port)}
    done = run_once("service", "worker", settings=taken)
    assert done.returncode == 2
    assert f"CIRCLE15_WORKER_PORT: port {open_broker_port} is taken" in done.stderr
