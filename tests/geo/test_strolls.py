"""How far a resident walks: along the streets, or all by straight line, and when a place opens."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.flows.reads.public import OpeningHours, Walks, WalksThere
from service.geo.network import Network, build_network
from service.geo.progress import tell_nobody
from service.geo.strolls import FAR_M, OutletHours, Strolls
from service.geo.walks import walks
from tests.support.plans import NOW, ZONE
from tests.support.streets import lon_lat_of, streets_of

STREET = build_network(streets_of([(0, 0), (30_000, 0)], [[0, 1]]))


def asked(
    network: Network | None,
    here: tuple[float, float],
    places: list[tuple[float, float]],
    *,
    wanted: list[bool] | None = None,
    enough: int = 5,
) -> WalksThere:
    [(lon, lat)] = lon_lat_of([here]).tolist()
    there: Walks = Strolls(lambda: network)
    is_wanted = np.array(wanted or [True] * len(places), dtype=np.bool_)
    return there.walks_from(lon, lat, lon_lat_of(places), wanted=is_wanted, enough=enough)


def test_a_walk_goes_along_the_street_and_both_legs_count() -> None:
    found = asked(STREET, (100, 30), [(900, 40), (4_000, 0), (25_000, 0)])
    assert not found.is_estimate
    assert found.metres[:2] == pytest.approx([870, 3_930], abs=2)
    assert np.isinf(found.metres[2]), "that is no walk"


def test_without_streets_the_straight_line_is_an_estimate() -> None:
    found = asked(None, (0, 0), [(300, 400), (90_000, 0)])
    assert found.is_estimate
    assert found.metres[0] == pytest.approx(700, abs=1)
    assert np.isinf(found.metres[1])


@pytest.mark.parametrize("here", [(100.0, 600.0), (100.0, -40_000.0)])
def test_who_is_off_the_streets_is_told_estimates_of_all_or_of_none(
    here: tuple[float, float],
) -> None:
    found = asked(STREET, here, [(900, 0), (4_000, 0)])
    assert found.is_estimate
    straight = np.hypot(np.array([900, 4_000]) - here[0], here[1]) * 1.4
    expected = np.where(straight <= FAR_M, straight, np.inf)
    assert found.metres == pytest.approx(expected, rel=2e-3)


def test_a_place_off_the_streets_is_never_mixed_in_as_an_estimate() -> None:
    found = asked(STREET, (0, 0), [(1_000, 700), (2_000, 0)])
    assert not found.is_estimate
    assert np.isinf(found.metres[0])
    assert found.metres[1] == pytest.approx(2_000, abs=2)


def test_no_place_at_all_is_no_walk() -> None:
    assert asked(STREET, (0, 0), []).metres.size == 0


def test_farther_places_are_looked_at_until_enough_of_the_wanted_are_found() -> None:
    places = [(500.0, 0.0), (1_000.0, 0.0), (8_000.0, 0.0)]
    near = asked(STREET, (0, 0), places, enough=2).metres
    assert np.isfinite(near).tolist() == [True, True, False]
    more = asked(STREET, (0, 0), places, wanted=[False, True, True], enough=2).metres
    assert np.isfinite(more).all()


def test_a_place_off_the_way_hides_none_that_is_nearer_to_walk_to() -> None:
    found = asked(STREET, (0, 0), [(2_950, 300), (3_040, 0)], enough=1).metres
    assert found == pytest.approx([3_250, 3_060], abs=2), "its nearest node lies behind it"


spots = st.tuples(st.integers(0, 1_500), st.integers(-90, 90))


@given(spots, st.lists(spots, min_size=1, max_size=6))
def test_a_resident_walks_as_far_as_the_circle_reckons(
    here: tuple[int, int], places: list[tuple[int, int]]
) -> None:
    corners = [(0.0, 0.0), (1_500.0, 0.0), (750.0, 80.0)]
    network = build_network(streets_of(corners, [[0, 1], [0, 2]]))
    found = asked(network, here, places)  # type: ignore[arg-type]  # whole metres are metres
    pairs = walks(
        network,
        lon_lat_of([here]),
        lon_lat_of(places),  # type: ignore[arg-type]  # as above
        limit_m=3_000.0,
        tell=tell_nobody,
    )
    reckoned: NDArray[np.float64] = np.full(len(places), np.inf)
    reckoned[pairs.end] = pairs.walk_m
    assert found.metres == pytest.approx(reckoned, abs=0.01)


def test_it_is_told_when_a_place_next_opens_or_closes_in_its_own_zone() -> None:
    hours: OpeningHours = OutletHours(ZONE)
    nine = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    assert hours.next_change("Mo-Su 09:00-21:00", NOW) == datetime(2026, 11, 20, 13, tzinfo=UTC)
    assert hours.next_change("Mo-Su 09:00-21:00", nine.replace(hour=0)) == nine
    assert hours.next_change("24/7", NOW) is None
    assert hours.next_change("whenever we like", NOW) is None
