"""The fleet against a real Mosquitto: a backlog arrives whole, through bad lines and kills."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from kiosk_sim import truth
from kiosk_sim.fleet import Air, Fleet
from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.line import Broker
from kiosk_sim.settings import Faults, Habits
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.days import DAY_MS
from tests.sim.fake_service import FakeService
from tests.sim.helpers import NOW_MS, SEED, Mosquitto, free_port, wait_until

REGION = "999901"
STARTED = time.monotonic()
QUICK = Tuning(resend_s=0.5, resend_most_s=2.0, mend_s=0.2, state_wait_s=0.3)


def clock() -> float:
    return NOW_MS / 1000 + time.monotonic() - STARTED


@pytest.fixture
def service(mosquitto_port: int) -> Iterator[FakeService]:
    service = FakeService(mosquitto_port, REGION)
    yield service
    service.close()


def journaled(specs: list[KioskSpec], folder: Path, count: int, days: int) -> list[Kiosk]:
    fleet = open_fleet(specs[:count], folder, Habits(SEED), QUICK, NOW_MS - days * DAY_MS)
    write_history(fleet, int(clock() * 1000), 1.0)
    return fleet


def on_air(kiosks: list[Kiosk], port: int, faults: Faults | None = None) -> Fleet:
    broker = Broker("127.0.0.1", port, {}, retry_most_s=1.0)
    air = Air(broker, faults or Faults(), first_within_s=0.2, live_factor=1.0)
    return Fleet(kiosks, air, random.Random(SEED), clock)


def step_until(fleet: Fleet, is_so: Callable[[], bool], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, fleet.standing()
        fleet.step()


def is_done(fleet: Fleet) -> bool:
    standing = fleet.standing()
    return standing.confirmed == standing.facts


def assert_same(service: FakeService, kiosks: list[Kiosk]) -> None:
    for kiosk in kiosks:
        kept = service.ledger.facts[kiosk.id, kiosk.journal.epoch]
        assert [kept[number] for number in sorted(kept)] == kiosk.journal.read(1, kiosk.head)
    assert service.ledger.conflicts == 0


def has_more_than(service: FakeService, least: int) -> bool:
    return service.ledger.count() > least


def test_a_backlog_arrives_whole_and_once_over_a_bad_line(
    mosquitto_port: int, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=8, days=60)
    faults = Faults(loss=0.1, repeat=0.1, shuffle=0.3, delay_s=0.2, cuts_per_day=8_000, cut_s=0.5)
    fleet = on_air(kiosks, mosquitto_port, faults)
    step_until(fleet, lambda: is_done(fleet))
    fleet.close()
    assert_same(service, kiosks)
    assert service.ledger.repeats > 0


def test_a_broker_that_dies_and_forgets_everything_costs_no_fact(
    mosquitto: Mosquitto, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=6, days=150)
    fleet = on_air(kiosks, mosquitto.port)
    for least in (300, 1_500):
        step_until(fleet, partial(has_more_than, service, least))
        mosquitto.kill()
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            fleet.step()
        mosquitto.start()
    step_until(fleet, lambda: is_done(fleet))
    fleet.close()
    assert_same(service, kiosks)


def test_a_fleet_that_leaves_says_so(
    mosquitto_port: int, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=3, days=2)
    fleet = on_air(kiosks, mosquitto_port)
    step_until(fleet, lambda: is_done(fleet) and len(service.states) == 3)
    assert all(state["online"] for state in service.states.values())
    fleet.close()
    wait_until(lambda: not any(state["online"] for state in service.states.values()))


def test_a_line_that_breaks_leaves_the_will_of_the_same_boot(
    mosquitto_port: int, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=1, days=2)
    fleet = on_air(kiosks, mosquitto_port)
    step_until(fleet, lambda: kiosks[0].id in service.states)
    fleet.lines[0].drop(clock())
    will = {"online": False, "boot": kiosks[0].boot}
    wait_until(lambda: service.states[kiosks[0].id] == will)
    step_until(fleet, lambda: bool(service.states[kiosks[0].id]["online"]))
    fleet.close()


def test_a_lost_journal_comes_back_with_a_new_epoch(
    mosquitto_port: int, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=1, days=5)
    fleet = on_air(kiosks, mosquitto_port)
    step_until(fleet, lambda: is_done(fleet))
    fleet.lose_journal(0)
    step_until(fleet, lambda: service.states[kiosks[0].id].get("epoch") == 2 and is_done(fleet))
    fleet.close()
    assert service.ledger.upto[kiosks[0].id, 2] == kiosks[0].head == 1
    assert kiosks[0].outbox.upto == 1


def test_a_replay_asked_of_a_journal_that_is_lost_meanwhile_is_answered_as_gone(
    specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=1, days=5)
    fleet = on_air(kiosks, free_port())
    kiosk, now = kiosks[0], clock()
    expires = datetime.fromtimestamp(now, UTC) + timedelta(hours=1)
    order = {"id": "c1", "do": "replay", "epoch": 1, "from": 2, "to": kiosk.head}
    order["expires"] = expires.isoformat()
    assert kiosk.agent.on_message(f"ck/v1/{REGION}/{kiosk.id}/cmd", orjson.dumps(order), now)
    fleet.lose_journal(0)
    kiosk.agent.on_connect(now)
    said = [packet for packet in kiosk.agent.poll(now, 100) if packet.topic.endswith("/r")]
    fleet.close()
    assert [orjson.loads(packet.payload) for packet in said] == [{"id": "c1", "result": "gone"}]


def test_a_command_sent_while_the_kiosk_was_away_is_done_when_it_is_back(
    mosquitto_port: int, service: FakeService, specs: list[KioskSpec], tmp_path: Path
) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=1, days=2)
    fleet = on_air(kiosks, mosquitto_port)
    step_until(fleet, lambda: is_done(fleet))
    fleet.close()
    wait_until(lambda: not service.states[kiosks[0].id]["online"])
    expires = datetime.fromtimestamp(clock(), UTC) + timedelta(hours=1)
    service.command(kiosks[0].id, {"id": "c1", "do": "count", "expires": expires.isoformat()})
    again = journaled(specs, tmp_path / "kiosks", count=1, days=2)
    fleet = on_air(again, mosquitto_port)
    step_until(fleet, lambda: bool(service.replies) and is_done(fleet))
    fleet.close()
    assert service.replies == [{"id": "c1", "result": "done"}]
    assert_same(service, again)


def test_the_outbox_is_kept_while_nobody_listens(
    mosquitto_port: int, specs: list[KioskSpec], tmp_path: Path
) -> None:
    service = FakeService(mosquitto_port, REGION)
    time.sleep(0.3)
    service.close()
    kiosks = journaled(specs, tmp_path / "kiosks", count=2, days=10)
    fleet = on_air(kiosks, mosquitto_port)
    step_until(fleet, lambda: fleet.standing().connected == 2)
    until = time.monotonic() + 1.5
    step_until(fleet, lambda: time.monotonic() > until)
    assert all(line.kiosk.agent.sent_facts == 0 for line in fleet.lines)
    service = FakeService(mosquitto_port, REGION)
    step_until(fleet, lambda: is_done(fleet))
    fleet.close()
    assert_same(service, kiosks)
    service.close()


def test_a_broker_that_is_not_there_is_tried_again(specs: list[KioskSpec], tmp_path: Path) -> None:
    kiosks = journaled(specs, tmp_path / "kiosks", count=2, days=1)
    port = free_port()
    fleet = on_air(kiosks, port)
    until = time.monotonic() + 1.5
    step_until(fleet, lambda: time.monotonic() > until)
    standing = fleet.standing()
    assert (standing.connected, standing.confirmed) == (0, 0)
    assert f"cannot reach 127.0.0.1:{port}" in standing.trouble
    fleet.close()


def test_killed_in_the_middle_and_started_again_the_service_has_the_truth(
    mosquitto_port: int, service: FakeService, district_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kiosks"
    command = [
        sys.executable, "-m", "kiosk_sim", "run", "--district", str(district_file),
        "--broker", f"127.0.0.1:{mosquitto_port}", "--data", str(folder), "--days", "150",
        "--kiosks", "12", "--live-demand-factor", "300", "--reconnect-most-s", "1",
    ]  # fmt: skip
    for least in (300, 2_000, 4_000):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as run:
            wait_until(partial(has_more_than, service, least))
            run.kill()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as last:
        assert last.stdout is not None
        told = next(line for line in last.stdout if "confirmed by the service" in line)
        assert "live with 12 kiosks" in told
        last.send_signal(signal.SIGTERM)
        assert "switched off" in last.stdout.read()
    assert last.returncode == 0
    wait_until(lambda: not any(state["online"] for state in service.states.values()))
    facts = truth.facts(folder)
    assert service.ledger.conflicts == 0
    # What was noted in the last moment before the goodbye may still lie in an outbox.
    behind = {key: held - service.ledger.upto[key] for key, held in facts.items()}
    assert all(0 <= waiting <= 5 for waiting in behind.values())
    for (kiosk, epoch), kept in service.ledger.facts.items():
        lines = (folder / kiosk / f"journal-{epoch:06d}.jsonl").read_bytes().split(b"\n")
        assert [kept[number] for number in sorted(kept)] == lines[: len(kept)]
        assert orjson.loads(kept[1])["type"] == "ck.count.v1"
