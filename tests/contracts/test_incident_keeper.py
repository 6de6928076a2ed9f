"""Keepers of incidents keep one promise: in memory, in SQLite, in PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from service.domain.incidents import (
    Happened,
    Incident,
    IncidentEvent,
    IncidentKind,
    Severity,
    Step,
    Subject,
    What,
)
from tests.support.books import Keeper
from tests.support.incidents import opened
from tests.support.plans import NOW
from tests.support.say import KIOSK

LATER = NOW + timedelta(hours=1)


def keep(keeper: Keeper, *steps: Step) -> list[IncidentEvent]:
    with keeper.store.begin() as books:
        return books.incidents.keep(steps)


def standing(keeper: Keeper, *kinds: IncidentKind) -> list[Incident]:
    with keeper.store.look() as books:
        return sorted(books.incidents.standing(kinds), key=lambda one: one.id)


def resolve(incident: Incident, at: datetime) -> Step:
    over = replace(incident, resolved_at=at, resolved_by="duty desk")
    return Step(
        before=incident, after=over, at=at, happened=(Happened(What.RESOLVED, "duty desk"),)
    )


def test_an_incident_is_kept_whole_and_each_event_bears_its_number(keeper: Keeper) -> None:
    events = keep(keeper, opened(IncidentKind.OUT, KIOSK), opened(IncidentKind.LOW, KIOSK))
    out, low = standing(keeper, IncidentKind.OUT, IncidentKind.LOW)
    assert [(one.incident_id, one.kind, one.what) for one in events] == [
        (out.id, IncidentKind.OUT, What.OPENED),
        (low.id, IncidentKind.LOW, What.OPENED),
    ]
    whole = replace(
        out,
        severity=Severity.CRITICAL,
        severity_at=LATER,
        numbers={"items": [{"item": "condom-52", "share": 0.25}], "since": None},
        acknowledged_at=LATER,
        acknowledged_by="值班",
        assigned_to="north crew",
        snoozed_until=LATER + timedelta(days=1),
        snooze_reason="the school is closed",
        calm_since=LATER,
    )
    [told] = keep(
        keeper,
        Step(
            before=out, after=whole, at=LATER, happened=(Happened(What.ASSIGNED, "值班", "north"),)
        ),
    )
    assert standing(keeper, IncidentKind.OUT) == [whole]
    assert (told.by, told.note, told.numbers) == ("值班", "north", whole.numbers)
    assert standing(keeper, IncidentKind.SILENT) == []


def test_a_second_incident_about_one_subject_is_refused(keeper: Keeper) -> None:
    keep(keeper, opened(IncidentKind.OUT, KIOSK))
    with pytest.raises((IntegrityError, ValueError)):
        keep(keeper, opened(IncidentKind.OUT, KIOSK, at=LATER))
    assert len(standing(keeper, IncidentKind.OUT)) == 1


def test_of_what_is_over_the_newest_is_remembered_as_long_as_asked(keeper: Keeper) -> None:
    subject = Subject(IncidentKind.OUT, KIOSK)
    for hours in (0, 2):
        keep(keeper, opened(IncidentKind.OUT, KIOSK, at=NOW + timedelta(hours=hours)))
        [one] = standing(keeper, IncidentKind.OUT)
        keep(keeper, resolve(one, LATER + timedelta(hours=hours)))
    with keeper.store.look() as books:
        found = books.incidents.resolved([subject, Subject(IncidentKind.LOW, KIOSK)], NOW)
        assert list(found) == [subject]
        assert found[subject].opened_at == NOW + timedelta(hours=2)
        assert books.incidents.one(found[subject].id) == found[subject]
        assert books.incidents.one(4711) is None
        assert books.incidents.newest_event(4711) is None
        newest = books.incidents.newest_event(found[subject].id)
        assert newest is not None
        assert (newest.what, newest.by, newest.kind) == (What.RESOLVED, "duty desk", subject.kind)
        late = LATER + timedelta(hours=2, microseconds=1)
        assert books.incidents.resolved([subject], late) == {}
    assert keeper.read().incidents_resolved == 2


def test_a_snooze_that_ends_is_found_when_it_does(keeper: Keeper) -> None:
    keep(keeper, opened(IncidentKind.OUT, KIOSK), opened(IncidentKind.OUT, "K0002"))
    one, _ = standing(keeper, IncidentKind.OUT)
    asleep = replace(one, snoozed_until=LATER, snooze_reason="known")
    keep(keeper, Step(before=one, after=asleep, at=NOW))
    with keeper.store.look() as books:
        assert books.incidents.snoozed(LATER - timedelta(microseconds=1)) == []
        assert books.incidents.snoozed(LATER) == [asleep]
    keep(keeper, resolve(asleep, LATER))
    with keeper.store.look() as books:
        assert books.incidents.snoozed(LATER) == []
