"""The circle follows the books: in the same transaction, and never a guess."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from service.domain.circle import Standing
from service.domain.circle_gaps import GapKey, GapRule
from service.domain.heard import Died, Heard
from service.domain.registry import Registry
from service.flows.circle import LiveCircle
from service.flows.circle_memory import Ground, standing_of
from service.flows.keep import keep_batch
from service.flows.ports import Books
from tests.support.books import Keeper
from tests.support.ground import ground_of, live, watch_circle
from tests.support.plans import NOW, ZONE
from tests.support.say import born, counted, dispensed, fact, faulted

KIOSKS = ("K0001", "K0002", "K0003")
COMMUNITIES = ("C001", "C002", "C003")
GROUND = ground_of(
    [[True, True, False], [False, True, True], [False, False, False]],
    people=[900, 400, 50],
    kiosk_ids=KIOSKS,
    community_ids=COMMUNITIES,
)
S = Standing


@pytest.fixture
def circle(keeper: Keeper) -> LiveCircle:
    return live(keeper.store, GROUND)


def _hear(circle: LiveCircle, *heard: Heard, at: datetime = NOW) -> None:
    with circle.begin() as books:
        _book(circle, books, *heard, at=at)


def _book(circle: LiveCircle, books: Books, *heard: Heard, at: datetime = NOW) -> None:
    kept = keep_batch(heard, books=books, at=at, zone=ZONE)
    circle.follow(kept.stirred, kept.touched, books=books, at=at)


class PowerCutError(Exception):
    """Before the commit."""


def _book_in_vain(circle: LiveCircle, *heard: Heard) -> None:
    with circle.begin() as books:
        _book(circle, books, *heard)
        raise PowerCutError


def _standings(keeper: Keeper, item: str = "condom-52") -> list[Standing]:
    with keeper.store.look() as books:
        kept = books.coverage.standings()
    return [kept.get((kiosk, item), S.NEVER) for kiosk in KIOSKS]


def _gaps(
    keeper: Keeper, circle: LiveCircle, at: datetime = NOW
) -> dict[str, tuple[Standing, str | None]]:
    circle.look_round(at)
    with keeper.store.look() as books:
        found = books.coverage.gaps(None)
    return {
        key.community_id: (gap.cause, gap.opened_by)
        for key, gap in found.items()
        if key.item == "condom-52"
    }


def _incidents(
    keeper: Keeper, circle: LiveCircle, at: datetime = NOW, rule: GapRule | None = None
) -> list[str]:
    watch_circle(circle, store=keeper.store, at=at, rule=rule)
    return [one for one in keeper.read().standing if one.startswith("circle_gap")]


def _all_empty(circle: LiveCircle, kiosks: Sequence[str] = KIOSKS) -> None:
    _hear(circle, *(born(kiosk=one) for one in kiosks))
    _hear(circle, *(fact(1, counted(0, 0), kiosk=one) for one in kiosks))


def test_kiosks_never_heard_are_unknown_and_no_incident(keeper: Keeper, circle: LiveCircle) -> None:
    assert _incidents(keeper, circle) == []
    assert _standings(keeper) == [S.UNKNOWN] * 3
    assert _standings(keeper, "n9-gel") == [S.NEVER] * 3, "nobody carries it"
    unknown = (S.UNKNOWN, None)
    assert _gaps(keeper, circle) == {"C001": unknown, "C002": unknown, "C003": (S.NEVER, None)}


def test_coverage_moves_in_the_transaction_of_the_facts(keeper: Keeper, circle: LiveCircle) -> None:
    _hear(circle, born(), fact(1, counted(2, 0)))
    assert _standings(keeper) == [S.IN_STOCK, S.UNKNOWN, S.UNKNOWN]
    assert _gaps(keeper, circle).keys() == {"C002", "C003"}
    before = keeper.read().coverages
    _hear(circle, fact(2, dispensed()))
    assert keeper.read().coverages == before, "one pack less changes nothing"
    _hear(circle, fact(3, dispensed()))
    assert _standings(keeper)[0] is S.EMPTY
    assert keeper.read().coverages == before + 1
    assert ("coverage", "circle") in keeper.read().changes


def test_an_undone_transaction_leaves_no_trace(keeper: Keeper, circle: LiveCircle) -> None:
    _hear(circle, born(), fact(1, counted(1, 0)))
    with pytest.raises(PowerCutError):
        _book_in_vain(circle, fact(2, dispensed()))
    _hear(circle, born(kiosk="K0002"), fact(1, counted(3, 3), kiosk="K0002"))
    assert _standings(keeper) == [S.IN_STOCK, S.IN_STOCK, S.UNKNOWN]
    _hear(circle, fact(2, dispensed()))
    assert _standings(keeper)[0] is S.EMPTY


def test_two_processes_that_follow_in_turn_agree(keeper: Keeper) -> None:
    one, other = live(keeper.store, GROUND), live(keeper.store, GROUND)
    _hear(one, born(), fact(1, counted(1, 0)))
    _hear(other, fact(2, dispensed()))
    _hear(one, born(kiosk="K0002"), fact(1, counted(1, 0), kiosk="K0002"))
    _hear(other, fact(3, counted(4, 4)))
    anew = live(keeper.store, GROUND)
    anew.look_round(NOW)
    assert _standings(keeper) == [S.IN_STOCK, S.IN_STOCK, S.UNKNOWN]
    assert _gaps(keeper, anew) == {"C003": (S.NEVER, None)}


def test_a_gap_knows_its_cause_and_through_whom_it_came(keeper: Keeper, circle: LiveCircle) -> None:
    _all_empty(circle)
    assert _gaps(keeper, circle)["C001"] == (S.EMPTY, "K0002")
    later = NOW + timedelta(minutes=5)
    _hear(circle, fact(2, faulted("power", slot=None), kiosk="K0002"), at=later)
    assert _gaps(keeper, circle)["C001"] == (S.EMPTY, "K0002"), "the other could still be filled"
    _hear(circle, fact(2, faulted("power", slot=None)), at=later)
    assert _gaps(keeper, circle)["C001"] == (S.MACHINE, "K0001")
    with keeper.store.look() as books:
        gap = books.coverage.gaps(None)[GapKey("C001", "condom-52")]
    assert (gap.opened_at, gap.people) == (later, 900)
    assert gap.since == NOW, "it is outside since before, for another cause"
    _hear(circle, fact(3, faulted("power", slot=None, raised=False)), at=later)
    _hear(circle, fact(4, counted(9, 9)), at=later)
    assert "C001" not in _gaps(keeper, circle)


def test_a_community_whose_only_outlets_are_empty_is_an_incident_until_one_is_filled(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _all_empty(circle)
    gaps = ["circle_gap|K0002", "circle_gap|K0003"]
    assert _incidents(keeper, circle) == gaps == _incidents(keeper, circle)
    _hear(circle, fact(2, counted(20, 0), kiosk="K0003"))
    assert _incidents(keeper, circle) == gaps[:1]
    later = NOW + timedelta(days=3)
    assert _incidents(keeper, circle, later) == [], (
        "silent kiosks are unknown, and unknown is no gap"
    )


def test_few_people_or_a_short_while_are_no_reason_to_get_up(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _all_empty(circle)
    rule = GapRule(people_min=500, grace=timedelta(minutes=30))
    assert _incidents(keeper, circle, rule=rule) == []
    late = NOW + timedelta(minutes=30)
    assert _incidents(keeper, circle, late, rule=rule) == ["circle_gap|K0002"]


def test_a_machine_that_flaps_within_the_grace_wakes_nobody(
    keeper: Keeper, circle: LiveCircle
) -> None:
    rule = GapRule(grace=timedelta(minutes=30))
    _all_empty(circle)
    moments = [NOW + timedelta(minutes=20 * step) for step in range(7)]
    for sequence, (at, then) in enumerate(pairwise(moments), start=2):
        packs = sequence % 2
        _hear(circle, *(fact(sequence, counted(packs, 0), kiosk=one) for one in KIOSKS), at=at)
        assert _incidents(keeper, circle, then - timedelta(minutes=1), rule=rule) == []
    assert keeper.read().incidents_resolved == 0


def test_silence_comes_by_the_clock_and_goes_with_a_word(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _hear(circle, born(boot=4), fact(1, counted(5, 5)))
    _hear(circle, Died(kiosk_id="K0001", boot=4))
    later = NOW + timedelta(minutes=11)
    assert _standings(keeper)[0] is S.IN_STOCK
    circle.look_round(later)
    assert _standings(keeper)[0] is S.UNKNOWN
    _hear(circle, born(boot=5, head=1), at=later)
    assert _standings(keeper)[0] is S.IN_STOCK


def test_a_shut_door_is_a_cause_of_its_own_and_no_incident(keeper: Keeper) -> None:
    def open_at(at: datetime) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([at.hour < 18, True, True])

    ground = ground_of([[True, False, False]], people=[900], kiosk_ids=KIOSKS,
                       community_ids=["C001"], open_at=open_at)  # fmt: skip
    circle = live(keeper.store, ground)
    _hear(circle, born(), fact(1, counted(5, 5)))
    assert _gaps(keeper, circle) == {}
    evening = NOW.replace(hour=18)
    assert _incidents(keeper, circle, evening) == []
    assert _gaps(keeper, circle, evening) == {"C001": (S.CLOSED, "K0001")}
    assert _standings(keeper)[0] is S.IN_STOCK, "what it has does not depend on the hour"
    assert _gaps(keeper, circle, evening + timedelta(hours=14)) == {}


def test_a_mistake_of_the_circle_holds_up_no_fact(keeper: Keeper) -> None:
    def no_ground(_registry: Registry) -> Ground:
        raise ArithmeticError

    circle = LiveCircle(keeper.store, no_ground, is_storage=lambda _error: False)
    _hear(circle, born(), fact(1, counted(5, 5)))
    assert len(keeper.read().facts) == 1
    with pytest.raises(ArithmeticError):
        circle.look_round(NOW)
    mended = live(keeper.store, GROUND)
    mended.look_round(NOW)
    assert _standings(keeper)[0] is S.IN_STOCK


def test_an_error_of_the_store_undoes_the_facts_too(keeper: Keeper) -> None:
    def no_store(_registry: Registry) -> Ground:
        raise ArithmeticError

    circle = LiveCircle(keeper.store, no_store, is_storage=lambda _error: True)
    with pytest.raises(ArithmeticError):
        _hear(circle, born(), fact(1, counted(5, 5)))
    assert keeper.read().facts == {}


def test_a_gap_that_other_people_are_in_stays_the_same_gap(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _all_empty(circle)
    _gaps(keeper, circle)
    with keeper.store.look() as books:
        before = books.coverage.gaps(None)[GapKey("C001", "condom-52")]
    grown = live(keeper.store, replace(GROUND, people=np.array([950, 400, 50])))
    _gaps(keeper, grown, NOW + timedelta(hours=1))
    with keeper.store.look() as books:
        after = books.coverage.gaps(None)[GapKey("C001", "condom-52")]
    assert after == replace(before, people=950)


def test_gaps_of_communities_that_are_no_more_are_closed(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _all_empty(circle)
    assert _gaps(keeper, circle).keys() == set(COMMUNITIES)
    smaller = ground_of([[True, True, False]], people=[900], kiosk_ids=KIOSKS,
                        community_ids=["C001"])  # fmt: skip
    assert _gaps(keeper, live(keeper.store, smaller)).keys() == {"C001"}


def test_who_had_no_lease_meanwhile_remembers_nothing(keeper: Keeper) -> None:
    both = [[True, True, False]]
    one, other = (
        live(keeper.store, ground_of(both, people=[9], kiosk_ids=KIOSKS, community_ids=["C001"]))
        for _ in range(2)
    )
    _hear(one, *(born(kiosk=kiosk) for kiosk in KIOSKS[:2]))
    _hear(one, *(fact(1, counted(1, 0), kiosk=kiosk) for kiosk in KIOSKS[:2]))
    _hear(other, fact(2, dispensed()))  # The neighbour covers: no figure changes.
    one.forget()
    _hear(one, fact(3, counted(4, 0)))
    assert _standings(keeper)[0] is S.IN_STOCK


def test_time_does_not_run_backwards(keeper: Keeper) -> None:
    def open_at(at: datetime) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([at.hour < 18, True, True])

    ground = ground_of([[True, False, False]], people=[900], kiosk_ids=KIOSKS,
                       community_ids=["C001"], open_at=open_at)  # fmt: skip
    circle = live(keeper.store, ground)
    _hear(circle, born(), fact(1, counted(5, 5)))
    evening = NOW.replace(hour=18)
    circle.look_round(evening)
    told = keeper.read().coverages
    _hear(circle, fact(2, counted(5, 4)), fact(3, faulted("door_open", slot=None)),
          at=evening - timedelta(seconds=1))  # fmt: skip
    assert keeper.read().coverages == told


def test_a_jam_a_fault_and_an_uncounted_slot_stand_each_for_themselves(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _hear(circle, *(born(kiosk=one) for one in KIOSKS))
    jams = [fact(1 + slot, faulted(slot=slot)) for slot in (1, 2)]
    _hear(circle, fact(1, counted(20, 20)), *jams)
    _hear(circle, fact(1, counted(20, 20), kiosk="K0002"))
    _hear(circle, fact(2, faulted("power", slot=None), kiosk="K0002"))
    assert _standings(keeper) == [S.MACHINE, S.MACHINE, S.STOCK_UNKNOWN]
    with keeper.store.look() as books:
        views = books.stock.views(NOW)
    film = [standing_of(views[kiosk], "n9-film") for kiosk in KIOSKS]
    assert film[1] is S.MACHINE
