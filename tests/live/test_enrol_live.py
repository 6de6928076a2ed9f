"""A new kiosk is enrolled on a running system, and the line that is printed works as it stands."""

import subprocess
import time

import pytest

from tests.live.conftest import Install
from tests.live.running import TOP, Installation, run_once
from tests.live.saying import listening
from tests.servers.processes import program

KIOSK = "K9001"


def enrol(installation: Installation, kiosk: str, site: str, *options: str) -> str:
    done = run_once(
        *("service", "enrol", kiosk, "--site", site),
        *options,
        settings=installation.settings,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_line_that_enrol_prints_works_from_a_shell_on_a_running_system(
    install: Install,
) -> None:
    program("mosquitto_pub", package="mosquitto-clients")
    installation = install("nats", with_past=False)
    service = installation.service()
    site = service.get("/kiosks")["kiosks"][0]["site_id"]
    port = str(installation.broker.port)
    with listening(service) as ear:
        printed = enrol(installation, KIOSK, site, "--port", port)
        line = next(row.strip() for row in printed.splitlines() if "mosquitto_pub" in row)
        for _ in range(50):  # The broker reads its accounts anew within a moment.
            done = subprocess.run(["bash", "-c", line], cwd=TOP, check=False, capture_output=True)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        assert done.returncode == 0, done.stderr
        news = ear.wait_for(KIOSK, 0)
    assert news.data["site_id"] == site
    detail = service.kiosk(KIOSK)
    assert [(one["sequence"], one["kind"], one["packs"]) for one in detail["facts"]] == [
        (1, "dispense", 1)
    ]
    assert detail["slots"][0]["on_hand_packs"] == 27
    assert KIOSK in {one["id"] for one in service.get("/kiosks")["kiosks"]}
    rows = service.get("/totals/monthly", month=detail["facts"][0]["happened_at"][:7])["rows"]
    assert [(row["key"], row["dispensed_packs"]) for row in rows] == [(site, 1)]
    assert service.quarantine() == []


@pytest.mark.parametrize(
    ("kiosk", "site", "options", "word"),
    [
        ("K9001", "S999", (), "site"),
        ("K 9001", "S001", (), "K 9001"),
        ("service", "S001", (), "service"),
        ("K9001", "S001", ("--slots", "condom-52"), "slots"),
        ("K9001", "S001", ("--slots", "mystery:28"), "item"),
    ],
)
def test_an_enrolment_that_cannot_be_is_one_sentence(
    install: Install, kiosk: str, site: str, options: tuple[str, ...], word: str
) -> None:
    installation = install("nats", with_past=False)
    done = run_once(
        *("service", "enrol", kiosk, "--site", site, *options), settings=installation.settings
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    said = [row for row in done.stderr.splitlines() if "INFO" not in row]
    assert len(said) == 1
    assert word in said[0]
