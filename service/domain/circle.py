"""The fifteen-minute circle, live: what each community can reach, kept up flip by flip.

Outlets stand somewhere between "does not carry the item" and "has it"; a community stands, for an
item, as well as the best of the outlets in its reach. So its standing is also the cause of its gap:
the hindrance that is nearest to being overcome. For each community and item we count the outlets in
reach by standing; when one outlet changes, only the communities that reach it are counted anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.reach import Indices, Relation


class Standing(IntEnum):
    """How an outlet stands for an item, from the farthest from a pick-up to the nearest."""

    NEVER = 0
    """It does not carry the item."""
    MACHINE = 1
    """It carries the item and is out of order."""
    EMPTY = 2
    """It works, and the item is out."""
    CLOSED = 3
    """It would do, but not at this hour."""
    UNKNOWN = 4
    """It has not been heard of: neither whether it works, nor what it has."""
    STOCK_UNKNOWN = 5
    """It works; whether it has the item is not known."""
    IN_STOCK = 6
    """It is open, works, and has the item."""


STANDINGS: Final = len(Standing)
PERHAPS: Final = (Standing.UNKNOWN, Standing.STOCK_UNKNOWN)
GAPS: Final = (Standing.MACHINE, Standing.EMPTY, Standing.CLOSED)
"""The standings of a community that was promised the item and surely cannot have it."""

_SURELY_WORKS: Final = (Standing.EMPTY, Standing.STOCK_UNKNOWN, Standing.IN_STOCK)

Standings = NDArray[np.int8]
People = NDArray[np.int64]

_NOBODY: Final = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFigures:
    """People by what they can reach of one item; low to high where outlets are unknown.

    ``never``, ``machine``, ``stock``, ``closed`` and ``unknown`` say why the others are outside:
    with ``in_stock_low`` they add up to ``people``.
    """

    people: int
    installed: int
    working_low: int
    working_high: int
    in_stock_low: int
    in_stock_high: int
    never: int
    machine: int
    stock: int
    closed: int
    unknown: int


class Circle:
    """What each community can reach, for each item; changed by ``flip`` and ``turn`` alone.

    Shapes: ``people`` and ``towns`` (communities,), ``standings`` (items, outlets). ``towns`` holds
    indices into ``town_codes``.
    """

    def __init__(
        self,
        relation: Relation,
        *,
        people: People,
        towns: NDArray[np.int32],
        town_codes: tuple[str, ...],
        items: tuple[str, ...],
        standings: Standings,
    ) -> None:
        """Count from nothing."""
        assert people.shape == towns.shape == (len(relation.community_ids),)
        assert standings.shape == (len(items), len(relation.outlet_ids))
        self.relation, self.people, self.towns = relation, people, towns
        self.town_codes, self.items = town_codes, items
        self.standings = standings.astype(np.int8, copy=True)
        self._counts = self._count()
        shape = (len(items), len(town_codes))
        self._by_best = np.zeros((*shape, STANDINGS), dtype=np.int64)
        self._by_working = np.zeros((*shape, 3), dtype=np.int64)
        self._best_now = np.empty((len(items), len(people)), dtype=np.int8)
        self._working_now = np.empty((len(items), len(people)), dtype=np.int8)
        for item, counts in enumerate(self._counts):
            best, working = _best(counts), _working(counts)
            self._best_now[item], self._working_now[item] = best, working
            self._by_best[item] += self._sums(towns, best, people, STANDINGS)
            self._by_working[item] += self._sums(towns, working, people, 3)

    def _count(self) -> NDArray[np.int16]:
        """Return, for each item and community, how many outlets in reach stand how."""
        communities = len(self.people)
        counts = np.zeros((len(self.items), communities, STANDINGS), dtype=np.int16)
        for item, standings in enumerate(self.standings):
            cells = self.relation.rows.astype(np.int64) * STANDINGS
            cells += standings[self.relation.outlets]
            found = np.bincount(cells, minlength=communities * STANDINGS)
            counts[item] = found.reshape(communities, STANDINGS)
        return counts

    def flip(self, item: int, outlet: int, standing: Standing) -> Indices:
        """Let an outlet stand differently; return the communities whose best standing changed."""
        before = self.standings[item, outlet]
        if before == standing:
            return _NOBODY
        self.standings[item, outlet] = standing
        touched, _ = self.relation.of_outlet(outlet)
        if not touched.size:
            return touched
        counts = self._counts[item]
        counts[touched, before] -= 1
        counts[touched, standing] += 1
        return self._settle(item, touched)

    def turn(self, item: int, outlets: Indices, standings: Standings) -> tuple[Indices, Indices]:
        """Let many outlets stand differently at once, each named once.

        Return the communities whose best standing changed, and for each an outlet through which.
        """
        before = self.standings[item, outlets]
        self.standings[item, outlets] = standings
        touched, which = self.relation.of_outlets(outlets)
        was, now = before[which], standings[which]
        cells = touched.astype(np.int64) * STANDINGS
        counts = self._counts[item].reshape(-1)
        np.subtract.at(counts, cells + was, 1)
        np.add.at(counts, cells + now, 1)
        stood = self._best_now[item].copy()
        reached = np.zeros(len(self.people), dtype=np.bool_)
        reached[touched] = True
        changed = self._settle(item, np.flatnonzero(reached).astype(np.int32))
        # Who stands better owes it to an outlet that now stands so; who stands worse, to one that
        # did.
        led = (now != was) & ((now == self._best_now[item, touched]) | (was == stood[touched]))
        through = np.full(len(self.people), -1, dtype=np.int32)
        through[touched[led]] = outlets[which[led]]
        return changed, through[changed]

    def _settle(self, item: int, touched: Indices) -> Indices:
        """Bring standings and sums in step with the counts; return who stands differently."""
        counts = self._counts[item, touched]
        best, working = _best(counts), _working(counts)
        was, worked = self._best_now[item, touched], self._working_now[item, touched]
        changed = best != was
        some: Indices = touched[changed]
        if some.size:
            self._move(self._by_best[item], some, was[changed], best[changed])
            self._best_now[item, some] = best[changed]
        shifted = working != worked
        if shifted.any():
            others = touched[shifted]
            self._move(self._by_working[item], others, worked[shifted], working[shifted])
            self._working_now[item, others] = working[shifted]
        return some

    def best(self, item: int, some: NDArray[np.integer] | None = None) -> Standings:
        """Return the standing of each community, or of some, in their order."""
        best: Standings = (
            self._best_now[item].copy() if some is None else self._best_now[item, some]
        )
        return best

    def working(self, item: int) -> NDArray[np.int8]:
        """Return whether each community reaches an outlet that works: 0 no, 1 perhaps, 2 yes."""
        working: Standings = self._working_now[item]
        return working.copy()

    def sums(self, item: int) -> tuple[People, People]:
        """Return the people by town and standing, and by town and ``working``, as they are now."""
        by_best: People = self._by_best[item]
        by_working: People = self._by_working[item]
        return by_best, by_working

    def figures(self, item: int) -> CoverageFigures:
        """Return the district's figures of an item."""
        return figures_of(self._by_best[item].sum(axis=0), self._by_working[item].sum(axis=0))

    def figures_by_town(self, item: int) -> dict[str, CoverageFigures]:
        """Return each town's figures of an item."""
        return {
            code: figures_of(self._by_best[item, town], self._by_working[item, town])
            for town, code in enumerate(self.town_codes)
        }

    def _move(self, sums: People, some: Indices, was: Standings, now: Standings) -> None:
        """Move the people of some communities from how they stood to how they stand."""
        towns, people, states = self.towns[some], self.people[some], sums.shape[1]
        sums += self._sums(towns, now, people, states) - self._sums(towns, was, people, states)

    def _sums(
        self, towns: NDArray[np.int32], state: Standings, people: People, states: int
    ) -> People:
        """Return people by town and state."""
        size = len(self.town_codes) * states
        # Sums of whole numbers below 2**53 are exact in floating point.
        found = np.bincount(towns * states + state, weights=people, minlength=size)
        return found.astype(np.int64).reshape(-1, states)


def _best(counts: NDArray[np.int16]) -> Standings:
    # The last standing that any outlet has; where no outlet is in reach, NEVER.
    there = counts > 0
    last = STANDINGS - 1 - there[:, ::-1].argmax(axis=1)
    return np.where(there.any(axis=1), last, Standing.NEVER).astype(np.int8)


def _working(counts: NDArray[np.int16]) -> NDArray[np.int8]:
    surely = counts[:, _SURELY_WORKS].any(axis=1)
    perhaps = counts[:, Standing.UNKNOWN] > 0
    return np.where(surely, 2, perhaps).astype(np.int8)


def figures_of(by_best: People, by_working: People) -> CoverageFigures:
    """Return the figures of sums by standing, and by whether an outlet in reach works."""
    people = int(by_best.sum())
    unknown = int(by_best[list(PERHAPS)].sum())
    in_stock = int(by_best[Standing.IN_STOCK])
    return CoverageFigures(
        people=people,
        installed=people - int(by_best[Standing.NEVER]),
        working_low=int(by_working[2]),
        working_high=int(by_working[1:].sum()),
        in_stock_low=in_stock,
        in_stock_high=in_stock + unknown,
        never=int(by_best[Standing.NEVER]),
        machine=int(by_best[Standing.MACHINE]),
        stock=int(by_best[Standing.EMPTY]),
        closed=int(by_best[Standing.CLOSED]),
        unknown=unknown,
    )


def standing_at_hour(standing: int, *, is_open: bool) -> Standing:
    """Return a standing at an hour, as ``at_hour`` does for many."""
    return Standing.CLOSED if standing > Standing.CLOSED and not is_open else Standing(standing)


def at_hour(standings: Standings, is_open: Sequence[bool] | NDArray[np.bool_]) -> Standings:
    """Return standings at an hour, shape (items, outlets): what would do is CLOSED where shut.

    A machine that is empty or out of order keeps that standing: opening would bring nobody back.
    """
    shut = ~np.asarray(is_open, dtype=np.bool_)
    return np.where((standings > Standing.CLOSED) & shut, Standing.CLOSED, standings).astype(
        np.int8
    )
