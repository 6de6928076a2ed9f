"""Answer where the next sites should go, with the proven distance to the best where asked."""

from typing import Final, Protocol

import numpy as np

from service.domain.circle import People, Standing
from service.domain.reach import Relation
from service.domain.siting import Proof, Siting, choose, ranked
from service.flows.decisions import basis_of, named
from service.flows.reads.circles import CircleNow
from service.flows.reads.decisions import (
    Candidates,
    CandidatesAre,
    PlaceNames,
    ProofView,
    SiteRow,
    SitesView,
    Surveyor,
)

CANDIDATES_MAX: Final = 5_000
"""So many candidates at most: their circles are walked while somebody waits."""


class Prove(Protocol):
    """Says how far from the best a choice of sites can be."""

    def __call__(
        self,
        relation: Relation,
        *,
        uncovered: People,
        count: int,
        chosen: tuple[int, ...],
        seconds_max: float,
    ) -> Proof:
        """Return the proof, after so many seconds at most."""


def where_next(
    circle: CircleNow,
    surveyor: Surveyor,
    names: PlaceNames,
    item: str,
    *,
    count: int,
    given: Candidates | None = None,
    prove: Prove | None = None,
    seconds_max: float = 0.0,
) -> SitesView:
    """Return the best new sites among candidates; the places of communities where none are given.

    A choice that the proof finds to be better takes the place of ours.
    """
    uncovered = _uncovered(circle, item)
    candidates = given or _own_places(circle, uncovered)
    relation = surveyor.reach_of(candidates)
    siting = choose(relation, uncovered=uncovered, count=count)
    proof: Proof | None = None
    if prove is not None:
        chosen = siting.picked.places
        proof = prove(
            relation, uncovered=uncovered, count=count, chosen=chosen, seconds_max=seconds_max
        )
        if proof.better:
            siting = ranked(relation, siting, uncovered=uncovered, places=proof.better)
    every = len(candidates.ids) if given else len(circle.people)
    return SitesView(
        basis=basis_of(circle),
        item=item,
        candidates_are=_what(given),
        candidates=len(candidates.ids),
        candidates_left_out=every - len(candidates.ids),
        uncovered_people=siting.uncovered_people,
        reachable_people=siting.reachable_people,
        gained_people=siting.picked.total,
        greedy_people=siting.greedy_people,
        swaps=siting.swaps,
        sites=_sites(candidates, names, siting),
        proof=_proof(proof),
    )


def _uncovered(circle: CircleNow, item: str) -> People:
    """Return the people whom no outlet serves that carries the item, however it stands."""
    carries = circle.raw[circle.items.index(item)] != Standing.NEVER
    served = np.zeros(len(circle.people), dtype=np.bool_)
    served[circle.relation.rows[carries[circle.relation.outlets]]] = True
    return np.where(served, 0, circle.people)


def _own_places(circle: CircleNow, uncovered: People) -> Candidates:
    """Return the communities as candidates; of too many, those with most uncovered people."""
    order = np.argsort(-uncovered, kind="stable")[:CANDIDATES_MAX]
    kept = np.sort(order)
    return Candidates(
        ids=tuple(circle.relation.community_ids[one] for one in kept),
        places=circle.community_places[kept],
        names={},
    )


def _what(given: Candidates | None) -> CandidatesAre:
    return "communities" if given is None else "given"


def _sites(candidates: Candidates, names: PlaceNames, siting: Siting) -> tuple[SiteRow, ...]:
    rows, so_far = [], 0
    ids = [candidates.ids[place] for place in siting.picked.places]
    known = candidates.names or names.community_names(ids)
    picked = zip(siting.picked.places, siting.picked.gains, siting.alone, strict=True)
    for rank, (place, gain, alone) in enumerate(picked, start=1):
        so_far += gain
        lon, lat = candidates.places[place].tolist()
        rows.append(
            SiteRow(
                rank=rank,
                **named(candidates.ids[place], known),
                lon=round(lon, 6),
                lat=round(lat, 6),
                gain=gain,
                people_alone=alone,
                people_so_far=so_far,
            )
        )
    return tuple(rows)


def _proof(proof: Proof | None) -> ProofView | None:
    if proof is None:
        return None
    return ProofView(
        bound_people=proof.bound_people,
        gap=round(proof.gap, 6),
        is_optimal=proof.is_optimal,
        seconds=round(proof.seconds, 2),
    )
