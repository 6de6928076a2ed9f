"""From the books to days of demand: shares of days, asks in vain, and what a day was worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Standing
from service.domain.demand_days import Stood, days_of, shares

DAY = 86_400
IN_STOCK, EMPTY, UNKNOWN = Standing.IN_STOCK, Standing.EMPTY, Standing.UNKNOWN
CUTS = np.arange(4) * DAY


def stood(*rows: tuple[int, float, Standing]) -> Stood:
    columns = np.array([(kiosk, int(day * DAY), how) for kiosk, day, how in rows], dtype=np.int64)
    return Stood(*columns.reshape(-1, 3).T)


def test_a_day_is_in_stock_by_the_part_of_it_that_was() -> None:
    found = shares(
        stood((0, -1, IN_STOCK), (0, 1.25, EMPTY), (0, 2.5, IN_STOCK), (1, 0.5, UNKNOWN)),
        CUTS,
        kiosks=3,
    )
    assert found[IN_STOCK].tolist() == [[1.0, 0.25, 0.5], [0, 0, 0], [0, 0, 0]]
    assert found[EMPTY].tolist() == [[0.0, 0.75, 0.5], [0, 0, 0], [0, 0, 0]]


def test_several_turns_in_one_day_add_up_in_any_order() -> None:
    rows = [(0, 0.1, IN_STOCK), (0, 0.2, EMPTY), (0, 0.5, IN_STOCK), (0, 0.6, UNKNOWN)]
    found = shares(stood(*reversed(rows)), CUTS, kiosks=1)
    assert found[IN_STOCK][0].tolist() == pytest.approx([0.2, 0.0, 0.0])
    assert found[EMPTY][0].tolist() == pytest.approx([0.3, 0.0, 0.0])


def test_a_day_of_daylight_saving_has_its_own_length() -> None:
    cuts = np.array([0, DAY, 2 * DAY - 3600])
    found = shares(stood((0, 1.0, IN_STOCK), (0, 1.5, EMPTY)), cuts, kiosks=1)
    assert found[IN_STOCK][0, 1] == pytest.approx(12 / 23)


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(-1, 4), st.sampled_from([IN_STOCK, EMPTY, UNKNOWN])),
        max_size=12,
    )
)
def test_no_day_has_more_than_its_whole(rows: list[tuple[int, float, Standing]]) -> None:
    found = shares(stood(*rows), CUTS, kiosks=3)
    both = found[IN_STOCK] + found[EMPTY]
    assert both.min() >= 0
    assert both.max() <= 1 + 1e-9


def day(packs: float, asks: float, in_stock: float, empty: float, days: int = 300) -> list[float]:
    """Return the rate that many like days show."""
    one = np.full((1, days), 1.0)
    found = days_of(one * packs, one * asks, {IN_STOCK: one * in_stock, EMPTY: one * empty})
    return [float(found.wanted.sum() / found.seen.sum()), float(found.in_stock.sum() / days)]


def test_asks_in_vain_are_wanted_and_do_not_count_twice() -> None:
    # Everybody asks an empty machine: the whole day tells.
    assert day(0.5, 0.5, 0.5, 0.5)[0] == pytest.approx(1.0, rel=0.1)
    # Nobody does: only the half in stock tells.
    assert day(0.5, 0.0, 0.5, 0.5)[0] == pytest.approx(1.0, rel=0.02)
    # Some ask twice: they are no more people than that.
    assert day(0.5, 1.5, 0.5, 0.5)[0] == pytest.approx(1.0, rel=0.1)


def test_where_something_was_given_out_there_was_something() -> None:
    rate, in_stock = day(1.0, 0.0, 0.0, 0.0)
    assert np.isfinite(rate)
    assert in_stock == pytest.approx(0.05)


def test_what_was_not_heard_of_says_nothing() -> None:
    zero = np.zeros((2, 3))
    found = days_of(zero, zero, {IN_STOCK: zero, EMPTY: zero})
    assert found.seen.sum() == 0
