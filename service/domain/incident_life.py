"""The life of an incident by facts: opened, graver, easier, calm, resolved, the same again."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from service.domain.incidents import (
    ITEMS,
    PATIENCE,
    Finding,
    Happened,
    Incident,
    Numbers,
    Part,
    Step,
    Subject,
    What,
)

FOLDED: Final = "→ network"
"""What is said at the end of an incident of which another goes on telling."""


def judge(
    standing: Iterable[Incident],
    findings: Iterable[Finding],
    *,
    over: Mapping[Subject, Incident],
    well: Collection[str],
    folded: Collection[str] = (),
    at: datetime,
) -> list[Step]:
    """Return, in a stable order, what to do so that incidents agree with what is found.

    ``over`` are the newest resolved ones, which may be the same again; ``well`` are places that
    have shown to be well, so that nobody need wait and see; of ``folded`` ones another tells.
    """
    found = {finding.subject: finding for finding in findings}
    known = {one.subject: one for one in standing}
    steps: list[Step | None] = []
    for subject in sorted(found.keys() | known.keys()):
        incident, finding = known.get(subject), found.get(subject)
        if incident is not None and (finding is None or not _keeps(incident, finding)):
            is_folded = subject.place in folded
            is_well = is_folded or subject.place in well
            steps.append(_not_found(incident, is_well=is_well, is_folded=is_folded, at=at))
        elif incident is not None and finding is not None:
            steps.append(_found_again(incident, finding, at=at))
        elif finding is not None and opens(finding):
            steps.append(_found_first(finding, over.get(subject), at=at))
    return [step for step in steps if step is not None]


def opens(finding: Finding) -> bool:
    """Say whether a finding is enough to open an incident."""
    return not finding.holds_only and finding.numbers.get(ITEMS) != []


def wake(incident: Incident, at: datetime) -> Step | None:
    """Return the end of a snooze that is over."""
    if incident.snoozed_until is None or incident.snoozed_until > at:
        return None
    return Step(before=incident, after=awake(incident), at=at, happened=(Happened(What.WOKEN),))


def awake(incident: Incident) -> Incident:
    """Return an incident that nobody has put off."""
    return replace(incident, snoozed_until=None, snooze_reason=None)


def _keeps(incident: Incident, finding: Finding) -> bool:
    return ITEMS not in finding.numbers or _numbers(incident, finding)[ITEMS] != []


def _numbers(incident: Incident, finding: Finding) -> Numbers:
    """Return the figures, with items that are nearly well where they were not well before."""
    if ITEMS not in finding.numbers:
        return finding.numbers
    before = {part["item"] for part in incident.numbers.get(ITEMS, ())}
    staying = [part for part in finding.nearly if part["item"] in before]
    parts: list[Part] = [*finding.numbers[ITEMS], *staying]
    return {**finding.numbers, ITEMS: sorted(parts, key=lambda part: str(part["item"]))}


def _found_first(finding: Finding, over: Incident | None, *, at: datetime) -> Step | None:
    if over is not None and over.resolved_at is not None:
        if _is_settled(finding, over):
            return None
        if at - over.resolved_at <= PATIENCE[finding.subject.kind].rejoin_within:
            return _again(over, finding, at=at)
    incident = Incident(
        subject=finding.subject,
        severity=finding.severity,
        severity_at=at,
        opened_at=at,
        numbers=finding.numbers,
    )
    return Step(before=None, after=incident, at=at, happened=(Happened(What.OPENED),))


def _is_settled(finding: Finding, over: Incident) -> bool:
    """Say whether a person has looked into just this already."""
    if over.resolved_by is None or over.resolved_at is None or finding.latest_at is None:
        return False
    return finding.latest_at <= over.resolved_at


def _again(over: Incident, finding: Finding, *, at: datetime) -> Step:
    after = replace(
        over,
        severity=finding.severity,
        severity_at=at,
        numbers=finding.numbers,
        calm_since=None,
        resolved_at=None,
        resolved_by=None,
    )
    return Step(before=over, after=after, at=at, happened=(Happened(What.REOPENED),))


def _found_again(incident: Incident, finding: Finding, *, at: datetime) -> Step | None:
    after = replace(incident, numbers=_numbers(incident, finding), calm_since=None)
    happened: tuple[Happened, ...] = ()
    rank, before = finding.severity.rank, incident.severity.rank
    may_ease = at - incident.severity_at >= PATIENCE[incident.subject.kind].ease_after
    if rank > before:
        after = replace(after, severity=finding.severity, severity_at=at)
        happened = (Happened(What.ESCALATED),)
        if incident.snoozed_until is not None:  # It was put off when it was less grave.
            after, happened = awake(after), (*happened, Happened(What.WOKEN))
    elif rank < before and may_ease:
        after = replace(after, severity=finding.severity, severity_at=at)
        happened = (Happened(What.EASED),)
    if after == incident:
        return None
    return Step(before=incident, after=after, at=at, happened=happened)


def _not_found(incident: Incident, *, is_well: bool, is_folded: bool, at: datetime) -> Step | None:
    since = incident.calm_since or at
    if is_well or at - since >= PATIENCE[incident.subject.kind].calm_for:
        after = replace(awake(incident), calm_since=since, resolved_at=at)
        happened = (Happened(What.RESOLVED, note=FOLDED if is_folded else None),)
        return Step(before=incident, after=after, at=at, happened=happened)
    if incident.calm_since is not None:
        return None
    return Step(before=incident, after=replace(incident, calm_since=at), at=at)
