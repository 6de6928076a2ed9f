"""Truth: what the journals say, added up without the simulator's own sums."""

from collections import Counter
from pathlib import Path

import orjson
import pytest

from kiosk_sim import truth
from kiosk_sim.history import open_fleet, write_history
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.settings import Habits
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.days import DAY_MS
from tests.sim.helpers import NOW_MS, SEED


@pytest.fixture
def fleet(specs: list[KioskSpec], tmp_path: Path) -> list[Kiosk]:
    kiosks = open_fleet(specs[:6], tmp_path, Habits(SEED), Tuning(), NOW_MS - 100 * DAY_MS)
    write_history(kiosks, NOW_MS, 1.5)
    return kiosks


def test_truth_equals_a_replay_of_the_journals(fleet: list[Kiosk], tmp_path: Path) -> None:
    packs: Counter[tuple[str, str, str]] = Counter()
    filled: Counter[tuple[str, str, str]] = Counter()
    for kiosk in fleet:
        for event in map(orjson.loads, kiosk.journal.read(1, kiosk.head)):
            data = event["data"]
            key = (event["time"][:7], kiosk.spec.site_id, data.get("item", ""))
            if data.get("outcome") == "dispensed":
                packs[key] += data["packs"]
            filled[key] += data.get("packs_added", 0)
    told = truth.monthly(tmp_path)
    assert +packs == {k: t.dispensed_packs for k, t in told.items() if t.dispensed_packs}
    assert +filled == {k: t.restocked_packs for k, t in told.items() if t.restocked_packs}
    units = {key[2]: 3 if key[2] == "n9-gel" else 10 for key in told}
    assert all(t.dispensed_units == t.dispensed_packs * units[k[2]] for k, t in told.items())


def test_the_stock_is_what_came_in_less_what_went_out(fleet: list[Kiosk], tmp_path: Path) -> None:
    told = truth.stock(tmp_path)
    assert told == {
        (kiosk.id, slot): packs for kiosk in fleet for slot, packs in kiosk.machine.stock.items()
    }
    flow = truth.monthly(tmp_path).values()
    assert sum(told.values()) == sum(
        total.restocked_packs - total.removed_packs - total.dispensed_packs for total in flow
    )


def test_truth_is_the_same_after_a_kill_and_a_restart(
    specs: list[KioskSpec], fleet: list[Kiosk], tmp_path: Path
) -> None:
    before = truth.monthly(tmp_path)
    with fleet[0].journal.path.open("ab") as file:
        file.write(b'{"specversion":"1.0","id":"K0001-1-')
    assert truth.monthly(tmp_path) == before
    open_fleet(specs[:6], tmp_path, Habits(SEED), Tuning(), 0)
    assert truth.monthly(tmp_path) == before


def test_by_true_time_only_the_months_borders_differ(
    specs: list[KioskSpec], tmp_path: Path
) -> None:
    habits = Habits(SEED, clock_wrong=1.0)
    fleet = open_fleet(specs[:6], tmp_path, habits, Tuning(), NOW_MS - 300 * DAY_MS)
    write_history(fleet, NOW_MS, 3.0)
    stamped, true = truth.monthly(tmp_path), truth.monthly(tmp_path, by_true_time=True)
    assert stamped != true
    assert sum(t.dispensed_packs for t in stamped.values()) == sum(
        t.dispensed_packs for t in true.values()
    )


def test_what_a_lost_journal_held_did_happen(fleet: list[Kiosk], tmp_path: Path) -> None:
    before, stock = truth.monthly(tmp_path), truth.stock(tmp_path)
    fleet[2].lose_journal()
    assert truth.monthly(tmp_path) == before
    assert truth.monthly(tmp_path, with_lost=False) != before
    assert truth.stock(tmp_path) == stock
