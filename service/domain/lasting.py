"""How long an outlet's stock lasts: packs on hand ÷ packs a day while it lately had any.

Only time in stock counts: an outlet that was empty for half of the month gave out nothing in that
half, and would else seem to last twice as long. Time of which nothing is known counts for nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.domain.circle import Standing

RATE_DAYS: Final = 28
"""So many local days back, today included, make up the recent rate."""

IN_STOCK_DAYS_MIN: Final = 3.0
"""With less time in stock than this there is no rate: one lucky afternoon is no forecast."""

_DAY: Final = timedelta(days=1)


class Turn(NamedTuple):
    """From this moment on an outlet stood so for an item."""

    at: datetime
    outlet_id: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What is on hand, how fast it goes, and how long it lasts.

    ``packs_per_day`` is None where too little is known, and ``days_left`` with it. At a rate of
    nothing the stock lasts for ever: ``days_left`` is infinite, as far as the past can tell.
    """

    on_hand_packs: int | None = None
    packs_per_day: float | None = None
    days_left: float | None = None


def last(*, on_hand_packs: int | None, packs: int, in_stock_days: float) -> Lasting:
    """Return how long a stock lasts if it goes as it went while there was any."""
    assert packs >= 0
    if in_stock_days < IN_STOCK_DAYS_MIN:
        return Lasting(on_hand_packs=on_hand_packs)
    rate = packs / in_stock_days
    if on_hand_packs is None:
        return Lasting(packs_per_day=rate)
    days = on_hand_packs / rate if rate > 0 else math.inf
    return Lasting(on_hand_packs=on_hand_packs, packs_per_day=rate, days_left=days)


def in_stock_days(turns: Iterable[Turn], *, begin: datetime, end: datetime) -> float:
    """Return for how many days in [begin, end) any outlet of one place had the item.

    ``turns`` are of all outlets of the place, oldest first; where they begin before ``begin``, they
    say how things stood then.
    """
    having: set[str] = set()
    total = timedelta()
    before = begin
    for turn in turns:
        at = min(max(turn.at, begin), end)
        if having:
            total += at - before
        before = at
        if turn.standing is Standing.IN_STOCK:
            having.add(turn.outlet_id)
        else:
            having.discard(turn.outlet_id)
    if having:
        total += max(end, before) - before
    return total / _DAY
