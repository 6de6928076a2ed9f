"""Keeping a batch: once, whole, in the journal's own order, with everything odd set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.domain.facts import Fact, FactKey
from service.domain.heard import Beat, Born, Died, Heard, Replied
from service.domain.progress import STRETCHES_MAX, Progress
from service.domain.quarantine import Reason
from service.flows.gaps import ask_for_gaps
from service.flows.keep import Kept, keep_batch
from service.flows.ports import FactKeeper
from tests.support.books import Keeper, MemoryKeeper
from tests.support.plans import NOW, ZONE
from tests.support.rebuild import rebuild
from tests.support.say import KIOSK, aside, born, counted, dispensed, fact, faulted, restocked

JOURNAL = (KIOSK, 1)


def _keep(keeper: Keeper, *heard: Heard, minutes: int = 0) -> Kept:
    at = NOW + timedelta(minutes=minutes)
    with keeper.store.begin() as books:
        return keep_batch(heard, books=books, at=at, zone=ZONE)


def _on_hand(keeper: Keeper, slot: int = 1) -> int | None:
    return keeper.read().levels[KIOSK, slot].on_hand_packs


def _gaps(keeper: Keeper) -> list[tuple[int, int, int, bool]]:
    return [(gap.epoch, gap.first, gap.last, gap.permanent) for gap in keeper.read().gaps]


def test_a_fact_that_comes_again_is_acknowledged_and_counted_once(memory_keeper: Keeper) -> None:
    one = fact(1, dispensed())
    _keep(memory_keeper, one, one)
    again = _keep(memory_keeper, one)
    assert (again.new, again.repeats, again.aside) == (0, 1, 0)
    assert again.acknowledgements[0].progress == Progress(upto=1)
    assert [tally.dispensed_packs for tally in memory_keeper.read().daily.values()] == [1]


def test_the_same_key_with_other_content_is_set_aside_and_the_first_stays(
    memory_keeper: Keeper,
) -> None:
    _keep(memory_keeper, fact(1, dispensed()))
    in_later_batch = _keep(memory_keeper, fact(1, dispensed(packs=3)))
    in_one_batch = _keep(memory_keeper, fact(2, dispensed()), fact(2, dispensed(packs=2)))
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
    _keep(keeper, *(fact(n, dispensed(), at=frozen) for n in (1, 2)))
    assert [line[:4] for line in keeper.read().quarantine] == [
        ("clock_ahead", KIOSK, 1, 1),
        ("clock_ahead", KIOSK, 1, 2),
    ]


def test_a_late_dispense_lowers_what_was_counted_before_it(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(1, counted(20)), fact(3, dispensed()))
    _keep(memory_keeper, fact(2, dispensed(packs=2)))
    assert _on_hand(memory_keeper) == 17


def test_a_dispense_from_before_the_count_changes_nothing(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(2, counted(20)))
    _keep(memory_keeper, fact(1, dispensed()))
    assert _on_hand(memory_keeper) == 20


def test_a_late_count_is_lowered_by_what_left_after_it(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(2, dispensed()))
    assert _on_hand(memory_keeper) is None
    _keep(memory_keeper, fact(1, counted(20)))
    assert _on_hand(memory_keeper) == 19


def test_a_late_exchange_is_lowered_by_what_left_of_the_new_item(memory_keeper: Keeper) -> None:
    film = "n9-film"
    _keep(memory_keeper, fact(1, counted(20)), fact(3, dispensed(item=film)))
    _keep(memory_keeper, fact(2, restocked(9, item=film)))
    assert _on_hand(memory_keeper) == 8


def test_a_new_slot_in_a_batch_with_a_late_fact_gets_its_level(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(4, counted(20)), fact(6, dispensed()))
    _keep(memory_keeper, fact(3, dispensed(slot=2, after=5)), fact(5, dispensed()))
    assert (_on_hand(memory_keeper, 1), _on_hand(memory_keeper, 2)) == (18, 5)


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
    _keep(memory_keeper, *old, fact(3, counted(20)), fact(5, counted(18)))
    assert len(memory_keeper.read().discrepancies) == 1
    with memory_keeper.store.begin() as books:
        overheard = Overheard(books.facts)
        late = [fact(4, dispensed(packs=2))]
        keep_batch(late, books=replace(books, facts=overheard), at=NOW, zone=ZONE)
    assert overheard.read == [3, 4, 5]
    assert (_on_hand(memory_keeper, 9), _on_hand(memory_keeper, 1)) == (8, 18)
    assert memory_keeper.read().discrepancies == {}


def test_a_birth_that_tells_of_more_than_we_have_opens_a_gap(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(1, dispensed()), fact(3, dispensed()), born(head=5))
    assert _gaps(memory_keeper) == [(1, 2, 2, False), (1, 4, 5, False)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=1, beyond=((3, 3),))


def test_a_late_fact_of_an_old_epoch_opens_no_gap_in_the_new_one(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, born(head=3, epoch=2), *(fact(n, dispensed(), epoch=2) for n in (1, 2, 3)))
    _keep(memory_keeper, *(fact(n, dispensed()) for n in range(1, 10)))
    assert _gaps(memory_keeper) == []
    assert _keep(memory_keeper, born(head=3, epoch=2)).acknowledgements[0].progress.upto == 3
    assert _gaps(memory_keeper) == []


def test_what_an_old_epoch_owed_stays_missing_when_a_new_one_begins(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, born(head=4), fact(1, dispensed()))
    _keep(memory_keeper, born(boot=2, head=0, epoch=2))
    _keep(memory_keeper, fact(3, dispensed()))
    assert _gaps(memory_keeper) == [(1, 2, 2, False), (1, 4, 4, False)]


def test_an_old_epochs_head_told_in_the_batch_of_the_new_one_is_owed(
    memory_keeper: Keeper,
) -> None:
    _keep(memory_keeper, born(head=4), born(boot=2, head=1, epoch=2))
    assert _gaps(memory_keeper) == [(1, 1, 4, False), (2, 1, 1, False)]


def _asked(keeper: Keeper) -> str:
    with keeper.store.begin() as books:
        [ask] = ask_for_gaps(books=books, at=NOW + timedelta(hours=1), new_id=lambda: "cmd-1")
    return ask.command_id


def _gone(command_id: str = "cmd-1", kiosk: str = KIOSK) -> Replied:
    return Replied(kiosk_id=kiosk, command_id=command_id, gone=True)


def test_what_is_gone_is_on_record_and_lets_the_watermark_pass(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    _keep(memory_keeper, _gone(_asked(memory_keeper)))
    assert _gaps(memory_keeper) == [(1, 2, 3, True)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=4)


def test_the_same_word_of_a_loss_again_changes_nothing(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    reply = _gone(_asked(memory_keeper))
    _keep(memory_keeper, reply, reply)
    before = memory_keeper.read()
    _keep(memory_keeper, reply)
    assert (memory_keeper.read().gaps, memory_keeper.read().progress) == (
        before.gaps,
        before.progress,
    )


def test_nobody_else_can_say_that_a_kiosks_facts_are_gone(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    _keep(memory_keeper, _gone(_asked(memory_keeper), kiosk="K0002"), _gone("cmd-99"))
    _keep(memory_keeper, Replied(kiosk_id=KIOSK, command_id="cmd-1", gone=False))
    assert _gaps(memory_keeper) == [(1, 2, 3, False)]


def test_a_fact_that_turns_up_after_it_was_gone_is_booked_and_taken_off_the_record(
    memory_keeper: Keeper,
) -> None:
    _keep(memory_keeper, fact(1, counted(20)), fact(4, dispensed()))
    _keep(memory_keeper, _gone(_asked(memory_keeper)))
    _keep(memory_keeper, fact(2, dispensed()))
    assert _gaps(memory_keeper) == [(1, 3, 3, True)]
    assert _on_hand(memory_keeper) == 18


def test_a_large_gap_is_asked_for_in_pieces_and_only_the_asked_piece_is_given_up(
    memory_keeper: Keeper,
) -> None:
    _keep(memory_keeper, fact(1, dispensed()), born(head=1_200))
    _keep(memory_keeper, _gone(_asked(memory_keeper)))
    assert _gaps(memory_keeper) == [(1, 2, 501, True), (1, 502, 1_200, False)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=501)


def test_a_gap_is_not_asked_for_before_half_a_minute(memory_keeper: Keeper) -> None:
    _keep(memory_keeper, fact(3, dispensed()))
    with memory_keeper.store.begin() as books:
        early = ask_for_gaps(books=books, at=NOW + timedelta(seconds=29), new_id=lambda: "cmd-1")
        due = ask_for_gaps(books=books, at=NOW + timedelta(seconds=30), new_id=lambda: "cmd-1")
        again = ask_for_gaps(books=books, at=NOW + timedelta(seconds=31), new_id=lambda: "cmd-2")
    assert (early, [(ask.first, ask.last) for ask in due], again) == ([], [(1, 2)], [])


def test_of_a_journal_with_too_many_holes_the_oldest_part_is_taken_and_the_rest_comes_again(
    memory_keeper: Keeper,
) -> None:
    every_second = [fact(2 * n, faulted()) for n in range(1, STRETCHES_MAX + 100)]
    _keep(memory_keeper, *every_second)
    kept = memory_keeper.read()
    assert len(kept.progress[JOURNAL].beyond) == STRETCHES_MAX
    assert kept.facts.keys() == {one.key for one in every_second[:STRETCHES_MAX]}
    _keep(memory_keeper, *(fact(2 * n - 1, faulted()) for n in range(1, STRETCHES_MAX + 1)))
    _keep(memory_keeper, *every_second)
    assert memory_keeper.read().facts.keys() >= {one.key for one in every_second}


def test_a_malformed_fact_that_names_itself_is_settled_and_its_real_self_still_booked(
    memory_keeper: Keeper,
) -> None:
    real = fact(2, dispensed())
    kept = _keep(memory_keeper, fact(1, dispensed()), aside(b"{}", key=real.key))
    assert kept.acknowledgements[0].progress == Progress(upto=2)
    assert _keep(memory_keeper, real).new == 1


def test_a_kiosk_that_nobody_enrolled_leaves_nothing_but_a_message_set_aside(
    keeper: Keeper,
) -> None:
    stranger = "K9999"
    kept = _keep(
        keeper,
        fact(1, dispensed(), kiosk=stranger),
        born(head=9, kiosk=stranger),
        Died(kiosk_id=stranger, boot=1),
        Beat(kiosk_id=stranger, epoch=1, head=9, clock=NOW),
        _gone(kiosk=stranger),
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
    assert _keep(keeper).acknowledgements == ()
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
    kept = _keep(keeper, born(head=7), *facts[3:], *facts[:3])
    now = keeper.read()
    assert kept.new == 7
    assert now.books() == rebuild(facts)
    assert now.facts == {one.key: one for one in facts}
    assert ("kiosk", KIOSK) in now.changes
    assert (now.liveness[KIOSK].head, now.liveness[KIOSK].heard_at) == (7, NOW)


def test_the_largest_numbers_of_the_contract_fit_every_keeper(keeper: Keeper) -> None:
    last, epoch = 2**63 - 1, 2**31 - 1
    birth = Born(kiosk_id=KIOSK, boot=epoch, epoch=epoch, head=last, firmware="f" * 64)
    _keep(keeper, birth, fact(last, dispensed(), epoch=epoch))
    now = keeper.read()
    assert _gaps(keeper) == [(epoch, 1, last - 1, False)]
    assert now.progress[KIOSK, epoch].newest == last
    with keeper.store.begin() as books:
        assert books.stock.views(NOW)[KIOSK].behind_facts == last - 1


def test_reasons_of_a_batch_are_counted_together(memory_keeper: MemoryKeeper) -> None:
    kept = _keep(memory_keeper, aside(b"x"), aside(b"x"), aside(b"y", reason=Reason.NOT_JSON))
    assert (kept.aside, kept.no_room) == (3, 0)
    assert [line[-1] for line in memory_keeper.read().quarantine] == [1, 2]
