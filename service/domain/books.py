"""The books as they follow from the facts alone: what is kept is held against them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from service.domain.discrepancies import Discrepancy, Place, by_place
from service.domain.facts import Fact, FactKey, Faulted
from service.domain.faults import Fault
from service.domain.stock import Levels, fold

K = TypeVar("K")
V = TypeVar("V")
Word = tuple[bool, datetime, FactKey]
"""The newest word on a fault: raised or not, since when, and by which fact."""


@dataclass(slots=True)
class KioskBooks:
    """What is kept of one kiosk beside its facts."""

    levels: Levels = field(default_factory=dict)
    faults: dict[Fault, Word] = field(default_factory=dict)
    discrepancies: dict[Place, Discrepancy] = field(default_factory=dict)


def derive(facts: Iterable[Fact]) -> KioskBooks:
    """Return the books of one kiosk from all its facts in the order of their keys."""
    books = KioskBooks()
    found = fold(books.levels, _noting_faults(facts, books.faults))
    books.discrepancies = by_place(found)
    return books


def _noting_faults(facts: Iterable[Fact], faults: dict[Fault, Word]) -> Iterator[Fact]:
    for fact in facts:
        what = fact.what
        if isinstance(what, Faulted):
            fault = (fact.key.kiosk_id, what.code, what.slot or 0)
            faults[fault] = (what.raised, fact.happened_at, fact.key)
        yield fact


def differing(
    kept: Mapping[K, V], derived: Mapping[K, V]
) -> Iterator[tuple[K, V | None, V | None]]:
    """Yield each key where what is kept is not what follows from the facts, with both."""
    for key, value in kept.items():
        if derived.get(key) != value:
            yield key, value, derived.get(key)
    for key, value in derived.items():
        if key not in kept:
            yield key, None, value
