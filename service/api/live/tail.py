"""Follows rows by number where a lower number may turn up late: nothing twice, nothing missed."""

from collections.abc import Sequence
from typing import Final

from service.flows.reads.ports import Change

LATE_S: Final = 30.0
"""A number that has not turned up by then was never written: its transaction was undone."""

MISSING_MAX: Final = 1_000


class Tail:
    """How far we have read, and which numbers below that we have not seen.

    PostgreSQL hands out numbers before the rows are committed. Remembering the few that are missing
    is exact, and costs nothing where there are none; a window read again and again would not be.
    """

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self._missing: dict[int, float] = {}

    @property
    def missing(self) -> tuple[int, ...]:
        """Return the numbers that may still turn up."""
        return tuple(self._missing)

    def take(self, changes: Sequence[Change], *, at_s: float) -> None:
        """Note what was read at a moment of a monotonic clock."""
        for change in changes:
            if change.id <= self.newest:
                self._missing.pop(change.id, None)
                continue
            skipped = range(max(self.newest + 1, change.id - MISSING_MAX), change.id)
            self._missing.update(dict.fromkeys(skipped, at_s + LATE_S))
            self.newest = change.id
        late = [number for number, until_s in self._missing.items() if until_s <= at_s]
        for number in [*late, *sorted(self._missing)[: max(0, len(self._missing) - MISSING_MAX)]]:
            self._missing.pop(number, None)
