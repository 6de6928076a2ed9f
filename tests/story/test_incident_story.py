"""Stories of incidents: facts, people and time in any order, and what must hold after each."""

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from service.domain.incident_care import (
    Acknowledge,
    Act,
    Assign,
    Note,
    Refusal,
    Resolve,
    Snooze,
    Unsnooze,
)
from service.domain.incidents import (
    ITEMS,
    PAST,
    PATIENCE,
    Finding,
    Incident,
    IncidentKind,
    Numbers,
    Severity,
    Subject,
    What,
)
from service.flows.incidents import Caretaker, wake_up
from service.flows.watch import Sight, settle
from tests.fakes.memory import MemoryStore
from tests.support.plans import NOW, small_district

KINDS = (IncidentKind.LOW, IncidentKind.SILENT, IncidentKind.FAULT, IncidentKind.CONFLICT)
PLACES = ("K0001", "K0002")
SUBJECTS = st.builds(Subject, st.sampled_from(KINDS), st.sampled_from(PLACES))
ENDS = frozenset({What.RESOLVED})
BEGINS = frozenset({What.OPENED, What.REOPENED})


class IncidentStory(RuleBasedStateMachine):
    """What is so is known; incidents may lag behind it by their patience and no more."""

    @initialize()
    def begin(self) -> None:
        self.store = MemoryStore(small_district())
        self.at: datetime = NOW
        self.so: dict[Subject, Severity] = {}
        self.happened_at: dict[Subject, datetime] = {}
        self.looked_since: dict[Subject, datetime] = {}
        self.refused: list[Refusal] = []
        self.care = Caretaker(
            store=self.store, is_passing=lambda _error: False, now=lambda: self.at
        )

    def _numbers(self, subject: Subject) -> Numbers:
        if subject.kind is IncidentKind.LOW:
            return {ITEMS: [{"item": "condom-52", "on_hand_packs": 1}]}
        return {}

    @rule(subject=SUBJECTS, severity=st.sampled_from(Severity))
    def it_is_so(self, subject: Subject, severity: Severity) -> None:
        if subject not in self.so:
            self.happened_at[subject] = self.at
        self.so[subject] = severity

    @rule(subject=SUBJECTS)
    def it_is_no_longer_so(self, subject: Subject) -> None:
        self.so.pop(subject, None)

    @rule(minutes=st.sampled_from([0, 1, 6, 30, 120, 60 * 24]))
    def time_goes_by(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(unseen=st.frozensets(st.sampled_from(PLACES), max_size=1))
    def the_watch_goes_round(self, unseen: frozenset[str]) -> None:
        findings = tuple(
            Finding(
                subject=subject,
                severity=severity,
                numbers=self._numbers(subject),
                latest_at=self.happened_at[subject] if subject.kind in PAST else None,
            )
            for subject, severity in self.so.items()
            if subject.place not in unseen
        )
        sight = Sight(kinds=KINDS, findings=findings, unseen=unseen)
        with self.store.begin() as books:
            settle(sight, books=books, at=self.at)
        wake_up(store=self.store, at=self.at)
        self._agrees(unseen)

    @rule(
        number=st.integers(1, 6),
        act=st.sampled_from(
            [
                Acknowledge(by="desk"),
                Assign(by="desk", to="north"),
                Assign(by="desk", to=None),
                Unsnooze(by="desk"),
                Note(by="desk", text="seen"),
                Resolve(by="desk"),
            ]
        ),
        twice=st.booleans(),
    )
    def somebody_does_something(self, number: int, act: Act, *, twice: bool) -> None:
        before = self.store.pages.incidents.get(number)
        refused = self.care(number, act)
        told = len(self.store.pages.incident_events)
        if twice:
            self.care(number, act)
            assert len(self.store.pages.incident_events) == told, "two clicks do one thing"
        if before is not None and isinstance(act, Resolve):
            is_so = before.calm_since is None and before.subject.kind not in PAST
            if before.resolved_at is None:
                assert (refused is Refusal.STILL_SO) == is_so

    @rule(number=st.integers(1, 6), hours=st.sampled_from([1, 48]))
    def somebody_puts_it_off(self, number: int, hours: int) -> None:
        until = self.at + timedelta(hours=hours)
        self.care(number, Snooze(by="desk", until=until, reason="known"))

    def _agrees(self, unseen: frozenset[str]) -> None:
        """After a look, whatever is so and seen stands, unless a person settled just that."""
        standing = {one.subject: one for one in self._standing()}
        for subject, severity in self.so.items():
            if subject.place in unseen:
                continue
            if subject in standing:
                one = standing[subject]
                eased = self.at - one.severity_at < PATIENCE[subject.kind].ease_after
                assert one.severity is severity or (eased and one.severity.rank > severity.rank)
            else:
                assert subject.kind in PAST, f"{subject.key} is so and nobody is told"
        for subject, one in standing.items():
            calm = PATIENCE[subject.kind].calm_for
            if subject not in self.so and subject.place not in unseen:
                assert one.calm_since is not None
                assert self.at - one.calm_since < calm, f"{subject.key} stays for no reason"
            if one.snoozed_until is not None:
                assert one.snoozed_until > self.at

    def _standing(self) -> list[Incident]:
        return [one for one in self.store.pages.incidents.values() if one.resolved_at is None]

    @invariant()
    def one_at_most_stands_for_a_subject(self) -> None:
        subjects = [one.subject for one in self._standing()]
        assert len(subjects) == len(set(subjects))

    @invariant()
    def begins_and_ends_take_turns_in_each_history(self) -> None:
        for number, one in self.store.pages.incidents.items():
            events = [e for e in self.store.pages.incident_events if e.incident_id == number]
            marks = [e.what for e in events if e.what in BEGINS | ENDS]
            assert marks[0] is What.OPENED
            assert all(what in ENDS for what in marks[1::2])
            assert all(what is What.REOPENED for what in marks[2::2])
            assert (marks[-1] in ENDS) == (one.resolved_at is not None)
            times = [event.at for event in events]
            assert times == sorted(times)

    @invariant()
    def what_is_over_is_not_put_off(self) -> None:
        for one in self.store.pages.incidents.values():
            assert one.resolved_at is None or one.snoozed_until is None
            assert one.acknowledged_by is None or one.acknowledged_at is not None


IncidentStory.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestIncidentStory = IncidentStory.TestCase
