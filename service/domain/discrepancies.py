"""A difference between the machine's own figure and ours: booked with its size and its time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import FactKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """A slot held ``found_packs`` and not what the books expected; the fact ``key`` says so.

    ``kind`` is the fact's: count, restock or dispense. ``expected_packs`` may be less than nothing,
    where more dropped out than was believed to be there.
    """

    key: FactKey
    slot: int
    item: str
    happened_at: datetime
    kind: str
    expected_packs: int
    found_packs: int

    @property
    def difference_packs(self) -> int:
        """Return how many packs turned up; below nothing, how many are missing."""
        return self.found_packs - self.expected_packs


Place = tuple[FactKey, int, str]
"""Where a discrepancy stands in the book: its fact, the slot, and the item."""


def by_place(found: Iterable[Discrepancy]) -> dict[Place, Discrepancy]:
    """Return discrepancies by where they stand."""
    return {(one.key, one.slot, one.item): one for one in found}
