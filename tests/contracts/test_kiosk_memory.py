"""The list of kiosks as it is remembered is the list as it would be read anew, at any moment."""

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from service.domain.district import KioskPlan, SlotPlan
from service.domain.heard import Beat, Died, Heard
from service.flows.keep import keep_batch
from service.flows.reads.kiosks import KioskSummary
from service.flows.watch import see_stock, settle
from service.store.engine import writing
from service.store.reads.kiosk_list import summaries
from service.store.reads.kiosk_memory import FRESH_FOR, KioskMemory
from service.store.reads.sql_reads import SqlReads
from service.store.registry import enrol, raise_version
from service.store.sql_store import SqlStore
from tests.support.plans import KIOSKS, NOW, ZONE
from tests.support.say import born, counted, dispensed, fact, faulted


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def _reads(engine: Engine, clock: Clock) -> SqlReads:
    return SqlReads(engine, now=clock, zone=ZONE)


def _hear(engine: Engine, at: datetime, *heard: Heard) -> None:
    with SqlStore(engine).begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def _something(rng: random.Random, sequence: int, at: datetime) -> list[Heard]:
    kiosk = rng.choice(KIOSKS)
    said: tuple[Heard, ...] = (
        fact(sequence, dispensed(packs=9, after=1), kiosk=kiosk, heard_at=at),
        fact(sequence, counted(rng.randint(0, 28), 0), kiosk=kiosk, heard_at=at),
        fact(sequence, faulted(raised=rng.random() < 1 / 2), kiosk=kiosk, heard_at=at),
        born(sequence, head=sequence + rng.choice((0, 90)), kiosk=kiosk),
        Died(kiosk_id=kiosk, boot=sequence),
        Beat(kiosk_id=kiosk, epoch=1, head=sequence, clock=at),
    )
    return [rng.choice(said)]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_is_what_would_be_read(sql_engine: Engine, seed: int) -> None:
    rng, clock = random.Random(seed), Clock()
    remembering = _reads(sql_engine, clock)
    states = set()
    for sequence in range(1, 31):
        clock.at += timedelta(seconds=rng.choice((1, 20, 250, 700)))
        if rng.random() < 2 / 3:
            _hear(sql_engine, clock.at, *_something(rng, sequence, clock.at))
        if rng.random() < 1 / 3:
            with SqlStore(sql_engine).begin() as books:
                settle(see_stock(books=books, at=clock.at), books=books, at=clock.at)
        remembered = remembering.kiosks()
        assert remembered == _reads(sql_engine, clock).kiosks()
        states |= {one.state for one in remembered.kiosks}
    assert len(states) > 2


@dataclass
class Reader:
    """Reads lines, and remembers whose."""

    read: list[list[str] | None] = field(default_factory=list)

    def __call__(
        self, connection: Connection, now: datetime, *, only: Collection[str] | None = None
    ) -> list[KioskSummary]:
        self.read.append(None if only is None else sorted(only))
        return summaries(connection, now, only=only)


def _ask(engine: Engine, memory: KioskMemory, at: datetime) -> dict[str, KioskSummary]:
    with engine.begin() as connection:
        _, lines = memory.lines(connection, at)
    return {one.id: one for one in lines}


def test_only_what_changed_is_read_again_and_all_after_a_while(sqlite_engine: Engine) -> None:
    first, second, third = KIOSKS[:3]
    reader = Reader()
    memory = KioskMemory(reader)
    _hear(sqlite_engine, NOW, *(born(kiosk=one) for one in KIOSKS))
    _ask(sqlite_engine, memory, NOW)
    _ask(sqlite_engine, memory, NOW)
    _hear(sqlite_engine, NOW, fact(1, dispensed(), kiosk=second), fact(1, dispensed(), kiosk=third))
    _ask(sqlite_engine, memory, NOW)
    assert reader.read == [None, [second, third]]
    _ask(sqlite_engine, memory, NOW + FRESH_FOR - timedelta(seconds=1))
    assert len(reader.read) == 2
    _ask(sqlite_engine, memory, NOW + FRESH_FOR)
    assert reader.read[2:] == [None]
    _ask(sqlite_engine, memory, NOW)
    assert reader.read[3:] == [None], "a clock that goes back is trusted with nothing"
    assert first in _ask(sqlite_engine, memory, NOW)


def test_a_kiosk_falls_silent_though_nothing_is_written(sql_engine: Engine) -> None:
    kiosk = KIOSKS[0]
    reader = Reader()
    memory = KioskMemory(reader)
    _hear(sql_engine, NOW, born(kiosk=kiosk), Died(kiosk_id=kiosk, boot=1))
    almost = NOW + timedelta(minutes=9)
    assert _ask(sql_engine, memory, almost)[kiosk].state != "silent"
    assert _ask(sql_engine, memory, almost + timedelta(minutes=1))[kiosk].state == "silent"
    assert None not in reader.read[1:]


def test_another_registry_is_read_whole(sql_engine: Engine) -> None:
    memory = KioskMemory(summaries)
    assert "K0009" not in _ask(sql_engine, memory, NOW)
    slots = (SlotPlan(slot=1, item="condom-52", capacity_packs=28),)
    with writing(sql_engine).begin() as connection:
        plan = KioskPlan(id="K0009", site_id="S001", model="", slots=slots)
        enrol(connection, plan, at=NOW)
        raise_version(connection)
    assert _ask(sql_engine, memory, NOW)["K0009"].capacity_packs == 28


def test_a_database_put_back_to_an_older_day_shows_after_a_while(sqlite_engine: Engine) -> None:
    memory, kiosk = KioskMemory(summaries), KIOSKS[0]
    _hear(sqlite_engine, NOW, fact(1, counted(20), kiosk=kiosk))
    now_shown = _ask(sqlite_engine, memory, NOW)[kiosk]
    with sqlite_engine.begin() as connection:
        connection.execute(text("DELETE FROM change"))
        connection.execute(text("UPDATE level SET counted_packs = 3"))
    assert _ask(sqlite_engine, memory, NOW)[kiosk] == now_shown
    assert now_shown.on_hand_packs == 20
    assert _ask(sqlite_engine, memory, NOW + FRESH_FOR)[kiosk].on_hand_packs == 3
