"""Sums and differences of stretches of sequences."""

from collections.abc import Iterable, Iterator

from service.domain.progress import Progress, Stretch


def outside(some: Iterable[Stretch], others: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield what of some stretches lies in none of the others."""
    walls = _apart(others)
    for first, last in _apart(some):
        begin = first
        for wall_first, wall_last in walls:
            if wall_last < begin or wall_first > last:
                continue
            if wall_first > begin:
                yield begin, wall_first - 1
            begin = wall_last + 1
        if begin <= last:
            yield begin, last


def common(some: Iterable[Stretch], others: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield what of some stretches lies in the others too."""
    walls = _apart(others)
    for first, last in _apart(some):
        for wall_first, wall_last in walls:
            if wall_first <= last and first <= wall_last:
                yield max(first, wall_first), min(last, wall_last)


def _apart(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches in order and apart from one another."""
    merged = Progress().with_stretches(stretches)
    head = [(1, merged.upto)] if merged.upto > 0 else []
    return [*head, *merged.beyond]
