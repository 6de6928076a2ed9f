"""Rounds: which visits bring most, and what becomes of one that was decided on."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.depots import Lot
from service.domain.hindsight import Steady
from service.domain.picking import (
    Add,
    Difference,
    DoneBy,
    Receipt,
    Round,
    RoundError,
    RoundState,
    Stop,
    after_cancelling,
    after_hearing,
    after_picking,
    after_saying,
    allot,
    differences,
    to_pick,
)
from service.domain.policy import DEFAULT
from service.domain.replenishment import SlotStock
from service.domain.rounds import CIRCLE_PICKUPS_A_DAY, Crew, Need, rank
from service.domain.tours import StayOut
from tests.support.plans import NOW

SOON = Lot("condom-52", "A1", date(2026, 12, 31))
LATER = Lot("condom-52", "B7", date(2028, 12, 31))


def need(place: str, held: int | None, rate: float = 1.0, **more: float) -> Need:
    slots = (SlotStock(slot=1, capacity_packs=28, on_hand_packs=held),)
    return Need(
        place=place,
        item="condom-52",
        slots=slots,
        forecast=Steady(packs_per_day=rate),
        policy=DEFAULT,
        **more,  # type: ignore[arg-type]  # people_days alone
    )


def test_the_visit_that_saves_most_pickups_comes_first() -> None:
    ranked = rank([need("K1", 20), need("K2", 0), need("K3", 4)], depot_packs=None)
    assert [one.place for one in ranked] == ["K2", "K3", "K1"]
    assert ranked[0].pickups == pytest.approx(DEFAULT.cover_days, abs=0.1)
    assert ranked[0].packs == 28


def test_people_in_the_circle_weigh_as_the_pickups_that_they_would_make() -> None:
    plain, dear = rank([need("K1", 0), need("K2", 0, people_days=9_000)], depot_packs=None)[::-1]
    assert dear.place == "K2"
    assert dear.pickups - plain.pickups == pytest.approx(9_000 * CIRCLE_PICKUPS_A_DAY)
    unweighted = rank([need("K2", 0, people_days=9_000)], depot_packs=None, circle_weight=0)
    assert unweighted[0].pickups == plain.pickups


def test_what_the_depot_has_goes_to_those_who_need_it_most() -> None:
    ranked = rank([need("K1", 9), need("K2", 0)], depot_packs={"condom-52": 30})
    assert [(one.place, one.packs) for one in ranked] == [("K2", 28), ("K1", 2)]
    empty = rank([need("K1", 9), need("K2", 0)], depot_packs={})
    assert [one.stays_out for one in empty] == [StayOut.DEPOT_EMPTY] * 2


def test_a_visit_that_is_not_made_says_why() -> None:
    ranked = rank(
        [need("K1", 28), need("K2", 0), need("K3", 27, rate=0.001)],
        depot_packs=None,
        out_of_order=frozenset({"K2"}),
    )
    assert {one.place: one.stays_out for one in ranked} == {
        "K1": StayOut.NOTHING_TO_BRING,
        "K2": StayOut.OUT_OF_ORDER,
        "K3": StayOut.NOTHING_TO_WIN,
    }


def test_packs_for_a_machine_that_is_out_of_order_are_left_to_others() -> None:
    ranked = rank(
        [need("K1", 0), need("K2", 1)],
        depot_packs={"condom-52": 10},
        out_of_order=frozenset({"K1"}),
    )
    assert [(one.place, one.packs) for one in ranked if one.stays_out is None] == [("K2", 10)]


def test_a_crew_reckons_in_seconds() -> None:
    crew = Crew(stop_minutes=5, pack_seconds=3, pickup_minutes=20)
    assert (crew.service_s(40), crew.prize_s(1.5)) == (420, 1_800)


def made() -> Round:
    """Two stops: 8 packs of two lots into slot 1 and 2 into slot 2; then 5 packs."""
    stock = {SOON: 6, LATER: 20}
    adds = [Add(slot=1, item="condom-52", packs=8), Add(slot=2, item="condom-52", packs=2)]
    lines = allot([(1, adds), (2, [Add(slot=1, item="condom-52", packs=5)])], stock)
    stops = tuple(
        Stop(number=n, tour=1, kiosk_id=f"K{n}", arrive_minutes=0, metres=0, pickups=1.0)
        for n in (1, 2)
    )
    return Round(id="R1", depot_id="D1", for_day=NOW.date(), made_at=NOW, stops=stops, lines=lines)


def test_lots_are_given_out_to_the_stops_first_expiring_first() -> None:
    one = made()
    assert [(line.stop, line.slot, line.lot.lot, line.packs) for line in one.lines] == [
        (1, 1, "A1", 6),
        (1, 1, "B7", 2),
        (1, 2, "B7", 2),
        (2, 1, "B7", 5),
    ]
    assert to_pick(one.lines) == {SOON: 6, LATER: 9}


def test_a_stop_is_done_once_its_kiosk_has_told_of_each_slot_however_late() -> None:
    one = after_picking(made(), at=NOW)
    late = NOW + timedelta(days=3)
    half = after_hearing(one, "K1", {(1, "condom-52"): 8}, at=late)
    assert half.stop(1).state is RoundState.PICKED  # type: ignore[union-attr]  # it is there
    whole = after_hearing(half, "K1", {(2, "condom-52"): 2}, at=late)
    stop = whole.stop(1)
    assert stop is not None
    assert (stop.state, stop.done_by, stop.done_at) == (RoundState.DONE, DoneBy.KIOSK, late)
    assert differences(whole) == ()
    assert whole.state is RoundState.PICKED
    end = after_hearing(whole, "K2", {(1, "condom-52"): 5}, at=late)
    assert (end.state, end.done_at) == (RoundState.DONE, late)


def test_what_came_and_was_not_picked_is_a_difference_until_the_rest_is_told() -> None:
    one = after_picking(made(), at=NOW)
    one = after_hearing(one, "K2", {(1, "condom-52"): 3}, at=NOW)
    [told] = differences(one)
    assert told == Difference(
        round_id="R1",
        stop=2,
        kiosk_id="K2",
        slot=1,
        item="condom-52",
        picked_packs=5,
        received_packs=3,
    )
    assert differences(after_hearing(one, "K2", {(1, "condom-52"): 2}, at=NOW)) == ()


def test_what_came_into_another_slot_is_a_difference_too() -> None:
    one = after_picking(made(), at=NOW)
    one = after_hearing(one, "K2", {(1, "condom-52"): 4, (3, "n9-gel"): 1}, at=NOW)
    found = [(it.slot, it.picked_packs, it.received_packs) for it in differences(one)]
    assert found == [(1, 5, 4), (3, 0, 1)]


def test_somebody_can_say_that_a_stop_is_done_and_the_kiosk_knows_better() -> None:
    one = after_picking(made(), at=NOW)
    said = after_saying(one, 2, {(1, "condom-52"): 4}, at=NOW, note="one was damaged")
    stop = said.stop(2)
    assert stop is not None
    assert (stop.state, stop.done_by, stop.note) == (
        RoundState.DONE,
        DoneBy.HAND,
        "one was damaged",
    )
    assert [it.received_packs for it in differences(said)] == [4]
    heard = after_hearing(said, "K2", {(1, "condom-52"): 5}, at=NOW)
    assert differences(heard) == ()
    assert heard.stop(2).receipts == (  # type: ignore[union-attr]  # it is there
        Receipt(slot=1, item="condom-52", heard_packs=5, said_packs=4),
    )
    silent = after_saying(one, 1, {}, at=NOW)
    assert differences(silent) == ()


def test_a_round_goes_its_way_and_no_other() -> None:
    one = made()
    with pytest.raises(RoundError, match="not picked yet"):
        after_saying(one, 1, {}, at=NOW)
    gone = after_cancelling(one, at=NOW)
    assert {stop.state for stop in gone.stops} == {RoundState.CANCELLED}
    assert after_hearing(gone, "K1", {(1, "condom-52"): 8}, at=NOW) == gone
    with pytest.raises(RoundError, match="cancelled"):
        after_picking(gone, at=NOW)
    picked = after_picking(one, at=NOW)
    with pytest.raises(RoundError, match="picked already"):
        after_cancelling(picked, at=NOW)
    with pytest.raises(RoundError, match="no stop 9") as refused:
        after_saying(picked, 9, {}, at=NOW)
    assert refused.value.is_unknown
    assert after_hearing(picked, "K9", {(1, "condom-52"): 8}, at=NOW) == picked


def test_a_kiosk_may_tell_before_anybody_has_marked_the_round_as_picked() -> None:
    told = after_hearing(made(), "K2", {(1, "condom-52"): 5}, at=NOW)
    picked = after_picking(told, at=NOW)
    assert [stop.state for stop in picked.stops] == [RoundState.PICKED, RoundState.DONE]
    assert replace(picked, stops=()).lines == made().lines
