"""What to bring: up to what the policy wants, within slots and depot, expiring stock left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.hindsight import Steady
from service.domain.policy import DEFAULT, PRESETS, Method, Policy
from service.domain.replenishment import WORDS, Because, SlotStock, suggest

ONE_A_DAY = Steady(packs_per_day=1.0)
TWO_MONTHS = Policy(method=Method.MIN_MAX, min_months=1, max_months=2)


def slot(number: int, held: int | None, capacity: int = 28, *, expiring: int = 0) -> SlotStock:
    return SlotStock(
        slot=number, capacity_packs=capacity, on_hand_packs=held, expiring_packs=expiring
    )


def test_a_place_is_filled_up_to_its_months_of_use() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 20, 40), slot(2, 4, 40)])
    assert (found.order_up_to_packs, found.position_packs, found.is_due) == (60, 24, True)
    assert found.add_packs_by_slot == ((1, 10), (2, 26))
    assert found.because == ()


def test_several_slots_of_an_item_are_filled_level_the_emptiest_first() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 27), slot(2, 0), slot(3, 5)])
    assert found.add_packs_by_slot == ((2, 17), (3, 11))
    assert found.order_up_to_packs == 27 + 17 + (5 + 11)


def test_a_slot_is_never_filled_beyond_what_fits() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 20)])
    assert found.add_packs_by_slot == ((1, 8),)
    assert Because.SLOTS_FULL in found.because


def test_a_slot_without_capacity_takes_nothing_and_says_so() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, None, 0)])
    assert found.add_packs == 0
    assert set(found.because) == {Because.NO_CAPACITY, Because.UNCOUNTED, Because.SLOTS_FULL}
    assert "correct its capacity" in WORDS[Because.NO_CAPACITY].en


def test_an_item_that_nobody_carries_is_brought_nowhere() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [])
    assert (found.add_packs, found.because) == (0, (Because.NOBODY_CARRIES,))


def test_a_jammed_slot_is_not_filled_and_what_is_stuck_in_it_does_not_count() -> None:
    jammed = SlotStock(slot=1, capacity_packs=28, on_hand_packs=20, jammed=True)
    found = suggest(ONE_A_DAY, TWO_MONTHS, [jammed, slot(2, 3)])
    assert (found.position_packs, found.add_packs_by_slot) == (3, ((2, 25),))
    assert Because.JAMMED in found.because


def test_what_expires_first_does_not_count_and_gives_up_its_room() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 28, expiring=20)])
    assert (found.position_packs, found.add_packs_by_slot) == (8, ((1, 20),))
    assert Because.EXPIRING in found.because


def test_what_is_on_its_way_counts_and_takes_up_room() -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 0)], on_order_packs=20)
    assert (found.position_packs, found.add_packs) == (20, 8)
    assert Because.ON_ORDER in found.because


@pytest.mark.parametrize(("depot", "brought", "why"), [(5, 5, "short"), (0, 0, "empty")])
def test_nothing_is_promised_that_the_depot_lacks(depot: int, brought: int, why: str) -> None:
    found = suggest(ONE_A_DAY, TWO_MONTHS, [slot(1, 0)], depot_packs=depot)
    assert found.add_packs == brought
    assert Because(f"depot_{why}") in found.because


def test_risk_orders_when_the_chance_to_run_out_is_above_what_is_allowed() -> None:
    careful, bold = replace(DEFAULT, risk=0.01), replace(DEFAULT, risk=0.3)
    held = [slot(1, 14)]
    assert ONE_A_DAY.p_stock_out(14, days=DEFAULT.cover_days) == pytest.approx(0.1, abs=0.02)
    assert suggest(ONE_A_DAY, careful, held).is_due
    assert not suggest(ONE_A_DAY, bold, held).is_due


def test_stock_for_less_than_the_way_takes_is_due_whatever_the_months() -> None:
    village = PRESETS["village"]
    assert suggest(ONE_A_DAY, village, [slot(1, 9)]).is_due
    assert not suggest(ONE_A_DAY, village, [slot(1, 10)]).is_due


SLOTS = st.lists(
    st.builds(
        SlotStock,
        slot=st.integers(1, 60),
        capacity_packs=st.integers(0, 30),
        on_hand_packs=st.none() | st.integers(0, 40),
        expiring_packs=st.integers(0, 40),
        jammed=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda one: one.slot,
)


@given(
    SLOTS,
    st.floats(0, 8),
    st.none() | st.integers(0, 60),
    st.integers(0, 40),
    st.sampled_from([TWO_MONTHS, DEFAULT]),
)
def test_whatever_is_there_it_fits_is_in_the_depot_and_is_not_beyond_the_level(
    slots: list[SlotStock], rate: float, depot: int | None, on_order: int, policy: Policy
) -> None:
    found = suggest(
        Steady(packs_per_day=rate), policy, slots, depot_packs=depot, on_order_packs=on_order
    )
    by_number = {one.slot: one for one in slots}
    for number, packs in found.add_packs_by_slot:
        assert 0 < packs <= by_number[number].room_packs
        assert not by_number[number].jammed
    assert depot is None or found.add_packs <= depot
    assert found.add_packs <= max(0, found.order_up_to_packs - found.position_packs)
