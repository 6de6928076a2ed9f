"""Depots: no lot below nothing, first expiring first, a mistake undone by an entry of its own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.depots import (
    DepotError,
    Entry,
    EntryKind,
    Lot,
    Written,
    after,
    by_item,
    held,
    less,
    reversal,
    take,
    usable,
)
from tests.support.plans import NOW

SOON = Lot("condom-52", "A1", date(2026, 12, 31))
LATER = Lot("condom-52", "B7", date(2028, 12, 31))
UNDATED = Lot("condom-52", "C3", None)
GEL = Lot("n9-gel", "G1", date(2027, 1, 31))


def entry(lot: Lot, packs: int, kind: EntryKind = EntryKind.RECEIPT) -> Entry:
    return Entry(depot_id="D1", kind=kind, lot=lot, packs=packs, at=NOW)


def test_what_is_there_is_what_came_less_what_left() -> None:
    entries = [entry(LATER, 40), entry(SOON, 10), entry(SOON, -10, EntryKind.ISSUE), entry(GEL, 3)]
    assert held(entries) == {LATER: 40, GEL: 3}
    assert by_item(held(entries)) == {"condom-52": 40, "n9-gel": 3}


def test_those_that_expire_first_are_taken_first() -> None:
    stock = {UNDATED: 9, LATER: 20, SOON: 5, GEL: 9}
    assert take(stock, "condom-52", 27) == [(SOON, 5), (LATER, 20), (UNDATED, 2)]
    assert stock == {UNDATED: 7, LATER: 0, SOON: 0, GEL: 9}


def test_where_there_is_too_little_nothing_is_taken() -> None:
    stock = {SOON: 5}
    with pytest.raises(DepotError, match="5 packs of condom-52 to give, not 6"):
        take(stock, "condom-52", 6)
    assert stock == {SOON: 5}


def test_no_lot_is_ever_below_nothing() -> None:
    with pytest.raises(DepotError, match="Lot A1 of condom-52 has 5 packs, not 6"):
        after({SOON: 5, LATER: 90}, [entry(SOON, -6, EntryKind.LOSS)])


def test_what_is_expired_or_promised_is_not_there_to_be_given() -> None:
    stock = {SOON: 5, LATER: 20, UNDATED: 1}
    on_new_years_day = usable(stock, on=date(2027, 1, 1))
    assert on_new_years_day == {LATER: 20, UNDATED: 1}
    assert usable(stock, on=date(2026, 12, 31)) == stock
    assert less(stock, {LATER: 15, SOON: 5}) == {LATER: 5, UNDATED: 1}


def test_a_mistake_is_undone_by_an_entry_that_reverses_it_and_that_one_is_not() -> None:
    wrong = Written(7, entry(SOON, 48))
    undone = reversal(wrong, at=NOW, by="", note="typed twice")
    assert (undone.packs, undone.reverses, undone.kind) == (-48, 7, EntryKind.REVERSAL)
    assert held([wrong.entry, undone]) == {}
    with pytest.raises(DepotError, match="not reversed itself"):
        reversal(Written(8, undone), at=NOW, by="", note="")


LOTS = st.sampled_from([SOON, LATER, UNDATED, GEL])


@given(st.dictionaries(LOTS, st.integers(0, 50)), st.integers(0, 150))
def test_whatever_is_taken_was_there_and_is_gone(stock: dict[Lot, int], packs: int) -> None:
    before = dict(stock)
    there = by_item(before).get("condom-52", 0)
    if packs > there:
        with pytest.raises(DepotError):
            take(stock, "condom-52", packs)
        assert stock == before
        return
    taken = take(stock, "condom-52", packs)
    assert sum(n for _, n in taken) == packs
    for lot, n in taken:
        assert stock[lot] == before[lot] - n >= 0
