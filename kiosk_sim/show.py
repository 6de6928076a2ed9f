"""Progress for people: a bar where somebody watches a terminal, plain lines where nobody does."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_LINE_EVERY_S: Final = 3.0


class Show:
    """Shows how far something is; ``tell`` prints one line, ``advance`` moves the bar."""

    def __init__(self, console: Console) -> None:
        """Use a bar only on a terminal."""
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._label = ""
        self._told_at = 0.0

    def tell(self, line: str) -> None:
        """Print one line."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def begin(self, label: str) -> None:
        """Begin something that takes a while."""
        self.end()
        self._label, self._told_at = label, 0.0
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeRemainingColumn(), console=self._console, transient=True,
            )  # fmt: skip
            self._bar.start()
            self._task = self._bar.add_task(label, total=None)

    def advance(self, done: int, total: int, now: float) -> None:
        """Say how far it is; without a terminal, a line every few seconds."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
        elif now - self._told_at >= _LINE_EVERY_S:
            self._told_at = now
            share = 100 * done // total if total else 100
            self.tell(f"{self._label}: {done} / {total} ({share} %)")

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._task = None, None

    def __enter__(self) -> Self:
        """Begin with nothing shown."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave a clean terminal."""
        self.end()
