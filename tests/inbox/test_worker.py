"""The worker: commit first, then acknowledge; no database and no letter stops it for good."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain.facts import FactKey
from service.domain.progress import Progress
from service.flows.circle import NoCircle
from service.flows.keep import Acknowledgement
from service.inbox.worker import Worker, ack_json
from service.wiring import is_passing
from tests.inbox.hand import HandReceiver, TroubledStore, database_is_away
from tests.inbox.letters import dispense, letter
from tests.servers.processes import eventually
from tests.support.books import Keeper
from tests.support.plans import NOW, REGION, ZONE


class Office:
    """A worker at its desk with everything around it."""

    def __init__(self, keeper: Keeper) -> None:
        self.journal: list[str] = []
        self.clock = NOW
        self.receiver = HandReceiver(self.journal)
        self.keeper = keeper
        self.store = TroubledStore(keeper.store, self.journal)
        self.worker = Worker(
            self.receiver,
            NoCircle(self.store),
            region=REGION,
            zone=ZONE,
            now=lambda: self.clock,
            is_passing=is_passing,
        )

    def sequences(self) -> list[int]:
        return sorted(key.sequence for key in self.keeper.read().facts)

    def reasons(self) -> dict[str, int]:
        return {line[0]: line[-1] for line in self.keeper.read().quarantine}

    def waits_for(self, holds: Callable[[], bool], what: str) -> None:
        eventually(holds, what=what)
        assert self.worker.is_alive, "whatever happens, the thread lives"


@pytest.fixture
def office(memory_keeper: Keeper) -> Iterator[Office]:
    """A worker on the keeper in memory, not started yet."""
    one = Office(memory_keeper)
    yield one
    if one.worker.is_alive:
        one.worker.stop()


def test_nothing_is_acknowledged_before_the_commit(office: Office) -> None:
    office.worker.book([letter(dispense(1), 1), letter(b"{", 2)])
    assert office.journal == ["committed", "acknowledged", "published at 0"]
    assert office.receiver.acknowledged == [1, 2]
    [(topic, ack)] = office.receiver.published
    assert (topic, json.loads(ack)) == (
        f"ck/v1/{REGION}/K0001/ack",
        {"epoch": 1, "upto": 1, "have": []},
    )


def test_a_batch_that_fails_acknowledges_nothing_and_keeps_nothing(office: Office) -> None:
    office.store.trouble = database_is_away
    with pytest.raises(type(database_is_away())):
        office.worker.book([letter(dispense(1))])
    assert (office.journal, office.sequences()) == (["failed"], [])


def test_a_batch_that_is_tried_again_was_heard_when_it_came(office: Office) -> None:
    ahead = dispense(1, at=NOW + timedelta(minutes=10))
    troubles = iter([database_is_away()])

    def fails_once() -> Exception | None:
        office.clock = NOW + timedelta(minutes=20)
        return next(troubles, None)

    office.store.trouble = fails_once
    office.receiver.put([letter(ahead)])
    office.worker.start()
    office.waits_for(lambda: office.reasons() != {}, "the fact set aside")
    assert office.reasons() == {"clock_ahead": 1}


def test_a_database_that_fails_is_waited_for_and_then_everything_is_kept(office: Office) -> None:
    troubles = iter([database_is_away()])
    office.store.trouble = lambda: next(troubles, None)
    office.receiver.put([letter(dispense(1), 1), letter(dispense(2), 2)])
    office.worker.start()
    office.waits_for(lambda: bool(office.receiver.acknowledged), "the second attempt")
    assert office.journal[:3] == ["failed", "committed", "acknowledged"]
    assert office.journal.count("committed") == 1, "the whole batch again, and not in parts"
    assert (office.sequences(), office.reasons()) == ([1, 2], {})
    office.waits_for(lambda: office.worker.gauges.error == "", "the error's end")
    assert office.worker.gauges.failing_since_s is None


def test_a_message_that_breaks_our_code_is_found_among_many_and_set_aside(office: Office) -> None:
    office.store.poison = FactKey("K0001", 1, 6)
    office.receiver.put([letter(dispense(n), n) for n in range(1, 12)])
    office.worker.start()
    office.waits_for(lambda: len(office.receiver.acknowledged) == 11, "the end of the batch")
    assert sorted(office.receiver.acknowledged) == list(range(1, 12))
    assert office.sequences() == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    assert office.reasons() == {"our_error": 1}
    assert office.keeper.read().progress["K0001", 1].upto == 5, "it is not promised to its kiosk"


def test_a_database_that_dies_while_a_message_is_set_aside_is_waited_for_too(
    office: Office,
) -> None:
    office.store.poison = FactKey("K0001", 1, 1)
    troubles = iter([database_is_away()])
    office.store.trouble = lambda: next(troubles, None)
    office.receiver.put([letter(dispense(1), 1)])
    office.worker.start()
    office.waits_for(lambda: office.receiver.acknowledged == [1], "the message set aside")
    assert office.journal == ["failed", "committed", "acknowledged"]
    office.store.poison = None
    office.receiver.put([letter(dispense(2), 2)])
    office.waits_for(lambda: office.sequences() == [2], "the next message")
    assert office.reasons() == {"our_error": 1}


def test_a_worker_that_is_stopped_while_the_database_is_away_acknowledges_nothing(
    office: Office,
) -> None:
    office.store.trouble = database_is_away
    office.receiver.put([letter(dispense(1), 1)])
    office.worker.start()
    office.waits_for(lambda: "failed" in office.journal, "the first attempt")
    office.worker.stop()
    assert not office.worker.is_alive
    assert office.receiver.acknowledged == []


STRANGE: dict[str, Any] = {"\0": 1, "\x01\u2028": None}
BAD = {
    "not_json": b"{",
    "wrong_shape": dispense(101, packs=-1),
    "unknown_item": dispense(102, item="lipstick"),
    "clock_ahead": dispense(103, at=datetime(2099, 1, 1, tzinfo=UTC)),
    "clock_ancient": dispense(104, at=datetime(1970, 1, 1, tzinfo=UTC)),
    "too_large": b" " * 1_000_000,
    "forged": dispense(105).replace(b"K0001", b"K0002"),
    "wrong_identity": dispense(106).replace(b"K0001-1-106", b"K0001-1-107"),
    "conflict": dispense(1, packs=2),
}


def test_each_bad_input_has_its_reason_and_nothing_valid_beside_it_is_lost(keeper: Keeper) -> None:
    office = Office(keeper)
    payloads: list[bytes] = []
    for number, bad in enumerate(BAD.values(), start=1):
        payloads += [dispense(number), bad]
    odd = dispense(10, lamp={"\0": ["避孕", 1e300, -(2**63)]}, **STRANGE)
    letters = [letter(payload, mid) for mid, payload in enumerate([*payloads, odd], 1)]
    letters.append(letter(b"?", 99, topic="ck/v1/\0"))
    kept = office.worker.book(letters)
    assert office.sequences() == list(range(1, len(BAD) + 1)), kept
    assert office.reasons() == dict.fromkeys([*BAD, "unknown_topic"], 1) | {"wrong_shape": 1}
    assert len(office.receiver.acknowledged) == len(letters)


def test_a_strange_but_storable_fact_is_kept_whole(keeper: Keeper) -> None:
    office = Office(keeper)
    odd = dispense(1, lamp={"避孕": ["\U0001f600\x01\u2028", 1e300, -(2**63)]}, **STRANGE)
    assert office.worker.book([letter(odd)]).new == 1
    [fact] = office.keeper.read().facts.values()
    assert json.loads(fact.body)["data"]["lamp"] == json.loads(odd)["data"]["lamp"]


def test_an_acknowledgement_names_no_more_stretches_than_the_contract_allows() -> None:
    beyond = tuple((n, n) for n in range(3, 3 + 2 * 100, 2))
    ack = json.loads(ack_json(Acknowledgement("K0001", 7, Progress(upto=1, beyond=beyond))))
    assert (ack["epoch"], ack["upto"], len(ack["have"])) == (7, 1, 64)
    assert ack["have"][0] == [3, 3]


def test_ages_are_told_by_a_clock_that_never_jumps(office: Office) -> None:
    assert office.worker.gauges.last_commit_s is None
    office.worker.book([letter(dispense(1)), letter(dispense(1)), letter(b"{")])
    gauges = office.worker.gauges
    assert (gauges.batches, gauges.facts_new, gauges.repeats, gauges.aside) == (1, 1, 1, 1)
    assert gauges.last_commit_s is not None
    assert timedelta(seconds=gauges.last_commit_s) >= timedelta()
