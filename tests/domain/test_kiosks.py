"""What a manager sees of a kiosk: the worst that is surely so, and unknown where we do not know."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.kiosks import BEHIND_FACTS_MAX, KioskState, KioskView, SlotState, SlotView


def _slot(
    on_hand: int | None = 20, slot: int = 1, *, item: str = "condom-52", jammed: bool = False
) -> SlotView:
    return SlotView(slot=slot, item=item, capacity_packs=28, on_hand_packs=on_hand, jammed=jammed)


def _kiosk(*slots: SlotView) -> KioskView:
    return KioskView(silent=False, behind_facts=0, machine_faults=0, slots=slots)


@pytest.mark.parametrize(
    ("on_hand", "state"),
    [
        (None, SlotState.UNKNOWN),
        (0, SlotState.EMPTY),
        (1, SlotState.LOW),
        (7, SlotState.LOW),
        (8, SlotState.AVAILABLE),
        (28, SlotState.AVAILABLE),
    ],
)
def test_a_slot_is_low_at_a_quarter_of_what_it_holds(on_hand: int | None, state: SlotState) -> None:
    assert _slot(on_hand).state is state
    assert _kiosk(_slot(on_hand)).state.value == state.value


def test_an_item_is_empty_only_where_every_slot_of_it_is() -> None:
    assert _kiosk(_slot(0), _slot(20, 2)).state is KioskState.AVAILABLE
    assert _kiosk(_slot(0), _slot(0, 2)).state is KioskState.EMPTY


def test_one_empty_item_makes_the_kiosk_empty_however_full_the_others_are() -> None:
    assert _kiosk(_slot(28), _slot(0, 2, item="n9-film")).state is KioskState.EMPTY


def test_a_silent_kiosk_is_silent_and_never_empty() -> None:
    assert replace(_kiosk(_slot(0)), silent=True).state is KioskState.SILENT
    assert replace(_kiosk(_slot(0)), silent=True, machine_faults=2).state is KioskState.SILENT


def test_a_kiosk_that_owes_us_its_past_is_catching_up() -> None:
    kiosk = _kiosk(_slot(0))
    assert replace(kiosk, behind_facts=BEHIND_FACTS_MAX).state is KioskState.EMPTY
    assert replace(kiosk, behind_facts=BEHIND_FACTS_MAX + 1).state is KioskState.CATCHING_UP


def test_a_fault_of_the_machine_comes_before_its_levels() -> None:
    assert replace(_kiosk(_slot(20)), machine_faults=1).state is KioskState.FAULT


def test_a_jam_is_a_fault_only_where_no_other_slot_has_the_item() -> None:
    jam = _slot(20, jammed=True)
    assert _kiosk(jam).state is KioskState.FAULT
    assert _kiosk(jam, _slot(28, 2)).state is KioskState.AVAILABLE
    assert _kiosk(jam, _slot(20, 2, item="n9-film")).state is KioskState.FAULT


def test_what_lies_behind_a_jam_cannot_be_had() -> None:
    assert _kiosk(_slot(28, jammed=True)).item_state("condom-52") is SlotState.EMPTY
    assert _kiosk(_slot(28, jammed=True), _slot(0, 2)).item_state("condom-52") is SlotState.EMPTY


def test_a_slot_not_counted_yet_is_unknown_and_not_empty() -> None:
    assert _kiosk(_slot(None)).state is KioskState.UNKNOWN
    assert _kiosk(_slot(None), _slot(0, 2)).item_state("condom-52") is SlotState.UNKNOWN


def test_enough_in_one_slot_is_available_whatever_an_uncounted_one_holds() -> None:
    assert _kiosk(_slot(None), _slot(28, 2)).item_state("condom-52") is SlotState.AVAILABLE
    assert _kiosk(_slot(None), _slot(3, 2)).item_state("condom-52") is SlotState.LOW


def test_a_kiosk_without_slots_is_unknown() -> None:
    assert _kiosk().state is KioskState.UNKNOWN
    assert _kiosk().urgency < 50


SLOTS = st.builds(
    _slot,
    st.none() | st.integers(0, 28),
    st.integers(1, 9),
    item=st.sampled_from(["condom-52", "n9-film"]),
    jammed=st.booleans(),
)
VIEWS = st.builds(
    KioskView,
    silent=st.booleans(),
    behind_facts=st.integers(0, 40),
    machine_faults=st.integers(0, 2),
    slots=st.lists(SLOTS, max_size=5).map(tuple),
)


@given(VIEWS)
def test_urgency_stays_in_bounds_and_nothing_to_do_is_nothing(view: KioskView) -> None:
    assert 0 <= view.urgency <= 100
    assert (view.urgency == 0) == (view.state is KioskState.AVAILABLE)


@given(VIEWS)
def test_empty_is_said_only_of_what_is_known_to_be_empty(view: KioskView) -> None:
    for item, state in view.items:
        working = [slot for slot in view.slots if slot.item == item and not slot.jammed]
        if state is SlotState.EMPTY:
            assert all(slot.on_hand_packs == 0 for slot in working)
        if state is SlotState.UNKNOWN:
            assert any(slot.on_hand_packs is None for slot in working)
            assert not any(slot.on_hand_packs for slot in working)


@given(VIEWS, st.integers(0, 4))
def test_more_in_a_slot_never_makes_an_item_worse(view: KioskView, index: int) -> None:
    if index >= len(view.slots) or view.slots[index].on_hand_packs is None:
        return
    order = (SlotState.EMPTY, SlotState.UNKNOWN, SlotState.LOW, SlotState.AVAILABLE)
    slots = list(view.slots)
    slots[index] = replace(slots[index], on_hand_packs=28)
    better = replace(view, slots=tuple(slots))
    item = slots[index].item
    assert order.index(better.item_state(item)) >= order.index(view.item_state(item))
