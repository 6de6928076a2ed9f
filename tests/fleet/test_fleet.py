"""A fleet lives through bad weather on virtual time; the end state equals the kiosks' own truth."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from service.contract.commands import Ack
from service.domain.facts import FactKey
from service.domain.gaps import PATIENCE, Gap
from service.domain.progress import Progress
from tests.fleet.agenda import Agenda
from tests.fleet.run import run
from tests.fleet.seeds import add, once_failed, read_words, weather_of
from tests.fleet.smaller import Case, make_smaller
from tests.fleet.weather import FAULTS, FULL_DAYS, FULL_KIOSKS, forecast
from tests.fleet.witness import BrokenError, Transaction, Witness
from tests.support.plans import NOW
from tests.support.say import aside, dispensed, fact

ROOT = Path(__file__).parents[2]
SMALL = "--seed 7 --kiosks 4 --days 3 --keeper memory"
JOURNAL = ("K0001", 1)


def test_forty_kiosks_for_thirty_days_are_exact_in_the_end() -> None:
    report = run(forecast(15, kiosks=FULL_KIOSKS, days=FULL_DAYS, keeper="memory"))
    assert not report.failure, report.failure
    assert report.counts["facts"] > FULL_KIOSKS * FULL_DAYS * 3
    assert report.counts["repeats"] > 0
    assert report.counts["dead"] + report.counts["refused"] > 0, "the weather was too fine"


# Of sixty seeds these three catch every bug of tests/planted/fleet.py between them.
@pytest.mark.parametrize("seed", [1, 11, 21])
def test_a_small_fleet_in_memory(seed: int) -> None:
    report = run(forecast(seed, kiosks=6, days=6, keeper="memory"))
    assert not report.failure, report.failure


@pytest.mark.parametrize("seed", [17, 23])
def test_a_small_fleet_on_sqlite(seed: int) -> None:
    report = run(forecast(seed, kiosks=5, days=4, keeper="sqlite"))
    assert not report.failure, report.failure


@pytest.mark.parametrize("words", once_failed())
def test_a_seed_that_once_failed(words: str) -> None:
    report = run(weather_of(words))
    assert not report.failure, report.failure


def test_the_same_seed_lives_the_same_life_in_any_process() -> None:
    here = run(weather_of(SMALL))
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fleet", "replay", *SMALL.split()],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "15", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"trace {here.trace}\n" in ran.stdout
    assert run(read_words(["--seed", "8", *SMALL.split()[2:]])).trace != here.trace


def test_each_fault_is_there_in_some_weather_and_away_in_other() -> None:
    seen: dict[str, set[bool]] = {name: set() for name in FAULTS}
    for seed in range(60):
        weather = forecast(seed)
        network = weather.network
        there = {
            "loss": network.loss > 0,
            "repeat": network.repeat > 0,
            "delay": network.delay_s > 0,
            "shuffle": network.shuffle > 0,
            "cuts": network.cuts_per_day > 0,
            "clocks": network.clock_wrong > 0,
            "short-queue": weather.queue_max <= 200,
            "narrow": weather.window <= 20,
            "slow": weather.service_wait_s > 2,
        }
        for name in FAULTS:
            seen[name].add(there.get(name, name in weather.rates))
    assert all(faces == {True, False} for faces in seen.values()), seen


def test_leaving_a_fault_out_leaves_the_others_as_they_are() -> None:
    whole = next(forecast(seed) for seed in range(99) if "kill" in forecast(seed).rates)
    less = forecast(whole.seed, without=["kill"])
    assert less.rates == {name: rate for name, rate in whole.rates.items() if name != "kill"}
    assert less.network == whole.network
    with pytest.raises(ValueError, match="no fault 'rain'"):
        forecast(1, without=["rain"])


def test_a_failing_case_is_made_smaller_until_nothing_can_be_left_out() -> None:
    case = Case(3, 16, 16, "sqlite")
    small = make_smaller(
        case, lambda weather: weather.kiosks >= 4 and weather.seed == 3 and weather.days >= 2
    )
    assert (small.kiosks, small.days, small.keeper) == (4, 2, "memory")
    assert set(small.without) == set(FAULTS)


def test_a_seed_joins_the_list_once(tmp_path: Path) -> None:
    path = tmp_path / "seeds.txt"
    path.write_text("# none yet\n", encoding="utf-8")
    assert add("--seed 4", "two\nlines", path)
    assert not add("--seed 4", "again", path)
    assert once_failed(path) == ["--seed 4"]


def _witness() -> Witness:
    return Witness(Agenda(NOW))


def _settles(upto: int, *numbers: int) -> Transaction:
    facts = [fact(number, dispensed()) for number in numbers]
    return Transaction(facts=facts, progress={JOURNAL: Progress(upto)})


def test_the_witness_cries_out_at_a_promise_without_the_fact() -> None:
    witness = _witness()
    witness.committed(_settles(1, 1))
    witness.confirmed("K0001", Ack(epoch=1, upto=1), 0)
    with pytest.raises(BrokenError, match="acknowledged, and nobody has it"):
        witness.confirmed("K0001", Ack(epoch=1, upto=2), 0)
    with pytest.raises(BrokenError, match="settled, and nobody has it"):
        witness.committed(_settles(3, 2))


def test_the_witness_cries_out_at_a_double_and_at_a_watermark_that_goes_back() -> None:
    witness = _witness()
    witness.committed(_settles(2, 1, 2))
    with pytest.raises(BrokenError, match="kept twice"):
        witness.committed(_settles(2, 2))
    with pytest.raises(BrokenError, match="goes back"):
        witness.committed(_settles(1))


def test_the_witness_takes_what_is_held_aside_or_gone_for_accounted() -> None:
    witness = _witness()
    gone = Gap(kiosk_id="K0001", epoch=1, first=2, last=3, noticed_at=NOW, permanent=True)
    held = [aside(b"{}", key=FactKey("K0001", 1, 1))]
    done = Transaction(aside=held, gaps=[([], [gone])], progress={JOURNAL: Progress(3)})
    witness.committed(done)
    witness.confirmed("K0001", Ack(epoch=1, upto=3), 0)


def test_the_witness_cries_out_at_an_ask_without_patience() -> None:
    witness = _witness()
    due = Gap(
        kiosk_id="K0001", epoch=1, first=2, last=3, noticed_at=NOW, next_ask_at=NOW + PATIENCE
    )
    early = due.asked(command_id="1", at=NOW)
    with pytest.raises(BrokenError, match="without patience"):
        witness.committed(Transaction(gaps=[([due], [early])]))
    waiting = replace(due, next_ask_at=NOW - timedelta(seconds=1))
    witness.committed(Transaction(gaps=[([waiting], [waiting.asked(command_id="1", at=NOW)])]))
