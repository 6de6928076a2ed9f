"""The journal on disk: one envelope a line, append-only, whole again after any kill.

Beside it lies a file of true times, eight bytes a fact, which a real kiosk would not have: only
``truth`` and the restart read it. It is written first, so it is never shorter than the journal
(unless the machine itself lost power; then the kiosk's own time stands in).
"""

import os
from array import array
from pathlib import Path
from typing import Final

_TIME_BYTES: Final = 8


def journal_path(folder: Path, epoch: int) -> Path:
    """Return where the journal of an epoch lies."""
    return folder / f"journal-{epoch:06d}.jsonl"


def times_path(journal: Path) -> Path:
    """Return where the true times beside a journal lie."""
    return journal.with_suffix(".times")


def read_lines(path: Path) -> list[bytes]:
    """Return the whole lines of a journal; a last line that was cut short is left out."""
    if not path.exists():
        return []
    return path.read_bytes().split(b"\n")[:-1]


def read_times(journal: Path) -> "array[int]":
    """Return the true times (milliseconds since 1970) beside a journal."""
    times = array("q")
    path = times_path(journal)
    if path.exists():
        held = path.read_bytes()
        times.frombytes(held[: len(held) // _TIME_BYTES * _TIME_BYTES])
    return times


class Journal:
    """All facts of one epoch, numbered from 1; holds no open file and no line in memory."""

    def __init__(self, folder: Path, epoch: int) -> None:
        """Open or begin the journal of an epoch, and cut off what a kill left half written."""
        self.epoch = epoch
        self.path = journal_path(folder, epoch)
        self._ends = array("Q", [0])
        for line in read_lines(self.path):
            self._ends.append(self._ends[-1] + len(line) + 1)
        if self.path.exists() and self.path.stat().st_size > self._ends[-1]:
            os.truncate(self.path, self._ends[-1])
        self._mend_times()

    @property
    def head(self) -> int:
        """Return the newest sequence; 0 when there is none."""
        return len(self._ends) - 1

    def append(self, lines: list[bytes], true_ms: list[int]) -> None:
        """Add facts in one write: at most the last of them can be cut by a kill."""
        assert len(lines) == len(true_ms)
        with times_path(self.path).open("ab") as file:
            file.write(array("q", true_ms).tobytes())
        with self.path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in lines))
        for line in lines:
            self._ends.append(self._ends[-1] + len(line) + 1)

    def read(self, first: int, last: int) -> list[bytes]:
        """Return the envelopes from ``first`` to ``last``, both included and both held."""
        assert 1 <= first <= last <= self.head, (first, last, self.head)
        start, end = self._ends[first - 1], self._ends[last]
        with self.path.open("rb") as file:
            file.seek(start)
            return file.read(end - start).split(b"\n")[:-1]

    def _mend_times(self) -> None:
        times = read_times(self.path)
        if len(times) == self.head:
            return
        newest = times[-1] if times else 0
        times = times[: self.head]
        times.extend([newest] * (self.head - len(times)))
        times_path(self.path).write_bytes(times.tobytes())
