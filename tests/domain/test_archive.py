"""Which months may leave, and the stretches that go on record of their facts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.archive import (
    STRETCH_FACTS_MAX,
    ArchivedStretch,
    is_past_retention,
    stretches_on_record,
)
from service.domain.facts import FactKey


@pytest.mark.parametrize(
    ("today", "keep_months", "leaves"),
    [
        (date(2025, 5, 31), 2, False),
        (date(2025, 6, 1), 2, True),
        (date(2026, 3, 1), 12, False),
        (date(2026, 4, 1), 12, True),
        (date(2099, 1, 1), 0, False),
        (date(2025, 3, 1), 2, False),
        (date(2024, 1, 1), 2, False),
    ],
)
def test_a_month_leaves_when_so_many_whole_ones_lie_behind_it(
    today: date, keep_months: int, *, leaves: bool
) -> None:
    assert is_past_retention(date(2025, 3, 1), today=today, keep_months=keep_months) is leaves


KEYS = st.sets(
    st.builds(FactKey, st.sampled_from(["K0001", "K0002"]), st.integers(1, 2), st.integers(1, 30)),
    max_size=40,
)


def _digest(key: FactKey) -> bytes:
    return repr(key).encode().ljust(32)[:32]


@given(KEYS)
def test_stretches_hold_each_fact_once_with_its_own_digest(keys: set[FactKey]) -> None:
    stretches = list(stretches_on_record((key, _digest(key)) for key in sorted(keys)))
    found = {
        FactKey(one.kiosk_id, one.epoch, one.stretch[0] + index): one.digests[
            index * 32 : index * 32 + 32
        ]
        for one in stretches
        for index in range(len(one.digests) // 32)
    }
    assert found == {key: _digest(key) for key in keys}
    assert sum(one.stretch[1] - one.stretch[0] + 1 for one in stretches) == len(keys)
    ends = {(one.kiosk_id, one.epoch, one.stretch[1] + 1) for one in stretches}
    assert not ends & {(one.kiosk_id, one.epoch, one.stretch[0]) for one in stretches}


def test_a_stretch_is_never_longer_than_what_is_read_at_once() -> None:
    facts = ((FactKey("K0001", 1, n), b"d" * 32) for n in range(1, 2 * STRETCH_FACTS_MAX + 2))
    stretches: list[ArchivedStretch] = list(stretches_on_record(facts))
    assert [one.stretch for one in stretches] == [(1, 1_024), (1_025, 2_048), (2_049, 2_049)]
