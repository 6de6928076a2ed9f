"""Staffed points in the circle: they count, they shut, and nobody knows what they have in stock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from service.domain.circle import Standing
from service.domain.coverage import ItemCoverage
from service.domain.heard import Heard
from service.flows.circle import LiveCircle
from service.flows.circle_memory import Ground, Memory
from service.flows.keep import keep_batch
from service.flows.promise import PromiseKeeping
from tests.support.books import Keeper, MemoryKeeper
from tests.support.ground import ground_of, live
from tests.support.past import past_in
from tests.support.plans import NOW, ZONE
from tests.support.say import born, counted, fact

OUTLETS = ("K0001", "K0002", "K0003", "S003")
NIGHT = NOW + timedelta(hours=3)
MORNING = NOW + timedelta(hours=15)
S = Standing


def _in_office_hours(at: datetime) -> NDArray[np.bool_]:
    return np.array([True, True, True, not NIGHT <= at < MORNING])


def _ground(open_at: Callable[[datetime], NDArray[np.bool_]] = _in_office_hours) -> Ground:
    """Return a ground in which a staffed point serves the second community too, and the third."""
    kiosks_and_staff = ground_of(
        [[True, False, False, False], [False, True, False, True], [False, False, False, True]],
        people=[900, 400, 50],
        kiosk_ids=OUTLETS,
        community_ids=("C001", "C002", "C003"),
        open_at=open_at,
    )
    carried = frozenset({"condom-52", "no-such-item"})
    return replace(kiosks_and_staff, unreported={"S003": carried})


@pytest.fixture
def circle(keeper: Keeper) -> LiveCircle:
    circle = live(keeper.store, _ground())
    hear(circle, *(born(kiosk=one) for one in OUTLETS[:2]))
    hear(circle, *(fact(1, counted(5, 5), kiosk=one) for one in OUTLETS[:2]))
    return circle


def hear(circle: LiveCircle, *heard: Heard, at: datetime = NOW) -> None:
    with circle.begin() as books:
        kept = keep_batch(heard, books=books, at=at, zone=ZONE)
        circle.follow(kept.stirred, kept.touched, books=books, at=at)


def _figures(keeper: Keeper, at: datetime = NOW, item: str = "condom-52") -> ItemCoverage:
    with keeper.store.look() as books:
        memory = Memory(books.registry, _ground(), books.coverage.standings(), at)
    (found,) = (one for one in memory.apply([], at) if one.item == item)
    return found


def _gaps(keeper: Keeper, circle: LiveCircle, at: datetime) -> dict[str, tuple[S, str | None]]:
    circle.look_round(at)
    with keeper.store.look() as books:
        found = books.coverage.gaps(None)
    return {
        key.community_id: (gap.cause, gap.opened_by)
        for key, gap in found.items()
        if key.item == "condom-52"
    }


def test_a_staffed_point_is_installed_and_works_and_its_stock_widens_the_interval(
    keeper: Keeper, circle: LiveCircle
) -> None:
    hear(circle, fact(2, counted(0, 0), kiosk="K0002"))
    found = _figures(keeper)
    assert (found.people_installed, found.people_working_low, found.people_working_high) == (
        1350,
        1350,
        1350,
    )
    assert (found.people_in_stock_low, found.people_in_stock_high) == (900, 1350)
    assert found.people_unknown == 450
    gel = _figures(keeper, item="n9-gel")
    assert gel.people_never == 1350, "it carries what its registry row says, and nothing else"


def test_a_staffed_point_is_closed_outside_its_hours(keeper: Keeper, circle: LiveCircle) -> None:
    night = _figures(keeper, NIGHT)
    assert (night.people_closed, night.people_in_stock_high) == (50, 1300)
    assert (night.people_installed, night.people_working_high) == (1350, 1300)
    assert _gaps(keeper, circle, NOW) == {"C003": (S.STOCK_UNKNOWN, None)}
    assert _gaps(keeper, circle, NIGHT) == {"C003": (S.CLOSED, "S003")}
    assert _gaps(keeper, circle, MORNING) == {"C003": (S.STOCK_UNKNOWN, "S003")}


def test_an_empty_kiosk_beside_an_open_staffed_point_leaves_people_unknown_not_without(
    keeper: Keeper, circle: LiveCircle
) -> None:
    _gaps(keeper, circle, NOW)
    hear(circle, fact(2, counted(0, 0), kiosk="K0002"))
    assert _gaps(keeper, circle, NOW)["C002"] == (S.STOCK_UNKNOWN, "K0002")
    assert _gaps(keeper, circle, NIGHT)["C002"] == (S.CLOSED, "S003")
    hear(circle, fact(3, counted(4, 4), kiosk="K0002"), at=NIGHT)
    assert "C002" not in _gaps(keeper, circle, NIGHT)


def test_what_follows_from_the_registry_alone_is_not_kept_twice(
    keeper: Keeper, circle: LiveCircle
) -> None:
    circle.look_round(NOW)
    with keeper.store.look() as books:
        assert {outlet for outlet, _ in books.coverage.standings()} == set(OUTLETS[:3])
        assert books.coverage.machines(OUTLETS, NOW).keys() == set(OUTLETS[:3])


def test_each_change_of_standings_has_a_number_and_can_be_asked_for(
    keeper: Keeper, circle: LiveCircle
) -> None:
    with keeper.store.look() as books:
        before = books.coverage.number()
    assert before > 0
    hear(circle, fact(2, counted(0, 0), kiosk="K0002"))
    with keeper.store.look() as books:
        assert books.coverage.number() == before + 1
        assert books.coverage.standings(since=before) == {("K0002", "condom-52"): S.EMPTY}
        assert books.coverage.standings(since=before + 1) == {}
    hear(circle, fact(3, counted(0, 0), kiosk="K0002"))
    with keeper.store.look() as books:
        assert books.coverage.number() == before + 1, "nothing stands differently"


def test_a_change_that_moves_no_figure_is_noticed_by_another_process(keeper: Keeper) -> None:
    both = ground_of([[True, True]], people=[9], kiosk_ids=OUTLETS[:2], community_ids=["C001"])
    one, other = (live(keeper.store, both) for _ in range(2))
    hear(one, *(born(kiosk=kiosk) for kiosk in OUTLETS[:2]))
    hear(one, *(fact(1, counted(1, 0), kiosk=kiosk) for kiosk in OUTLETS[:2]))
    hear(other, fact(2, counted(0, 0)))  # The neighbour covers: no figure changes.
    hear(one, fact(3, counted(4, 0)))
    with keeper.store.look() as books:
        assert books.coverage.standings()["K0001", "condom-52"] is S.IN_STOCK


def test_hours_at_a_staffed_point_are_unknown_while_it_is_open_and_lost_while_it_is_shut(
    memory_keeper: MemoryKeeper,
) -> None:
    keeper = memory_keeper
    begin = NOW - timedelta(hours=18)  # Midnight in Shanghai.

    def openings(since: datetime, until: datetime) -> list[tuple[datetime, int, bool]]:
        turns = [(begin + timedelta(hours=9), 3, True), (begin + timedelta(hours=12), 3, False)]
        return [turn for turn in turns if since < turn[0] < until]

    def open_at(at: datetime) -> NDArray[np.bool_]:
        return np.array([True, True, True, 9 <= (at - begin) / timedelta(hours=1) < 12])

    ground = replace(_ground(open_at), openings=openings)
    with keeper.store.begin() as books:
        keep_batch([fact(1, counted(1, 1), at=begin)], books=books, at=NOW, zone=ZONE)
    PromiseKeeping(keeper.store, lambda _registry: ground, zone=ZONE).keep_up(NOW)
    ((_, sums),) = [one for one in past_in(keeper).promises.items() if one[0][0] == "condom-52"]
    hour = 3_600
    assert sums.kept_s == 18 * hour * 900
    # The second community reaches a kiosk that was never heard, too.
    assert sums.unknown_s == (18 * 400 + 3 * 50) * hour
    assert (sums.closed_s, sums.never_s) == (15 * 50 * hour, 0)
    assert sums.promised_s == 18 * 1_350 * hour


def test_with_another_walk_or_other_outlets_all_hours_are_summed_up_anew(
    memory_keeper: MemoryKeeper,
) -> None:
    keeper = memory_keeper
    with keeper.store.begin() as books:
        keep_batch([fact(1, counted(1, 1))], books=books, at=NOW, zone=ZONE)
    alone = replace(_ground(), unreported={})

    def keep_up(ground: Ground, basis: str) -> int:
        keeping = PromiseKeeping(keeper.store, lambda _registry: ground, zone=ZONE, basis=basis)
        keeping.keep_up(NOW + timedelta(hours=1))
        found = past_in(keeper).promises
        return sum(one.never_s for key, one in found.items() if key[0] == "condom-52")

    assert keep_up(alone, "1000 m to kiosk") > 0
    assert keep_up(_ground(), "1000 m to kiosk") > 0, "the same basis: nothing is due"
    assert keep_up(_ground(), "1000 m to kiosk,staffed") == 0
