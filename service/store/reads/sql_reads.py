"""All reads of pages in one, on SQLite or PostgreSQL."""

from service.store.reads.changes import ChangeReads
from service.store.reads.communities import CommunityReads
from service.store.reads.decisions import DecisionReads
from service.store.reads.forecast import ForecastReads
from service.store.reads.hours import HourReads
from service.store.reads.imports import ImportReads
from service.store.reads.incidents import IncidentReads
from service.store.reads.kiosk_detail import KioskDetailReads
from service.store.reads.kiosk_list import KioskListReads
from service.store.reads.notices import NoticeReads
from service.store.reads.places import PlaceReads
from service.store.reads.promise import PromiseReads
from service.store.reads.public import PublicReads
from service.store.reads.quality import QualityReads
from service.store.reads.quarantine import QuarantineReads
from service.store.reads.totals import TotalsReads
from service.store.reads.watch import WatchReads


class SqlReads(
    PlaceReads,
    KioskListReads,
    KioskDetailReads,
    IncidentReads,
    WatchReads,
    NoticeReads,
    QualityReads,
    QuarantineReads,
    TotalsReads,
    PromiseReads,
    HourReads,
    ForecastReads,
    CommunityReads,
    DecisionReads,
    PublicReads,
    ImportReads,
    ChangeReads,
):
    """Keeps ``flows.reads.ports.Reads``; give it a plain engine, not one that writes."""
