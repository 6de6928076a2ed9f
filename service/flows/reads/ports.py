"""What pages need of the store, as one protocol."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.flows.reads.forecast import DistrictForecast, KioskForecast
from service.flows.reads.imports import ImportView
from service.flows.reads.incidents import IncidentDetail, IncidentsWanted, IncidentView
from service.flows.reads.kiosks import KioskDetail, KioskList, KioskSummary
from service.flows.reads.places import DistrictView, ItemView, MapView, Outlet, SiteView, TownView
from service.flows.reads.promise import CoverageThen, MonthOfItem, MonthPromise
from service.flows.reads.quality import (
    ClockLine,
    DiscrepanciesFound,
    DiscrepancyPlace,
    GapPlace,
    GapsFound,
    GapState,
    NetworkCounts,
    QualityView,
)
from service.flows.reads.quarantine import AsideWanted, QuarantinedMessage, QuarantinedView
from service.flows.reads.totals import FactsFound, FactsWanted, Grouping, MonthTotals
from service.flows.reads.watch import (
    CoverageView,
    ProgressView,
    TownCoverageView,
)


class StoreUnavailableError(Exception):
    """The database does not answer, or not in time; asking again later may help."""


@dataclass(frozen=True, slots=True)
class Change:
    """A note that something a page shows has changed."""

    id: int
    at: datetime
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class ChangeSpan:
    """Which changes are kept; ``overlap``: so many numbers below the newest may still turn up."""

    oldest: int
    newest: int
    overlap: int


class Reads(Protocol):
    """Answers the questions of pages. Every answer is one consistent moment, and bounded."""

    def ping(self) -> None:
        """Ask the database for nothing; StoreUnavailableError where it does not answer."""

    def version(self) -> int:
        """Return a number that grows with each change of the registry, the map included."""

    def district(self) -> DistrictView | None:
        """Return the district; None where none is laid out yet."""

    def items(self) -> tuple[ItemView, ...]:
        """Return all items by code."""

    def towns(self) -> tuple[TownView, ...]:
        """Return all towns by code."""

    def sites(
        self, *, kind: str | None, town_code: str | None, outlet: Outlet | None
    ) -> tuple[SiteView, ...]:
        """Return sites by id, all or only some."""

    def map_base(self) -> MapView:
        """Return the lines of the map and the communities."""

    def kiosks(self) -> KioskList:
        """Return all kiosks, worst first."""

    def kiosks_of(self, kiosk_ids: Collection[str]) -> tuple[KioskSummary, ...]:
        """Return some kiosks; those that are not enrolled are left out."""

    def kiosk(self, kiosk_id: str) -> KioskDetail | None:
        """Return everything of one kiosk; None where it is not enrolled."""

    def incidents(self, wanted: IncidentsWanted) -> tuple[IncidentView, ...]:
        """Return incidents: those that stand first, the gravest of them first, then the newest."""

    def incident(self, incident_id: int) -> IncidentDetail | None:
        """Return an incident with all that happened to it; None where there is none."""

    def incidents_moved(
        self, subjects: Collection[str], since: datetime
    ) -> tuple[IncidentView, ...]:
        """Return incidents about some subjects that stand, or were resolved since then."""

    def coverage_by_town(self, item: str) -> tuple[TownCoverageView, ...] | None:
        """Return the circle of an item by town; None where the item is not given out here."""

    def coverage_then(self, item: str, at: datetime) -> CoverageThen | None:
        """Return the circle of an item as it was; None where the item is not given out here."""

    def promise(self, month: str, item: str | None) -> MonthPromise | None:
        """Return a local month's person-hours, of all items or one; None where there is no such."""

    def promise_months(self, item: str | None) -> tuple[MonthOfItem, ...] | None:
        """Return person-hours month by month, of all items or one; None where there is no such."""

    def coverage(self) -> CoverageView:
        """Return the circle as it was computed last."""

    def quarantine(self, wanted: AsideWanted) -> tuple[QuarantinedView, ...]:
        """Return what was set aside, the latest heard first."""

    def quarantined(self, number: int) -> QuarantinedMessage | None:
        """Return one message with all that is kept of it; None where there is none."""

    def quality(self) -> QualityView:
        """Return how good the data are."""

    def clocks(self, *, most: int) -> tuple[ClockLine, ...]:
        """Return the kiosks whose clock is off, the worst first."""

    def gaps(
        self, state: GapState, *, kiosk_id: str | None, after: GapPlace | None, most: int
    ) -> GapsFound:
        """Return a page of gaps by kiosk, epoch and sequence."""

    def discrepancies(
        self, *, kiosk_id: str | None, after: DiscrepancyPlace | None, most: int
    ) -> DiscrepanciesFound:
        """Return a page of discrepancies, the newest first."""

    def imports(self, *, most: int) -> tuple[ImportView, ...]:
        """Return the files that were taken in, the newest first."""

    def network_counts(self) -> NetworkCounts:
        """Return the figures that a monitor reads every few seconds."""

    def progress(self) -> ProgressView:
        """Return how much of the kiosks' past is still to come."""

    def months(self) -> tuple[str, ...]:
        """Return the local months in which something happened, newest last."""

    def forecast(self, kiosk_id: str) -> KioskForecast | None:
        """Return a kiosk's outlooks by item; None where it is not enrolled."""

    def forecast_of_district(self, *, days: int) -> DistrictForecast:
        """Return the outlook of all kiosks together, by item."""

    def totals(self, month: str, by: Grouping) -> MonthTotals:
        """Return the totals of a local month."""

    def facts(self, wanted: FactsWanted) -> FactsFound:
        """Return a page of the dispenses and restocks behind totals."""

    def change_span(self) -> ChangeSpan:
        """Return which changes are kept."""

    def changes(self, after: int, *, also: Collection[int], most: int) -> tuple[Change, ...]:
        """Return changes past a number, and those with some numbers below it, by number."""
