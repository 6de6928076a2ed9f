"""From the books to days of demand: how much of each day a kiosk had an item, and what was wanted.

Only time in stock tells the demand: what nobody could take is not zero, and of what we did not hear
nothing is known. Somebody who asks an empty machine wanted something, too. But not everybody does
who sees that it is empty: so empty time counts by the share of people who ask all the same, which
is learnt from all kiosks of an item, asks per empty day ÷ packs per day in stock.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from service.domain.circle import Standing
from service.domain.demand_counts import Floats
from service.domain.promise import Seconds

ASKS_DOUBT_DAYS: Final = 5.0
"""So many empty days without an ask weigh against the asks that were heard."""

SEEN_LEAST: Final = 0.05
"""Where something was given out, so much of the day was in stock, whatever the clocks say."""


class Stood(NamedTuple):
    """How kiosks stood from some moments on, in any order: equally long rows."""

    kiosk: Seconds
    at_s: Seconds
    standing: Seconds


class Days(NamedTuple):
    """What was wanted of an item each day, and by how much of the day that tells; (kiosks, days).

    ``in_stock`` is the time in stock alone.
    """

    wanted: Floats
    seen: Floats
    in_stock: Floats


def shares(stood: Stood, cuts: Seconds, *, kiosks: int) -> Mapping[Standing, Floats]:
    """Return the share of each day in which each kiosk was in stock, and in which it was empty.

    ``cuts`` are the moments between days. Before its first row a kiosk's standing is not known.
    """
    days = len(cuts) - 1
    order = np.lexsort((stood.at_s, stood.kiosk))
    kiosk, at, standing = (row[order] for row in stood)
    # Each lasts until the next of the same kiosk, the last one to the end.
    same = np.append(kiosk[1:] == kiosk[:-1], np.zeros(min(1, kiosk.size), dtype=np.bool_))
    ends = np.where(same, np.append(at[1:], cuts[-1:])[: at.size], cuts[-1])
    found = {}
    for wanted in (Standing.IN_STOCK, Standing.EMPTY):
        some = standing == wanted
        sums = np.zeros((kiosks, days + 2))
        for moments, sign in ((at[some], 1.0), (ends[some], -1.0)):
            moment = np.clip(moments, cuts[0], cuts[-1])
            day = np.clip(np.searchsorted(cuts, moment, side="right") - 1, 0, days - 1)
            part = (moment - cuts[day]) / (cuts[day + 1] - cuts[day])
            # From here on: the rest of this day, and the whole of every later one.
            np.add.at(sums, (kiosk[some], day), sign * (1.0 - part))
            np.add.at(sums, (kiosk[some], day + 1), sign * part)
        found[wanted] = np.clip(np.cumsum(sums, axis=1)[:, :days], 0.0, 1.0)
    return found


def days_of(packs: Floats, empty_asks: Floats, by_standing: Mapping[Standing, Floats]) -> Days:
    """Return what was wanted, from packs given out, asks in vain and how kiosks stood."""
    in_stock, empty = by_standing[Standing.IN_STOCK], by_standing[Standing.EMPTY]
    # A day of which we know only what it brought is not one of low demand.
    in_stock = np.where(packs > 0, np.maximum(in_stock, SEEN_LEAST), in_stock)
    seen_days = in_stock.sum(axis=1, keepdims=True)
    rate = packs.sum(axis=1, keepdims=True) / np.maximum(seen_days, 1.0)
    expected = float((rate * empty).sum())
    mean = float(packs.sum()) / max(float(in_stock.sum()), 1.0)
    asked = float(empty_asks.sum()) / max(expected + ASKS_DOUBT_DAYS * mean, 1e-9)
    # More asks than people would be the same people again.
    asks = empty_asks / max(asked, 1.0)
    seen = in_stock + min(asked, 1.0) * empty
    return Days(wanted=packs + asks, seen=np.minimum(seen, 1.0), in_stock=in_stock)
