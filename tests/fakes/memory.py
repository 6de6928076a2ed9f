"""The store in memory: the same promise as the SQL one, in dictionaries, undone by a copy."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from service.domain.circle import Standing
from service.domain.circle_gaps import CircleGap, Closed, GapKey
from service.domain.coverage import ItemCoverage
from service.domain.demand import Outlook
from service.domain.discrepancies import Discrepancy, Place, by_place
from service.domain.district import DistrictPlan, SlotPlan
from service.domain.facts import Counted, Fact, FactKey, Faulted
from service.domain.faults import newest_words
from service.domain.gaps import Gap
from service.domain.incidents import Incident, IncidentEvent
from service.domain.kiosks import MACHINE_FAULTS, KioskView, SlotView
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.domain.quarantine import Fate, SetAside
from service.domain.registry import Registry
from service.domain.stock import Levels
from service.domain.totals import Tallies, Tally
from service.flows.ports import Books, Journal
from service.flows.ports_outlooks import PlaceItem
from tests.fakes.incidents import MemoryIncidents
from tests.fakes.notices import MemoryContacts, MemoryNotices, NoticePages
from tests.fakes.outlooks import MemoryOutlooks
from tests.fakes.quarantine import AsideKey, MemoryQuality, MemoryQuarantine
from tests.fakes.replenishment import (
    MemoryDepots,
    MemoryPolicies,
    MemoryRounds,
    ReplenishmentPages,
)
from tests.fakes.signs import MemorySigns
from tests.fakes.timeline import MemoryPromises, MemoryTimeline, TimelinePages


@dataclass
class Pages:
    """All that is kept; each transaction writes on a copy."""

    facts: dict[FactKey, Fact] = field(default_factory=dict)
    site_of: dict[FactKey, str] = field(default_factory=dict)
    progress: dict[Journal, Progress] = field(default_factory=dict)
    gaps: dict[tuple[str, int, int], Gap] = field(default_factory=dict)
    levels: Levels = field(default_factory=dict)
    faults: dict[tuple[str, str, int], Fact] = field(default_factory=dict)
    discrepancies: dict[Place, Discrepancy] = field(default_factory=dict)
    hourly: dict[tuple[str, str, datetime], Tally] = field(default_factory=dict)
    daily: dict[tuple[str, str, date], Tally] = field(default_factory=dict)
    liveness: dict[str, Liveness] = field(default_factory=dict)
    quarantine: dict[AsideKey, tuple[SetAside, int]] = field(default_factory=dict)
    heard_first: dict[AsideKey, tuple[int, datetime]] = field(default_factory=dict)
    fates: dict[AsideKey, Fate] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    reporting: dict[date, int] = field(default_factory=dict)
    lateness: dict[tuple[date, int], int] = field(default_factory=dict)
    incidents: dict[int, Incident] = field(default_factory=dict)
    incident_events: list[IncidentEvent] = field(default_factory=list)
    notices: NoticePages = field(default_factory=NoticePages)
    coverage: list[tuple[int, tuple[ItemCoverage, ...]]] = field(default_factory=list)
    standings: dict[tuple[str, str], tuple[Standing, int]] = field(default_factory=dict)
    circle_gaps: dict[GapKey, CircleGap] = field(default_factory=dict)
    gaps_closed: list[Closed] = field(default_factory=list)
    timeline: TimelinePages = field(default_factory=TimelinePages)
    outlooks: dict[PlaceItem, tuple[datetime, Outlook]] = field(default_factory=dict)
    replenishment: ReplenishmentPages = field(default_factory=ReplenishmentPages)
    changes: list[tuple[str, str]] = field(default_factory=list)

    def copied(self) -> "Pages":
        """Return a copy with dictionaries of its own; what is in them never changes in place."""
        return Pages(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})


@dataclass(frozen=True)
class _Keeper:
    pages: Pages


class MemoryFacts(_Keeper):
    """Facts in a dictionary that refuses a key twice."""

    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        for fact in facts:
            if fact.key in self.pages.facts:
                message = f"{fact.key} is kept already"
                raise ValueError(message)
            self.pages.facts[fact.key] = fact
            self.pages.site_of[fact.key] = sites[fact.key.kiosk_id]

    def digests(self, claimed: Mapping[FactKey, datetime]) -> dict[FactKey, bytes]:
        return {key: self.pages.facts[key].digest for key in claimed if key in self.pages.facts}

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        mine = sorted(key for key in self.pages.facts if key.kiosk_id == kiosk_id)
        facts = [self.pages.facts[key] for key in mine]
        counts = [f.key for f in facts if isinstance(f.what, Counted) and f.key <= before]
        return [fact for fact in facts if not counts or fact.key >= counts[-1]]


class MemoryProgress(_Keeper):
    def of(self, kiosk_ids: Collection[str]) -> dict[Journal, Progress]:
        return {key: one for key, one in self.pages.progress.items() if key[0] in kiosk_ids}

    def save(self, progress: Mapping[Journal, Progress]) -> None:
        self.pages.progress.update(progress)


class MemoryGaps(_Keeper):
    def of(self, journals: Collection[Journal]) -> list[Gap]:
        return [gap for key, gap in sorted(self.pages.gaps.items()) if key[:2] in journals]

    def due(self, at: datetime, *, most: int) -> list[Gap]:
        waiting = [
            (gap.next_ask_at, key)
            for key, gap in self.pages.gaps.items()
            if gap.next_ask_at is not None and gap.next_ask_at <= at and not gap.permanent
        ]
        return [self.pages.gaps[key] for _, key in sorted(waiting)[:most]]

    def by_command(self, kiosk_id: str, command_id: str) -> list[Gap]:
        mine = (gap for gap in self.pages.gaps.values() if gap.kiosk_id == kiosk_id)
        return [gap for gap in mine if gap.command_id == command_id and not gap.permanent]

    def replace(self, old: Sequence[Gap], new: Sequence[Gap]) -> None:
        for gap in old:
            self.pages.gaps.pop((gap.kiosk_id, gap.epoch, gap.first), None)
        for gap in new:
            self.pages.gaps[gap.kiosk_id, gap.epoch, gap.first] = gap


@dataclass(frozen=True)
class MemoryStock(_Keeper):
    plan: DistrictPlan

    def levels(self, kiosk_ids: Collection[str]) -> Levels:
        return {place: one for place, one in self.pages.levels.items() if place[0] in kiosk_ids}

    def save_levels(self, levels: Levels) -> None:
        self.pages.levels.update(levels)

    def note_faults(self, facts: Sequence[Fact]) -> None:
        for place, (fact, _) in newest_words(facts).items():
            before = self.pages.faults.get(place)
            if before is None or before.key < fact.key:
                self.pages.faults[place] = fact

    def views(self, at: datetime, only: Collection[str] | None = None) -> dict[str, KioskView]:
        raised = {
            place
            for place, fact in self.pages.faults.items()
            if isinstance(fact.what, Faulted) and fact.what.raised
        }
        return {
            kiosk.id: KioskView(
                silent=kiosk.id not in self.pages.liveness
                or self.pages.liveness[kiosk.id].is_silent(at),
                behind_facts=self._behind(kiosk.id),
                machine_faults=sum((kiosk.id, code, 0) in raised for code in MACHINE_FAULTS),
                slots=tuple(
                    self._slot(kiosk.id, one, jammed=(kiosk.id, "aisle_jam", one.slot) in raised)
                    for one in sorted(kiosk.slots, key=lambda one: one.slot)
                ),
            )
            for kiosk in self.plan.kiosks
            if only is None or kiosk.id in only
        }

    def _behind(self, kiosk_id: str) -> int:
        presence = self.pages.liveness.get(kiosk_id)
        if presence is None:
            return 0
        journal = self.pages.progress.get((kiosk_id, presence.epoch), Progress())
        return max(0, presence.head - journal.settled_count())

    def _slot(self, kiosk_id: str, plan: SlotPlan, *, jammed: bool) -> SlotView:
        level = self.pages.levels.get((kiosk_id, plan.slot))
        return SlotView(
            slot=plan.slot,
            item=level.item if level is not None else plan.item,
            capacity_packs=plan.capacity_packs,
            on_hand_packs=level.on_hand_packs if level is not None else None,
            jammed=jammed,
        )


class MemoryDiscrepancies(_Keeper):
    def add(self, found: Sequence[Discrepancy]) -> None:
        self.pages.discrepancies.update(by_place(found))

    def replace_after(self, after: FactKey, found: Sequence[Discrepancy]) -> None:
        for place, one in list(self.pages.discrepancies.items()):
            if one.key.kiosk_id == after.kiosk_id and one.key > after:
                del self.pages.discrepancies[place]
        self.add(found)


class MemoryTotals(_Keeper):
    def add(self, tallies: Tallies) -> None:
        for hour, tally in tallies.hourly.items():
            self.pages.hourly[hour] = _sum(self.pages.hourly.get(hour, Tally()), tally)
        for day, tally in tallies.daily.items():
            self.pages.daily[day] = _sum(self.pages.daily.get(day, Tally()), tally)


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally(*(a + b for a, b in zip(one.values(), other.values(), strict=True)))


class MemoryLiveness(_Keeper):
    def of(self, kiosk_ids: Collection[str]) -> dict[str, Liveness]:
        return {one: self.pages.liveness[one] for one in kiosk_ids if one in self.pages.liveness}

    def save(self, presences: Iterable[Liveness]) -> None:
        self.pages.liveness.update({one.kiosk_id: one for one in presences})

    def silent(self, at: datetime) -> dict[str, Liveness]:
        heard = self.pages.liveness.items()
        return {name: one for name, one in heard if one.silent_after and one.silent_after <= at}


@dataclass(frozen=True)
class MemoryCoverage(_Keeper):
    stock: MemoryStock

    def save(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> bool:
        figures = (people, tuple(items))
        if self.pages.coverage[-1:] == [figures]:
            return False
        self.append(people, items, at)
        return True

    def append(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> None:  # noqa: ARG002 - the port's word
        self.pages.coverage.append((people, tuple(items)))

    def number(self) -> int:
        return max((number for _, number in self.pages.standings.values()), default=0)

    def machines(self, kiosk_ids: Collection[str], at: datetime) -> dict[str, KioskView]:
        return self.stock.views(at, kiosk_ids)

    def standings(self, *, since: int = -1) -> dict[tuple[str, str], Standing]:
        return {key: one for key, (one, number) in self.pages.standings.items() if number > since}

    def note_standings(
        self,
        standings: Mapping[tuple[str, str], Standing],
        *,
        number: int,
        at: datetime,  # noqa: ARG002 - the port's word
    ) -> None:
        self.pages.standings |= {key: (one, number) for key, one in standings.items()}

    def gaps(self, keys: Collection[GapKey] | None) -> dict[GapKey, CircleGap]:
        found = self.pages.circle_gaps
        return {key: gap for key, gap in found.items() if keys is None or key in keys}

    def gaps_because(self, causes: Collection[Standing]) -> dict[GapKey, CircleGap]:
        return {key: gap for key, gap in self.pages.circle_gaps.items() if gap.cause in causes}

    def move_gaps(self, closed: Sequence[Closed], opened: Sequence[CircleGap]) -> None:
        for one in closed:
            del self.pages.circle_gaps[one.gap.key]
        self.pages.gaps_closed.extend(closed)
        for gap in opened:
            self.pages.circle_gaps.setdefault(gap.key, gap)


class MemoryChanges(_Keeper):
    def note(self, kind: str, subjects: Iterable[str], at: datetime) -> None:  # noqa: ARG002 - the port's word
        self.pages.changes.extend((kind, subject) for subject in subjects)


class MemoryStore:
    """Opens transactions on pages in memory."""

    def __init__(self, plan: DistrictPlan) -> None:
        self.pages = Pages()
        self.lay_out(plan)

    def lay_out(self, plan: DistrictPlan) -> None:
        self._plan = plan
        self._registry = Registry(
            region=plan.region,
            site_by_kiosk={kiosk.id: kiosk.site_id for kiosk in plan.kiosks},
            items=frozenset(item.code for item in plan.items),
        )

    @contextmanager
    def begin(self) -> Iterator[Books]:
        pages = self.pages.copied()
        yield self._books(pages)
        self.pages = pages

    @contextmanager
    def look(self) -> Iterator[Books]:
        yield self._books(self.pages.copied())

    def _books(self, pages: Pages) -> Books:
        return Books(
            registry=self._registry,
            facts=MemoryFacts(pages),
            progress=MemoryProgress(pages),
            gaps=MemoryGaps(pages),
            stock=MemoryStock(pages, self._plan),
            discrepancies=MemoryDiscrepancies(pages),
            totals=MemoryTotals(pages),
            liveness=MemoryLiveness(pages),
            quarantine=MemoryQuarantine(
                pages.quarantine, pages.heard_first, pages.fates, pages.numbers
            ),
            quality=MemoryQuality(pages.reporting, pages.lateness),
            incidents=MemoryIncidents(pages.incidents, pages.incident_events),
            signs=MemorySigns(
                pages.discrepancies, pages.facts, pages.gaps, self._registry.site_by_kiosk
            ),
            notices=MemoryNotices(pages.notices, self._plan, pages.incidents),
            contacts=MemoryContacts(pages.notices),
            coverage=MemoryCoverage(pages, MemoryStock(pages, self._plan)),
            timeline=MemoryTimeline(
                pages.timeline, self._plan, pages.facts, pages.gaps, pages.liveness
            ),
            promises=MemoryPromises(pages.timeline, self._plan),
            outlooks=MemoryOutlooks(pages.outlooks, self._plan, pages.facts),
            policies=MemoryPolicies(pages.replenishment, pages.daily),
            depots=MemoryDepots(pages.replenishment),
            rounds=MemoryRounds(pages.replenishment),
            changes=MemoryChanges(pages),
        )
