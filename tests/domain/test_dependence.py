"""Who depends on one outlet only: counted by hand beside it, and an interval where unknown."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.domain.circle import PERHAPS, Standing
from service.domain.dependence import NO_OUTLET, depend, sole
from service.domain.reach import Relation
from tests.support.decisions import reaches, reaching

S = Standing


def test_a_community_with_two_outlets_in_reach_depends_on_neither() -> None:
    relation = reaching([{0}, {0, 1}, {1}, set()], outlets=3)
    found = sole(relation, people=np.array([70, 20, 5, 900]), among=np.ones(3, dtype=np.bool_))
    assert found.outlet.tolist() == [0, NO_OUTLET, 1, NO_OUTLET]
    assert found.people.tolist() == [70, 5, 0]
    assert found.communities.tolist() == [1, 1, 0]
    assert found.of(1).tolist() == [2]
    assert found.all_people == 75


def test_an_outlet_that_does_not_carry_the_item_is_no_second_one() -> None:
    relation = reaching([{0, 1}], outlets=2)
    found = depend(relation, people=np.array([70]), standings=np.array([S.MACHINE, S.NEVER]))
    assert found.carried.people.tolist() == [70, 0]
    assert found.now.people.tolist() == found.now_surely.people.tolist() == [0, 0]


def test_right_now_an_empty_neighbour_helps_nobody_and_a_silent_one_perhaps() -> None:
    relation = reaching([{0, 1}, {0, 2}], outlets=3)
    standings = np.array([S.IN_STOCK, S.EMPTY, S.UNKNOWN])
    found = depend(relation, people=np.array([70, 20]), standings=standings)
    assert found.carried.all_people == 0
    assert found.now.people.tolist() == [90, 0, 0]
    assert found.now_surely.people.tolist() == [70, 0, 0]


@given(reaches(), st.data())
def test_dependence_equals_a_count_by_hand(
    drawn: tuple[Relation, NDArray[np.int64]], data: st.DataObject
) -> None:
    relation, people = drawn
    size = len(relation.outlet_ids)
    standings = data.draw(st.lists(st.sampled_from(S), min_size=size, max_size=size))
    found = depend(relation, people=people, standings=np.array(standings, dtype=np.int8))
    carried, now, surely = [0] * size, [0] * size, [0] * size
    for community, count in enumerate(people.tolist()):
        near = relation.of_community(community)[0].tolist()
        carrying = [one for one in near if standings[one] is not S.NEVER]
        having = [one for one in near if standings[one] is S.IN_STOCK]
        perhaps = [one for one in near if standings[one] in PERHAPS]
        if len(carrying) == 1:
            carried[carrying[0]] += count
        if len(having) == 1:
            now[having[0]] += count
            surely[having[0]] += 0 if perhaps else count
    assert found.carried.people.tolist() == carried
    assert found.now.people.tolist() == now
    assert found.now_surely.people.tolist() == surely
    assert found.now_surely.communities.sum() == (found.now_surely.outlet != NO_OUTLET).sum()
