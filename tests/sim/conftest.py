"""What the simulator's tests share: a district, a fleet of a few kiosks, a real Mosquitto."""

import shutil
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
from tests.sim.helpers import NOW_MS, SEED, Mosquitto, NewKiosk

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
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    if not Path(MOSQUITTO).exists():
        pytest.skip("Mosquitto is not installed")
    server = Mosquitto(MOSQUITTO, tmp_path / "mosquitto.conf")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def mosquitto_port(mosquitto: Mosquitto) -> int:
    return mosquitto.port
