"""What commands share that never speak to the broker: settings, and a bar where it takes long."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.settings import Settings, read_settings

BAR_FROM: Final = 100_000
"""Fewer facts than this are read before a bar would tell anything."""


def read_settings_offline() -> Settings:
    """Return the settings for commands that never speak to the broker."""
    os.environ.setdefault("CIRCLE15_BROKER_PASSWORD", "not-needed-here")
    return read_settings()


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give a function that hears of progress and shows a bar, on a terminal and for long work."""
    console = Console(stderr=True)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("facts"),
        TimeRemainingColumn(),
    )
    shown = console.is_terminal and total >= BAR_FROM
    with Progress(*columns, console=console, disable=not shown) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.advance(task, count)
