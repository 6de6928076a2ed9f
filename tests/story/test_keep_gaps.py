"""What is missing of a journal: noticed, asked for, found again, or on record as gone for ever."""

from datetime import timedelta

from service.domain.heard import Replied
from service.domain.progress import STRETCHES_MAX, Progress
from service.flows.gaps import ask_for_gaps
from tests.support.books import Keeper
from tests.support.keeping import JOURNAL, all_gone, gaps_of, keep, on_hand_of
from tests.support.plans import NOW
from tests.support.say import KIOSK, born, counted, dispensed, fact, faulted


def test_a_birth_that_tells_of_more_than_we_have_opens_a_gap(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(1, dispensed()), fact(3, dispensed()), born(head=5))
    assert gaps_of(memory_keeper) == [(1, 2, 2, False), (1, 4, 5, False)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=1, beyond=((3, 3),))


def test_a_late_fact_of_an_old_epoch_opens_no_gap_in_the_new_one(memory_keeper: Keeper) -> None:
    keep(memory_keeper, born(head=3, epoch=2), *(fact(n, dispensed(), epoch=2) for n in (1, 2, 3)))
    keep(memory_keeper, *(fact(n, dispensed()) for n in range(1, 10)))
    assert gaps_of(memory_keeper) == []
    assert keep(memory_keeper, born(head=3, epoch=2)).acknowledgements[0].progress.upto == 3
    assert gaps_of(memory_keeper) == []


def test_what_an_old_epoch_owed_stays_missing_when_a_new_one_begins(memory_keeper: Keeper) -> None:
    keep(memory_keeper, born(head=4), fact(1, dispensed()))
    keep(memory_keeper, born(boot=2, head=0, epoch=2))
    keep(memory_keeper, fact(3, dispensed()))
    assert gaps_of(memory_keeper) == [(1, 2, 2, False), (1, 4, 4, False)]


def test_an_old_epochs_head_told_in_the_batch_of_the_new_one_is_owed(
    memory_keeper: Keeper,
) -> None:
    keep(memory_keeper, born(head=4), born(boot=2, head=1, epoch=2))
    assert gaps_of(memory_keeper) == [(1, 1, 4, False), (2, 1, 1, False)]


def _asked_for(keeper: Keeper) -> str:
    with keeper.store.begin() as books:
        [ask] = ask_for_gaps(books=books, at=NOW + timedelta(hours=1), new_id=lambda: "cmd-1")
    return ask.command_id


def test_what_is_gone_is_on_record_and_lets_the_watermark_pass(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    keep(memory_keeper, all_gone(_asked_for(memory_keeper)))
    assert gaps_of(memory_keeper) == [(1, 2, 3, True)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=4)


def test_the_same_word_of_a_loss_again_changes_nothing(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    reply = all_gone(_asked_for(memory_keeper))
    keep(memory_keeper, reply, reply)
    before = memory_keeper.read()
    keep(memory_keeper, reply)
    assert (memory_keeper.read().gaps, memory_keeper.read().progress) == (
        before.gaps,
        before.progress,
    )


def test_nobody_else_can_say_that_a_kiosks_facts_are_gone(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(1, dispensed()), fact(4, dispensed()))
    keep(memory_keeper, all_gone(_asked_for(memory_keeper), kiosk="K0002"), all_gone("cmd-99"))
    keep(memory_keeper, Replied(kiosk_id=KIOSK, command_id="cmd-1", gone=False))
    assert gaps_of(memory_keeper) == [(1, 2, 3, False)]


def test_a_fact_that_turns_up_after_it_was_gone_is_booked_and_taken_off_the_record(
    memory_keeper: Keeper,
) -> None:
    keep(memory_keeper, fact(1, counted(20)), fact(4, dispensed()))
    keep(memory_keeper, all_gone(_asked_for(memory_keeper)))
    keep(memory_keeper, fact(2, dispensed()))
    assert gaps_of(memory_keeper) == [(1, 3, 3, True)]
    assert on_hand_of(memory_keeper) == 18


def test_a_large_gap_is_asked_for_in_pieces_and_only_the_asked_piece_is_given_up(
    memory_keeper: Keeper,
) -> None:
    keep(memory_keeper, fact(1, dispensed()), born(head=1_200))
    keep(memory_keeper, all_gone(_asked_for(memory_keeper)))
    assert gaps_of(memory_keeper) == [(1, 2, 501, True), (1, 502, 1_200, False)]
    assert memory_keeper.read().progress[JOURNAL] == Progress(upto=501)


def test_a_gap_is_not_asked_for_before_half_a_minute(memory_keeper: Keeper) -> None:
    keep(memory_keeper, fact(3, dispensed()))
    with memory_keeper.store.begin() as books:
        early = ask_for_gaps(books=books, at=NOW + timedelta(seconds=29), new_id=lambda: "cmd-1")
        due = ask_for_gaps(books=books, at=NOW + timedelta(seconds=30), new_id=lambda: "cmd-1")
        again = ask_for_gaps(books=books, at=NOW + timedelta(seconds=31), new_id=lambda: "cmd-2")
    assert (early, [(ask.first, ask.last) for ask in due], again) == ([], [(1, 2)], [])


def test_of_a_journal_with_too_many_holes_the_oldest_part_is_taken_and_the_rest_comes_again(
    memory_keeper: Keeper,
) -> None:
    every_second = [fact(2 * n, faulted()) for n in range(1, STRETCHES_MAX + 100)]
    keep(memory_keeper, *every_second)
    kept = memory_keeper.read()
    assert len(kept.progress[JOURNAL].beyond) == STRETCHES_MAX
    assert kept.facts.keys() == {one.key for one in every_second[:STRETCHES_MAX]}
    keep(memory_keeper, *(fact(2 * n - 1, faulted()) for n in range(1, STRETCHES_MAX + 1)))
    keep(memory_keeper, *every_second)
    assert memory_keeper.read().facts.keys() >= {one.key for one in every_second}
