"""Keeping a batch: once, whole, in the journal's own order, with everything odd set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.domain.facts import Fact, FactKey
from service.domain.heard import Beat, Born, Died
from service.domain.progress import Progress
from service.domain.quarantine import Reason
from service.flows.keep import keep_batch
from service.flows.ports import FactKeeper
from tests.support.books import Keeper, MemoryKeeper
from tests.support.keeping import all_gone, gaps_of, keep, on_hand_of
from tests.support.plans import NOW, ZONE
from tests.support.rebuild import rebuild
from tests.support.say import KIOSK, aside, born, counted, dispensed, fact, faulted, restocked


def test_a_fact_that_comes_again_is_acknowledged_and_counted_once(memory_keeper: Keeper) -> None:
    one = fact(1, dispensed())
    keep(memory_keeper, one, one)
    again = keep(memory_keeper, one)
    assert (again.new, again.repeats, again.aside) == (0, 1, 0)
    assert again.acknowledgements[0].progress == Progress(upto=1)
    assert [tally.dispensed_packs for tally in memory_keeper.read().daily.values()] == [1]


def test_the_same_key_with_other_content_is_set_aside_and_the_first_stays(
    memory_keeper: Keeper,
) -> None:
    keep(memory_keeper, fact(1, dispensed()))
    in_later_batch = keep(memory_keeper, fact(1, dispensed(packs=3)))
    in_one_batch = keep(memory_keeper, fact(2, dispensed()), fact(2, dispensed(packs=2)))
    assert (in_later_batch.new, in_later_batch.repeats, in_later_batch.aside) == (0, 0, 1)
    assert (in_one_batch.new, in_one_batch.aside) == (1, 1)
    kept = memory_keeper.read()
    assert [line[:4] for line in kept.quarantine] == [
        ("conflict", KIOSK, 1, 1),
        ("conflict", KIOSK, 1, 2),
    ]
    assert [tally.dispensed_packs for tally in kept.daily.values()] == [2]


def test_two_facts_that_read_the_same_are_still_two_on_record(keeper: Keeper) -> None:
    frozen = NOW + timedelta(days=9)
    keep(keeper, *(fact(n, dispensed(), at=frozen) for n in (1, 2)))
    assert [line[:4] for line in keeper.read().quarantine] == [
        ("clock_ahead", KIOSK, 1, 1),
        ("clock_ahead", KIOSK, 1, 2),
    ]


def test_a_late_dispense_lowers_what_was_counted_before_it(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(1, counted(20)), fact(3, dispensed()))
    keep(memory_keeper, fact(2, dispensed(packs=2)))
    assert on_hand_of(memory_keeper) == 17


def test_a_dispense_from_before_the_count_changes_nothing(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(2, counted(20)))
    keep(memory_keeper, fact(1, dispensed()))
    assert on_hand_of(memory_keeper) == 20


def test_a_late_count_is_lowered_by_what_left_after_it(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(2, dispensed()))
    assert on_hand_of(memory_keeper) is None
    keep(memory_keeper, fact(1, counted(20)))
    assert on_hand_of(memory_keeper) == 19


def test_a_late_exchange_is_lowered_by_what_left_of_the_new_item(memory_keeper: Keeper) -> None:
    film = "n9-film"
    keep(memory_keeper, fact(1, counted(20)), fact(3, dispensed(item=film)))
    keep(memory_keeper, fact(2, restocked(9, item=film)))
    assert on_hand_of(memory_keeper) == 8


def test_a_new_slot_in_a_batch_with_a_late_fact_gets_its_level(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(4, counted(20)), fact(6, dispensed()))
    keep(memory_keeper, fact(3, dispensed(slot=2, after=5)), fact(5, dispensed()))
    assert (on_hand_of(memory_keeper, 1), on_hand_of(memory_keeper, 2)) == (18, 5)


@dataclass
class Overheard:
    """The keeper of facts, and which it was asked to read."""

    facts: FactKeeper
    read: list[int] = field(default_factory=list)

    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        self.facts.add(facts, sites)

    def digests(self, keys: Mapping[FactKey, datetime]) -> dict[FactKey, bytes]:
        return self.facts.digests(keys)

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        found = self.facts.since_count(kiosk_id, before)
        self.read += [one.key.sequence for one in found]
        return found


def test_a_slot_taken_out_stays_and_a_late_fact_reads_from_the_last_count_on(
    memory_keeper: Keeper,
) -> None:
    old = [fact(1, restocked(9, slot=9)), fact(2, dispensed(slot=9))]
    keep(memory_keeper, *old, fact(3, counted(20)), fact(5, counted(18)))
    assert len(memory_keeper.read().discrepancies) == 1
    with memory_keeper.store.begin() as books:
        overheard = Overheard(books.facts)
        late = [fact(4, dispensed(packs=2))]
        keep_batch(late, books=replace(books, facts=overheard), at=NOW, zone=ZONE)
    assert overheard.read == [3, 4, 5]
    assert (on_hand_of(memory_keeper, 9), on_hand_of(memory_keeper, 1)) == (8, 18)
    assert memory_keeper.read().discrepancies == {}


def test_a_malformed_fact_that_names_itself_is_settled_and_its_real_self_still_booked(
    memory_keeper: Keeper,
) -> None:
    real = fact(2, dispensed())
    kept = keep(memory_keeper, fact(1, dispensed()), aside(b"{}", key=real.key))
    assert kept.acknowledgements[0].progress == Progress(upto=2)
    assert keep(memory_keeper, real).new == 1


def test_a_kiosk_that_nobody_enrolled_leaves_nothing_but_a_message_set_aside(
    keeper: Keeper,
) -> None:
    stranger = "K9999"
    kept = keep(
        keeper,
        fact(1, dispensed(), kiosk=stranger),
        born(head=9, kiosk=stranger),
        Died(kiosk_id=stranger, boot=1),
        Beat(kiosk_id=stranger, epoch=1, head=9, clock=NOW),
        all_gone(kiosk=stranger),
        aside(b"{}", key=FactKey(stranger, 1, 3), kiosk=stranger),
    )
    now = keeper.read()
    assert kept.acknowledgements == ()
    assert [line[:4] for line in now.quarantine] == [
        ("unknown_kiosk", stranger, None, None),
        ("wrong_shape", stranger, None, None),
    ]
    assert (now.facts, now.progress, now.gaps, now.liveness) == ({}, {}, [], {})


def test_an_empty_batch_keeps_nothing(keeper: Keeper) -> None:
    before = keeper.read()
    assert keep(keeper).acknowledgements == ()
    assert keeper.read() == before


def test_every_kind_of_fact_goes_into_every_book_in_one_batch(keeper: Keeper) -> None:
    facts: list[Fact] = [
        fact(1, counted(20, 10)),
        fact(2, dispensed(packs=2)),
        fact(3, restocked(25, added=7)),
        fact(4, faulted()),
        fact(5, faulted(raised=False)),
        fact(6, faulted("power", slot=None)),
        fact(7, dispensed(slot=2)),
    ]
    kept = keep(keeper, born(head=7), *facts[3:], *facts[:3])
    now = keeper.read()
    assert kept.new == 7
    assert now.books() == rebuild(facts)
    assert now.facts == {one.key: one for one in facts}
    assert ("kiosk", KIOSK) in now.changes
    assert (now.liveness[KIOSK].head, now.liveness[KIOSK].heard_at) == (7, NOW)


def test_the_largest_numbers_of_the_contract_fit_every_keeper(keeper: Keeper) -> None:
    last, epoch = 2**63 - 1, 2**31 - 1
    birth = Born(kiosk_id=KIOSK, boot=epoch, epoch=epoch, head=last, firmware="f" * 64)
    keep(keeper, birth, fact(last, dispensed(), epoch=epoch))
    now = keeper.read()
    assert gaps_of(keeper) == [(epoch, 1, last - 1, False)]
    assert now.progress[KIOSK, epoch].newest == last
    with keeper.store.begin() as books:
        assert books.stock.views(NOW)[KIOSK].behind_facts == last - 1


def test_reasons_of_a_batch_are_counted_together(memory_keeper: MemoryKeeper) -> None:
    kept = keep(memory_keeper, aside(b"x"), aside(b"x"), aside(b"y", reason=Reason.NOT_JSON))
    assert (kept.aside, kept.no_room) == (3, 0)
    assert [line[-1] for line in memory_keeper.read().quarantine] == [1, 2]
