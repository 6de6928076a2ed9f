"""A day hour by hour: who had what in reach, as exact integrals over the hours of the local day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import Circle, People, Standing, Standings, at_hour
from service.domain.promise import Seconds, seconds_of
from service.domain.reach import Indices

HOUR_S: Final = 3_600


class Turn(NamedTuple):
    """From this second on some outlets, each named once, stand so."""

    at: int
    outlets: Indices
    standings: Standings


class HourSums(NamedTuple):
    """People × seconds by hour and town: by standing, and by whether an outlet in reach works."""

    by_best: People
    by_working: People


def hour_cuts(day: date, zone: tzinfo) -> Seconds:
    """Return where the hours of a local day begin, and where the day ends: 23 to 25 of them."""
    begin, end = (
        seconds_of(datetime.combine(one, time(), zone)) for one in (day, day + timedelta(days=1))
    )
    return np.array([*range(begin, end, HOUR_S), end], dtype=np.int64)


def turns_of(
    raw: Standings,
    is_open: NDArray[np.bool_],
    *,
    stood: Mapping[int, Mapping[int, Standing]],
    opened: Mapping[int, Mapping[int, bool]],
) -> Iterable[Turn]:
    """Yield how outlets turn, moment by moment, from how they stand at first.

    ``stood`` and ``opened`` say by second and outlet who stands otherwise, whatever the hour, and
    who opens (True) or closes. What is given as the first state is not changed.
    """
    raw, is_open = raw.copy(), is_open.copy()
    for at in sorted(stood.keys() | opened.keys()):
        for outlet, standing in stood.get(at, {}).items():
            raw[outlet] = standing
        for outlet, opens in opened.get(at, {}).items():
            is_open[outlet] = opens
        outlets = np.array(sorted({*stood.get(at, ()), *opened.get(at, ())}), dtype=np.int32)
        yield Turn(at, outlets, at_hour(raw[outlets], is_open[outlets]))


def sum_hours(circle: Circle, turns: Iterable[Turn], cuts: Seconds) -> HourSums:
    """Return the sums of a circle of one item, which turns with them, in order of time.

    None of the turns comes before the first cut; those that come after the last are left out.
    """
    by_best, by_working = (
        np.zeros((cuts.size - 1, *sums.shape), dtype=np.int64) for sums in circle.sums(0)
    )
    upto = int(cuts[0])

    def spend(until: int) -> None:
        nonlocal upto
        best, working = circle.sums(0)
        while upto < until:
            hour = int(cuts.searchsorted(upto, side="right")) - 1
            stop = min(until, int(cuts[hour + 1]))
            by_best[hour] += best * (stop - upto)
            by_working[hour] += working * (stop - upto)
            upto = stop

    for turn in turns:
        spend(min(turn.at, int(cuts[-1])))
        if upto < cuts[-1]:
            circle.turn(0, turn.outlets, turn.standings)
    spend(int(cuts[-1]))
    return HourSums(by_best, by_working)
