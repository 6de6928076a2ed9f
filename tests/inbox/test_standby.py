"""Who has not the lease leaves the broker alone; two who book the same by mistake do no harm."""

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from service.domain.facts import FactKey
from service.flows.circle import NoCircle
from service.inbox.receiver import Letter
from service.inbox.worker import Worker
from service.jobs.scheduler import Job, Timetable
from service.store.sql_store import SqlStore
from service.wiring import is_passing
from tests.inbox.hand import HandReceiver
from tests.inbox.letters import dispense, letter
from tests.servers.processes import eventually
from tests.support.books import Keeper, SqlKeeper
from tests.support.plans import NOW, REGION, ZONE

FACTS = 400


class Desk(HandReceiver):
    """Counts how often it was asked for letters and told to let go."""

    def __init__(self) -> None:
        super().__init__([])
        self.told: Counter[str] = Counter()

    def take(self, *, most: int, wait_s: float) -> list[Letter]:
        self.told["take"] += 1
        return super().take(most=most, wait_s=wait_s)

    def drop(self) -> None:
        self.told["drop"] += 1


class Shift:
    """A worker whose lease comes and goes as the test says."""

    def __init__(self, keeper: Keeper) -> None:
        self.held = False
        self.desk = Desk()
        self.worker = Worker(
            self.desk,
            NoCircle(keeper.store),
            region=REGION,
            zone=ZONE,
            now=lambda: NOW,
            is_passing=is_passing,
            is_held=lambda: self.held,
        )


@pytest.fixture
def shift(memory_keeper: Keeper) -> Iterator[Shift]:
    one = Shift(memory_keeper)
    one.worker.start()
    yield one
    one.worker.stop()


def test_who_stands_by_hears_nothing_until_the_lease_is_his(shift: Shift) -> None:
    shift.desk.put([letter(dispense(1), 1)])
    threading.Event().wait(0.6)
    assert shift.desk.told == {}, "the broker's session is another's: do not touch it"
    shift.held = True
    eventually(lambda: shift.desk.acknowledged == [1], what="the first letter")


def test_who_lost_the_lease_drops_the_connection_once_and_takes_nothing_more(shift: Shift) -> None:
    shift.held = True
    eventually(lambda: shift.desk.told["take"] > 0, what="the first look")
    shift.held = False
    eventually(lambda: shift.desk.told["drop"] == 1, what="the connection to be dropped")
    taken = shift.desk.told["take"]
    threading.Event().wait(0.6)
    assert (shift.desk.told["drop"], shift.desk.told["take"]) == (1, taken)


def test_jobs_are_done_where_the_lease_is_held_and_the_watchdog_everywhere() -> None:
    done: Counter[str] = Counter()
    held = threading.Event()

    def job(name: str, *, everywhere: bool) -> Job:
        return Job(
            name=name, every_s=0.1, run=lambda _at: done.update([name]), everywhere=everywhere
        )

    jobs = [job("silence", everywhere=False), job("watchdog", everywhere=True)]
    timetable = Timetable(jobs, now=lambda: datetime.now(UTC), is_held=held.is_set)
    timetable.start()
    try:
        eventually(lambda: done["watchdog"] >= 3, what="the watchdog")
        assert done["silence"] == 0
        assert "silence" not in timetable.book.done_at
        held.set()
        eventually(lambda: done["silence"] >= 1, what="the job")
    finally:
        timetable.stop()


def in_pieces(letters: Sequence[Letter], seed: int) -> Iterator[list[Letter]]:
    """Cut what was redelivered into batches as they may fall."""
    chance = random.Random(seed)
    left = list(letters)
    while left:
        most = chance.randint(1, 60)
        yield left[:most]
        left = left[most:]


def test_two_workers_by_mistake_book_the_same_messages_once(sql_engine: Engine) -> None:
    """Exactness does not hang on the lease: here both believe to have it."""
    letters = [letter(dispense(number), number) for number in range(1, FACTS + 1)]
    keeper = SqlKeeper(sql_engine, sql_engine.dialect.name)
    workers = [
        Worker(
            Desk(),
            NoCircle(SqlStore(sql_engine)),
            region=REGION,
            zone=ZONE,
            now=lambda: NOW,
            is_passing=is_passing,
        )
        for _ in range(2)
    ]
    failed: list[Exception] = []

    def book(worker: Worker, seed: int) -> None:
        try:
            for batch in in_pieces(letters, seed):
                worker.book(batch)
        except Exception as error:  # noqa: BLE001 - told in the test's own thread
            failed.append(error)

    threads = [
        threading.Thread(target=book, args=[worker, seed]) for seed, worker in enumerate(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    gauges = [worker.gauges for worker in workers]
    assert sum(one.facts_new for one in gauges) == FACTS
    assert sum(one.repeats for one in gauges) == FACTS
    kept = keeper.read()
    assert set(kept.facts) == {FactKey("K0001", 1, number) for number in range(1, FACTS + 1)}
    assert [tally.dispensed_packs for tally in kept.daily.values()] == [FACTS]
    assert [tally.dispensed_packs for tally in kept.hourly.values()] == [FACTS]
