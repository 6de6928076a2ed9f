"""The bad network on a virtual clock: whatever it does, the service ends with each fact once."""

import random
from pathlib import Path

import orjson
import pytest

from kiosk_sim.history import open_fleet
from kiosk_sim.kiosk.agent import Tuning
from kiosk_sim.kiosk.kiosk import Kiosk
from kiosk_sim.kiosk.orders import Packet
from kiosk_sim.network import Link
from kiosk_sim.settings import Faults, Habits, SettingError, read_faults
from kiosk_sim.spec import KioskSpec
from kiosk_sim.world.days import DAY_MS
from tests.sim.fake_service import Ledger
from tests.sim.helpers import NOW_MS

NOW = NOW_MS / 1000
PACKETS = [Packet(f"ck/v1/999901/K0001/e/{number}", b"") for number in range(1000)]


def link(faults: Faults, seed: int = 1) -> Link:
    return Link(faults, random.Random(seed), NOW)


def through(faults: Faults) -> list[Packet]:
    wire = link(faults)
    return [*wire.send(PACKETS, NOW), *wire.arrived(NOW + 1_000)]


def test_a_good_line_passes_everything_in_order() -> None:
    assert through(Faults()) == PACKETS


def test_a_bad_line_loses_repeats_and_shuffles() -> None:
    assert 600 < len(through(Faults(loss=0.3))) < 800
    assert 1200 < len(through(Faults(repeat=0.3))) < 1400
    shuffled = through(Faults(shuffle=0.5))
    assert shuffled != PACKETS
    assert sorted(shuffled) == sorted(PACKETS)


def test_a_delayed_packet_comes_later_and_not_before() -> None:
    wire = link(Faults(delay_s=10))
    early = wire.send(PACKETS, NOW)
    assert len(early) < 5
    assert 300 < len(wire.arrived(NOW + 5)) < 700
    assert NOW + 5 < wire.due_at() < NOW + 6


def test_a_cut_takes_what_was_on_its_way_and_ends() -> None:
    wire = link(Faults(delay_s=50, cuts_per_day=1440, cut_s=60))
    assert not wire.is_cut(NOW)
    wire.send(PACKETS, NOW)
    cut_at = next(NOW + second for second in range(3600) if wire.is_cut(NOW + second))
    assert wire.arrived(cut_at + 100) == []
    assert not wire.is_cut(wire.whole_at())


def test_the_same_seed_is_the_same_weather() -> None:
    faults = Faults(loss=0.2, shuffle=0.5)
    assert link(faults).send(PACKETS, NOW) == link(faults).send(PACKETS, NOW)


def test_births_are_never_lost() -> None:
    wire = link(Faults(loss=0.9))
    birth = Packet("ck/v1/999901/K0001/state", b"{}", retain=True)
    assert all(wire.send([birth], NOW) == [birth] for _ in range(50))


def drive(kiosk: Kiosk, faults: Faults, seed: int) -> Ledger:
    """Upload a journal over a bad line in virtual time; the service restarts now and then."""
    wire, ledger, agent, now = link(faults, seed), Ledger(), kiosk.agent, NOW
    service = f"ck/v1/{kiosk.region}/service/state"
    is_up = False
    for step in range(40_000):
        now += 0.5
        if wire.is_cut(now):
            if is_up:
                agent.on_disconnect()
            is_up = False
            continue
        if not is_up:
            is_up = True
            wire.send(agent.on_connect(now), now)
            agent.on_message(service, b'{"online":true}', now)
        if step % 500 == 0:
            agent.on_message(service, b'{"online":false}', now)
            agent.on_message(service, b'{"online":true}', now)
        heard = [*wire.send(agent.poll(now, 200), now), *wire.arrived(now)]
        keys = {ledger.keep(packet.payload) for packet in heard if "/e/" in packet.topic}
        for key in keys:
            topic = f"ck/v1/{kiosk.region}/{kiosk.id}/ack"
            if wire.lets_in():
                agent.on_message(topic, orjson.dumps(ledger.ack(key)), now)
        if kiosk.outbox.depth(kiosk.head) == 0:
            return ledger
    pytest.fail(f"seed {seed}: {kiosk.outbox.depth(kiosk.head)} facts were never confirmed")


@pytest.mark.parametrize("seed", range(6))
def test_a_journal_arrives_whole_and_once_over_any_line(
    seed: int, specs: list[KioskSpec], tmp_path: Path
) -> None:
    faults = Faults(loss=0.25, repeat=0.2, shuffle=0.5, delay_s=4, cuts_per_day=400, cut_s=30)
    kiosk = open_fleet(specs[:1], tmp_path, Habits(seed), Tuning(), NOW_MS - 120 * DAY_MS)[0]
    kiosk.live_until(NOW_MS, 1.5)
    ledger = drive(kiosk, faults, seed)
    kept = ledger.facts[kiosk.id, 1]
    assert [kept[number] for number in range(1, kiosk.head + 1)] == kiosk.journal.read(
        1, kiosk.head
    )
    assert ledger.conflicts == 0
    assert ledger.repeats > 0


def test_a_mix_is_read_from_words() -> None:
    assert read_faults("none") == Faults()
    assert read_faults("mild,loss=0.2").loss == 0.2
    assert read_faults("loss=0.1,delay_s=2") == Faults(loss=0.1, delay_s=2)


@pytest.mark.parametrize("text", ["awful", "loss=2", "loss=much", "noise=1", "loss=nan", "mild,x"])
def test_a_mix_that_cannot_be_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingError, match="--fault-mix"):
        read_faults(text)
