"""Who depends on one outlet only: people who would have nothing, were it gone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import PERHAPS, People, Standing, Standings
from service.domain.reach import Indices, Relation

NO_OUTLET: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sole:
    """Each community's only outlet (an index, or ``NO_OUTLET``), and the people by that outlet.

    A community with none in reach has no only outlet, and neither has one with several.
    """

    outlet: Indices
    people: People
    communities: People

    @property
    def all_people(self) -> int:
        """Return how many people have one outlet and no more."""
        return int(self.people.sum())

    def of(self, outlet: int) -> Indices:
        """Return the communities that have this outlet and no other, ascending."""
        return np.flatnonzero(self.outlet == outlet).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """Who has one outlet only, of those that should have the item, and of those that have it now.

    ``carried`` counts each outlet that carries the item, however it stands. ``now`` counts outlets
    that surely have it at this moment; the people in ``now_surely`` have no other in reach of which
    we do not know whether it has it, so that ``now`` less ``now_surely`` may have a second one.
    """

    carried: Sole
    now: Sole
    now_surely: Sole


def sole(relation: Relation, *, people: People, among: NDArray[np.bool_]) -> Sole:
    """Return who has a single outlet in reach, looking at some outlets alone."""
    assert among.shape == (len(relation.outlet_ids),)
    counted = among[relation.outlets]
    rows, outlets = relation.rows[counted], relation.outlets[counted]
    single = np.bincount(rows, minlength=len(people)) == 1
    only = np.full(len(people), NO_OUTLET, dtype=np.int32)
    only[rows] = outlets
    only[~single] = NO_OUTLET
    size = len(relation.outlet_ids)
    weighed = np.bincount(only[single], weights=people[single], minlength=size)
    return Sole(
        outlet=only,
        people=weighed.astype(np.int64),
        communities=np.bincount(only[single], minlength=size).astype(np.int64),
    )


def depend(relation: Relation, *, people: People, standings: Standings) -> Dependence:
    """Return who depends on which outlet for an item; ``standings`` are of one item, by outlet."""
    has = standings == Standing.IN_STOCK
    may_have = has | np.isin(standings, PERHAPS)
    now = sole(relation, people=people, among=has)
    alone = sole(relation, people=people, among=may_have).outlet != NO_OUTLET
    return Dependence(
        carried=sole(relation, people=people, among=standings != Standing.NEVER),
        now=now,
        now_surely=_only_where(now, alone, people),
    )


def _only_where(found: Sole, kept: NDArray[np.bool_], people: People) -> Sole:
    outlet = np.where(kept, found.outlet, NO_OUTLET).astype(np.int32)
    there = outlet != NO_OUTLET
    size = len(found.people)
    weighed = np.bincount(outlet[there], weights=people[there], minlength=size)
    counts = np.bincount(outlet[there], minlength=size)
    return Sole(outlet=outlet, people=weighed.astype(np.int64), communities=counts.astype(np.int64))
