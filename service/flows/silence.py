"""See who is silent; where many are at once, see the network instead."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from service.domain.incidents import Finding, Incident, IncidentKind, Numbers, Severity, Subject
from service.domain.liveness import Liveness
from service.domain.storms import (
    FOLD_WITHIN,
    PLACES_TOLD_MAX,
    Hearing,
    Storm,
    StormRule,
    storm_of,
)
from service.flows.ports import Books
from service.flows.watch import Sight, settle, within

GRAVE_AFTER: Final = timedelta(hours=24)
"""A kiosk that was not heard for so long has failed people for a day."""

KINDS: Final = (IncidentKind.SILENT, IncidentKind.NETWORK)
_ALWAYS: Final = Hearing(connected=True, since=datetime(2000, 1, 1, tzinfo=UTC))


def _always(_at: datetime) -> Hearing:
    return _ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeSilence:
    """Sees kiosks whose stored deadline has passed, and storms in which they are as one."""

    hearing: Callable[[datetime], Hearing] = _always
    rule: StormRule = field(default_factory=StormRule)

    def __call__(self, *, books: Books, at: datetime, only: Collection[str] | None = None) -> Sight:
        """Return who is silent, or that the network is; what was flagged before stays flagged."""
        hearing, region = self.hearing(at), books.registry.region
        standing = books.incidents.standing(KINDS)
        network = next((one for one in standing if one.subject.kind is IncidentKind.NETWORK), None)
        flagged = {one.subject.place: one for one in standing if one is not network}
        known = books.registry.site_by_kiosk.keys()
        silent = {name: one for name, one in books.liveness.silent(at).items() if name in known}
        new = {
            name: one
            for name, one in silent.items()
            if name not in flagged and hearing.may_judge(one, at)
        }
        storm = self._storm(books, flagged, at, network=network, is_seen=bool(new))
        findings: list[Finding] = []
        if storm is not None or hearing.is_deaf(at):
            findings.append(_network(region, storm, hearing, at=at))
        stormy = bool(findings) or network is not None
        folded = _young(flagged, at) if stormy else frozenset()
        staying = {name: one for name, one in silent.items() if name in flagged.keys() - folded}
        findings += _silent(staying if stormy else staying | new, at)
        back = books.liveness.of(flagged.keys() - silent.keys())
        well = {name for name, one in back.items() if one.heartbeats and one.online}
        return Sight(
            kinds=KINDS,
            findings=tuple(one for one in findings if within(one.subject.place, only)),
            well=frozenset(well),
            folded=folded,
        )

    def _storm(
        self,
        books: Books,
        flagged: Mapping[str, Incident],
        at: datetime,
        *,
        network: Incident | None,
        is_seen: bool,
    ) -> Storm | None:
        """Return the storm; all kiosks are looked at only where one may be."""
        if not is_seen and network is None:
            return None
        presences = books.liveness.of(books.registry.site_by_kiosk)
        old = flagged.keys() - _young(flagged, at)
        return storm_of(presences, flagged=old, at=at, rule=self.rule, goes_on=network is not None)


see_silence: Final = SeeSilence()
"""Sees silence where nothing is known of our own hearing."""


def watch_silence(*, books: Books, at: datetime) -> None:
    """Flag silent kiosks, in a transaction that is open already."""
    settle(see_silence(books=books, at=at), books=books, at=at)


def _young(flagged: Mapping[str, Incident], at: datetime) -> frozenset[str]:
    """Return kiosks that were flagged so shortly ago that a storm takes them in."""
    return frozenset(name for name, one in flagged.items() if at - one.opened_at <= FOLD_WITHIN)


def _silent(silent: Mapping[str, Liveness], at: datetime) -> list[Finding]:
    findings = []
    for name, one in sorted(silent.items()):
        is_grave = one.heard_at is None or at - one.heard_at >= GRAVE_AFTER
        findings.append(
            Finding(
                subject=Subject(IncidentKind.SILENT, name),
                severity=Severity.CRITICAL if is_grave else Severity.WARNING,
                numbers={"heard_at": one.heard_at.isoformat() if one.heard_at else None},
            )
        )
    return findings


def _network(region: str, storm: Storm | None, hearing: Hearing, *, at: datetime) -> Finding:
    numbers: Numbers
    if hearing.is_deaf(at):
        numbers = {"cause": "broker", "since": hearing.since.isoformat()}
    else:
        assert storm is not None
        numbers = {"cause": "kiosks", "since": storm.since.isoformat() if storm.since else None}
    if storm is not None:
        numbers |= {
            "kiosks": len(storm.away),
            "among": storm.among,
            "places": list(storm.away[:PLACES_TOLD_MAX]),
        }
    subject = Subject(IncidentKind.NETWORK, region)
    return Finding(subject=subject, severity=Severity.CRITICAL, numbers=numbers)
