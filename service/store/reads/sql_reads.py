"""All reads of pages in one, on SQLite or PostgreSQL."""

from service.store.reads.alerts import AlertReads
from service.store.reads.changes import ChangeReads
from service.store.reads.communities import CommunityReads
from service.store.reads.decisions import DecisionReads
from service.store.reads.imports import ImportReads
from service.store.reads.kiosk_detail import KioskDetailReads
from service.store.reads.kiosk_list import KioskListReads
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
    AlertReads,
    WatchReads,
    QualityReads,
    QuarantineReads,
    TotalsReads,
    PromiseReads,
    CommunityReads,
    DecisionReads,
    PublicReads,
    ImportReads,
    ChangeReads,
):
    """Keeps ``flows.reads.ports.Reads``; give it a plain engine, not one that writes."""
