"""Alerts agree with what is found: opened once, resolved by facts, never by the clock alone."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.alerts import SEVERITY, AlertKind, Finding, Subject, judge, stock_findings
from service.domain.kiosks import KioskView, SlotView

SUBJECTS = st.builds(
    Subject,
    st.sampled_from(AlertKind),
    st.sampled_from(["K0001", "K0002"]),
    st.sampled_from(["", "condom-52"]),
    st.integers(0, 2),
)
FINDINGS = st.lists(SUBJECTS.map(Finding), max_size=8)


def _view(*on_hand: int | None, silent: bool = False, behind: int = 0) -> KioskView:
    slots = tuple(
        SlotView(slot=slot, item="condom-52", capacity_packs=28, on_hand_packs=packs)
        for slot, packs in enumerate(on_hand, 1)
    )
    return KioskView(silent=silent, behind_facts=behind, machine_faults=0, slots=slots)


def test_each_kind_of_alert_has_a_severity() -> None:
    assert set(SEVERITY) == set(AlertKind)


def test_two_slots_of_one_kiosk_are_two_subjects() -> None:
    one, other = (Subject(AlertKind.FAULT, "K0001", "", slot) for slot in (1, 2))
    assert one.key != other.key


def test_an_item_that_ran_out_is_found_with_its_figures() -> None:
    [finding] = stock_findings("K0001", _view(0, 0))
    assert finding.subject.key == "out|K0001|condom-52|0"
    assert finding.numbers == {"on_hand_packs": 0, "capacity_packs": 56, "jammed_slots": 0}


def test_an_item_that_runs_low_is_found_once_for_all_its_slots() -> None:
    [finding] = stock_findings("K0001", _view(3, 4))
    assert (finding.subject.kind, finding.numbers["on_hand_packs"]) == (AlertKind.LOW, 7)


def test_nothing_is_found_where_levels_are_not_todays() -> None:
    assert stock_findings("K0001", _view(0, silent=True)) == []
    assert stock_findings("K0001", _view(0, behind=21)) == []
    assert stock_findings("K0001", _view(None)) == []


@given(FINDINGS, FINDINGS)
def test_after_a_verdict_what_is_open_is_what_was_found(
    before: list[Finding], now: list[Finding]
) -> None:
    already = {finding.subject.key for finding in before}
    found = {finding.subject.key for finding in now}
    verdict = judge(already, now)
    opened = {finding.subject.key for finding in verdict.opened}

    assert (already | opened) - set(verdict.resolved) == found
    assert not opened & already
    assert len(verdict.opened) == len(opened)
    again = judge(found, now)
    assert (again.opened, again.resolved) == ((), ())
