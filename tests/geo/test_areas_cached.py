"""Areas as pages ask for them: of the right outlets, marked as what they are, and kept."""

from dataclasses import replace

import numpy as np
import shapely

from service.domain.circle import Standing
from service.flows.reads.areas import Areas, AreaView
from service.flows.reads.circles import CircleNow
from service.geo.areas import dissolved
from service.geo.areas_cached import WalkingAreas
from service.geo.network import Network, build_network
from service.geo.shapes import Geometry
from tests.support.decisions import circle_now, reaching
from tests.support.plans import NOW
from tests.support.streets import lon_lat_of, streets_of

S = Standing
STREET = build_network(streets_of([(0, 0), (9_000, 0)], [[0, 1]]))
PLACES = lon_lat_of([(0, 0), (2_500, 0), (5_000, 0), (7_500, 0)])
STANDINGS = {
    "condom-52": (S.IN_STOCK, S.EMPTY, S.UNKNOWN, S.NEVER),
    "n9-film": (S.IN_STOCK, S.IN_STOCK, S.MACHINE, S.NEVER),
}


def circle(*, is_estimate: bool = False, shut: tuple[int, ...] = ()) -> CircleNow:
    relation = reaching([{0}], outlets=4, is_estimate=is_estimate)
    now = circle_now(relation, [9], STANDINGS, at=NOW, shut=shut)
    return replace(now, outlet_places=PLACES)


def outlets_in(view: AreaView) -> list[int]:
    rings = view.geometry["coordinates"]
    shape = shapely.MultiPolygon([(one[0], one[1:]) for one in rings])
    return np.flatnonzero(shapely.covers(shape, shapely.points(PLACES))).tolist()


def test_only_outlets_that_stand_so_make_the_area() -> None:
    areas: Areas = WalkingAreas(lambda: STREET)
    now = circle()
    assert outlets_in(areas.of_item(now, "condom-52", "installed")) == [0, 1, 2]
    assert outlets_in(areas.of_item(now, "condom-52", "working")) == [0, 1]
    assert outlets_in(areas.of_item(now, "condom-52", "in_stock")) == [0]
    night = circle(shut=(0,))
    assert outlets_in(areas.of_item(night, "n9-film", "in_stock")) == [1]
    assert outlets_in(areas.of_item(night, "n9-film", "installed")) == [0, 1, 2]


def test_an_area_says_what_it_is_of() -> None:
    areas = WalkingAreas(lambda: STREET)
    facts = areas.of_item(circle(), "condom-52", "working").properties
    assert (facts.item, facts.standing, facts.outlets, facts.outlet_id) == (
        "condom-52",
        "working",
        2,
        None,
    )
    assert (facts.at, facts.limit_m, facts.is_estimate) == (NOW, 1_000, False)
    one = areas.of_outlet(circle(), "K0002")
    assert one is not None
    assert (one.properties.outlet_id, one.properties.item, outlets_in(one)) == ("K0002", None, [2])
    assert areas.of_outlet(circle(), "K0099") is None


def test_an_area_is_an_estimate_wherever_the_circle_is_or_streets_are_lacking() -> None:
    by_streets = WalkingAreas(lambda: STREET).of_item(circle(), "condom-52", "in_stock")
    estimate = WalkingAreas(lambda: None).of_item(circle(), "condom-52", "in_stock")
    before = WalkingAreas(lambda: STREET).of_item(circle(is_estimate=True), "condom-52", "in_stock")
    assert not by_streets.properties.is_estimate
    assert estimate.properties.is_estimate
    assert before.properties.is_estimate
    assert estimate.geometry == before.geometry != by_streets.geometry


def test_an_area_is_drawn_again_only_when_places_or_streets_are_others() -> None:
    network: list[Network | None] = [STREET]
    areas = WalkingAreas(lambda: network[0])
    first = areas.of_item(circle(), "condom-52", "in_stock").geometry
    assert areas.of_item(circle(), "condom-52", "in_stock").geometry is first
    same_places = areas.of_outlet(circle(), "K0000")
    assert same_places is not None
    assert same_places.geometry is first
    longer = build_network(streets_of([(-900, 0), (9_000, 0)], [[0, 1]]))
    network[0] = longer
    again = areas.of_item(circle(), "condom-52", "in_stock").geometry
    assert again == dissolved(longer, PLACES[:1], limit_m=1_000.0) != first


def test_no_more_areas_are_kept_than_there_is_room_for() -> None:
    def drawn_again(areas: WalkingAreas) -> list[bool]:
        first = [areas.of_outlet(circle(), f"K000{number}") for number in range(3)]
        again = [areas.of_outlet(circle(), f"K000{number}") for number in (2, 1, 0)]
        return [
            one is not None and two is not None and one.geometry is not two.geometry
            for one, two in zip(reversed(first), again, strict=True)
        ]

    assert drawn_again(WalkingAreas(lambda: STREET)) == [False, False, False]
    assert drawn_again(WalkingAreas(lambda: STREET, areas_max=2)) == [False, False, True]
    assert drawn_again(WalkingAreas(lambda: STREET, corners_max=1)) == [False, True, True]


def test_the_area_that_was_asked_for_longest_ago_goes_first() -> None:
    areas = WalkingAreas(lambda: STREET, areas_max=2)

    def geometry(outlet_id: str) -> Geometry:
        view = areas.of_outlet(circle(), outlet_id)
        assert view is not None
        return view.geometry

    first, second = geometry("K0000"), geometry("K0001")
    assert geometry("K0000") is first
    geometry("K0002")
    assert geometry("K0000") is first
    assert geometry("K0001") is not second
