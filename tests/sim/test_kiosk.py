"""A kiosk: its journal outlives any kill, its clock drifts within bounds, its facts are sound."""

import os
from collections import Counter
from pathlib import Path

import orjson
import pytest

from kiosk_sim import truth
from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.clock import clock_of
from kiosk_sim.kiosk.journal import Journal, read_lines, read_times, times_path
from kiosk_sim.settings import MIXES, Habits
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.days import DAY_MS
from service.contract.envelope import EVENT, read_identity
from tests.sim.helpers import NOW_MS, SEED, NewKiosk


def test_every_fact_keeps_the_contract(specs: list[KioskSpec], tmp_path: Path) -> None:
    faults = MIXES["harsh"]
    habits = Habits(SEED, jam=faults.jam, breakdowns=20.0)
    fleet = open_fleet(specs, tmp_path, habits, Tuning(), NOW_MS - 120 * DAY_MS)
    write_history(fleet, NOW_MS, 1.5)
    kinds: Counter[str] = Counter()
    for kiosk in fleet:
        for number, line in enumerate(kiosk.journal.read(1, kiosk.head), start=1):
            event = EVENT.validate_json(line)
            identity = read_identity(event)
            assert identity is not None
            assert identity == (kiosk.region, kiosk.id, 1, number)
            assert b": " not in line
            assert b"+08:00" in line
            kinds[event.type] += 1
    assert len(kinds) == 4


def test_sequences_are_contiguous_and_time_goes_on(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk(days=60)
    kiosk.live_until(NOW_MS, 1.0)
    events = [orjson.loads(line) for line in kiosk.journal.read(1, kiosk.head)]
    assert [int(event["sequence"]) for event in events] == list(range(1, kiosk.head + 1))
    times = read_times(kiosk.journal.path)
    assert list(times) == sorted(times)
    assert times[-1] <= NOW_MS


def test_a_machine_counts_every_day_at_boot_and_with_the_door_open(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk(days=60)
    kiosk.live_until(NOW_MS, 1.0)
    why = Counter(
        event["data"]["why"]
        for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head))
        if event["type"] == "ck.count.v1"
    )
    assert why["daily"] >= 59
    assert why["boot"] >= 1
    assert why["door"] >= 2


def test_stock_never_falls_below_nothing_nor_above_the_aisle(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk(days=90)
    kiosk.live_until(NOW_MS, 4.0)
    capacity = {slot.number: slot.capacity_packs for slot in kiosk.spec.slots}
    for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head)):
        data = event["data"]
        after = data.get("stock_after", data.get("count_after"))
        if after is not None:
            assert 0 <= after <= capacity[data["slot"]]
        if data.get("outcome") == "empty":
            assert after == 0


def test_a_last_line_that_was_cut_short_is_cut_off(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk()
    kiosk.live_until(NOW_MS, 1.0)
    kiosk.save()
    path, head = kiosk.journal.path, kiosk.head
    os.truncate(path, path.stat().st_size - 17)
    again = new_kiosk()
    assert again.head == head - 1
    assert times_path(path).stat().st_size == 8 * (head - 1)
    again.live_until(NOW_MS + 3 * DAY_MS, 1.0)
    lines = read_lines(path)
    assert [int(orjson.loads(line)["sequence"]) for line in lines] == list(range(1, again.head + 1))


def test_a_journal_whose_times_are_missing_can_still_be_opened(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1)
    journal.append([b"one", b"two", b"three"], [10, 20, 30])
    os.truncate(times_path(journal.path), 11)
    again = Journal(tmp_path, 1)
    assert again.head == 3
    assert again.read(2, 3) == [b"two", b"three"]
    assert list(read_times(again.path)) == [10, 10, 10]


def test_a_restart_goes_on_as_if_there_had_been_none(
    new_kiosk: NewKiosk, specs: list[KioskSpec], tmp_path: Path
) -> None:
    whole = open_fleet(specs[:1], tmp_path / "whole", Habits(SEED), Tuning(), NOW_MS - 20 * DAY_MS)[
        0
    ]
    whole.live_until(NOW_MS, 1.0)
    for back_days in (13, 6.6, 2.25, 0):
        kiosk = new_kiosk()
        kiosk.live_until(NOW_MS - int(back_days * DAY_MS), 1.0)
        # Not saved: killed between the journal and the small files.
    assert kiosk.journal.path.read_bytes() == whole.journal.path.read_bytes()
    assert kiosk.machine.stock == whole.machine.stock


def test_a_boot_number_is_never_used_twice(new_kiosk: NewKiosk) -> None:
    boots = []
    for _ in range(3):
        kiosk = new_kiosk()
        kiosk.live_until(NOW_MS, 1.0)
        kiosk.power_up(NOW_MS)
        boots.append(kiosk.boot)
    assert boots == sorted(set(boots))


def test_a_lost_journal_begins_a_new_epoch_and_the_stock_stays(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk()
    kiosk.live_until(NOW_MS, 1.0)
    before, stock = kiosk.head, dict(kiosk.machine.stock)
    kiosk.lose_journal()
    kiosk.power_up(NOW_MS)
    assert (kiosk.journal.epoch, kiosk.head, kiosk.outbox.upto) == (2, 1, 0)
    event = EVENT.validate_json(kiosk.journal.read(1, 1)[0])
    assert event.source.endswith(":2")
    again = new_kiosk()
    assert (again.journal.epoch, again.head, again.machine.stock) == (2, 1, stock)
    assert truth.facts(again.folder.parent) == {(kiosk.id, 1): before, (kiosk.id, 2): 1}
    again.live_until(NOW_MS + DAY_MS, 1.0)
    assert again.head < 60


def test_a_jam_is_raised_and_later_cleared(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk(days=120, habits=Habits(SEED, jam=0.1))
    kiosk.live_until(NOW_MS, 1.0)
    jams = Counter(
        event["data"]["state"]
        for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head))
        if event["type"] == "ck.fault.v1" and event["data"]["code"] == "aisle_jam"
    )
    assert jams["raised"] > 3
    assert 0 <= jams["raised"] - jams["cleared"] <= len(kiosk.spec.slots)


def test_without_a_crew_nobody_fills_the_machine_again(new_kiosk: NewKiosk) -> None:
    kiosk = new_kiosk(days=120, habits=Habits(SEED, crew=False))
    kiosk.live_until(NOW_MS, 2.0)
    fillings = [
        event
        for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head))
        if event["type"] == "ck.restock.v1"
    ]
    assert len(fillings) == len(kiosk.spec.slots)


def test_what_is_removed_has_its_reason_lot_and_last_day(
    specs: list[KioskSpec], tmp_path: Path
) -> None:
    fleet = open_fleet(specs, tmp_path, Habits(SEED), Tuning(), NOW_MS - 300 * DAY_MS)
    write_history(fleet, NOW_MS, 1.0)
    removals = [
        event
        for kiosk in fleet
        for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head))
        if event["data"].get("packs_removed")
    ]
    assert removals
    for event in removals:
        data = event["data"]
        if data["removed_reason"] == "expired":
            assert data["expires_on"] <= event["time"][:10]
        assert data["lot"]


@pytest.mark.parametrize("number", range(12))
def test_a_clock_drifts_and_stays_within_a_minute_and_a_half(number: int) -> None:
    clock = clock_of(f"K{number:04d}", SEED)
    offsets = [clock.offset_ms(NOW_MS + hour * 3_600_000) for hour in range(24 * 120)]
    assert max(map(abs, offsets)) <= 90_000
    assert len(set(offsets)) > 20


def test_wrong_clocks_are_off_by_minutes_to_days_for_a_while() -> None:
    clocks = [clock_of(f"K{number:04d}", SEED, wrong_share=0.5) for number in range(40)]
    worst = [
        max(abs(clock.offset_ms(NOW_MS + day * DAY_MS)) for day in range(120)) for clock in clocks
    ]
    assert 8 < sum(offset_ms > 500_000 for offset_ms in worst) < 32
    assert max(worst) <= 5 * DAY_MS + 90_000
