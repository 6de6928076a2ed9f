from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Standing
from service.domain.facts import Fact, FactKey, What
from service.domain.timeline import (
    POINT_EVERY,
    Change,
    Outline,
    Point,
    derive,
    earliest,
    standings_at,
)
from service.flows.circle_memory import standing_of
from service.flows.keep import keep_batch
from tests.fakes.memory import MemoryStore
from tests.support.past import journals
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import KIOSK, born, counted, dispensed, fact, faulted, restocked

S = Standing
PLANNED = {1: "condom-52", 2: "condom-52", 3: "n9-film"}
NOON = NOW - timedelta(hours=6)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def outline(
    facts: list[Fact], *, start: Point | None = None, gaps: list[tuple[int, int]] | None = None
) -> Outline:
    return Outline(kiosk_id=KIOSK, planned=PLANNED, start=start, facts=facts, gaps=gaps or [])


def told(*whats: What, gaps: list[tuple[int, int]] | None = None) -> list[Change]:
    """Return what follows from words a minute apart, the first at one past noon."""
    return derive(outline([fact(n, one) for n, one in enumerate(whats, 1)], gaps=gaps)).changes


def of(item: str, changes: list[Change]) -> list[tuple[float, Standing]]:
    return [
        ((one.at - NOON) / timedelta(minutes=1), one.standing)
        for one in changes
        if one.item == item
    ]


@pytest.mark.parametrize(
    ("whats", "condoms"),
    [
        ([counted(1, 0)], [(1, S.IN_STOCK)]),
        ([counted(1, 0), dispensed(1)], [(1, S.IN_STOCK), (2, S.EMPTY)]),
        ([counted(1, 0), dispensed(2), dispensed(1)], [(1, S.IN_STOCK), (3, S.EMPTY)]),
        ([counted(0), counted(0, 0)], [(1, S.STOCK_UNKNOWN), (2, S.EMPTY)]),
        ([faulted("door_open", slot=None)], [(1, S.STOCK_UNKNOWN)]),
        (
            [counted(1, 1), faulted("power", slot=None), faulted("power", raised=False, slot=None)],
            [(1, S.IN_STOCK), (2, S.MACHINE), (3, S.IN_STOCK)],
        ),
        ([counted(1, 1), faulted(slot=1)], [(1, S.IN_STOCK)]),
        ([counted(1, 1), faulted(slot=1), faulted(slot=2)], [(1, S.IN_STOCK), (3, S.MACHINE)]),
        ([counted(1, 0), faulted(slot=1)], [(1, S.IN_STOCK), (2, S.EMPTY)]),
        ([counted(0, 0), restocked(9, 2)], [(1, S.EMPTY), (2, S.IN_STOCK)]),
        (
            [counted(1, 1), restocked(9, 1, item="n9-gel"), restocked(9, 2, item="n9-gel")],
            [(1, S.IN_STOCK), (3, S.NEVER)],
        ),
    ],
)
def test_a_kiosk_stands_as_well_as_the_best_of_its_slots(
    whats: list[What], condoms: list[tuple[float, Standing]]
) -> None:
    assert of("condom-52", told(*whats)) == condoms


def test_an_item_that_was_not_meant_to_be_there_comes_with_the_slot_that_holds_it() -> None:
    changes = told(counted(1, 1), restocked(9, 3, item="n9-gel"))
    assert of("n9-gel", changes) == [(2, S.IN_STOCK)]
    assert of("n9-film", changes) == [(1, S.STOCK_UNKNOWN), (2, S.NEVER)]


def test_behind_a_gap_that_is_gone_for_ever_the_stock_is_unknown_until_it_is_counted() -> None:
    facts = [fact(1, counted(5, 5)), fact(9, dispensed()), fact(10, restocked(3, 2))]
    [*_, unknown, known] = of("condom-52", derive(outline(facts, gaps=[(1, 2)])).changes)
    assert (unknown, known) == ((1, S.STOCK_UNKNOWN), (10, S.IN_STOCK))
    assert of("condom-52", told(counted(0, 0), gaps=[(1, 2)])) == [(1, S.STOCK_UNKNOWN)]
    assert of("condom-52", told(counted(0, 0), gaps=[(0, 1)])) == [(1, S.EMPTY)]
    broken = told(counted(1), faulted("power", slot=None), gaps=[(1, 3)])
    assert of("condom-52", broken)[-1] == (2, S.MACHINE)


def test_a_clock_never_goes_back_and_of_one_second_the_last_word_counts() -> None:
    half = timedelta(seconds=0.5)
    facts = [
        fact(1, counted(1, 0), at=at(9) + half),
        fact(2, dispensed(), at=at(3)),
        fact(3, faulted("power", slot=None), at=at(9) + half * 3),
    ]
    assert of("condom-52", derive(outline(facts)).changes) == [
        (9, S.EMPTY),
        (9 + 1 / 60, S.MACHINE),
    ]


def test_what_changes_nothing_leaves_no_trace() -> None:
    assert (
        len(of("condom-52", told(counted(9, 9), dispensed(), dispensed(2), faulted(slot=3)))) == 1
    )


def looked_up(changes: list[Change], when: datetime, item: str) -> Standing:
    before = [one.standing for one in changes if one.item == item and one.at <= when]
    return before[-1] if before else S.NEVER


@given(journals())
def test_it_stands_at_each_second_as_the_live_circle_would_have_said(facts: list[Fact]) -> None:
    store = MemoryStore(small_district())
    expected: dict[datetime, dict[str, Standing]] = {}
    newest = NOON - timedelta(days=1)
    for one in facts:
        with store.begin() as books:
            keep_batch([born(epoch=one.key.epoch), one], books=books, at=NOW, zone=ZONE)
            view = books.stock.views(NOW)[KIOSK]
        newest = max(newest, one.happened_at.replace(microsecond=0))
        expected[newest] = {item: standing_of(view, item) for item, _ in view.items}
    changes = derive(outline(facts)).changes
    for when, standings in expected.items():
        for item in ("condom-52", "n9-film", "n9-gel"):
            assert looked_up(changes, when, item) == standings.get(item, S.NEVER)
    keys = [(one.item, one.at) for one in changes]
    assert len(keys) == len(set(keys))


@given(journals(), st.integers(0, 12), st.lists(st.tuples(st.just(1), st.integers(1, 14))))
def test_it_can_be_taken_up_again_at_any_fact(
    facts: list[Fact], cut: int, gaps: list[tuple[int, int]]
) -> None:
    keys = {one.key[1:] for one in facts}
    gone = sorted(set(gaps) - keys)
    whole = derive(outline(facts, gaps=gone))
    before = derive(outline(facts[:cut]))
    if not before.points:
        return
    start = before.points[-1]
    behind = [place for place in gone if place > start.key[1:]]
    earlier = [place for place in gone if place < start.key[1:]]
    start = derive(outline(facts[:cut], gaps=earlier)).points[-1]
    rest = derive(outline(facts[cut:], start=start, gaps=behind))
    assert [one for one in whole.changes if one.at < start.at] + rest.changes == whole.changes
    assert rest.points[-1] == whole.points[-1]
    assert standings_at(start, PLANNED).keys() <= {"condom-52", "n9-film", "n9-gel"}


def test_there_are_points_to_take_it_up_again_now_and_then_and_after_the_newest() -> None:
    facts = [fact(n, dispensed()) for n in range(1, 2 * POINT_EVERY + 8)]
    derived = derive(outline(facts))
    assert [one.facts for one in derived.points] == [POINT_EVERY, 2 * POINT_EVERY, len(facts)]
    again = derive(outline(facts[POINT_EVERY:], start=derived.points[0]))
    assert again.points == derived.points, "one that stands for long is kept"
    last = derived.points[-1]
    assert derive(outline([], start=last)).points == [last]
    more = derive(outline([fact(999, dispensed())], start=last))
    assert [one.key.sequence for one in more.points] == [999], "the newest gives way"


def test_of_a_batch_the_earliest_fact_of_each_kiosk_is_what_its_timeline_is_due_from() -> None:
    batch = [fact(n, dispensed(), kiosk=k) for k, n in (("K1", 7), ("K2", 9), ("K1", 3), ("K1", 5))]
    assert sorted(earliest(batch)) == [FactKey("K1", 1, 3), FactKey("K2", 1, 9)]
