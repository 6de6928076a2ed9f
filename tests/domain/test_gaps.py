"""Gaps: noticed once, asked for with growing patience, and never larger than what is missing."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.gaps import ASK_AGAIN_MAX, PATIENCE, Gap, reconcile
from service.domain.progress import Stretch, stretches_of
from tests.support.plans import NOW

LATER = NOW + timedelta(minutes=9)


def _gap(first: int, last: int, *, permanent: bool = False, asks: int = 0) -> Gap:
    return Gap(
        kiosk_id="K0001",
        epoch=1,
        first=first,
        last=last,
        noticed_at=NOW,
        permanent=permanent,
        asks=asks,
        next_ask_at=None if permanent else NOW + PATIENCE,
        command_id="cmd-1" if asks else None,
    )


def _reconciled(old: list[Gap], missing: list[Stretch]) -> list[Gap]:
    return reconcile(old, missing, kiosk_id="K0001", epoch=1, at=LATER)


def _numbers(gaps: list[Gap]) -> set[int]:
    return {n for gap in gaps for n in range(gap.first, gap.last + 1)}


def test_a_new_gap_is_given_half_a_minute_before_it_is_asked_for() -> None:
    [gap] = _reconciled([], [(4, 6)])
    assert (gap.first, gap.last, gap.asks, gap.permanent) == (4, 6, 0, False)
    assert (gap.noticed_at, gap.next_ask_at) == (LATER, LATER + timedelta(seconds=30))


def test_a_gap_that_did_not_change_keeps_its_age_its_command_and_its_next_ask() -> None:
    old = _gap(4, 6, asks=2)
    assert _reconciled([old], [(4, 6)]) == [old]


def test_a_gap_that_shrinks_keeps_its_age_and_forgets_its_command() -> None:
    [left] = _reconciled([_gap(4, 9, asks=2)], [(7, 9)])
    assert (left.noticed_at, left.command_id, left.asks) == (NOW, None, 0)
    assert left.next_ask_at == LATER + PATIENCE


def test_a_gap_that_is_filled_is_gone_from_the_list() -> None:
    assert _reconciled([_gap(4, 6)], []) == []


def test_a_permanent_gap_is_not_a_gap_to_ask_for() -> None:
    [new] = _reconciled([_gap(4, 6, permanent=True)], [(4, 6)])
    assert (new.permanent, new.noticed_at) == (False, LATER)


def test_each_ask_waits_twice_as_long_as_the_one_before_and_an_hour_at_most() -> None:
    gap, waits = _gap(4, 6), []
    for number in range(40):
        gap = gap.asked(command_id=f"cmd-{number}", at=NOW)
        assert gap.next_ask_at is not None
        waits.append(gap.next_ask_at - NOW)
    assert waits[:4] == [PATIENCE, PATIENCE * 2, PATIENCE * 4, PATIENCE * 8]
    assert waits[-1] == ASK_AGAIN_MAX
    assert (gap.asks, gap.command_id) == (40, "cmd-39")


def test_a_gap_given_up_is_permanent_and_never_due_again() -> None:
    given_up = _gap(4, 6, asks=1).given_up()
    assert (given_up.permanent, given_up.next_ask_at) == (True, None)
    assert (given_up.first, given_up.last, given_up.noticed_at) == (4, 6, NOW)


def test_a_fact_that_turns_up_splits_its_gap() -> None:
    left = _gap(4, 9, permanent=True).without([6])
    assert [(gap.first, gap.last, gap.permanent) for gap in left] == [(4, 5, True), (7, 9, True)]


RANGES = st.tuples(st.integers(1, 20), st.integers(0, 10)).map(lambda r: (r[0], r[0] + r[1]))


@given(RANGES, st.lists(st.integers(0, 40), max_size=15, unique=True))
def test_what_is_left_of_a_gap_is_the_difference_of_two_sets(
    stretch: Stretch, found: list[int]
) -> None:
    left = _gap(*stretch).without(found)
    rest = set(range(stretch[0], stretch[1] + 1)) - set(found)
    assert [(gap.first, gap.last) for gap in left] == stretches_of(rest)


@given(st.sets(st.integers(1, 25)), st.sets(st.integers(1, 25)))
def test_open_gaps_always_stand_for_exactly_what_is_missing(
    before: set[int], now: set[int]
) -> None:
    old = [_gap(first, last, asks=1) for first, last in stretches_of(before)]
    new = _reconciled(old, stretches_of(now))
    assert _numbers(new) == now
    for gap in new:
        overlaps = before & set(range(gap.first, gap.last + 1))
        assert gap.noticed_at == (NOW if overlaps else LATER), "a gap is as old as its oldest part"
        assert (gap in old) == (gap.asks == 1)
