"""``forecast`` says of anyone's history how much will be wanted, without a database."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, Self

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from service.calendars import CAMPUS_BREAKS, marks
from service.commands.forecast_file import (
    LEVELS,
    WRONG_TOLD_MAX,
    HistoryError,
    Line,
    Taken,
    read_history,
    write_forecast,
)
from service.domain.demand_counts import quantiles
from service.domain.demand_fit import forecast as forecast_panel
from service.domain.demand_history import (
    STEPS_MAX,
    Absent,
    History,
    history_of,
    number_of,
    step_of,
)
from service.domain.demand_panel import MarkOf, Step, day_at

HORIZON_MAX: Final = 730
BAR_AFTER_S: Final = 2.0
"""What is done sooner than this needs no bar."""

_NAMED_MAX: Final = 5


def forecast(
    history: Annotated[
        Path, typer.Option(help="A CSV file: series, date, quantity; also in_stock, kind.")
    ],
    horizon: Annotated[int, typer.Option(help="So many steps ahead.", min=1, max=HORIZON_MAX)],
    out: Annotated[Path, typer.Option(help="Where the forecast goes, as CSV.")],
    *,
    step: Annotated[
        Step | None, typer.Option(help="How long a step is; without it the dates tell.")
    ] = None,
    absent: Annotated[
        Absent, typer.Option(help="What a step without a row means; auto: see the notes.")
    ] = Absent.AUTO,
    country: Annotated[
        str, typer.Option(help="Whose holidays count for days, as CN; empty for none.")
    ] = "CN",
    campus_breaks: Annotated[
        str, typer.Option(help="Stretches of days, as 07-10..08-31, that may stand out.")
    ] = CAMPUS_BREAKS,
    leave_out_wrong: Annotated[
        bool, typer.Option("--leave-out-wrong", help="Go on without rows that are wrong.")
    ] = False,
) -> None:
    """Forecast each series of a file: mean and quantiles 0.05 to 0.95 of each step ahead.

    `quantity` is what was given out or asked for in a step; an empty one is unknown. `in_stock` is
    the share of the step, 0 to 1, in which the item was there to be had: what nobody could take is
    not zero demand. Series of one `kind` are taken to be most alike. All series are forecast from
    the step after the file's last.
    """
    special = marks(country, campus_breaks)
    taken = read_history(history)
    refuse_wrong(taken, history.name, go_on=leave_out_wrong)
    found = step or step_of(taken.rows)
    if found is None:
        message = f"{history.name}: no series has two dates; say --step day, week or month."
        raise HistoryError(message)
    refuse_twice(taken, found, history.name)
    made = history_of(taken.rows, found, absent=absent)
    for note in notes(made, taken):
        typer.echo(f"Note: {note}", err=True)
    count = write_forecast(out, _lines(made, taken, horizon, special))
    typer.echo(f"{out}: {count:,} rows, {len(made.names):,} series, {horizon} {found}s ahead.")


def refuse_wrong(taken: Taken, name: str, *, go_on: bool) -> None:
    """Tell which rows are wrong; raise HistoryError unless it shall go on without them."""
    if not taken.wrong:
        return
    told = "\n".join(f"  {one}" for one in taken.wrong[:WRONG_TOLD_MAX])
    more = len(taken.wrong) - WRONG_TOLD_MAX
    rest = f"\n  and {more:,} more" if more > 0 else ""
    if go_on and taken.rows:
        typer.echo(f"Note: {len(taken.wrong):,} rows were left out:\n{told}{rest}", err=True)
        return
    message = (
        f"{name} was not forecast, and nothing was written:\n{told}{rest}\n"
        "Put these rows right, or go on without them with --leave-out-wrong."
    )
    raise HistoryError(message)


def notes(history: History, taken: Taken) -> Iterator[str]:
    """Yield what somebody should know of how a history was understood."""
    step, first = history.step, history.first
    last = day_at(first, history.wanted.shape[1] - 1, step)
    yield f"a step is a {step}; the history ends with the {step} of {last}."
    if taken.unknown:
        yield f"{taken.unknown:,} rows say no quantity; these {step}s count as unknown."
    if history.absent_steps:
        meaning = (
            "as unknown, not as zero; if nothing was wanted in them, say --absent zero"
            if history.absent is Absent.UNKNOWN
            else "as zero, since the file is a log that never says 0; else say --absent unknown"
        )
        yield f"{history.absent_steps:,} {step}s have no row; they count {meaning}."
    if history.wanted.shape[1] == STEPS_MAX[step]:
        yield f"only the last {STEPS_MAX[step]:,} {step}s, from {first} on, are looked at."
    told = history.seen > 0
    for what, which in (
        ("have one known value or none: they are forecast like the others", told.sum(axis=1) <= 1),
        ("are zero all along", (told.sum(axis=1) > 1) & (history.wanted.sum(axis=1) == 0)),
    ):
        names = [history.names[index] for index in np.flatnonzero(which)]
        if names:
            rest = f" and {len(names) - _NAMED_MAX:,} more" if len(names) > _NAMED_MAX else ""
            yield f"{len(names):,} series {what}: {', '.join(names[:_NAMED_MAX])}{rest}."


def refuse_twice(taken: Taken, step: Step, name: str) -> None:
    """Raise HistoryError where a series has two rows in one step: which of them would it be?"""
    first = min(row.day for row in taken.rows)
    seen: dict[tuple[str, int], date] = {}
    for row in taken.rows:
        before = seen.setdefault((row.series, number_of(row.day, first, step)), row.day)
        if before != row.day:
            message = (
                f"{name}: series {row.series} has two rows in one {step}, {before} and {row.day}; "
                f"give one for each {step}, or say --step."
            )
            raise HistoryError(message)


def _day(history: History, taken: Taken, number: int) -> str:
    """Return the date of a step, written as the file writes its own."""
    day = day_at(history.first, number, history.step)
    if history.step is not Step.MONTH:
        return day.isoformat()
    if taken.months_only:
        return day.strftime("%Y-%m")
    same = {row.day.day for row in taken.rows}
    following = day_at(day, 1, Step.MONTH)
    last = following - timedelta(days=1)
    return (day.replace(day=same.pop()) if len(same) == 1 else last).isoformat()


def _lines(
    history: History, taken: Taken, horizon: int, special: tuple[MarkOf, ...]
) -> Iterator[Line]:
    """Yield the forecast of each series, and show how far it is once that takes long."""
    begin = history.wanted.shape[1]
    days = [_day(history, taken, begin + ahead) for ahead in range(horizon)]
    with Bar() as bar:
        for cut, panel in history.panels(horizon, special):
            names = history.names[cut]
            share = len(names) / len(history.names)
            made = forecast_panel(panel, tell=bar.part(cut.start / len(history.names), share))
            wanted = quantiles(made.mean.ravel(), made.variance().ravel(), LEVELS)
            wanted = wanted.reshape(*made.mean.shape, -1) * history.unit
            mean = made.mean * history.unit
            for index, name in enumerate(names):
                for ahead, day in enumerate(days):
                    yield Line(name, day, float(mean[index, ahead]), wanted[index, ahead])


class Bar:
    """Shows how far it is, on a terminal, from the moment on when it has taken long."""

    def __init__(self) -> None:
        """Begin to wait."""
        console = Console(stderr=True)
        columns = (TextColumn("Forecast"), BarColumn(), TimeRemainingColumn())
        self._shown = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._shown.add_task("forecast", total=1.0)
        self._from_s = time.monotonic() + BAR_AFTER_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._shown.stop()

    def part(self, done: float, share: float) -> Callable[[float], None]:
        """Return what hears of the progress of one part of the work."""

        def tell(of_part: float) -> None:
            if time.monotonic() >= self._from_s and not self._shown.live.is_started:
                self._shown.start()
            self._shown.update(self._task, completed=done + share * of_part)

        return tell
