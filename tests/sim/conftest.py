"""What the simulator's tests share: a district, a fleet of a few kiosks, a real Mosquitto."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_sim.district.build import write_district
from kiosk_sim.history import open_fleet
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.settings import Habits
from kiosk_sim.spec import KioskSpec, load_specs
from kiosk_sim.world.days import DAY_MS
from tests.sim.helpers import NOW_MS, SEED, NewKiosk, answers, free_port, wait_until

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


@pytest.fixture(scope="session")
def district_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("district") / "district.json"
    write_district(path, SEED)
    return path


@pytest.fixture(scope="session")
def specs(district_file: Path) -> list[KioskSpec]:
    return load_specs(district_file)


@pytest.fixture
def new_kiosk(specs: list[KioskSpec], tmp_path: Path) -> NewKiosk:
    def make(days: int = 20, habits: Habits | None = None, tuning: Tuning | None = None) -> Kiosk:
        begin_ms = NOW_MS - days * DAY_MS
        return open_fleet(
            specs[:1], tmp_path / "kiosks", habits or Habits(SEED), tuning or Tuning(), begin_ms
        )[0]

    return make


@pytest.fixture
def mosquitto_port(tmp_path: Path) -> Iterator[int]:
    if not Path(MOSQUITTO).exists():
        pytest.skip("Mosquitto is not installed")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n"
        "max_inflight_messages 2000\nset_tcp_nodelay true\nlog_type error\nuser root\n"
    )
    with subprocess.Popen([MOSQUITTO, "-c", str(config)], stderr=subprocess.DEVNULL) as server:
        wait_until(lambda: answers(port))
        yield port
        server.terminate()
