"""Every keeper keeps discrepancies alike, and late facts derive them anew."""

from datetime import timedelta

import pytest

from service.domain.discrepancies import Discrepancy
from service.domain.facts import Fact, FactKey
from service.flows.keep import keep_batch
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.rebuild import rebuild
from tests.support.say import KIOSK, counted, dispensed, fact, restocked


def _missing(sequence: int, *, epoch: int = 1, kiosk: str = KIOSK, slot: int = 1) -> Discrepancy:
    return Discrepancy(
        key=FactKey(kiosk, epoch, sequence),
        slot=slot,
        item="condom-52",
        happened_at=NOW - timedelta(microseconds=1),
        kind="count",
        expected_packs=-1,
        found_packs=20,
    )


def test_those_newer_than_a_fact_are_replaced_and_no_others(keeper: Keeper) -> None:
    older = [_missing(900), _missing(4, epoch=2)]
    stranger = _missing(9, epoch=3, kiosk="K0002")
    with keeper.store.begin() as books:
        books.discrepancies.add([*older, stranger, _missing(5, epoch=2), _missing(1, epoch=3)])
        books.discrepancies.add([])
        books.discrepancies.replace_after(FactKey(KIOSK, 2, 4), [_missing(6, epoch=2, slot=2)])
    kept = keeper.read().discrepancies
    assert sorted(kept.values(), key=lambda one: one.key) == [
        *older,
        _missing(6, epoch=2, slot=2),
        stranger,
    ]


def _keep(keeper: Keeper, *facts: Fact) -> list[tuple[int, int, int]]:
    """Book facts; return sequence, expected and found of all discrepancies on record."""
    with keeper.store.begin() as books:
        keep_batch(facts, books=books, at=NOW, zone=ZONE)
    kept = keeper.read()
    assert kept.books() == rebuild(kept.facts.values())
    found = sorted(kept.discrepancies.values(), key=lambda one: one.key)
    return [(one.key.sequence, one.expected_packs, one.found_packs) for one in found]


def test_a_dispense_that_comes_late_explains_what_was_missing(keeper: Keeper) -> None:
    assert _keep(keeper, fact(1, counted(20)), fact(3, counted(18))) == [(3, 20, 18)]
    assert _keep(keeper, fact(2, dispensed(packs=2))) == []


def test_a_count_that_comes_late_is_held_against_the_level_of_its_time(keeper: Keeper) -> None:
    assert _keep(keeper, fact(1, counted(20)), fact(3, dispensed()), fact(4, counted(17))) == [
        (4, 19, 17)
    ]
    assert _keep(keeper, fact(2, counted(18))) == [(2, 20, 18)]


def test_what_an_older_count_brought_to_light_stays_when_a_fact_comes_late(keeper: Keeper) -> None:
    before = (fact(1, counted(20)), fact(2, counted(15)), fact(4, counted(14)))
    assert _keep(keeper, *before) == [(2, 20, 15), (4, 15, 14)]
    assert _keep(keeper, fact(3, dispensed(packs=3))) == [(2, 20, 15), (4, 12, 14)]


@pytest.mark.parametrize("late", [1, 2, 3, 4])
def test_whichever_fact_comes_last_the_same_is_on_record(keeper: Keeper, late: int) -> None:
    journal = [
        fact(1, counted(20, 10)),
        fact(2, restocked(24, added=5)),
        fact(3, dispensed(after=21)),
        fact(4, counted(21, 9)),
    ]
    _keep(keeper, *(one for one in journal if one.key.sequence != late))
    assert _keep(keeper, journal[late - 1]) == [(2, 25, 24), (3, 23, 21), (4, 10, 9)]
