"""AMC and months of stock by the conventions of the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.consumption import Convention, MonthUsed, amc, months_of_stock

OPEN, PLAIN = Convention.OPEN_LMIS, Convention.PLAIN_LMIS


def month(packs: int, out: int = 0) -> MonthUsed:
    return MonthUsed(packs=packs, stock_out_days=out)


@pytest.mark.parametrize(
    ("months", "open_lmis", "plain"),
    [
        ([], None, None),
        ([month(0)], 0, 0),
        ([month(30), month(31), month(31)], 31, 31),
        # 20 in 25 days in stock are 24 in thirty, 21 are 25.2.
        ([month(20, 5)], 24, 24),
        ([month(21, 5)], 26, 25),
        # Out all month, or longer than a month of thirty days has: nothing to correct by.
        ([month(7, 30), month(7, 31)], 7, 7),
        ([month(1), month(1), month(2)], 2, 1),
        # Halves are rounded up.
        ([month(1), month(2)], 2, 2),
    ],
)
def test_amc_by_two_conventions(
    months: list[MonthUsed], open_lmis: int | None, plain: int | None
) -> None:
    assert (amc(months, OPEN), amc(months, PLAIN)) == (open_lmis, plain)


months_used = st.lists(
    st.builds(MonthUsed, packs=st.integers(0, 10_000), stock_out_days=st.integers(0, 31)),
    min_size=1,
    max_size=6,
)


@given(months_used)
def test_ceilings_are_never_below_and_days_without_stock_never_lower_it(
    months: list[MonthUsed],
) -> None:
    ceiled, rounded = amc(months, OPEN), amc(months, PLAIN)
    assert ceiled is not None
    assert rounded is not None
    assert 0 <= ceiled - rounded <= 2
    mean = sum(one.packs for one in months) / len(months)
    assert ceiled >= mean


def test_months_of_stock_are_no_data_without_consumption() -> None:
    assert months_of_stock(12, 8) == 1.5
    assert months_of_stock(0, 8) == 0.0
    assert months_of_stock(12, 0) is None
    assert months_of_stock(12, None) is None
