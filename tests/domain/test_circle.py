import random
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.circle import Circle, CoverageFigures, Standing, at_hour
from service.domain.outlets import are_reported, standings_of
from service.domain.reach import Relation, relation_of

S = Standing


def related(*rows: dict[int, float], outlets: int) -> Relation:
    """Return a relation from the walks (by outlet) of each community."""
    pairs = [(c, o, metres) for c, row in enumerate(rows) for o, metres in row.items()]
    columns = np.array(pairs, dtype=np.float64).reshape(-1, 3).T
    return relation_of(
        (columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2]),
        community_ids=tuple(f"c{number}" for number in range(len(rows))),
        outlet_ids=tuple(f"K{number}" for number in range(outlets)),
        limit_m=1_000.0,
        is_estimate=False,
    )


def circle(relation: Relation, standings: Sequence[Sequence[int]], people: Sequence[int]) -> Circle:
    return Circle(
        relation,
        people=np.array(people, dtype=np.int64),
        towns=np.array([c % 2 for c in range(len(people))], dtype=np.int32),
        town_codes=("t0", "t1"),
        items=tuple(f"item-{number}" for number in range(len(standings))),
        standings=np.array(standings, dtype=np.int8).reshape(
            len(standings), len(relation.outlet_ids)
        ),
    )


def test_a_relation_can_be_read_from_both_sides() -> None:
    relation = related({0: 100, 2: 900}, {}, {2: 50}, outlets=3)
    assert relation.of_community(0)[0].tolist() == [0, 2]
    assert relation.of_community(1)[0].tolist() == []
    communities, walk_m = relation.of_outlet(2)
    assert (communities.tolist(), walk_m.tolist()) == ([0, 2], [900, 50])
    assert relation.of_outlet(1)[0].size == 0


def test_a_shorter_walk_reaches_less() -> None:
    near = related({0: 100, 2: 900}, {1: 800}, {2: 50}, outlets=3).within(800)
    assert [near.of_community(c)[0].tolist() for c in range(3)] == [[0], [1], [2]]
    assert near.limit_m == 800


@pytest.mark.parametrize(
    ("standings", "best", "working"),
    [
        ([S.NEVER, S.NEVER], S.NEVER, 0),
        ([S.NEVER, S.MACHINE], S.MACHINE, 0),
        ([S.MACHINE, S.EMPTY], S.EMPTY, 2),
        ([S.EMPTY, S.CLOSED], S.CLOSED, 2),
        ([S.MACHINE, S.CLOSED], S.CLOSED, 0),
        ([S.CLOSED, S.UNKNOWN], S.UNKNOWN, 1),
        ([S.UNKNOWN, S.STOCK_UNKNOWN], S.STOCK_UNKNOWN, 2),
        ([S.EMPTY, S.UNKNOWN], S.UNKNOWN, 2),
        ([S.MACHINE, S.IN_STOCK], S.IN_STOCK, 2),
    ],
)
def test_a_community_stands_as_well_as_the_best_in_its_reach(
    standings: list[int], best: Standing, working: int
) -> None:
    one = circle(related({0: 10, 1: 20}, outlets=2), [standings], [7])
    assert one.best(0).tolist() == [best]
    assert one.working(0).tolist() == [working]


def test_the_figures_say_why_the_others_are_outside() -> None:
    relation = related({0: 1}, {1: 1}, {2: 1}, {3: 1}, {4: 1}, {}, outlets=5)
    standings = [[S.IN_STOCK, S.MACHINE, S.EMPTY, S.CLOSED, S.UNKNOWN]]
    figures = circle(relation, standings, [1, 2, 4, 8, 16, 32]).figures(0)
    assert figures == CoverageFigures(
        people=63,
        installed=31,
        working_low=5,
        working_high=21,
        in_stock_low=1,
        in_stock_high=17,
        never=32,
        machine=2,
        stock=4,
        closed=8,
        unknown=16,
    )


def test_a_flip_tells_only_of_communities_that_stand_differently() -> None:
    relation = related({0: 1}, {0: 1, 1: 1}, {1: 1}, outlets=2)
    one = circle(relation, [[S.IN_STOCK, S.IN_STOCK]], [5, 6, 7])
    assert one.flip(0, 0, S.EMPTY).tolist() == [0]
    assert one.flip(0, 0, S.EMPTY).tolist() == []
    assert one.figures(0).in_stock_low == 13
    assert one.flip(0, 1, S.MACHINE).tolist() == [1, 2]


def test_an_hour_closes_only_what_would_have_done() -> None:
    standings = np.array([list(Standing)], dtype=np.int8)
    closed = at_hour(standings, [False] * len(Standing))
    assert closed.tolist() == [
        [S.NEVER, S.MACHINE, S.EMPTY, S.CLOSED, S.CLOSED, S.CLOSED, S.CLOSED]
    ]
    assert at_hour(standings, [True] * len(Standing)).tolist() == standings.tolist()


reaches = st.lists(
    st.sets(st.integers(0, 3)).map(lambda found: dict.fromkeys(found, 1.0)), min_size=1, max_size=6
)
flips = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), st.sampled_from(Standing)), max_size=12
)


@given(reaches, flips, st.randoms(use_true_random=False))
def test_flips_lead_where_counting_from_nothing_leads(
    rows: list[dict[int, float]],
    steps: list[tuple[int, int, Standing]],
    chance: random.Random,
) -> None:
    relation = related(*rows, outlets=4)
    people = [chance.randrange(1_000) for _ in rows]
    live = circle(relation, [[S.UNKNOWN] * 4] * 2, people)
    for item, outlet, standing in steps:
        before = live.best(item)
        changed = live.flip(item, outlet, standing)
        assert changed.tolist() == np.flatnonzero(before != live.best(item)).tolist()
    anew = circle(relation, live.standings.tolist(), people)
    for item in range(2):
        assert live.best(item).tolist() == anew.best(item).tolist()
        assert live.figures(item) == anew.figures(item)
        assert live.figures_by_town(item) == anew.figures_by_town(item)
        figures = live.figures(item)
        outside = figures.never + figures.machine + figures.stock + figures.closed
        assert figures.people == figures.in_stock_low + figures.unknown + outside == sum(people)
        towns = np.array([astuple(town) for town in live.figures_by_town(item).values()])
        assert tuple(towns.sum(axis=0)) == astuple(figures)


@given(reaches, flips, st.randoms(use_true_random=False))
def test_a_turn_of_many_outlets_leads_where_their_flips_lead(
    rows: list[dict[int, float]],
    steps: list[tuple[int, int, Standing]],
    chance: random.Random,
) -> None:
    relation = related(*rows, outlets=4)
    people = [chance.randrange(1_000) for _ in rows]
    begun = [[chance.choice(list(Standing)) for _ in range(4)] for _ in range(2)]
    one, other = (circle(relation, begun, people) for _ in range(2))
    wanted = {(item, outlet): standing for item, outlet, standing in steps}
    for item in range(2):
        mine = {outlet: standing for (of, outlet), standing in wanted.items() if of == item}
        before = one.best(item)
        for outlet, standing in mine.items():
            one.flip(item, outlet, standing)
        outlets = np.array(sorted(mine), dtype=np.int32)
        now = np.array([mine[outlet] for outlet in sorted(mine)], dtype=np.int8)
        changed, through = other.turn(item, outlets, now)
        assert other.best(item).tolist() == one.best(item).tolist()
        assert other.working(item).tolist() == one.working(item).tolist()
        assert other.figures_by_town(item) == one.figures_by_town(item)
        assert changed.tolist() == np.flatnonzero(before != one.best(item)).tolist()
        for community, outlet in zip(changed.tolist(), through.tolist(), strict=True):
            assert outlet in rows[community]
            stood, stands = before[community], one.best(item)[community]
            assert stands == mine[outlet] or begun[item][outlet] == stood


def test_outlets_of_which_nobody_reports_the_stock_carry_what_their_row_says() -> None:
    raw = standings_of(
        ["a", "b"],
        ["K1", "S1", "S2"],
        kept={("K1", "a"): S.EMPTY, ("S1", "b"): S.IN_STOCK, ("gone", "a"): S.IN_STOCK},
        unreported={"S1": {"a", "elsewhere"}, "S2": set()},
    )
    assert raw.tolist() == [[S.EMPTY, S.STOCK_UNKNOWN, S.NEVER], [S.NEVER, S.NEVER, S.NEVER]]
    assert are_reported(["K1", "S1", "S2"], {"S1", "S2"}).tolist() == [True, False, False]
