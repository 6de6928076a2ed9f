"""What a forecast is made from: counts by series and step, and how much of each step was seen.

A step is a day, a week or a month. ``seen`` is the share of a step in which the item was there to
be had and we know of it: what nobody could take, and what we did not hear of, is not zero demand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from service.domain.demand_counts import Floats, Whole

MarkOf = Callable[[date], str]
"""Says what is special about a day in one word; empty where nothing is."""

_MONTHS: Final = 12
_WEEK_DAYS: Final = 7
_WEEKS_A_SEASON: Final = 4
_SEASONS: Final = 13


class Step(StrEnum):
    """How long one step of a history is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Cycle(NamedTuple):
    """Something that comes round: the phase of each step, of so many.

    It is learnt only from a history of at least ``steps_min`` steps. ``marks``: phase 0 is a plain
    day, the others are marked in the calendar. ``yearly``: it may as well be chance or a trend, so
    that forecasts are weighed with it and without.
    """

    phase: Whole
    phases: int
    steps_min: int
    marks: bool = False
    yearly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Some like series: shapes (series, steps) for ``wanted`` and ``seen``, (series,) for groups.

    ``cycles`` reach ``horizon`` steps beyond the history. ``group`` says which series are most
    alike: kinds of site, say.
    """

    step: Step
    wanted: Floats
    seen: Floats
    group: Whole
    cycles: tuple[Cycle, ...]
    horizon: int

    def __post_init__(self) -> None:
        """Check the shapes."""
        assert self.wanted.shape == self.seen.shape
        assert self.group.shape == self.wanted.shape[:1]
        assert self.horizon > 0
        assert all(len(cycle.phase) == self.steps + self.horizon for cycle in self.cycles)

    @property
    def steps(self) -> int:
        """Return how long the history is."""
        return int(self.wanted.shape[1])


def day_at(first: date, number: int, step: Step) -> date:
    """Return the first day of a step that lies so many steps after the first."""
    if step is Step.MONTH:
        months = first.year * _MONTHS + first.month - 1 + number
        return date(months // _MONTHS, months % _MONTHS + 1, 1)
    return first + number * timedelta(days=_WEEK_DAYS if step is Step.WEEK else 1)


def cycles_of(
    first: date, steps: int, step: Step, *, marks: Sequence[MarkOf] = ()
) -> tuple[Cycle, ...]:
    """Return what comes round in so many steps: weekdays, seasons of the year, marked days."""
    days = [day_at(first, number, step) for number in range(steps)]
    if step is Step.MONTH:
        months = np.array([day.month - 1 for day in days], dtype=np.int64)
        return (Cycle(months, _MONTHS, 14, yearly=True),)
    if step is Step.WEEK:
        seasons = [
            min(_SEASONS - 1, (day.isocalendar().week - 1) // _WEEKS_A_SEASON) for day in days
        ]
        return (Cycle(np.array(seasons, dtype=np.int64), _SEASONS, 104, yearly=True),)
    weekdays = np.array([day.weekday() for day in days], dtype=np.int64)
    months = np.array([day.month - 1 for day in days], dtype=np.int64)
    found = [Cycle(weekdays, _WEEK_DAYS, 4 * _WEEK_DAYS)]
    for mark in marks:
        words = [mark(day) for day in days]
        names = sorted({word for word in words if word})
        if names:
            phase = np.array([names.index(word) + 1 if word else 0 for word in words])
            found.append(Cycle(phase.astype(np.int64), len(names) + 1, 4 * _WEEK_DAYS, marks=True))
    return (*found, Cycle(months, _MONTHS, 730, yearly=True))
