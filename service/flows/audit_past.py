"""Hold the past against the facts: timelines of outlets, and the person-hours that stand on them.

A sample is looked at, evenly spread: everything of a district, some of a province. What is marked
to be made anew is not held against anything: it is known to be behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Final, Protocol, TypeVar

from service.domain.audit import Audit, Invariant
from service.domain.circle import Standing
from service.domain.facts import Fact, FactKey
from service.domain.promise import (
    Neighbours,
    PromiseSums,
    integrate,
    local_days,
    moment_of,
    neighbours,
    promise_sums,
)
from service.domain.timeline import JournalPlace, Outline, Point, derive
from service.flows.circle_memory import Ground
from service.flows.ports_timeline import Past
from service.flows.promise import steps_in

KIOSKS_MAX: Final = 200
"""So many timelines are derived anew at most, each from a journal that is read once more."""

FACTS_MAX: Final = 200_000
"""A longer journal is left out: it would be held in memory as a whole."""

DAYS_MAX: Final = 12
"""So many days of each item are summed up anew at most."""

OneChange = tuple[datetime, str]
"""When, and of which item."""

Sampled = TypeVar("Sampled")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTimeline:
    """What is kept of one kiosk's past; ``unknown_since`` by item where its end is not known.

    ``is_due`` says that facts have come which are not worked in yet.
    """

    planned: Mapping[int, str]
    gaps: Sequence[JournalPlace]
    changes: Mapping[OneChange, Standing]
    unknown_since: Mapping[str, datetime]
    points: Mapping[FactKey, Point]
    is_due: bool


class PastSnapshot(Protocol):
    """One moment of what is kept of the past."""

    def facts(self, kiosk_id: str) -> Iterator[Fact]:
        """Yield all facts of a kiosk by key."""

    def timeline(self, kiosk_id: str) -> KeptTimeline:
        """Return what is kept of a kiosk's timeline."""

    def promised_upto(self) -> Mapping[str, datetime]:
        """Return up to which moment each item is summed up."""

    def promise_begin(self, item: str) -> datetime | None:
        """Return since when anything is known of an item; None where nothing is."""

    def promise_past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""

    def promise_days(self, item: str) -> list[date]:
        """Return the days of which sums are kept, in order."""

    def promised(self, item: str, day: date) -> Mapping[str, PromiseSums]:
        """Return the sums of a day by town."""


def audit_timelines(kiosk_ids: Sequence[str], snapshot: PastSnapshot, verdicts: Audit) -> None:
    """Derive the timelines of some kiosks anew, and tell where the kept ones differ."""
    figures = {"timelines": 0, "changes": 0, "not worked in yet": 0, "too long": 0}
    for kiosk_id in spread(kiosk_ids, KIOSKS_MAX):
        kept = snapshot.timeline(kiosk_id)
        facts = [] if kept.is_due else list(islice(snapshot.facts(kiosk_id), FACTS_MAX + 1))
        if kept.is_due or len(facts) > FACTS_MAX:
            figures["not worked in yet" if kept.is_due else "too long"] += 1
            continue
        figures["timelines"] += 1
        figures["changes"] += len(kept.changes)
        verdicts.breaches(Invariant.TIMELINES, _differences(kiosk_id, kept, facts))
    verdicts.look(Invariant.TIMELINES, figures)


def _differences(kiosk_id: str, kept: KeptTimeline, facts: Sequence[Fact]) -> Iterator[str]:
    outline = Outline(
        kiosk_id=kiosk_id, planned=kept.planned, start=None, facts=facts, gaps=kept.gaps
    )
    derived = derive(outline)
    true = {(one.at, one.item): one.standing for one in derived.changes}
    for at, item in sorted(kept.changes.keys() | true.keys()):
        mine, its = kept.changes.get((at, item)), true.get((at, item))
        if mine != its:
            yield (
                f"{kiosk_id} {item} from {at:%Y-%m-%d %H:%M:%S}Z: kept is {_said(mine)}, the facts "
                f"give {_said(its)}"
            )
    points = {one.key: one for one in derived.points}
    for key in sorted(kept.points.keys() | points.keys()):
        if kept.points.get(key) != points.get(key):
            yield (
                f"{kiosk_id} epoch {key.epoch} fact {key.sequence}: what its timeline is taken up "
                "from later is not what the facts give; rebuild it"
            )
    newest = max((at for at, _ in true), default=None)
    for item, since in sorted(kept.unknown_since.items()):
        if newest is not None and since <= newest:
            yield (
                f"{kiosk_id} {item}: nothing is said to be known from "
                f"{since:%Y-%m-%d %H:%M:%S}Z on, and the facts tell of {newest:%Y-%m-%d %H:%M:%S}Z"
            )


def audit_promises(
    snapshot: PastSnapshot, ground: Ground, verdicts: Audit, *, zone: tzinfo
) -> None:
    """Sum up some whole days of each item anew from the timelines, and tell where they differ."""
    crowd = neighbours(ground.relation, people=ground.people, towns=ground.towns)
    figures = {"items": 0, "days": 0, "sums": 0}
    for item, upto in sorted(snapshot.promised_upto().items()):
        begin = snapshot.promise_begin(item)
        kept = snapshot.promise_days(item)
        last = upto.astimezone(zone).date()
        first = last if begin is None else begin.astimezone(zone).date()
        for day in kept:
            if day < first or (begin is None and day <= last):
                words = f"{item} {day}: sums are kept of a day on which nothing was promised"
                verdicts.breach(Invariant.PROMISES, words)
        # The day of the moment itself may be summed up only in part, or be due anew.
        whole = [first + timedelta(days=one) for one in range((last - first).days)]
        for day in spread(whole, DAYS_MAX):
            mine = snapshot.promised(item, day)
            true = _summed_up(snapshot, item, day, ground, crowd, zone)
            figures["days"] += 1
            figures["sums"] += len(mine)
            verdicts.breaches(Invariant.PROMISES, _apart(f"{item} {day}", mine, true))
        figures["items"] += 1
    verdicts.look(Invariant.PROMISES, figures)


def _summed_up(
    snapshot: PastSnapshot,
    item: str,
    day: date,
    ground: Ground,
    crowd: Neighbours,
    zone: tzinfo,
) -> dict[str, PromiseSums]:
    """Return the sums of one day by town."""
    noon_after = datetime(day.year, day.month, day.day, 12, tzinfo=zone) + timedelta(days=1)
    _, cuts = local_days(day, noon_after.astimezone(UTC), zone)
    begin, end = moment_of(int(cuts[0])), moment_of(int(cuts[1]))
    past = snapshot.promise_past(item, begin, end)
    stood, steps = steps_in(item, past, ground, begin, end)
    sums = integrate(crowd, towns=len(ground.town_codes), stood=stood, steps=steps, cuts=cuts[:2])
    return {
        town_code: promise_sums(sums[0, town])
        for town, town_code in enumerate(ground.town_codes)
        if sums[0, town].any()
    }


def _apart(
    name: str, kept: Mapping[str, PromiseSums], true: Mapping[str, PromiseSums]
) -> Iterator[str]:
    for town_code in sorted(kept.keys() | true.keys()):
        mine, its = kept.get(town_code), true.get(town_code)
        if mine != its:
            yield f"{name} town {town_code}: kept is {mine}, the timelines give {its}"


def spread(some: Sequence[Sampled], most: int) -> list[Sampled]:
    """Return so many at most, evenly spread, the first and the last among them."""
    if len(some) <= most:
        return list(some)
    return [some[number * (len(some) - 1) // (most - 1)] for number in range(most)]


def _said(standing: Standing | None) -> str:
    return "nothing" if standing is None else standing.name.lower()
