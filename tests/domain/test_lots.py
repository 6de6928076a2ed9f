"""Lots: the first in is the first out; what has expired is found by day, and told by item."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Restocked
from service.domain.incident_expiry import expiry_findings
from service.domain.incidents import ITEMS, IncidentKind, Severity
from service.domain.lots import HeldLot, held

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)


def added(packs: int, lot: str | None, days: int | None = None, item: str = "a") -> Restocked:
    expires_on = None if days is None else TODAY + days * DAY
    return Restocked(1, item, packs, 0, None, packs, lot=lot, expires_on=expires_on)


def lot(packs: int, days: int | None, item: str = "a") -> HeldLot:
    return HeldLot(item, "L", None if days is None else TODAY + days * DAY, packs)


def test_what_is_there_is_what_was_added_last() -> None:
    restocks = [added(10, "new"), added(8, "old"), added(20, "older")]
    told = [(one.lot, one.packs) for one in held(restocks, item="a", on_hand_packs=13)]
    assert told == [("new", 10), ("old", 3)]
    assert held(restocks, item="a", on_hand_packs=0) == []


def test_of_packs_beyond_all_that_is_told_nothing_is_known() -> None:
    found = held([added(5, "new")], item="a", on_hand_packs=7)
    assert found[1:] == [HeldLot("a", None, None, 2)]


def test_what_lies_below_another_item_is_gone() -> None:
    restocks = [added(5, "new"), added(5, "other", item="b"), added(9, "old")]
    assert [one.lot for one in held(restocks, item="a", on_hand_packs=7)] == ["new", None]


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(0, 120))
def test_lots_add_up_to_what_is_there(packs: list[int], on_hand: int) -> None:
    found = held([added(one, "L") for one in packs], item="a", on_hand_packs=on_hand)
    assert sum(one.packs for one in found) == on_hand
    assert all(one.packs > 0 for one in found)


def test_the_last_day_is_a_good_one_and_the_day_after_is_not() -> None:
    [soon] = expiry_findings("K0001", [lot(3, 0)], today=TODAY)
    assert (soon.subject.kind, soon.severity) == (IncidentKind.EXPIRING, Severity.WARNING)
    [gone] = expiry_findings("K0001", [lot(3, -1)], today=TODAY)
    assert (gone.subject.kind, gone.severity) == (IncidentKind.EXPIRED, Severity.CRITICAL)
    part = {"item": "a", "packs": 3, "expires_on": (TODAY - DAY).isoformat()}
    assert gone.numbers == {ITEMS: [part]}


def test_it_is_told_two_months_ahead_and_graver_in_the_last_two_weeks() -> None:
    assert expiry_findings("K0001", [lot(3, 61), lot(9, None)], today=TODAY) == []
    [far] = expiry_findings("K0001", [lot(3, 60)], today=TODAY)
    [near] = expiry_findings("K0001", [lot(3, 60), lot(1, 14)], today=TODAY)
    assert (far.severity, near.severity) == (Severity.INFO, Severity.WARNING)
    [part] = near.numbers[ITEMS]
    assert (part["packs"], part["expires_on"]) == (4, (TODAY + 14 * DAY).isoformat())
