"""The tail of changes: late numbers are taken once, never twice, and not waited for for ever."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.api.live.tail import LATE_S, MISSING_MAX, Tail
from service.flows.reads.ports import Change
from tests.support.plans import NOW


def change(number: int) -> Change:
    return Change(number, NOW + timedelta(seconds=number), "kiosk", f"K{number:04d}")


def test_a_number_that_turns_up_late_is_asked_for_until_it_comes() -> None:
    tail = Tail(10)
    tail.take([change(11), change(14)], at_s=0)
    assert (tail.newest, tail.missing) == (14, (12, 13))
    tail.take([change(12)], at_s=1)
    assert (tail.newest, tail.missing) == (14, (13,))
    tail.take([], at_s=LATE_S)
    assert tail.missing == ()


def test_a_wide_hole_is_remembered_only_at_its_end() -> None:
    tail = Tail(0)
    tail.take([change(1_000_000)], at_s=0)
    assert len(tail.missing) == MISSING_MAX
    assert max(tail.missing) == 999_999


@given(st.permutations(range(1, 40)), st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_in_whatever_order_numbers_become_visible_each_is_taken_once(
    order: list[int], steps: list[int]
) -> None:
    tail, visible, taken = Tail(0), set[int](), list[int]()
    rounds = iter(steps)
    while order:
        step = next(rounds, 6)
        visible |= set(order[:step])
        order = order[step:]
        read = sorted(n for n in visible if n > tail.newest or n in tail.missing)
        tail.take([change(number) for number in read], at_s=0)
        taken += read
    assert sorted(taken) == list(range(1, 40))
