"""Tours: what pays is visited within time and capacity, by either solver; the rest says why not."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.tours import WORDS, Router, StayOut, Tours, TourTask, why_left_out
from service.geo import routing
from service.geo.routing import find_router
from service.geo.savings import route_by_savings

ROUTERS: list[Router] = [find_router(), route_by_savings]
BOTH = pytest.mark.parametrize("router", ROUTERS, ids=["pyvrp", "savings"])


def along_a_road(
    kilometres: Sequence[float],
    prizes_min: Sequence[int],
    *,
    loads: Sequence[int] | None = None,
    people: int = 1,
    capacity: int = 1_000,
    hours: float = 8,
) -> TourTask:
    """Return stops along one road from the depot, at a minute a kilometre and ten a stop."""
    places = np.array([0.0, *kilometres])
    return TourTask(
        travel_s=np.rint(60 * np.abs(places[:, None] - places[None, :])).astype(np.int64),
        service_s=[600] * len(kilometres),
        loads_packs=loads or [10] * len(kilometres),
        prizes_s=[60 * prize for prize in prizes_min],
        people=people,
        capacity_packs=capacity,
        time_s=round(hours * 3600),
    )


def visited(tours: Tours) -> set[int]:
    return {stop for stops in tours.stops for stop in stops}


@BOTH
def test_the_visit_that_does_not_pay_for_its_way_stays_out(router: Router) -> None:
    task = along_a_road([1, 2, 40], [60, 60, 60])
    found = router(task, 0.3)
    assert visited(found) == {0, 1}
    assert why_left_out(task, found, 2) is StayOut.NOT_WORTH_THE_WAY
    richer = along_a_road([1, 2, 40], [60, 60, 120])
    assert visited(router(richer, 0.3)) == {0, 1, 2}


@BOTH
def test_where_time_is_short_the_most_worthy_are_visited(router: Router) -> None:
    task = along_a_road([5, 5, 5, 5], [30, 90, 80, 40], hours=0.6)
    found = router(task, 0.3)
    assert visited(found) == {1, 2}
    assert task.lasts_s(found.stops[0]) == 1_800
    assert why_left_out(task, found, 3) is StayOut.NO_TIME_LEFT


@BOTH
def test_nobody_carries_more_than_fits(router: Router) -> None:
    task = along_a_road([1, 2, 3], [60, 60, 60], loads=[60, 60, 300], capacity=100, people=2)
    found = router(task, 0.3)
    assert sorted(map(len, found.stops)) == [1, 1]
    assert why_left_out(task, found, 2) is StayOut.TOO_MUCH


@BOTH
def test_two_people_go_two_ways(router: Router) -> None:
    task = along_a_road([-30, -31, 30, 31], [200] * 4, people=2, hours=1.5)
    found = router(task, 0.3)
    assert sorted(map(sorted, found.stops)) == [[0, 1], [2, 3]]


@BOTH
def test_with_nothing_to_visit_there_is_no_tour(router: Router) -> None:
    assert router(along_a_road([], []), 0.3).stops == ()


def test_what_cannot_be_reached_in_time_is_too_far() -> None:
    task = along_a_road([200], [10_000], hours=4)
    assert why_left_out(task, Tours(stops=(), solver="none"), 0) is StayOut.TOO_FAR


def test_without_pyvrp_there_are_savings() -> None:
    assert find_router("no-such-solver") is route_by_savings
    assert routing.SOLVER == "pyvrp"
    assert find_router()(along_a_road([1], [60]), 0.1).solver == "pyvrp"


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(StayOut)
    assert all(words.zh.endswith("。") and words.en.endswith(".") for words in WORDS.values())


@settings(max_examples=40)
@given(st.data())
def test_savings_never_break_a_bound_nor_visit_at_a_loss(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 9))
    far = st.lists(st.integers(-60, 60), min_size=size, max_size=size)
    task = along_a_road(
        [float(one) for one in data.draw(far)],
        data.draw(st.lists(st.integers(0, 300), min_size=size, max_size=size)),
        loads=data.draw(st.lists(st.integers(0, 80), min_size=size, max_size=size)),
        people=data.draw(st.integers(1, 3)),
        capacity=data.draw(st.integers(1, 200)),
        hours=data.draw(st.floats(0.1, 6)),
    )
    found = route_by_savings(task)
    every = [stop for stops in found.stops for stop in stops]
    assert len(set(every)) == len(every)
    assert len(found.stops) <= task.people
    for stops in found.stops:
        assert task.fits(stops)
        assert sum(task.prizes_s[stop] for stop in stops) > task.lasts_s(stops)
    for stop in set(range(size)) - set(every):
        assert why_left_out(task, found, stop) in StayOut
