"""Where the machine's own figure is not ours: booked once, with its size and its time."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.discrepancies import Discrepancy
from service.domain.facts import Dispensed, Fact, Outcome, Restocked, What
from service.domain.stock import Levels, fold
from tests.domain.test_stock import WHATS
from tests.support.say import KIOSK, counted, dispensed, fact, restocked


def _found(*whats: What) -> list[Discrepancy]:
    return fold({}, [fact(sequence, what) for sequence, what in enumerate(whats, 1)])


def _told(*whats: What) -> list[tuple[int, str, str, int, int]]:
    """Return sequence, kind, item, expected and found."""
    return [
        (one.key.sequence, one.kind, one.item, one.expected_packs, one.found_packs)
        for one in _found(*whats)
    ]


def test_what_a_count_finds_missing_is_booked_with_its_size_and_its_time() -> None:
    journal = (counted(20), dispensed(packs=2), counted(15))
    [one] = _found(*journal)
    assert one.happened_at == fact(3, journal[2]).happened_at
    assert (one.key, one.slot, one.item, one.kind) == (fact(3, journal[2]).key, 1, *_ITEM_COUNT)
    assert (one.expected_packs, one.found_packs, one.difference_packs) == (18, 15, -3)


_ITEM_COUNT = ("condom-52", "count")


def test_figures_that_agree_are_no_discrepancy() -> None:
    assert not _found(counted(20), dispensed(after=19), restocked(24, added=6, removed=1))
    assert not _found(counted(20), dispensed(outcome=Outcome.JAMMED, after=20), counted(20))


def test_the_first_sight_of_a_slot_has_nothing_to_be_compared_with() -> None:
    assert not _found(counted(20))
    assert not _found(restocked(7))
    assert not _found(dispensed(after=7))
    assert not _found(dispensed(), counted(20)), "a dispense without a figure is no count"
    assert not _found(counted(20), counted(20, 10)), "slot 2 is seen for the first time"


def test_a_restock_is_held_against_what_was_there_and_what_came_and_went() -> None:
    assert _told(counted(20), restocked(22, added=5, removed=2)) == [
        (2, "restock", "condom-52", 23, 22)
    ]


def test_a_loss_that_a_dispense_brings_to_light_is_booked_once() -> None:
    journal = (counted(20), dispensed(after=16), dispensed(after=15), dispensed(), counted(14))
    assert _told(*journal) == [(2, "dispense", "condom-52", 19, 16)]


def test_what_was_found_again_is_booked_too() -> None:
    assert _told(counted(20), counted(17), counted(20)) == [
        (2, "count", "condom-52", 20, 17),
        (3, "count", "condom-52", 17, 20),
    ]


def test_more_dropped_out_than_was_believed_to_be_there() -> None:
    assert _told(counted(1), dispensed(packs=3), counted(0)) == [(3, "count", "condom-52", -2, 0)]


def test_a_clean_exchange_of_items_is_no_discrepancy() -> None:
    assert not _found(
        counted(5), restocked(0, added=0, removed=5), restocked(9, item="n9-film", added=9)
    )
    in_one = restocked(9, item="n9-film", added=9, removed=5)
    assert not _found(counted(5), in_one), "what was removed can only be of the old item"


def test_an_exchange_that_nobody_told_of_loses_the_old_item_and_finds_the_new() -> None:
    assert _told(counted(5), counted(9, item="n9-film")) == [
        (2, "count", "condom-52", 5, 0),
        (2, "count", "n9-film", 0, 9),
    ]
    assert _told(counted(5), dispensed(item="n9-film", after=8)) == [
        (2, "dispense", "condom-52", 5, 0),
        (2, "dispense", "n9-film", -1, 8),
    ]


def test_a_new_epoch_is_held_against_the_old_ones_level() -> None:
    journal = [fact(9, counted(20)), fact(1, counted(18), epoch=2)]
    assert [one.difference_packs for one in fold({}, journal)] == [-2]


def _flow(one: Fact, slot: int, levels: Levels) -> int:
    """Return the packs that a fact says came into a slot, and below nothing, that left it."""
    what, level = one.what, levels.get((KIOSK, slot))
    if isinstance(what, Restocked) and what.slot == slot:
        return what.added_packs - what.removed_packs
    if isinstance(what, Dispensed) and what.slot == slot and what.outcome is Outcome.DISPENSED:
        is_booked = level is not None and level.item == what.item
        return -what.packs if is_booked or what.on_hand_after_packs is not None else 0
    return 0


@given(st.lists(WHATS, min_size=1, max_size=14))
def test_opening_less_what_left_and_the_differences_is_the_closing_stock(
    whats: list[What],
) -> None:
    """The ledger's identity, by a sum of our own: nothing is smoothed away."""
    levels: Levels = {}
    raw: dict[int, int] = {}
    for sequence, what in enumerate(whats, 1):
        one = fact(sequence, what)
        flows = {slot: _flow(one, slot, levels) for slot in (1, 2, 3)}
        found = fold(levels, [one])
        assert all(difference.difference_packs for difference in found)
        for (_, slot), level in levels.items():
            if level.counted_packs is None:
                continue
            closing = level.counted_packs - level.left_packs
            differences = sum(d.difference_packs for d in found if d.slot == slot)
            if slot in raw:
                assert raw[slot] + flows[slot] + differences == closing
            raw[slot] = closing
