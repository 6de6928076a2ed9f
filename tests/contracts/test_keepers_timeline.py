"""Every keeper keeps timelines and promises alike, and late facts change them as if in time."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sqlalchemy import Engine

from service.domain.archive import ArchiveError
from service.domain.circle import Standing
from service.domain.facts import Fact, FactKey, What
from service.domain.heard import Heard, Replied
from service.domain.liveness import DAILY_GRACE
from service.domain.promise import PromiseSums
from service.domain.timeline import Point
from service.flows.circle_memory import Ground
from service.flows.gaps import ask_for_gaps
from service.flows.keep import keep_batch
from service.flows.promise import PromiseKeeping
from service.flows.rebuild import rebuild
from service.flows.timeline import bring_up_to_date, keep_timelines
from service.store.kept import Archive
from service.store.rebuild import SqlRebuildStore
from service.store.sql_store import SqlStore
from tests.fakes.memory import MemoryStore
from tests.support.archive import Place, spring
from tests.support.books import Keeper, MemoryKeeper
from tests.support.ground import TOWN, ground_of
from tests.support.past import journals, past_in
from tests.support.plans import KIOSKS, NOW, ZONE, small_district
from tests.support.say import KIOSK, born, counted, dispensed, fact, faulted, restocked

S = Standing
NOON = NOW - timedelta(hours=6)
DAY = date(2026, 11, 20)
BEGIN = datetime(2026, 11, 19, 16, tzinfo=UTC)
"""When that day began in Shanghai."""


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def keep(keeper: Keeper, heard: Sequence[Heard], *, when: datetime = NOW) -> None:
    with keeper.store.begin() as books:
        keep_batch(heard, books=books, at=when, zone=ZONE)


def derive(keeper: Keeper, *, when: datetime = NOW) -> None:
    keep_timelines(keeper.store, at=when)


def one_community(
    people: int = 100, *, opens: Sequence[tuple[datetime, bool]] = (), reach: Sequence[bool] = ()
) -> Ground:
    """Return a ground with one community; K0001 opens and closes as told."""

    def open_at(when: datetime) -> NDArray[np.bool_]:
        before = [is_open for moment, is_open in opens if moment <= when]
        first = [not is_open for _, is_open in opens[:1]]
        return np.array([*[([*first, *before] or [True])[-1]], True, True], dtype=np.bool_)

    def openings(begin: datetime, end: datetime) -> Iterator[tuple[datetime, int, bool]]:
        yield from ((moment, 0, is_open) for moment, is_open in opens if begin < moment < end)

    ground = ground_of(
        [list(reach or (True, False, False))],
        people=[people],
        kiosk_ids=KIOSKS,
        community_ids=["C1"],
        open_at=open_at,
    )
    return replace(ground, openings=openings)


def keep_up(keeper: Keeper, ground: Ground, *, when: datetime = NOW) -> None:
    PromiseKeeping(keeper.store, lambda _registry: ground, zone=ZONE).keep_up(when)


def test_a_timeline_is_due_from_the_earliest_fact_that_was_noted(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.timeline.mark([FactKey(KIOSK, 2, 5), FactKey("K0002", 1, 2**63 - 1)])
        books.timeline.mark([FactKey(KIOSK, 1, 9)])
        books.timeline.mark([FactKey(KIOSK, 1, 10), FactKey("K0002", 1, 2**63 - 1)])
        books.timeline.mark([])
        assert books.timeline.due(most=9) == [FactKey(KIOSK, 1, 9), FactKey("K0002", 1, 2**63 - 1)]
        assert books.timeline.due(most=1) == [FactKey(KIOSK, 1, 9)]
        books.timeline.mark_all()
        assert books.timeline.due(most=9) == [FactKey(kiosk, 0, 0) for kiosk in KIOSKS]


def test_facts_make_a_timeline_due_in_their_own_transaction(keeper: Keeper) -> None:
    keep(keeper, [fact(4, counted(1)), fact(3, dispensed()), fact(1, faulted(), kiosk="K0003")])
    assert past_in(keeper).due == [FactKey(KIOSK, 1, 3), FactKey("K0003", 1, 1)]
    derive(keeper)
    assert past_in(keeper).due == []
    keep(keeper, [fact(4, counted(1))])
    assert past_in(keeper).due == [], "a repeat tells nothing new"


def test_a_timeline_is_derived_in_as_many_slices_as_it_takes(keeper: Keeper) -> None:
    facts = [fact(n, counted(n % 2), at=at(n)) for n in range(1, 8)]
    keep(keeper, facts)
    derive(keeper)
    whole = past_in(keeper)
    assert [standing for _, standing in whole.of(KIOSK)][1:] == [S.STOCK_UNKNOWN, S.IN_STOCK] * 3
    with keeper.store.begin() as books:
        books.timeline.mark_all()
    turns = 0
    while past_in(keeper).due:
        with keeper.store.begin() as books:
            bring_up_to_date(books=books, at=NOW, most=2)
        turns += 1
    assert (turns, past_in(keeper).changes, past_in(keeper).points) == (
        4,
        whole.changes,
        whole.points,
    )


@pytest.mark.parametrize("seed", range(3))
def test_late_facts_change_a_timeline_as_if_they_had_come_in_time(
    keeper: Keeper, seed: int
) -> None:
    chance = random.Random(seed)
    power = [faulted("power", raised=is_out, slot=None) for is_out in (True, False)]
    whats: list[What] = [counted(1, 0), counted(0, 0), dispensed(), *power]
    facts = [fact(n, chance.choice(whats)) for n in range(1, 12)]
    other = MemoryKeeper(MemoryStore(small_district()))
    keep(other, facts)
    derive(other)
    for one in chance.sample(facts, len(facts)):
        keep(keeper, [one])
        derive(keeper)
    assert (past_in(keeper).changes, past_in(keeper).points) == (
        past_in(other).changes,
        past_in(other).points,
    )


@given(journals(), st.randoms(use_true_random=False))
def test_in_whatever_order_facts_come_the_past_is_the_same(
    facts: list[Fact], chance: random.Random
) -> None:
    ground = one_community(opens=[(at(-2), True), (at(1.5), False), (at(2), True), (at(9), False)])
    late, whole = (MemoryKeeper(MemoryStore(small_district())) for _ in range(2))
    keep(whole, facts)
    keep_up(whole, ground)
    for number, one in enumerate(chance.sample(facts, len(facts))):
        keep(late, [one])
        if chance.random() < 0.5:
            keep_up(
                late, ground, when=NOW - timedelta(hours=chance.randrange(1, 40), seconds=number)
            )
    keep_up(late, ground)
    assert past_in(late) == past_in(whole)


def test_what_an_empty_machine_cost_is_told_in_person_seconds(keeper: Keeper) -> None:
    keep(
        keeper,
        [
            born(),
            fact(1, counted(1)),
            fact(2, dispensed(), at=at(61)),
            fact(3, faulted("power", slot=None), at=at(121)),
        ],
    )
    keep_up(keeper, one_community())
    past = past_in(keeper)
    assert past.promises["condom-52", DAY, TOWN] == PromiseSums(
        promised_s=18 * 3_600 * 100,
        kept_s=60 * 60 * 100,
        unknown_s=(12 * 60 + 1 + 60) * 60 * 100,
        never_s=0,
        machine_s=(6 * 60 - 121) * 60 * 100,
        stock_s=0,
        closed_s=0,
    )
    assert past.summed_up_to == {"condom-52": NOW, "n9-film": NOW}


def test_a_timeline_is_taken_up_again_before_the_fact_that_it_is_due_from(keeper: Keeper) -> None:
    keep(keeper, [fact(1, counted(1)), fact(3, dispensed())])
    derive(keeper)
    with keeper.store.begin() as books:

        def start(sequence: int) -> Point | None:
            return books.timeline.outline(FactKey(KIOSK, 1, sequence), most=9).outline.start

        found = start(4)
        assert found is not None
        assert (found.key.sequence, found.facts, start(3)) == (3, 2, None)
        told = books.timeline.outline(FactKey(KIOSK, 1, 3), most=1)
        assert [one.key.sequence for one in told.outline.facts] == [1]
        assert told.following == FactKey(KIOSK, 1, 3)


def test_what_comes_while_an_item_is_summed_up_is_summed_up_too(
    memory_keeper: MemoryKeeper,
) -> None:
    keeper, ground = memory_keeper, one_community()
    late = [fact(1, counted(1), at=at(0))]

    def ground_of(_registry: object) -> Ground:
        if late:
            keep(keeper, [late.pop()])
            derive(keeper)
        return ground

    keep(keeper, [fact(2, dispensed(), at=at(60))])
    PromiseKeeping(keeper.store, ground_of, zone=ZONE).keep_up(NOW)
    assert past_in(keeper).promises["condom-52", DAY, TOWN].kept_s == 3_600 * 100


def test_a_silent_kiosk_is_unknown_only_as_long_as_nothing_later_tells_otherwise(
    keeper: Keeper,
) -> None:
    keep(keeper, [fact(1, counted(1), at=at(0))], when=at(0))
    silent_after = at(0) + DAILY_GRACE
    derive(keeper, when=silent_after - timedelta(seconds=1))
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK)]
    derive(keeper, when=silent_after)
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK), (silent_after, S.UNKNOWN)]
    keep_up(keeper, one_community(), when=silent_after + timedelta(hours=1))
    day = past_in(keeper).promises["condom-52", DAY + timedelta(days=1), TOWN]
    assert (day.unknown_s, day.promised_s) == (3_600 * 100, 15 * 3_600 * 100)
    back = silent_after + timedelta(hours=9)
    keep(keeper, [born(head=1)], when=back)
    keep_up(keeper, one_community(), when=back)
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK)]
    kept = [one for (item, *_), one in past_in(keeper).promises.items() if item == "condom-52"]
    assert sum(one.unknown_s for one in kept) == 12 * 3_600 * 100, "before its first fact alone"


def test_a_fact_that_comes_late_takes_a_silence_away_and_puts_it_off(keeper: Keeper) -> None:
    then = at(3 * 1_440)
    keep(keeper, [fact(1, counted(1, 0), at=at(0))], when=at(0))
    derive(keeper, when=then)
    keep(keeper, [fact(2, dispensed(), at=at(2_000), heard_at=then)], when=then)
    derive(keeper, when=then)
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK), (at(2_000), S.EMPTY)]
    silent_after = then + DAILY_GRACE
    derive(keeper, when=silent_after)
    assert past_in(keeper).of(KIOSK)[2:] == [(silent_after, S.UNKNOWN)]
    tried_again = fact(
        3,
        counted(1, 0),
        at=silent_after + timedelta(hours=1),
        heard_at=silent_after + timedelta(hours=2),
    )
    with keeper.store.begin() as books:
        keep_batch([tried_again], books=books, at=tried_again.heard_at, zone=ZONE, again=True)
    derive(keeper, when=tried_again.heard_at)
    assert past_in(keeper).of(KIOSK)[2:] == [
        (tried_again.happened_at, S.IN_STOCK),
        (tried_again.happened_at + timedelta(seconds=1), S.UNKNOWN),
    ]


def test_a_kiosk_that_still_tells_its_past_is_unknown_from_its_newest_fact_on(
    keeper: Keeper,
) -> None:
    keep(keeper, [fact(1, counted(1), at=at(0))], when=at(-1_000))
    silent_after = at(-1_000) + DAILY_GRACE
    derive(keeper, when=silent_after)
    assert past_in(keeper).of(KIOSK)[1:] == [(silent_after, S.UNKNOWN)]
    keep(keeper, [born(head=30)], when=at(1_000))
    second = timedelta(seconds=1)
    derive(keeper, when=at(1_000))
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK), (at(0) + second, S.UNKNOWN)]
    keep(keeper, [fact(n, faulted("door_open"), at=at(n)) for n in range(2, 9)], when=at(1_001))
    derive(keeper, when=at(1_001))
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK), (at(8) + second, S.UNKNOWN)]
    keep(keeper, [fact(n, faulted("door_open"), at=at(n)) for n in range(9, 12)], when=at(1_002))
    derive(keeper, when=at(1_002))
    assert past_in(keeper).of(KIOSK) == [(at(0), S.IN_STOCK)]


def test_a_kiosk_that_never_told_a_fact_has_no_timeline(keeper: Keeper) -> None:
    keep(keeper, [born(head=0)], when=at(0))
    keep_up(keeper, one_community(), when=at(9_999))
    assert past_in(keeper).changes == {}
    # It was enrolled to hold two items: from that day on nobody knows whether it keeps its promise.
    promises = past_in(keeper).promises
    assert {item for item, _, _ in promises} == {"condom-52", "n9-film"}
    assert min(day for _, day, _ in promises) == NOW.astimezone(ZONE).date()
    assert all(sums.unknown_s == sums.promised_s > 0 for sums in promises.values())


def test_what_is_gone_for_ever_leaves_the_stock_unknown_until_it_turns_up(keeper: Keeper) -> None:
    keep(keeper, [fact(1, counted(9, 0), at=at(1)), fact(4, faulted("door_open"), at=at(4))])
    derive(keeper)
    with keeper.store.begin() as books:
        [asked] = ask_for_gaps(books=books, at=NOW + timedelta(minutes=1), new_id=lambda: "c")
    assert (asked.first, asked.last) == (2, 3)
    keep(keeper, [Replied(kiosk_id=KIOSK, command_id="c", gone=True)])
    derive(keeper)
    unknown = [(at(1), S.STOCK_UNKNOWN)]
    assert past_in(keeper).of(KIOSK) == unknown
    keep(keeper, [fact(6, counted(9, 0), at=at(6))])
    derive(keeper)
    assert past_in(keeper).of(KIOSK) == [*unknown, (at(6), S.IN_STOCK)]
    keep(keeper, [fact(2, dispensed(packs=9), at=at(2)), fact(3, counted(1, 0), at=at(3))])
    derive(keeper)
    assert past_in(keeper).of(KIOSK) == [
        (at(1), S.IN_STOCK),
        (at(2), S.EMPTY),
        (at(3), S.IN_STOCK),
    ]


def test_hours_of_opening_lie_over_what_a_machine_has(keeper: Keeper) -> None:
    keep(keeper, [fact(1, counted(1, 0), at=BEGIN), fact(2, dispensed(), at=at(60))])
    opens = [(BEGIN + timedelta(hours=8), True), (at(120), False)]
    keep_up(keeper, one_community(opens=opens), when=at(180))
    day = past_in(keeper).promises["condom-52", DAY, TOWN]
    assert (day.closed_s, day.kept_s, day.stock_s) == (8 * 360_000, 5 * 360_000, 2 * 360_000)


def test_hours_of_opening_count_on_a_day_on_which_nothing_happened(keeper: Keeper) -> None:
    keep(keeper, [fact(1, counted(1, 1), at=BEGIN)])
    tomorrow = BEGIN + timedelta(days=1)
    opens = [(tomorrow + timedelta(hours=9), False), (tomorrow + timedelta(hours=11), True)]
    keep_up(keeper, one_community(opens=opens), when=tomorrow)
    keep_up(keeper, one_community(opens=opens), when=tomorrow + timedelta(hours=12))
    day = past_in(keeper).promises["condom-52", DAY + timedelta(days=1), TOWN]
    assert (day.closed_s, day.kept_s) == (2 * 360_000, 10 * 360_000)


def test_what_a_late_fact_shows_never_to_have_been_there_was_not_promised(keeper: Keeper) -> None:
    gel, film = (restocked(9, 3, item=item) for item in ("n9-gel", "n9-film"))
    tomorrow = at(1_440)
    facts = [fact(1, gel, at=at(0)), fact(3, gel, at=tomorrow, heard_at=tomorrow)]
    keep(keeper, facts, when=tomorrow)
    keep_up(keeper, one_community(), when=tomorrow)
    days = [DAY, DAY + timedelta(days=1)]
    assert [day for item, day, _ in sorted(past_in(keeper).promises) if item == "n9-gel"] == days
    keep(keeper, [fact(2, film, at=at(0))], when=tomorrow)
    keep_up(keeper, one_community(), when=tomorrow)
    assert [day for item, day, _ in past_in(keeper).promises if item == "n9-gel"] == days[1:]


def test_whoever_reaches_nothing_was_never_served(keeper: Keeper) -> None:
    keep(keeper, [fact(1, counted(1), at=BEGIN)])
    keep_up(keeper, one_community(reach=[False] * 3), when=BEGIN + timedelta(hours=1.5))
    day = past_in(keeper).promises["condom-52", DAY, TOWN]
    assert day.never_s == day.promised_s == 5_400 * 100


def test_a_long_past_is_summed_up_in_goes_and_days_begin_where_the_district_is(
    keeper: Keeper,
) -> None:
    keep(keeper, [fact(1, counted(1), at=BEGIN - timedelta(days=99, seconds=1))])
    keep_up(keeper, one_community(), when=BEGIN)
    days = sorted(day for item, day, _ in past_in(keeper).promises if item == "condom-52")
    assert (days[0], days[-1], len(days)) == (
        DAY - timedelta(days=100),
        DAY - timedelta(days=1),
        100,
    )
    first = past_in(keeper).promises["condom-52", days[0], TOWN]
    assert (first.kept_s, first.unknown_s) == (100, 86_399 * 100)


def test_how_outlets_stood_is_told_at_a_moment_and_up_to_before_another(keeper: Keeper) -> None:
    keep(keeper, [fact(n, counted(n % 2), at=at(n)) for n in (1, 2, 3)])
    derive(keeper)
    with keeper.store.begin() as books:
        past = books.promises.past("condom-52", at(1), at(3))
        assert past.stood == {KIOSK: S.IN_STOCK, "K0002": S.UNKNOWN, "K0003": S.UNKNOWN}
        assert list(past.changes) == [(at(2), KIOSK, S.STOCK_UNKNOWN)]
        assert books.promises.past("condom-52", at(0.9), at(1)).stood[KIOSK] == S.UNKNOWN
        assert books.promises.past("n9-gel", at(1), at(3)).stood == {}
        assert books.promises.begin("condom-52") == at(1)
        assert books.promises.begin("n9-gel") is None


def test_an_item_is_due_from_its_earliest_moment_and_all_are_from_their_beginning(
    keeper: Keeper,
) -> None:
    keep(keeper, [fact(1, counted(1), at=at(1))])
    keep_up(keeper, one_community())
    with keeper.store.begin() as books:
        books.promises.mark({"condom-52": at(9)})
        books.promises.mark({"condom-52": at(10), "n9-film": NOW + timedelta(days=1)})
        assert books.promises.due() == {"condom-52": at(9), "n9-film": NOW}
        books.promises.mark_all()
        assert books.promises.due() == {"condom-52": at(1), "n9-film": at(1)}
        books.promises.forget("n9-film")
        assert books.promises.due() == {"condom-52": at(1)}
    assert {item for item, *_ in past_in(keeper).promises} == {"condom-52"}


def test_a_rebuild_derives_the_past_anew_from_the_archive_too(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    place = Place(sqlite_engine, tmp_path)
    told = spring(place)
    derive(place.keeper)
    whole = past_in(place.keeper)
    place.archive()
    late = place.store
    with late.begin() as books:
        books.timeline.mark([FactKey("K0002", 3, 20)])
        assert not bring_up_to_date(books=books, at=NOW)
    assert past_in(place.keeper) == whole
    archive = Archive(place.shelf)
    rebuild(SqlRebuildStore(sqlite_engine, archive), zone=ZONE, at=NOW, on_facts=lambda _: None)
    assert {key.kiosk_id for key in past_in(place.keeper).due} == set(KIOSKS)
    keep_timelines(late, at=NOW)
    again = past_in(place.keeper)
    assert (again.changes, again.points, len(told)) == (whole.changes, whole.points, 140)
    with pytest.raises(ArchiveError, match="no archive"), SqlStore(sqlite_engine).begin() as books:
        books.timeline.outline(FactKey(KIOSK, 0, 0), most=9)
