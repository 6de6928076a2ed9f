"""Person-hours: what was promised, kept and lost by cause, as exact integrals over event time.

Everything happens on whole seconds and people are whole, so every sum is a whole number of people ×
seconds, and the parts always add up to what was promised. People of one town who reach the same
outlets share one fate and are integrated as one; who reaches only outlets that did not change in a
stretch of time is integrated without a look at that time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import PERHAPS, STANDINGS, People, Standing, Standings, at_hour
from service.domain.reach import Relation

Seconds = NDArray[np.int64]
"""Moments as whole seconds since 1970, or lengths of time."""

PeopleSeconds = NDArray[np.int64]
"""People × seconds by day, town and standing."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class PromiseSums(NamedTuple):
    """People × seconds: what was promised, and its parts."""

    promised_s: int
    kept_s: int
    unknown_s: int
    never_s: int
    machine_s: int
    stock_s: int
    closed_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """People of one town who reach the same outlets, taken as one; compressed rows as a relation.

    Each row begins with one outlet more than there are, which never carries anything.
    """

    people: People
    towns: NDArray[np.int32]
    indptr: NDArray[np.int64]
    outlets: NDArray[np.int64]
    nowhere: int


def neighbours(relation: Relation, *, people: People, towns: NDArray[np.int32]) -> Neighbours:
    """Return who shares one fate."""
    nowhere = len(relation.outlet_ids)
    found: dict[tuple[int, bytes], int] = {}
    reached: list[NDArray[np.int32]] = []
    numbers = np.empty(len(people), dtype=np.int64)
    for community, town in enumerate(towns.tolist()):
        outlets, _ = relation.of_community(community)
        number = found.setdefault((town, outlets.tobytes()), len(found))
        if number == len(reached):
            reached.append(outlets)
        numbers[community] = number
    crowds = np.zeros(len(found), dtype=np.int64)
    np.add.at(crowds, numbers, people)
    lengths = np.array([outlets.size + 1 for outlets in reached], dtype=np.int64)
    parts = [part for outlets in reached for part in (np.array([nowhere]), outlets)]
    return Neighbours(
        people=crowds,
        towns=np.array([town for town, _ in found], dtype=np.int32),
        indptr=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        outlets=np.concatenate([np.empty(0, dtype=np.int64), *parts]).astype(np.int64),
        nowhere=nowhere,
    )


class Steps(NamedTuple):
    """How an outlet stood: so from each moment on, ascending; the first is the begin."""

    at: Seconds
    standing: Standings


def steps_of(
    begin: int,
    stood: Standing,
    changes: Sequence[tuple[int, Standing]],
    *,
    is_open: bool,
    openings: Sequence[tuple[int, bool]],
) -> Steps:
    """Return how an outlet stood at each hour: its own changes under its hours of opening."""
    stock_at = np.array([begin, *(at for at, _ in changes)], dtype=np.int64)
    stocks = np.array([stood, *(standing for _, standing in changes)], dtype=np.int8)
    hours_at = np.array([begin, *(at for at, _ in openings)], dtype=np.int64)
    hours = np.array([is_open, *(opens for _, opens in openings)], dtype=np.bool_)
    at = np.unique(np.concatenate((stock_at, hours_at)))
    return Steps(at, at_hour(stocks[_newest(stock_at, at)], hours[_newest(hours_at, at)]))


def integrate(
    crowd: Neighbours,
    *,
    towns: int,
    stood: Standings,
    steps: Mapping[int, Steps],
    cuts: Seconds,
) -> PeopleSeconds:
    """Return people × seconds between each two cuts, shape (days, towns, standings).

    ``stood`` says how each outlet stood all the time, ``steps`` how those did that changed.
    """
    sums = np.zeros((cuts.size - 1, towns, STANDINGS), dtype=np.int64)
    if not crowd.people.size:
        return sums
    fixed = np.append(stood, np.int8(Standing.NEVER))
    moving = np.zeros(crowd.nowhere + 1, dtype=np.bool_)
    moving[list(steps)] = True
    fixed[moving] = Standing.NEVER
    best = np.maximum.reduceat(fixed[crowd.outlets], crowd.indptr[:-1])
    touched = np.logical_or.reduceat(moving[crowd.outlets], crowd.indptr[:-1])
    still = ~touched
    # Sums of whole numbers below 2**53 are exact in floating point.
    cells = crowd.towns[still].astype(np.int64) * STANDINGS + best[still]
    resting = np.bincount(cells, weights=crowd.people[still], minlength=towns * STANDINGS)
    sums += np.multiply.outer(np.diff(cuts), resting.astype(np.int64).reshape(towns, STANDINGS))
    for group in np.flatnonzero(touched).tolist():
        outlets = crowd.outlets[crowd.indptr[group] : crowd.indptr[group + 1]]
        some = [steps[outlet] for outlet in outlets[moving[outlets]].tolist()]
        spent_s = _spent(some, least=int(best[group]), cuts=cuts)
        sums[:, crowd.towns[group]] += crowd.people[group] * spent_s
    return sums


def _spent(some: Sequence[Steps], *, least: int, cuts: Seconds) -> Seconds:
    """Return the seconds spent at each standing, as good as the best of some outlets."""
    # A moment that stands twice lasts no time the first time.
    at = np.sort(np.concatenate((cuts[:-1], *(one.at for one in some))))
    best = np.full(at.size, least, dtype=np.int8)
    for one in some:
        np.maximum(best, one.standing[_newest(one.at, at)], out=best)
    lengths = np.empty_like(at)
    np.subtract(at[1:], at[:-1], out=lengths[:-1])
    lengths[-1] = cuts[-1] - at[-1]
    cells = _newest(cuts[:-1], at) * STANDINGS + best
    spent_s = np.bincount(cells, weights=lengths, minlength=(cuts.size - 1) * STANDINGS)
    return spent_s.astype(np.int64).reshape(-1, STANDINGS)


def _newest(moments: Seconds, at: Seconds) -> NDArray[np.intp]:
    """Return, for each moment asked for, which of some ascending ones was the last by then."""
    return moments.searchsorted(at, side="right") - 1


def promise_sums(people_seconds: PeopleSeconds) -> PromiseSums:
    """Return the sums of one day and town, given by standing."""
    by_standing = people_seconds.tolist()
    return PromiseSums(
        promised_s=sum(by_standing),
        kept_s=by_standing[Standing.IN_STOCK],
        unknown_s=sum(by_standing[standing] for standing in PERHAPS),
        never_s=by_standing[Standing.NEVER],
        machine_s=by_standing[Standing.MACHINE],
        stock_s=by_standing[Standing.EMPTY],
        closed_s=by_standing[Standing.CLOSED],
    )


def local_days(begin: date, end: datetime, zone: tzinfo) -> tuple[list[date], Seconds]:
    """Return the local days from one on, and their cuts up to a moment: each day's own length."""
    days: list[date] = []
    cuts: list[int] = []
    day = begin
    while (midnight := seconds_of(datetime.combine(day, time(), zone))) < seconds_of(end):
        days.append(day)
        cuts.append(midnight)
        day += timedelta(days=1)
    return days, np.array([*cuts, seconds_of(end)], dtype=np.int64)


def seconds_of(at: datetime) -> int:
    """Return the whole seconds since 1970 at a moment."""
    return (at - _EPOCH) // _SECOND


def moment_of(seconds: int) -> datetime:
    """Return the moment (UTC) so many seconds after 1970 began."""
    return _EPOCH + seconds * _SECOND
