"""Takes some pairs out of a relation and puts others in, and copies the rest as it stands."""

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from service.domain.reach import Relation
from service.geo.walks import Pairs

EDITS_MAX: Final = 20_000
"""With more pairs to take out and put in than this, sorting all of them anew is as quick."""

_OUT: Final = -1

Kind = TypeVar("Kind", bound=np.generic)


def edited(relation: Relation, gone: NDArray[np.intp], fresh: Pairs) -> Relation:
    """Return the relation without the pairs at ``gone``, ascending, and with the fresh ones.

    A fresh pair begins at an outlet and ends at a community, and is not among those that stay.
    """
    order = np.lexsort((fresh.begin, fresh.end))
    fresh = Pairs(fresh.begin[order], fresh.end[order], fresh.walk_m[order])
    at = _where(relation, fresh)
    rows = np.searchsorted(relation.indptr, gone, side="right") - 1
    communities = len(relation.community_ids)
    counts = np.diff(relation.indptr) - np.bincount(rows, minlength=communities)
    counts += np.bincount(fresh.end, minlength=communities)
    places = np.concatenate((at, gone))
    by_place = np.argsort(places, kind="stable")
    numbers = np.concatenate((np.arange(len(at)), np.full(len(gone), _OUT)))[by_place]
    edits = list(zip(places[by_place].tolist(), numbers.tolist(), strict=True))
    return replace(
        relation,
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        outlets=_spliced(relation.outlets, edits, fresh.begin),
        walk_m=_spliced(relation.walk_m, edits, fresh.walk_m),
    )


def _where(relation: Relation, fresh: Pairs) -> NDArray[np.int64]:
    """Return before which pair each fresh one comes."""
    places = np.empty(len(fresh.end), dtype=np.int64)
    for number, (outlet, community) in enumerate(zip(fresh.begin, fresh.end, strict=True)):
        outlets, _ = relation.of_community(community)
        places[number] = relation.indptr[community] + np.searchsorted(outlets, outlet)
    return places


def _spliced(
    values: NDArray[Kind], edits: list[tuple[int, int]], fresh: NDArray[Kind]
) -> NDArray[Kind]:
    """Return the values with each edit done: a place, and which fresh value goes in, or none."""
    parts, copied = [], 0
    for place, number in edits:
        parts.append(values[copied:place])
        copied = place
        if number == _OUT:
            copied += 1
        else:
            parts.append(fresh[number : number + 1])
    return np.concatenate((*parts, values[copied:]))
