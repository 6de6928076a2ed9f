"""How far a journal is heard: the same as a plain set of numbers, told in stretches."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.domain.progress import Progress, stretches_of

NUMBERS = st.sets(st.integers(1, 40), max_size=30)
STRETCHES = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 6)).map(lambda one: (one[0], one[0] + one[1])),
    max_size=8,
)


def _of(numbers: set[int]) -> Progress:
    return Progress().with_stretches(stretches_of(numbers))


def _settled(progress: Progress) -> set[int]:
    beyond = {n for first, last in progress.beyond for n in range(first, last + 1)}
    return set(range(1, progress.upto + 1)) | beyond


def test_a_journal_of_which_nothing_was_heard_misses_everything_up_to_its_head() -> None:
    nothing = Progress()
    assert (nothing.newest, nothing.settled_count()) == (0, 0)
    assert nothing.missing(0) == ()
    assert nothing.missing(7) == ((1, 7),)


def test_the_watermark_stops_before_the_first_gap_and_jumps_when_it_is_filled() -> None:
    with_gap = _of({1, 2, 4, 5})
    assert (with_gap.upto, with_gap.beyond) == (2, ((4, 5),))
    assert with_gap.with_stretches([(3, 3)]) == Progress(upto=5)


def test_a_head_behind_what_was_heard_takes_nothing_back() -> None:
    assert _of({1, 2, 5}).missing(3) == ((3, 4),)


def test_the_largest_sequence_of_the_contract_fits() -> None:
    last = 2**63 - 1
    progress = _of({1, last})
    assert progress.missing(last) == ((2, last - 1),)
    assert progress.with_stretches([(2, last - 1)]) == Progress(upto=last)


@given(NUMBERS)
def test_stretches_hold_the_same_numbers_apart_from_one_another(numbers: set[int]) -> None:
    runs = stretches_of(numbers)
    assert [n for first, last in runs for n in range(first, last + 1)] == sorted(numbers)
    assert all(left[1] + 1 < right[0] for left, right in pairwise(runs))


@given(NUMBERS, STRETCHES, st.integers(0, 50))
def test_progress_is_a_set_of_numbers(
    numbers: set[int], more: list[tuple[int, int]], head: int
) -> None:
    progress = _of(numbers).with_stretches(more)
    model = numbers | {n for first, last in more for n in range(first, last + 1)}
    newest = max(model, default=0)

    assert _settled(progress) == model
    assert all(progress.has(n) == (n in model) for n in range(1, 60))
    assert progress.settled_count() == len(model)
    assert progress.newest == newest
    missing = {n for first, last in progress.missing(head) for n in range(first, last + 1)}
    assert missing == set(range(1, max(head, newest) + 1)) - model
    assert progress.missing(head) == tuple(stretches_of(missing))


@given(STRETCHES, st.randoms(use_true_random=False))
def test_order_and_repetition_of_what_is_heard_do_not_matter(
    stretches: list[tuple[int, int]], chance: object
) -> None:
    at_once = Progress().with_stretches(stretches)
    one_by_one = Progress()
    shuffled = [*stretches, *stretches[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's Random
    for stretch in shuffled:
        after = one_by_one.with_stretches([stretch])
        assert after.upto >= one_by_one.upto
        one_by_one = after
    assert one_by_one == at_once
