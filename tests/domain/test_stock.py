"""A slot's stock: what was counted last, less what left since, in the journal's own order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.facts import Fact, FactKey, Outcome, What
from service.domain.stock import Levels, fold, is_late, moves_stock
from service.flows.keep import keep_batch
from tests.fakes.memory import MemoryStore
from tests.support.books import MemoryKeeper
from tests.support.plans import NOW, ZONE, small_district
from tests.support.rebuild import rebuild, recount
from tests.support.say import KIOSK, counted, dispensed, fact, faulted, restocked

PACKS = st.integers(0, 30)
WHATS: st.SearchStrategy[What] = st.one_of(
    st.builds(
        dispensed,
        st.integers(1, 3),
        st.integers(1, 3),
        item=st.sampled_from(["condom-52", "n9-film"]),
        outcome=st.sampled_from(Outcome),
        after=st.none() | PACKS,
    ),
    st.builds(restocked, PACKS, st.integers(1, 3), item=st.sampled_from(["condom-52", "n9-film"])),
    st.lists(PACKS, min_size=1, max_size=3).map(lambda packs: counted(*packs)),
    st.builds(faulted, raised=st.booleans(), slot=st.integers(1, 3)),
)
JOURNALS = st.lists(WHATS, min_size=1, max_size=14).map(
    lambda whats: [
        fact(sequence, what, epoch=1 + (sequence > 9)) for sequence, what in enumerate(whats, 1)
    ]
)


def _on_hand(levels: Levels, slot: int = 1) -> int | None:
    level = levels.get((KIOSK, slot))
    return level.on_hand_packs if level is not None else None


def _folded(*whats: What) -> Levels:
    levels: Levels = {}
    fold(levels, [fact(sequence, what) for sequence, what in enumerate(whats, 1)])
    return levels


def test_a_slot_that_nobody_has_counted_is_unknown_and_not_empty() -> None:
    assert _on_hand(_folded()) is None
    assert _on_hand(_folded(dispensed())) is None


def test_what_left_since_the_count_is_missing() -> None:
    assert _on_hand(_folded(counted(20), dispensed(packs=2), dispensed())) == 17


def test_only_what_dropped_out_leaves_the_stock() -> None:
    for outcome in (Outcome.JAMMED, Outcome.EMPTY, Outcome.REFUSED):
        assert _on_hand(_folded(counted(20), dispensed(outcome=outcome))) == 20


def test_a_slot_never_holds_less_than_nothing() -> None:
    assert _on_hand(_folded(counted(1), dispensed(packs=3))) == 0


def test_a_restock_replaces_what_was_believed_by_what_was_counted() -> None:
    assert _on_hand(_folded(counted(3), dispensed(), restocked(28), dispensed())) == 27


def test_before_any_count_the_machine_is_believed_about_itself() -> None:
    assert _on_hand(_folded(dispensed(after=12))) == 12
    assert _on_hand(_folded(dispensed(after=12), dispensed())) == 11


def test_after_a_dispense_the_level_follows_the_machines_own_figure() -> None:
    assert _on_hand(_folded(counted(20), dispensed(after=3))) == 3
    assert _on_hand(_folded(counted(20), dispensed(after=3), dispensed())) == 2


def test_a_figure_that_agrees_is_no_new_count() -> None:
    [level] = _folded(counted(20), dispensed(after=19)).values()
    assert (level.counted_packs, level.left_packs, level.moved_by.sequence) == (20, 1, 2)


def test_a_slot_that_says_another_item_was_exchanged() -> None:
    levels = _folded(counted(20), restocked(7, item="n9-film"), dispensed(item="n9-film"))
    assert (levels[KIOSK, 1].item, _on_hand(levels)) == ("n9-film", 6)


def test_a_count_tells_of_every_slot_that_it_names_and_of_no_other() -> None:
    levels = _folded(counted(20, 10), counted(5))
    assert (_on_hand(levels, 1), _on_hand(levels, 2)) == (5, 10)


def test_a_fact_of_an_earlier_epoch_is_late_whatever_its_sequence() -> None:
    levels: Levels = {}
    fold(levels, [fact(2, counted(20), epoch=2)])
    assert is_late(levels, fact(900, dispensed(), epoch=1))
    assert not is_late(levels, fact(3, dispensed(), epoch=2))
    assert not is_late(levels, fact(1, dispensed(slot=2), epoch=1)), "slot 2 has no level yet"


def test_a_count_is_late_when_one_of_its_slots_has_moved_on() -> None:
    levels = _folded(faulted(), faulted(), counted(9))
    assert is_late(levels, fact(2, counted(7, 7)))


def test_a_fault_moves_no_stock_and_is_never_late() -> None:
    one = fact(1, faulted())
    assert not moves_stock(one)
    assert not is_late(_folded(faulted(), counted(9)), one)


def test_a_level_remembers_the_fact_that_moved_it_even_when_nothing_left() -> None:
    levels = _folded(counted(20), dispensed(outcome=Outcome.JAMMED))
    assert levels[KIOSK, 1].moved_by == FactKey(KIOSK, 1, 2)


@given(JOURNALS)
def test_the_fold_equals_a_recount_by_hand(journal: list[Fact]) -> None:
    levels: Levels = {}
    fold(levels, journal)
    for slot in (1, 2, 3):
        assert _on_hand(levels, slot) == recount(journal, KIOSK, slot)


# A slot or two, few figures and short stories: what is late must often matter.
NEAR_MISSES: st.SearchStrategy[What] = st.one_of(
    st.builds(dispensed, st.integers(1, 2), item=st.sampled_from(["condom-52", "n9-film"])),
    st.builds(dispensed, st.integers(1, 2), after=st.just(9)),
    st.builds(restocked, st.just(20), st.integers(1, 2), item=st.sampled_from(["n9-film"])),
    st.sampled_from([counted(20), counted(20, 10)]),
)
SHORT = st.lists(NEAR_MISSES, min_size=2, max_size=7).map(
    lambda whats: [fact(sequence, what) for sequence, what in enumerate(whats, 1)]
)


@settings(max_examples=5 * settings().max_examples)
@given(JOURNALS | SHORT, st.data())
def test_levels_are_the_same_in_whatever_order_and_batches_facts_arrive(
    journal: list[Fact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(journal))
    keeper = MemoryKeeper(MemoryStore(small_district()))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        batch, shuffled = shuffled[:size], shuffled[size:]
        with keeper.store.begin() as books:
            keep_batch(batch, books=books, at=NOW, zone=ZONE)
    kept = keeper.read()
    for slot in (1, 2, 3):
        assert _on_hand(kept.levels, slot) == recount(journal, KIOSK, slot)
    assert kept.books() == rebuild(journal)
