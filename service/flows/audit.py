"""Hold everything that is kept against the facts, in one read-only moment, kiosk by kiosk."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final, Protocol

from service.domain.audit import Audit, Invariant
from service.domain.books import KioskBooks, derive, differing
from service.domain.clocks import is_ahead, is_ancient
from service.domain.facts import Fact, FactKey
from service.domain.gaps import Gap
from service.domain.months import ClosedMonths, Closing
from service.domain.progress import Progress, Stretch
from service.domain.stretches import common, outside
from service.domain.totals import Tallies, tally
from service.flows.audit_past import PastSnapshot, audit_promises, audit_timelines
from service.flows.circle_memory import Ground

TOLD_EVERY: Final = 5_000
"""Facts between two words on how far it has come."""

ALARM_WITHIN: Final = timedelta(minutes=2)
"""A conflict must be alarmed by then: the watchman goes round every fifteen seconds."""

OnFacts = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journals:
    """How far one kiosk's journals are heard, by epoch, and what is kept of them beside facts."""

    progress: Mapping[int, Progress]
    aside: Mapping[int, list[int]]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A kiosk's newest fact with a key that is kept with other content, and its newest alarm."""

    kiosk_id: str
    heard_at: datetime
    alarm_open: bool
    alarm_resolved_at: datetime | None


class Snapshot(PastSnapshot, Protocol):
    """One moment of the database."""

    def kiosks(self) -> Iterator[str]:
        """Yield, in order, every kiosk of which anything is kept."""

    def facts(self, kiosk_id: str) -> Iterator[Fact]:
        """Yield all facts of a kiosk by key."""

    def kiosk_books(self, kiosk_id: str) -> KioskBooks:
        """Return the books of a kiosk as they are kept."""

    def journals(self, kiosk_id: str) -> Journals:
        """Return how far a kiosk's journals are heard."""

    def sites(self) -> Iterator[str]:
        """Yield, in order, every site of which anything is kept."""

    def site_facts(self, site_id: str) -> Iterator[Fact]:
        """Yield all facts of a site that are tallied, in any order, without their bodies."""

    def tallies(self, site_id: str) -> Tallies:
        """Return the sums of a site as they are kept."""

    def conflicts(self) -> list[Conflict]:
        """Return the conflicts of enrolled kiosks, one for each kiosk."""

    def closed_months(self) -> list[Closing]:
        """Return the closed months."""


@dataclass(slots=True)
class _Stream:
    """What is seen of a kiosk's facts while they flow past."""

    closed: ClosedMonths
    runs: dict[int, list[Stretch]] = field(default_factory=dict)
    facts: int = 0
    after_close: int = 0


def audit(
    snapshot: Snapshot,
    *,
    zone: tzinfo,
    at: datetime,
    on_facts: OnFacts,
    ground: Ground | None = None,
) -> Audit:
    """Return what holds and what does not; ``on_facts`` hears of each few thousand facts read.

    Without ``ground``, on which person-hours stand, these are not looked at.
    """
    verdicts = Audit()
    closings = snapshot.closed_months()
    verdicts.look(Invariant.CLOCKS, {"closed months": len(closings)})
    kiosk_ids = list(snapshot.kiosks())
    for kiosk_id in kiosk_ids:
        stream = _Stream(ClosedMonths(closings, zone))
        _audit_kiosk(kiosk_id, snapshot, stream, verdicts, on_facts=on_facts)
    for site_id in snapshot.sites():
        _audit_site(site_id, snapshot, verdicts, zone=zone, on_facts=on_facts)
    _audit_conflicts(snapshot.conflicts(), verdicts, at=at)
    audit_timelines(kiosk_ids, snapshot, verdicts)
    if ground is not None:
        audit_promises(snapshot, ground, verdicts, zone=zone)
    return verdicts


def _audit_kiosk(
    kiosk_id: str, snapshot: Snapshot, stream: _Stream, verdicts: Audit, *, on_facts: OnFacts
) -> None:
    derived = derive(_watched(counting(snapshot.facts(kiosk_id), on_facts), stream, verdicts))
    verdicts.look(Invariant.ONCE, {"facts": stream.facts})
    verdicts.look(Invariant.CLOCKS, {"heard after close": stream.after_close})
    _audit_books(kiosk_id, snapshot.kiosk_books(kiosk_id), derived, verdicts)
    journals = snapshot.journals(kiosk_id)
    epochs = {*stream.runs, *journals.progress, *journals.aside}
    epochs |= {gap.epoch for gap in journals.gaps}
    for epoch in sorted(epochs):
        _audit_journal(f"{kiosk_id} epoch {epoch}", epoch, journals, stream, verdicts)


def counting(facts: Iterable[Fact], on_facts: OnFacts) -> Iterator[Fact]:
    """Yield facts and tell, now and then, how many went by."""
    number = 0
    for number, fact in enumerate(facts, 1):
        yield fact
        if number % TOLD_EVERY == 0:
            on_facts(TOLD_EVERY)
    on_facts(number % TOLD_EVERY)


def _watched(facts: Iterable[Fact], stream: _Stream, verdicts: Audit) -> Iterator[Fact]:
    """Yield facts by key; note the stretches they make, and what is wrong with a single one."""
    before: FactKey | None = None
    for fact in facts:
        key = fact.key
        stream.facts += 1
        if key == before:
            verdicts.breach(Invariant.ONCE, f"{named(key)} is kept twice")
        runs = stream.runs.setdefault(key.epoch, [])
        if runs and runs[-1][1] >= key.sequence - 1:
            runs[-1] = (runs[-1][0], key.sequence)
        else:
            runs.append((key.sequence, key.sequence))
        if hashlib.sha256(fact.body.encode()).digest() != fact.digest:
            verdicts.breach(Invariant.ONCE, f"{named(key)}: its content is not what its digest is")
        if is_ahead(fact.happened_at, fact.heard_at) or is_ancient(fact.happened_at):
            words = f"{named(key)}: its time {fact.happened_at:%Y-%m-%d %H:%M} cannot be true"
            verdicts.breach(Invariant.CLOCKS, words)
        stream.after_close += stream.closed.is_late(fact.happened_at, fact.heard_at)
        before = key
        yield fact


def _audit_books(kiosk_id: str, kept: KioskBooks, derived: KioskBooks, verdicts: Audit) -> None:
    for (_, slot), mine, true in differing(kept.levels, derived.levels):
        words = f"{kiosk_id} slot {slot}: the books hold {mine}, the facts give {true}"
        verdicts.breach(Invariant.STOCK, words)
    for (key, slot, item), one, other in differing(kept.discrepancies, derived.discrepancies):
        words = f"{named(key)} slot {slot} {item}: on record is {one}, the facts give {other}"
        verdicts.breach(Invariant.STOCK, words)
    for (_, code, slot), said, meant in differing(kept.faults, derived.faults):
        words = f"{kiosk_id} fault {code} of slot {slot}: kept is {said}, the facts give {meant}"
        verdicts.breach(Invariant.ONCE, words)
    differences = [one.difference_packs for one in derived.discrepancies.values()]
    figures = {
        "slots": len(kept.levels),
        "discrepancies": len(kept.discrepancies),
        "packs missing": -sum(packs for packs in differences if packs < 0),
        "packs found": sum(packs for packs in differences if packs > 0),
    }
    verdicts.look(Invariant.STOCK, figures)
    verdicts.look(Invariant.ONCE, {"fault words": len(kept.faults)})


def _audit_journal(
    name: str, epoch: int, journals: Journals, stream: _Stream, verdicts: Audit
) -> None:
    """Hold the watermark and the gaps of one journal against what is really kept of it."""
    progress = journals.progress.get(epoch, Progress())
    gaps = [gap for gap in journals.gaps if gap.epoch == epoch]
    gone = [(gap.first, gap.last) for gap in gaps if gap.permanent]
    still_open = [(gap.first, gap.last) for gap in gaps if not gap.permanent]
    facts = stream.runs.get(epoch, [])
    aside = [(one, one) for one in journals.aside.get(epoch, [])]
    held = Progress().with_stretches([*facts, *aside, *gone])
    settled = _stretches(progress)
    for first, last in outside(settled, _stretches(held)):
        words = f"{name}: {first} to {last} was acknowledged and is neither kept nor on record"
        verdicts.breach(Invariant.ACKNOWLEDGED, words)
    for first, last in outside(_stretches(held), settled):
        words = f"{name}: {first} to {last} is kept, and the watermark does not know"
        verdicts.breach(Invariant.WATERMARK, words)
    if progress.with_stretches([]) != progress:
        verdicts.breach(Invariant.WATERMARK, f"{name}: the watermark {progress} is not contiguous")
    for first, last in common(facts, gone):
        words = f"{name}: {first} to {last} is kept, and on record as gone for ever"
        verdicts.breach(Invariant.GAPS, words)
    for first, last in outside(progress.missing(0), still_open):
        words = f"{name}: {first} to {last} is missing and nobody asks for it"
        verdicts.breach(Invariant.GAPS, words)
    for first, last in common(settled, still_open):
        verdicts.breach(Invariant.GAPS, f"{name}: {first} to {last} is asked for in vain")
    _look_at_journal(facts, aside, gone, still_open, progress, verdicts)


def _look_at_journal(
    facts: list[Stretch],
    aside: list[Stretch],
    gone: list[Stretch],
    still_open: list[Stretch],
    progress: Progress,
    verdicts: Audit,
) -> None:
    settled = progress.settled_count()
    figures = {"settled": settled, "facts": _size(facts), "set aside": _size(aside)}
    verdicts.look(Invariant.ACKNOWLEDGED, {"journals": 1, **figures, "gone": _size(gone)})
    figures = {"permanent gaps": len(gone), "facts gone": _size(gone)}
    missing = {"open gaps": len(still_open), "facts missing": _size(still_open)}
    verdicts.look(Invariant.GAPS, figures | missing)
    verdicts.look(Invariant.WATERMARK, {"journals": 1, "beyond a gap": len(progress.beyond)})


def _audit_site(
    site_id: str, snapshot: Snapshot, verdicts: Audit, *, zone: tzinfo, on_facts: OnFacts
) -> None:
    facts = counting(snapshot.site_facts(site_id), on_facts)
    derived = tally(facts, site_of=lambda _: site_id, zone=zone)
    kept = snapshot.tallies(site_id)
    for (_, item, hour), mine, true in differing(kept.hourly, derived.hourly):
        words = f"{site_id} {item} hour {hour:%Y-%m-%d %H:%M}Z: kept {mine}, the facts give {true}"
        verdicts.breach(Invariant.ONCE, words)
    for (_, item, day), mine, true in differing(kept.daily, derived.daily):
        words = f"{site_id} {item} day {day}: kept {mine}, the facts give {true}"
        verdicts.breach(Invariant.ONCE, words)
    figures = {"hours": len(kept.hourly), "days": len(kept.daily)}
    verdicts.look(Invariant.ONCE, figures)


def _audit_conflicts(conflicts: list[Conflict], verdicts: Audit, *, at: datetime) -> None:
    alarmed = 0
    for one in conflicts:
        resolved = one.alarm_resolved_at
        if one.alarm_open or (resolved is not None and resolved >= one.heard_at):
            alarmed += 1
        elif at > one.heard_at + ALARM_WITHIN:
            words = f"{one.kiosk_id}: a conflict of {one.heard_at:%Y-%m-%d %H:%M} without an alarm"
            verdicts.breach(Invariant.CONFLICTS, words)
    figures = {"kiosks with conflicts": len(conflicts), "alarmed": alarmed}
    verdicts.look(Invariant.CONFLICTS, figures)


def named(key: FactKey) -> str:
    """Return a fact's name for people."""
    return f"{key.kiosk_id} epoch {key.epoch} fact {key.sequence}"


def _stretches(progress: Progress) -> list[Stretch]:
    head = [(1, progress.upto)] if progress.upto > 0 else []
    return [*head, *progress.beyond]


def _size(stretches: Iterable[Stretch]) -> int:
    return sum(last - first + 1 for first, last in stretches)
