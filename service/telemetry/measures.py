"""What is counted as the inbox books: plain numbers, added to once a batch, on its own thread.

A scrape reads them from another thread and may see a batch half counted; the next sees it whole.
"""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from service.domain.lateness import CLASSES_S
from service.domain.quarantine import Reason
from service.flows.keep import Booking

BATCH_EDGES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
SECONDS_EDGES: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
)


class Histogram:
    """How often something fell into each class; a class ends with its edge."""

    def __init__(self, edges: tuple[float, ...]) -> None:
        self._edges = edges
        self._counts = [0] * (len(edges) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self._edges, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Return, for each edge and then for no edge, how many values were not above it."""
        found: list[tuple[str, float]] = []
        so_far = 0
        for edge, count in zip((*self._edges, float("inf")), self._counts, strict=True):
            so_far += count
            found.append(("+Inf" if edge == float("inf") else str(float(edge)), so_far))
        return found


@dataclass(slots=True)
class Measures:
    """Counts since the start of this process."""

    facts: int = 0
    repeats: int = 0
    acknowledgements: int = 0
    no_room: int = 0
    set_aside: Counter[Reason] = field(default_factory=Counter)
    lateness: dict[int, int] = field(default_factory=lambda: dict.fromkeys(CLASSES_S, 0))
    letters: Histogram = field(default_factory=lambda: Histogram(BATCH_EDGES))
    booking_s: Histogram = field(default_factory=lambda: Histogram(SECONDS_EDGES))
    commit_s: Histogram = field(default_factory=lambda: Histogram(SECONDS_EDGES))

    def note(self, booking: Booking) -> None:
        """Count one batch that is committed."""
        kept = booking.kept
        self.facts += kept.new
        self.repeats += kept.repeats
        self.acknowledgements += len(kept.acknowledgements)
        self.no_room += kept.no_room
        self.set_aside.update(message.reason for message in kept.set_aside)
        for (_, upto_s), facts in kept.lateness.items():
            self.lateness[upto_s] += facts
        self.letters.add(booking.letters)
        self.booking_s.add(booking.booking_s)
        self.commit_s.add(booking.commit_s)
