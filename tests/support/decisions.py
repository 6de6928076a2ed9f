"""Small circles for decisions: who reaches what, said in a line."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.circle import Standing, at_hour
from service.domain.coverage import Walking
from service.domain.district import Named
from service.domain.lasting import Lasting
from service.domain.reach import Relation, relation_of
from service.flows.reads.circles import CircleNow
from service.flows.reads.decisions import Candidates


def reaching(
    rows: Sequence[Collection[int]], *, outlets: int, is_estimate: bool = True
) -> Relation:
    """Return a relation from the outlets in reach of each community; every walk is 500 m."""
    pairs = [(community, outlet) for community, row in enumerate(rows) for outlet in sorted(row)]
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return relation_of(
        (columns[0], columns[1], np.full(len(pairs), 500.0)),
        community_ids=tuple(f"C{number:03d}" for number in range(len(rows))),
        outlet_ids=tuple(f"K{number:04d}" for number in range(outlets)),
        limit_m=1_000.0,
        is_estimate=is_estimate,
    )


@st.composite
def reaches(
    draw: st.DrawFn, *, communities: int = 7, outlets: int = 6
) -> tuple[Relation, NDArray[np.int64]]:
    """Draw a small relation and the people of its communities."""
    rows_count, columns = draw(st.integers(0, communities)), draw(st.integers(0, outlets))
    row = st.sets(st.integers(0, columns - 1)) if columns else st.just(set[int]())
    rows = draw(st.lists(row, min_size=rows_count, max_size=rows_count))
    people = draw(st.lists(st.integers(0, 9), min_size=rows_count, max_size=rows_count))
    return reaching(rows, outlets=columns), np.array(people, dtype=np.int64)


def circle_now(
    relation: Relation,
    people: Sequence[int],
    standings: Mapping[str, Sequence[Standing]],
    *,
    at: datetime,
    shut: Collection[int] = (),
) -> CircleNow:
    """Return a circle; ``standings`` are by item, then by outlet, whatever the hour."""
    raw = np.array(list(standings.values()), dtype=np.int8)
    is_open = np.array([one not in shut for one in range(len(relation.outlet_ids))], dtype=np.bool_)
    return CircleNow(
        at=at,
        relation=relation,
        people=np.array(people, dtype=np.int64),
        towns=np.zeros(len(people), dtype=np.int32),
        town_codes=("999901001",),
        items=tuple(standings),
        raw=raw,
        standings=at_hour(raw, is_open),
        is_open=is_open,
        community_places=np.array(
            [(104.0 + one / 100, 30.0) for one in range(len(people))], dtype=np.float64
        ).reshape(-1, 2),
        outlet_places=np.zeros((len(relation.outlet_ids), 2)),
        is_reported=np.ones(len(relation.outlet_ids), dtype=np.bool_),
        walking=Walking(),
    )


class FakeCircles:
    """A circle that stands still, with names for all but what is left out of them."""

    def __init__(self, circle: CircleNow, *, reach: Relation | None = None) -> None:
        self.circle = circle
        self.reach = reach
        self.asked: list[Candidates] = []

    def now(self) -> CircleNow:
        return self.circle

    def open_at(self, at: datetime) -> NDArray[np.bool_]:
        assert at.tzinfo is not None
        return self.circle.is_open

    def openings(self, begin: datetime, end: datetime) -> list[tuple[datetime, int, bool]]:
        assert begin <= end
        return []

    def reach_of(self, candidates: Candidates) -> Relation:
        self.asked.append(candidates)
        assert self.reach is not None
        return self.reach

    def community_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        return {one: Named(f"社区{one}", f"Community {one}") for one in ids}

    def outlet_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        return {one: Named(f"点{one}", f"Point {one}") for one in ids if one != "K0009"}


class FakeSupplies:
    """Stock that lasts as it was told."""

    def __init__(self, known: Mapping[tuple[str, str], Lasting]) -> None:
        self.known = known

    def lasting(self, items: Collection[str]) -> Mapping[tuple[str, str], Lasting]:
        return {key: one for key, one in self.known.items() if key[1] in items}
