"""The field's own figures, by the conventions that districts know: AMC and months of stock.

They stand beside the outlook so that a district can compare; nothing is decided by them unless a
policy says so.

* OpenLMIS corrects each month for days without stock: ceil(C × 30 / (30 - X)) with C consumed and X
  stock-out days, C itself where X ≥ 30; AMC is the ceiling of the months' mean (OpenLMIS,
  requisition module).
* Plain LMIS forms take the mean of three months of 30 days, each corrected as above but without
  rounding, and round it half up at the end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

MONTH_DAYS: Final = 30
"""Both conventions reckon with months of so many days."""

AMC_MONTHS: Final = 3
"""So many whole months make up the mean."""


class Convention(StrEnum):
    """Whose AMC it is."""

    OPEN_LMIS = "openlmis"
    PLAIN_LMIS = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsed:
    """What a month consumed of an item, and on how many days it was out of stock."""

    packs: int
    stock_out_days: int

    def __post_init__(self) -> None:
        """Check that neither is negative."""
        assert self.packs >= 0
        assert self.stock_out_days >= 0


def adjusted(month: MonthUsed) -> Fraction:
    """Return what a month would have consumed with stock on every day; as it is from 30 on."""
    if month.stock_out_days >= MONTH_DAYS:
        return Fraction(month.packs)
    return Fraction(month.packs * MONTH_DAYS, MONTH_DAYS - month.stock_out_days)


def amc(months: Sequence[MonthUsed], convention: Convention) -> int | None:
    """Return the average monthly consumption in packs; None where no month is known."""
    if not months:
        return None
    if convention is Convention.OPEN_LMIS:
        return math.ceil(Fraction(sum(math.ceil(adjusted(month)) for month in months), len(months)))
    mean = sum((adjusted(month) for month in months), Fraction(0)) / len(months)
    return math.floor(mean + Fraction(1, 2))


def months_of_stock(on_hand_packs: int, amc_packs: int | None) -> float | None:
    """Return for how many months a stock lasts; None, no data, where nothing was consumed."""
    assert on_hand_packs >= 0
    return on_hand_packs / amc_packs if amc_packs else None
