"""When is an item low? When it may run out before the next visit: by forecast, where there is one.

What is low by forecast is at or below a level that is worked out once for each place and item, so
that a look at ten thousand kiosks compares numbers. Where there is no forecast a quarter of the
capacity is the level.
"""

from dataclasses import dataclass
from math import floor

from service.domain.demand import Outlook
from service.domain.policy import MONTH_DAYS, Method, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class LowLevel:
    """An item is low at ``low_packs`` or less, and stays so until above ``well_packs``."""

    low_packs: int
    well_packs: int
    cover_days: int
    outlook: Outlook

    def p_stock_out(self, on_hand_packs: int) -> float:
        """Return the chance that nothing is left when the next delivery can have come."""
        return self.outlook.p_stock_out(on_hand_packs, days=self.cover_days)


def low_level(outlook: Outlook, policy: Policy) -> LowLevel:
    """Return the level of an item at a place.

    P(stock-out) > α holds of s packs where P(demand < s) < 1 - α: up to the quantile of 1 - α. It
    is well again where that chance is less than half of α. In months of stock the margin is a
    quarter of the least.
    """
    days = policy.cover_days
    if policy.method is Method.MIN_MAX:
        month = outlook.wanted_packs(MONTH_DAYS)
        low = floor(month * policy.min_months)
        well = floor(month * policy.min_months * 1.25)
    else:
        low = outlook.quantile_packs(1 - policy.risk, days=days)
        well = outlook.quantile_packs(1 - policy.risk / 2, days=days)
    return LowLevel(low_packs=low, well_packs=max(low, well), cover_days=days, outlook=outlook)
