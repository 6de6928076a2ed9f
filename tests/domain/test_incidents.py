"""Incidents agree with what is found: one for each place, closed by facts, and none that flaps."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.incident_findings import fault_finding, severity_for, stock_findings
from service.domain.incident_life import judge, wake
from service.domain.incidents import (
    ITEMS,
    PATIENCE,
    Finding,
    Incident,
    IncidentKind,
    Severity,
    Step,
    Subject,
    What,
)
from service.domain.kiosks import KioskView, SlotView
from tests.support.incidents import found, opened
from tests.support.plans import NOW

MINUTE = timedelta(minutes=1)
SUBJECTS = st.builds(Subject, st.sampled_from(IncidentKind), st.sampled_from(["K0001", "K0002"]))
FINDINGS = st.lists(SUBJECTS.map(lambda one: Finding(subject=one)), max_size=8)


def _view(
    *on_hand: int | None, silent: bool = False, behind: int = 0, jammed: bool = False
) -> KioskView:
    slots = tuple(
        SlotView(slot=slot, item="condom-52", capacity_packs=28, on_hand_packs=packs, jammed=jammed)
        for slot, packs in enumerate(on_hand, 1)
    )
    return KioskView(silent=silent, behind_facts=behind, machine_faults=0, slots=slots)


def _next(
    incident: Incident,
    *findings: Finding,
    at: datetime,
    well: bool = False,
    over: Incident | None = None,
) -> list[Step]:
    places = [incident.subject.place] if well else []
    known = {} if over is None else {over.subject: over}
    standing = [] if over is not None else [incident]
    return judge(standing, findings, over=known, well=places, at=at)


def _what(steps: list[Step]) -> list[What]:
    return [one.what for step in steps for one in step.happened]


def test_an_item_that_ran_out_is_found_with_its_figures() -> None:
    [finding] = stock_findings("K0001", _view(0, 0))
    assert finding.subject.key == "out|K0001"
    assert finding.severity is Severity.CRITICAL
    part = {"item": "condom-52", "on_hand_packs": 0, "capacity_packs": 56, "jammed_slots": 0}
    assert finding.numbers == {ITEMS: [part]}


def test_an_item_that_runs_low_is_found_once_for_all_its_slots() -> None:
    [finding] = stock_findings("K0001", _view(3, 4))
    assert finding.subject.kind is IncidentKind.LOW
    assert [part["on_hand_packs"] for part in finding.numbers[ITEMS]] == [7]


def test_nothing_is_found_where_levels_are_not_todays() -> None:
    assert stock_findings("K0001", _view(0, silent=True)) == []
    assert stock_findings("K0001", _view(0, behind=21)) == []
    assert stock_findings("K0001", _view(None)) == []


def test_what_is_jammed_is_a_fault_and_not_out() -> None:
    assert stock_findings("K0001", _view(9, jammed=True)) == []
    finding = fault_finding("K0001", _view(9, jammed=True))
    assert finding is not None
    assert finding.numbers == {"machine_faults": 0, "jammed_slots": 1}
    assert fault_finding("K0001", _view(9)) is None


def test_low_closes_only_well_above_where_it_opened() -> None:
    opening, holding, gone = (stock_findings("K0001", _view(packs)) for packs in (7, 9, 10))
    assert judge([], holding, over={}, well=(), at=NOW) == [], "nearly low opens nothing"
    [step] = judge([], opening, over={}, well=(), at=NOW)
    low = step.after
    [still] = _next(low, *holding, at=NOW + MINUTE)
    assert still.happened == (), "its figures move, and nobody is told"
    assert still.after.numbers[ITEMS][0]["on_hand_packs"] == 9
    assert _what(_next(still.after, *gone, at=NOW + MINUTE)) == [What.RESOLVED]


def test_of_two_items_the_one_that_is_well_leaves_and_the_other_keeps_the_incident() -> None:
    parts = [{"item": name, "on_hand_packs": 3} for name in ("a", "b")]
    both = replace(opened(IncidentKind.LOW, "K0001").after, numbers={ITEMS: parts})
    one = Finding(subject=both.subject, numbers={ITEMS: parts[:1]})
    [step] = _next(both, one, at=NOW)
    assert step.after.numbers == {ITEMS: parts[:1]}
    none_left = Finding(subject=both.subject, numbers={ITEMS: []}, nearly=({"item": "c"},))
    assert _what(_next(step.after, none_left, at=NOW)) == [What.RESOLVED]


def test_what_is_silent_resolves_after_five_calm_minutes_or_at_once_where_it_shows_well() -> None:
    silent = opened(IncidentKind.SILENT, "K0001").after
    [calm] = _next(silent, at=NOW + MINUTE)
    assert (calm.happened, calm.after.calm_since) == ((), NOW + MINUTE)
    assert _next(calm.after, at=NOW + 5 * MINUTE) == []
    assert _what(_next(calm.after, at=NOW + 6 * MINUTE)) == [What.RESOLVED]
    assert _what(_next(silent, at=NOW + MINUTE, well=True)) == [What.RESOLVED]
    [again] = _next(calm.after, found(IncidentKind.SILENT, "K0001"), at=NOW + 2 * MINUTE)
    assert (again.happened, again.after.calm_since) == ((), None), "the calm begins anew"


def test_what_comes_again_soon_is_the_same_incident_and_later_another() -> None:
    finding = found(IncidentKind.OUT, "K0001")
    acknowledged = replace(
        opened(IncidentKind.OUT, "K0001").after, id=7, acknowledged_at=NOW, acknowledged_by="desk"
    )
    [over] = _next(acknowledged, at=NOW + MINUTE)
    window = PATIENCE[IncidentKind.OUT].rejoin_within
    [again] = _next(over.after, finding, at=NOW + MINUTE + window, over=over.after)
    assert _what([again]) == [What.REOPENED]
    assert (again.after.id, again.after.resolved_at) == (7, None)
    assert again.after.acknowledged_by == "desk", "who looks into it still does"
    [other] = _next(over.after, finding, at=NOW + 2 * MINUTE + window, over=over.after)
    assert (_what([other]), other.after.id) == ([What.OPENED], 0)


def test_it_grows_graver_at_once_and_easier_after_a_while() -> None:
    incident = opened(IncidentKind.SILENT, "K0001").after
    graver, easier = (
        found(IncidentKind.SILENT, "K0001", severity=one)
        for one in (Severity.CRITICAL, Severity.INFO)
    )
    [up] = _next(incident, graver, at=NOW + MINUTE)
    assert (_what([up]), up.after.severity) == ([What.ESCALATED], Severity.CRITICAL)
    assert _next(up.after, easier, at=NOW + 10 * MINUTE) == []
    [down] = _next(up.after, easier, at=NOW + 11 * MINUTE)
    assert (_what([down]), down.after.severity) == ([What.EASED], Severity.INFO)


def test_what_was_put_off_wakes_in_time_or_when_it_grows_graver() -> None:
    incident = replace(
        opened(IncidentKind.SILENT, "K0001").after,
        snoozed_until=NOW + 60 * MINUTE,
        snooze_reason="the school is closed",
    )
    assert wake(incident, NOW + 59 * MINUTE) is None
    woken = wake(incident, NOW + 60 * MINUTE)
    assert woken is not None
    assert _what([woken]) == [What.WOKEN]
    assert woken.after.snooze_reason is None
    graver = found(IncidentKind.SILENT, "K0001", severity=Severity.CRITICAL)
    [up] = _next(incident, graver, at=NOW + MINUTE)
    assert (_what([up]), up.after.snoozed_until) == ([What.ESCALATED, What.WOKEN], None)


def test_what_a_person_has_looked_into_opens_again_only_for_something_newer() -> None:
    incident = opened(IncidentKind.CONFLICT, "K0001").after
    over = replace(incident, resolved_at=NOW, resolved_by="desk")
    old, new = (
        replace(found(IncidentKind.CONFLICT, "K0001"), latest_at=NOW + minutes * MINUTE)
        for minutes in (-1, 1)
    )
    assert _next(over, old, at=NOW + 2 * MINUTE, over=over) == []
    assert _what(_next(over, new, at=NOW + 2 * MINUTE, over=over)) == [What.REOPENED]


@pytest.mark.parametrize(
    ("people", "severity"),
    [(1, Severity.INFO), (100, Severity.WARNING), (1_000, Severity.CRITICAL)],
)
def test_a_gap_is_as_grave_as_its_people_are_many(people: int, severity: Severity) -> None:
    assert severity_for(people) is severity
    assert severity_for(people - 1).rank == max(0, severity.rank - 1)


@given(FINDINGS, FINDINGS, st.booleans())
def test_after_a_verdict_what_stands_is_what_was_found(
    before: list[Finding],
    now: list[Finding],
    well: bool,  # noqa: FBT001 - Hypothesis gives it
) -> None:
    opening = judge([], before, over={}, well=(), at=NOW)
    known = [replace(step.after, id=number) for number, step in enumerate(opening, 1)]
    later = NOW + timedelta(days=1)
    places = ["K0001", "K0002"] if well else []
    calm = [replace(one, calm_since=NOW) for one in known]
    steps = judge(calm, now, over={}, well=places, at=later)
    after = {one.id: one for one in calm} | {step.after.id or -1: step.after for step in steps}
    new = [step.after for step in steps if step.before is None]
    standing = [one for one in after.values() if one.resolved_at is None and one.id > 0] + new
    assert sorted(one.subject for one in standing) == sorted({one.subject for one in now})
    assert judge(standing, now, over={}, well=places, at=later) == []
