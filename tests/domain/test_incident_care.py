"""What people do about incidents: once each, never against the facts, and nothing after the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.incident_care import (
    SAME_NOTE_WITHIN,
    SNOOZE_MAX,
    Acknowledge,
    Act,
    Assign,
    Note,
    Refusal,
    Resolve,
    Snooze,
    Unsnooze,
    act_on,
)
from service.domain.incidents import Incident, IncidentKind, IncidentState, Step, What
from tests.support.incidents import opened
from tests.support.plans import NOW

LATER = NOW + timedelta(minutes=1)
OUT = replace(opened(IncidentKind.OUT, "K0001").after, id=7)


def _done(incident: Incident, act: Act) -> Step:
    step = act_on(incident, act, at=LATER)
    assert isinstance(step, Step)
    return step


@pytest.mark.parametrize(
    ("act", "what", "said"),
    [
        (Acknowledge(by="desk"), What.ACKNOWLEDGED, None),
        (Assign(by="desk", to="north"), What.ASSIGNED, "north"),
        (Snooze(by="desk", until=LATER + timedelta(days=1), reason="shut"),
         What.SNOOZED, "shut"),
        (Note(by="desk", text="The caretaker has the key."), What.NOTED,
         "The caretaker has the key."),
    ],
)  # fmt: skip
def test_an_act_is_done_once_however_often_it_is_asked_for(
    act: Act, what: What, said: str | None
) -> None:
    step = _done(OUT, act)
    [event] = step.events(7)
    assert (event.what, event.by, event.note, event.at) == (what, "desk", said, LATER)
    assert act_on(step.after, act, at=LATER, newest=event) is None


def test_who_acknowledged_first_stands() -> None:
    seen = _done(OUT, Acknowledge(by="desk")).after
    assert (seen.state, seen.acknowledged_by) == (IncidentState.ACKNOWLEDGED, "desk")
    assert act_on(seen, Acknowledge(by="somebody else"), at=LATER) is None


def test_to_nobody_takes_an_assignment_back() -> None:
    assigned = _done(OUT, Assign(by="desk", to="north")).after
    assert _done(assigned, Assign(by="desk", to=None)).after == OUT


def test_a_snooze_has_an_end_that_is_to_come_and_not_too_far() -> None:
    for until, why in (
        (LATER, Refusal.SNOOZE_PAST),
        (LATER + SNOOZE_MAX + timedelta(seconds=1), Refusal.SNOOZE_LONG),
    ):
        assert act_on(OUT, Snooze(by="desk", until=until, reason="shut"), at=LATER) is why
    asleep = _done(OUT, Snooze(by="desk", until=LATER + SNOOZE_MAX, reason="shut")).after
    assert asleep.state is IncidentState.OPEN
    woken = _done(asleep, Unsnooze(by="desk"))
    assert (woken.after, woken.happened[0].what) == (OUT, What.WOKEN)
    assert act_on(OUT, Unsnooze(by="desk"), at=LATER) is None


def test_nobody_resolves_what_is_still_so() -> None:
    resolve = Resolve(by="desk", note="filled")
    assert act_on(OUT, resolve, at=LATER) is Refusal.STILL_SO
    calm = replace(OUT, calm_since=NOW)
    assert _done(calm, resolve).after.resolved_by == "desk"


@pytest.mark.parametrize(
    "kind", [IncidentKind.CLOCK, IncidentKind.CONFLICT, IncidentKind.DISCREPANCY]
)
def test_what_is_of_the_past_is_done_when_somebody_says_so(kind: IncidentKind) -> None:
    incident = opened(kind, "K0001").after
    over = _done(incident, Resolve(by="desk")).after
    assert (over.state, over.resolved_at) == (IncidentState.RESOLVED, LATER)
    assert act_on(over, Resolve(by="desk"), at=LATER) is None, "the second click finds it done"


def test_nothing_but_a_note_comes_after_the_end() -> None:
    over = replace(OUT, resolved_at=NOW)
    acts: list[Act] = [Acknowledge(by="a"), Assign(by="a", to="b"), Unsnooze(by="a")]
    acts += [Snooze(by="a", until=LATER + timedelta(days=1), reason="r"), Resolve(by="a")]
    assert {act_on(over, act, at=LATER) for act in acts} == {Refusal.RESOLVED}
    assert _done(over, Note(by="a", text="It was the fuse.")).after == over


def test_the_same_words_later_are_another_note() -> None:
    note = Note(by="desk", text="still waiting")
    [said] = _done(OUT, note).events(7)
    assert act_on(OUT, note, at=LATER + SAME_NOTE_WITHIN, newest=said) is None
    late = LATER + SAME_NOTE_WITHIN + timedelta(seconds=1)
    assert isinstance(act_on(OUT, note, at=late, newest=said), Step)
    other = Note(by="north", text="still waiting")
    assert isinstance(act_on(OUT, other, at=LATER, newest=said), Step)
