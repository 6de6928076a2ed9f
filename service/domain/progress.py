"""How far we have heard a kiosk's journal: a contiguous watermark, and stretches beyond it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Stretch = tuple[int, int]
"""First and last sequence, both included."""

STRETCHES_MAX: Final = 512
"""More islands than this in one journal are not tracked; the kiosk sends the rest again later."""


@dataclass(frozen=True, slots=True)
class Progress:
    """All sequences up to ``upto`` are settled (kept, set aside, or known to be gone for ever).

    ``beyond`` holds the settled stretches after the first gap, ascending, apart from one another.
    """

    upto: int = 0
    beyond: tuple[Stretch, ...] = ()

    def has(self, sequence: int) -> bool:
        """Say whether a sequence is settled."""
        if sequence <= self.upto:
            return True
        return any(first <= sequence <= last for first, last in self.beyond)

    @property
    def newest(self) -> int:
        """Return the newest settled sequence, 0 where there is none."""
        return self.beyond[-1][1] if self.beyond else self.upto

    def settled_count(self) -> int:
        """Return how many sequences are settled."""
        return self.upto + sum(last - first + 1 for first, last in self.beyond)

    def with_stretches(self, stretches: Iterable[Stretch]) -> "Progress":
        """Return the progress with these stretches settled too."""
        merged: list[Stretch] = []
        everything = sorted([(0, self.upto), *self.beyond, *stretches])
        for first, last in everything:
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return Progress(upto=merged[0][1], beyond=tuple(merged[1:]))

    def missing(self, head: int) -> tuple[Stretch, ...]:
        """Return the stretches not settled up to ``head`` or the newest settled, ascending."""
        gaps: list[Stretch] = []
        after = self.upto
        for first, last in self.beyond:
            gaps.append((after + 1, first - 1))
            after = last
        if head > after:
            gaps.append((after + 1, head))
        return tuple(gaps)


def stretches_of(sequences: Iterable[int]) -> list[Stretch]:
    """Return the runs of consecutive numbers among some sequences."""
    runs: list[Stretch] = []
    for sequence in sorted(set(sequences)):
        if runs and sequence == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], sequence)
        else:
            runs.append((sequence, sequence))
    return runs
