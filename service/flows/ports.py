"""What the flows need of the world, as protocols; kept in SQL, and in memory for tests."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from service.domain.circle import Standing
from service.domain.circle_gaps import CircleGap, Closed, GapKey
from service.domain.coverage import ItemCoverage
from service.domain.discrepancies import Discrepancy
from service.domain.facts import Fact, FactKey
from service.domain.gaps import Gap
from service.domain.incidents import Incident, IncidentEvent, IncidentKind, Step, Subject
from service.domain.kiosks import KioskView
from service.domain.lateness import Lateness
from service.domain.liveness import Liveness
from service.domain.progress import Progress
from service.domain.quarantine import Fate, SetAside, Waiting, Wanted
from service.domain.registry import Registry
from service.domain.stock import Levels
from service.domain.totals import Tallies
from service.flows.ports_notices import ContactKeeper, NoticeKeeper
from service.flows.ports_outlooks import OutlookKeeper
from service.flows.ports_replenishment import DepotKeeper, PolicyKeeper, RoundKeeper
from service.flows.ports_signs import SignKeeper
from service.flows.ports_timeline import PromiseKeeper, TimelineKeeper

Journal = tuple[str, int]
"""A kiosk and an epoch: within it, sequences are contiguous from 1."""


class FactKeeper(Protocol):
    """Facts, for ever."""

    def add(self, facts: Sequence[Fact], sites: Mapping[str, str]) -> None:
        """Keep new facts, each with the site (by kiosk) where it happened."""

    def digests(self, claimed: Mapping[FactKey, datetime]) -> dict[FactKey, bytes]:
        """Return the digests of those facts that are kept, each with the time it now claims."""

    def since_count(self, kiosk_id: str, before: FactKey) -> list[Fact]:
        """Return, by key, the facts from the newest count at or before ``before``, or all."""


class ProgressKeeper(Protocol):
    """How far each journal is settled."""

    def of(self, kiosk_ids: Collection[str]) -> dict[Journal, Progress]:
        """Return the progress of all journals of some kiosks."""

    def save(self, progress: Mapping[Journal, Progress]) -> None:
        """Keep the progress of some journals."""


class GapKeeper(Protocol):
    """Missing stretches."""

    def of(self, journals: Collection[Journal]) -> list[Gap]:
        """Return all gaps of some journals, permanent ones too."""

    def due(self, at: datetime, *, most: int) -> list[Gap]:
        """Return open gaps whose next ask is due, the longest due first."""

    def by_command(self, kiosk_id: str, command_id: str) -> list[Gap]:
        """Return the open gaps that a command asked for."""

    def replace(self, old: Sequence[Gap], new: Sequence[Gap]) -> None:
        """Put new gaps in the place of old ones."""


class StockKeeper(Protocol):
    """Levels and faults."""

    def levels(self, kiosk_ids: Collection[str]) -> Levels:
        """Return the levels of all slots of some kiosks."""

    def save_levels(self, levels: Levels) -> None:
        """Keep some levels."""

    def note_faults(self, facts: Sequence[Fact]) -> None:
        """Keep, per fault, the word with the newest key."""

    def views(self, at: datetime, only: Collection[str] | None = None) -> dict[str, KioskView]:
        """Return every kiosk, or some, as they stand at a moment."""


class DiscrepancyKeeper(Protocol):
    """Where the machines' own figures were not ours."""

    def add(self, found: Sequence[Discrepancy]) -> None:
        """Keep new discrepancies."""

    def replace_after(self, after: FactKey, found: Sequence[Discrepancy]) -> None:
        """Put those found anew in the place of all of a kiosk that are newer than a fact."""


class TotalsKeeper(Protocol):
    """Hourly and daily sums."""

    def add(self, tallies: Tallies) -> None:
        """Add sums to the books."""


class LivenessKeeper(Protocol):
    """Who is there."""

    def of(self, kiosk_ids: Collection[str]) -> dict[str, Liveness]:
        """Return the presence of those kiosks that were ever heard."""

    def save(self, presences: Iterable[Liveness]) -> None:
        """Keep the presence of some kiosks."""

    def silent(self, at: datetime) -> dict[str, Liveness]:
        """Return those heard once whose stored deadline has passed."""


class QuarantineKeeper(Protocol):
    """What was set aside."""

    def add(self, messages: Sequence[SetAside]) -> int:
        """Keep messages; the same again only counts up. Return how many found no room."""

    def recent(self, reasons: Collection[str], since: datetime) -> dict[tuple[str, str], int]:
        """Return how often each (reason, kiosk) that waits came since then."""

    def latest(self, reasons: Collection[str], since: datetime) -> dict[str, datetime]:
        """Return, by kiosk, when one that waits came last, where that was since then."""

    def waiting(self, wanted: Wanted) -> list[Waiting]:
        """Return messages that wait and are kept whole, by number."""

    def held(self, keys: Collection[FactKey]) -> dict[FactKey, Waiting]:
        """Return the first message that waits and that we hold for each identity, if there is one.

        One that is a conflict itself stands for nothing.
        """

    def settle(self, fates: dict[int, Fate], at: datetime) -> None:
        """Note what became of messages that waited."""

    def refuse_again(self, number: int, message: SetAside, at: datetime) -> None:
        """Note the newest reason why a message still waits; another one counts as of now."""


class QualityKeeper(Protocol):
    """Who reported each day, and how late facts came."""

    def add_reporting(self, day: date, kiosks: int) -> None:
        """Count kiosks that gave their first sign of a day."""

    def add_lateness(self, lateness: Lateness) -> None:
        """Count facts by the day on which we heard them, and by how late they came."""


class IncidentKeeper(Protocol):
    """What is wrong, and what became of it."""

    def standing(self, kinds: Collection[IncidentKind]) -> list[Incident]:
        """Return the incidents of some kinds that are not resolved."""

    def resolved(self, subjects: Collection[Subject], since: datetime) -> dict[Subject, Incident]:
        """Return the newest incident about each of some subjects, where resolved since then."""

    def one(self, incident_id: int) -> Incident | None:
        """Return an incident by its number."""

    def newest_event(self, incident_id: int) -> IncidentEvent | None:
        """Return what happened last to an incident."""

    def snoozed(self, until: datetime) -> list[Incident]:
        """Return unresolved incidents whose snooze ends by then."""

    def keep(self, steps: Sequence[Step]) -> list[IncidentEvent]:
        """Keep incidents as they are after some steps; return what happened, each with its number.

        A second one that is not resolved about a subject is refused.
        """


class CoverageKeeper(Protocol):
    """The circle: how outlets stand, gaps, and the figures whenever they changed."""

    def number(self) -> int:
        """Return a number that grows with each change of how outlets stand; 0 before the first."""

    def machines(self, kiosk_ids: Collection[str], at: datetime) -> dict[str, KioskView]:
        """Return kiosks as they stand at a moment: the few that a message was about."""

    def standings(self, *, since: int = -1) -> dict[tuple[str, str], Standing]:
        """Return how outlets stand, by (outlet, item): all, or what changed since a number."""

    def note_standings(
        self, standings: Mapping[tuple[str, str], Standing], *, number: int, at: datetime
    ) -> None:
        """Keep how some outlets stand from now on, as the change of that number."""

    def gaps(self, keys: Collection[GapKey] | None) -> dict[GapKey, CircleGap]:
        """Return the open gaps, all or some."""

    def gaps_because(self, causes: Collection[Standing]) -> dict[GapKey, CircleGap]:
        """Return the open gaps of some causes."""

    def move_gaps(self, closed: Sequence[Closed], opened: Sequence[CircleGap]) -> None:
        """Close gaps, and open others."""

    def save(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> bool:
        """Keep the figures if they differ from the newest kept; say whether they did."""

    def append(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> None:
        """Keep figures that are known to differ from the newest kept."""


class ChangeKeeper(Protocol):
    """What pages listen to."""

    def note(self, kind: str, subjects: Iterable[str], at: datetime) -> None:
        """Note that some subjects of a kind changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All keepers of one transaction."""

    registry: Registry
    facts: FactKeeper
    progress: ProgressKeeper
    gaps: GapKeeper
    stock: StockKeeper
    discrepancies: DiscrepancyKeeper
    totals: TotalsKeeper
    liveness: LivenessKeeper
    quarantine: QuarantineKeeper
    quality: QualityKeeper
    incidents: IncidentKeeper
    signs: SignKeeper
    notices: NoticeKeeper
    contacts: ContactKeeper
    coverage: CoverageKeeper
    timeline: TimelineKeeper
    promises: PromiseKeeper
    outlooks: OutlookKeeper
    policies: PolicyKeeper
    depots: DepotKeeper
    rounds: RoundKeeper
    changes: ChangeKeeper


class Store(Protocol):
    """Something that opens transactions: all that is written in one is kept, or nothing."""

    def begin(self) -> AbstractContextManager[Books]:
        """Open a transaction; leaving it commits, an exception undoes it."""


class WatchedStore(Store, Protocol):
    """A store that can also be looked at while others write."""

    def look(self) -> AbstractContextManager[Books]:
        """Open one consistent moment in which nothing may be written, and that holds up nobody."""
