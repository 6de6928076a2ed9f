"""Who walks how far to what: the sparse relation between communities and outlets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int32]
Metres = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Pairs within the walk limit, by community (compressed rows).

    ``outlets[indptr[c]:indptr[c + 1]]`` are the outlets in reach of community ``c``, ascending, and
    ``walk_m`` beside them is the walk in metres. ``is_estimate`` says that the walk is the straight
    line × 1.4 and not along streets: the two are never mixed in one relation.
    """

    community_ids: tuple[str, ...]
    outlet_ids: tuple[str, ...]
    indptr: NDArray[np.int64]
    outlets: Indices
    walk_m: Metres
    limit_m: float
    is_estimate: bool

    def __post_init__(self) -> None:
        assert self.indptr.shape == (len(self.community_ids) + 1,)
        assert self.indptr[-1] == self.outlets.size == self.walk_m.size

    @property
    def pairs(self) -> int:
        """Return how many pairs are within the limit."""
        return int(self.outlets.size)

    def of_community(self, community: int) -> tuple[Indices, Metres]:
        """Return the outlets in reach of a community, and the walks to them."""
        row = slice(self.indptr[community], self.indptr[community + 1])
        return self.outlets[row], self.walk_m[row]

    def of_outlet(self, outlet: int) -> tuple[Indices, Metres]:
        """Return the communities that reach an outlet, ascending, and their walks."""
        indptr, communities, walk_m = self._by_outlet
        column = slice(indptr[outlet], indptr[outlet + 1])
        return communities[column], walk_m[column]

    def of_outlets(self, outlets: NDArray[np.integer]) -> tuple[Indices, NDArray[np.int64]]:
        """Return every pair of some outlets: the community, and which of these outlets it is."""
        indptr, communities, _ = self._by_outlet
        lengths = indptr[outlets + 1] - indptr[outlets]
        which = np.repeat(np.arange(outlets.size), lengths)
        first = indptr[outlets] - (np.cumsum(lengths) - lengths)
        return communities[first[which] + np.arange(which.size)], which

    def within(self, limit_m: float) -> "Relation":
        """Return the relation of a shorter walk."""
        assert limit_m <= self.limit_m
        near = self.walk_m <= limit_m
        kept = np.concatenate(([0], np.cumsum(near)))
        return Relation(
            community_ids=self.community_ids,
            outlet_ids=self.outlet_ids,
            indptr=kept[self.indptr].astype(np.int64),
            outlets=self.outlets[near],
            walk_m=self.walk_m[near],
            limit_m=limit_m,
            is_estimate=self.is_estimate,
        )

    @cached_property
    def rows(self) -> Indices:
        """Return the community of each pair."""
        counts = np.diff(self.indptr)
        return np.repeat(np.arange(counts.size, dtype=np.int32), counts)

    @cached_property
    def _by_outlet(self) -> tuple[NDArray[np.int64], Indices, Metres]:
        order = np.argsort(self.outlets, kind="stable")
        counts = np.bincount(self.outlets, minlength=len(self.outlet_ids))
        indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return indptr, self.rows[order], self.walk_m[order]


def relation_of(
    pairs: tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.floating]],
    *,
    community_ids: tuple[str, ...],
    outlet_ids: tuple[str, ...],
    limit_m: float,
    is_estimate: bool,
) -> Relation:
    """Return the relation of pairs (community, outlet, metres) in any order, each pair once."""
    communities, outlets, walk_m = pairs
    order = np.lexsort((outlets, communities))
    counts = np.bincount(communities, minlength=len(community_ids))
    return Relation(
        community_ids=community_ids,
        outlet_ids=outlet_ids,
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        outlets=outlets[order].astype(np.int32),
        walk_m=walk_m[order].astype(np.float32),
        limit_m=limit_m,
        is_estimate=is_estimate,
    )
