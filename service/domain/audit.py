"""What must hold: the ledger's seven invariants, and the past's two; what was looked at for each.

And each breach, in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

BREACHES_MAX: Final = 20
"""So many breaches of one invariant are told in words; the others are only counted."""


class Invariant(StrEnum):
    """The invariants of the ledger, in the order of the decision that names them, and the past's.

    Timelines follow from facts, and person-hours from timelines.
    """

    ACKNOWLEDGED = "acknowledged is kept"
    ONCE = "counted once"
    GAPS = "gaps are on record"
    WATERMARK = "the watermark is true"
    CONFLICTS = "conflicts are alarmed"
    STOCK = "stock follows the counts"
    CLOCKS = "each fact has its month"
    TIMELINES = "timelines are true"
    PROMISES = "person-hours are true"


@dataclass(slots=True)
class Verdict:
    """What was looked at for one invariant, and what breaks it."""

    figures: dict[str, int] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    breach_count: int = 0


@dataclass(slots=True)
class Audit:
    """The verdicts on all invariants."""

    verdicts: dict[Invariant, Verdict] = field(
        default_factory=lambda: {one: Verdict() for one in Invariant}
    )

    @property
    def holds(self) -> bool:
        """Say whether nothing is broken."""
        return not any(verdict.breach_count for verdict in self.verdicts.values())

    def look(self, invariant: Invariant, figures: Mapping[str, int]) -> None:
        """Add to the figures of what was looked at."""
        known = self.verdicts[invariant].figures
        for name, count in figures.items():
            known[name] = known.get(name, 0) + count

    def breach(self, invariant: Invariant, words: str) -> None:
        """Put a breach on record."""
        verdict = self.verdicts[invariant]
        verdict.breach_count += 1
        if len(verdict.breaches) < BREACHES_MAX:
            verdict.breaches.append(words)

    def breaches(self, invariant: Invariant, words: Iterable[str]) -> None:
        """Put some breaches on record."""
        for one in words:
            self.breach(invariant, one)
