"""From rows of anyone's history to panels that can be forecast: how long a step is, what is absent.

A row that says nothing of its quantity, and a step without a row, are unknown: never zero demand.
Only where a file of days never says zero at all, nor anything of stock, and leaves many days out,
it is a log of what was given out, and what is not in it was not asked for.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.domain.demand_counts import Floats
from service.domain.demand_panel import MarkOf, Panel, Step, cycles_of, day_at

STEPS_MAX: Final = {Step.DAY: 1_461, Step.WEEK: 520, Step.MONTH: 240}
"""So many steps back are looked at; what is older says little of tomorrow."""

CELLS_MAX: Final = 2_000_000
"""So many series × steps are forecast at most in one go."""

LOG_SHARE_MIN: Final = 0.2
"""A file that never says zero and leaves out more than this share of the steps is a log."""

DECIMALS_MAX: Final = 4
_MONTH_DAYS_MIN: Final = 28
_WEEK_DAYS: Final = 7
_SEEN_WITH_SALES: Final = 0.5
_SEEN_LEAST: Final = 0.05


class Absent(StrEnum):
    """What a step without a row means."""

    AUTO = "auto"
    UNKNOWN = "unknown"
    ZERO = "zero"


class Row(NamedTuple):
    """One row: ``quantity`` is None where it is not known; ``in_stock`` is a share of the step."""

    series: str
    day: date
    quantity: float | None
    in_stock: float
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All series of a file on one time line; ``unit`` is what quantities are whole multiples of."""

    names: tuple[str, ...]
    step: Step
    first: date
    wanted: Floats
    seen: Floats
    kinds: tuple[str, ...]
    unit: float
    absent: Absent
    """What steps without a row were taken for."""
    absent_steps: int

    def panels(self, horizon: int, marks: Sequence[MarkOf]) -> Iterator[tuple[slice, Panel]]:
        """Yield the series in pieces that fit the memory, each a pool of its own."""
        steps = self.wanted.shape[1]
        kinds = sorted(set(self.kinds))
        group = np.array([kinds.index(kind) for kind in self.kinds], dtype=np.int64)
        cycles = cycles_of(self.first, steps + horizon, self.step, marks=marks)
        pieces = -(-self.wanted.size // CELLS_MAX)
        size = -(-len(self.names) // pieces)
        for begin in range(0, len(self.names), size):
            cut = slice(begin, begin + size)
            _, among = np.unique(group[cut], return_inverse=True)
            yield (
                cut,
                Panel(
                    step=self.step,
                    wanted=self.wanted[cut],
                    seen=self.seen[cut],
                    group=among.astype(np.int64),
                    cycles=cycles,
                    horizon=horizon,
                ),
            )


def step_of(rows: Sequence[Row]) -> Step | None:
    """Return how long the steps of some rows are; None where no series has two of them."""
    by_series: dict[str, set[date]] = defaultdict(set)
    for row in rows:
        by_series[row.series].add(row.day)
    lines = [sorted(days) for days in by_series.values()]
    apart = {(later - before).days for days in lines for before, later in pairwise(days)}
    if not apart:
        return None
    if min(apart) >= _MONTH_DAYS_MIN and _are_months({row.day for row in rows}):
        return Step.MONTH
    if all(days % _WEEK_DAYS == 0 for days in apart):
        return Step.WEEK
    return Step.DAY


def history_of(rows: Sequence[Row], step: Step, *, absent: Absent = Absent.AUTO) -> History:
    """Return the series of some rows; no (series, step) may be there twice."""
    assert rows
    numbered = _Steps(step, min(row.day for row in rows))
    last = max(numbered.of(row.day) for row in rows)
    begin = max(0, last + 1 - STEPS_MAX[step])
    names = sorted({row.series for row in rows})
    at = {name: index for index, name in enumerate(names)}
    shape = (len(names), last + 1 - begin)
    wanted, seen, told = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.bool_)
    unit = _unit([row.quantity for row in rows if row.quantity])
    kinds = [""] * len(names)
    for row in rows:
        where = (at[row.series], numbered.of(row.day) - begin)
        kinds[where[0]] = row.kind
        if where[1] < 0:
            continue
        told[where] = True
        if row.quantity is not None:
            wanted[where] = round(row.quantity / unit)
            seen[where] = _seen(row)
    found = History(
        names=tuple(names),
        step=step,
        first=day_at(numbered.first, begin, step),
        wanted=wanted,
        seen=seen,
        kinds=tuple(kinds),
        unit=unit,
        absent=Absent.UNKNOWN,
        absent_steps=0,
    )
    return _with_absent(found, told, absent, may_be_log=_may_be_log(rows))


def _with_absent(
    history: History, told: NDArray[np.bool_], absent: Absent, *, may_be_log: bool
) -> History:
    """Decide what is absent, from each series' first row on."""
    begun = np.maximum.accumulate(told, axis=1)
    missing = begun & ~told
    count = int(missing.sum())
    if absent is Absent.AUTO:
        is_log = may_be_log and count > LOG_SHARE_MIN * int(begun.sum())
        absent = Absent.ZERO if is_log and history.step is Step.DAY else Absent.UNKNOWN
    seen = np.where(missing, 1.0, history.seen) if absent is Absent.ZERO else history.seen
    return replace(history, seen=seen, absent=absent, absent_steps=count)


def _may_be_log(rows: Sequence[Row]) -> bool:
    """Say whether a file knows only of what was given out, and of nothing else."""
    return all(row.quantity and row.in_stock == 1.0 for row in rows)


class _Steps:
    """Numbers steps from the first on."""

    def __init__(self, step: Step, day: date) -> None:
        self.step = step
        self.first = day.replace(day=1) if step is Step.MONTH else day

    def of(self, day: date) -> int:
        """Return the number of the step that a day is in."""
        if self.step is Step.MONTH:
            return (day.year - self.first.year) * 12 + day.month - self.first.month
        days = (day - self.first).days
        return days // _WEEK_DAYS if self.step is Step.WEEK else days


def number_of(day: date, first: date, step: Step) -> int:
    """Return how many steps after that of ``first`` a day is."""
    return _Steps(step, first).of(day)


def _seen(row: Row) -> float:
    """Return how much of a row's step was seen; what was given out must have been there."""
    if not row.quantity:
        return row.in_stock
    # Where stock is said to have been out all along, it went out during the step.
    return max(row.in_stock, _SEEN_LEAST) if row.in_stock > 0 else _SEEN_WITH_SALES


def _are_months(days: set[date]) -> bool:
    """Say whether days stand for months: always the same one, or always the last."""
    return len({day.day for day in days}) == 1 or all(
        (day + timedelta(days=1)).day == 1 for day in days
    )


def _unit(quantities: Sequence[float]) -> float:
    """Return the largest decimal unit that quantities are whole multiples of."""
    for decimals in range(DECIMALS_MAX):
        unit = 10.0**-decimals
        if all(
            abs(one / unit - round(one / unit)) < unit * 1e-3 + 1e-6 * one for one in quantities
        ):
            return unit
    return float(10.0**-DECIMALS_MAX)
