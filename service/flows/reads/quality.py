"""What a page sees of the data's quality: who reports, how late, what is missing, what differs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from service.domain.quarantine import Reason

GapState = Literal["open", "permanent", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingDay:
    """How many kiosks gave any sign on a local day, of those enrolled by its end."""

    day: date
    kiosks: int
    enrolled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskPlace:
    """A kiosk and where it stands; its site is null where it is not enrolled any more."""

    kiosk_id: str
    site_id: str | None
    site_name_zh: str | None
    site_name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentKiosk(KioskPlace):
    """A kiosk that gave no sign in the last 24 hours; ``heard_at`` is null where it never did."""

    heard_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The reporting rate now and day by day; the longest silent come first in ``missing``."""

    enrolled: int
    last_24h: int
    days: tuple[ReportingDay, ...]
    missing: tuple[SilentKiosk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessClass:
    """Facts that came so late: more than the edge before, and up to this one; null has no end."""

    upto_s: int | None
    facts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessView:
    """How late facts came that we heard on the last local days.

    Half of them came within ``p50_within_s`` seconds, and so on: an upper edge, never a guess
    between two. Null where no edge says so, or nothing was heard.
    """

    days: int
    facts: int
    p50_within_s: int | None
    p90_within_s: int | None
    p99_within_s: int | None
    classes: tuple[LatenessClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskGaps(KioskPlace):
    """What is missing of one kiosk; ``since`` is the oldest open gap, ``asks`` the most asked's."""

    open_facts: int
    permanent_facts: int
    since: datetime | None
    asks: int
    next_ask_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsView:
    """All that is missing; the kiosks that miss most come first."""

    open_facts: int
    open_gaps: int
    permanent_facts: int
    permanent_gaps: int
    kiosks: int
    worst: tuple[KioskGaps, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine(KioskPlace):
    """A stretch of a journal that is missing."""

    epoch: int
    first: int
    last: int
    facts: int
    state: Literal["open", "permanent"]
    noticed_at: datetime
    asks: int
    next_ask_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine(KioskPlace):
    """A kiosk whose clock is off, by its last heartbeat or by the facts set aside for their time.

    ``offset_s`` is its clock less ours: above nothing it is ahead.
    """

    offset_s: float | None
    heard_at: datetime | None
    facts_aside: int
    last_aside_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClocksView:
    """How many clocks are off, and the worst of them."""

    kiosks: int
    worst: tuple[ClockLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """What waits in the quarantine for one reason; ``replayable`` can be tried again."""

    reason: Reason
    waiting: int
    messages: int
    replayable: int
    last_heard_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """What waits in the quarantine, and how often it came; how much was settled since."""

    waiting: int
    messages: int
    settled: int
    reasons: tuple[ReasonLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyLine(KioskPlace):
    """A machine's own figure that was not ours; below nothing, packs are missing."""

    epoch: int
    sequence: int
    slot: int
    item: str
    kind: str
    happened_at: datetime
    expected_packs: int
    found_packs: int
    difference_packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepanciesView:
    """The discrepancies of the last days, summed up by sign."""

    days: int
    rows: int
    kiosks: int
    missing_packs: int
    extra_packs: int
    newest: tuple[DiscrepancyLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """How good the data are, at one moment."""

    at: datetime
    timezone: str
    reporting: Reporting
    lateness: tuple[LatenessView, ...]
    gaps: GapsView
    clocks: ClocksView
    quarantine: QuarantineView
    discrepancies: DiscrepanciesView


@dataclass(frozen=True, slots=True)
class GapPlace:
    """Where a page of gaps ended: the next begins behind it."""

    kiosk_id: str
    epoch: int
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsFound:
    """One page of gaps, and where the next begins, if there is one."""

    gaps: tuple[GapLine, ...]
    next: GapPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsPage:
    """One page of gaps; ``next`` is the cursor of the page after it, null on the last."""

    gaps: tuple[GapLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class DiscrepancyPlace:
    """Where a page of discrepancies ended: the next begins behind it."""

    happened_at: datetime
    kiosk_id: str
    epoch: int
    sequence: int
    slot: int
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepanciesFound:
    """One page of discrepancies, and where the next begins, if there is one."""

    discrepancies: tuple[DiscrepancyLine, ...]
    next: DiscrepancyPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepanciesPage:
    """One page of discrepancies; ``next`` is the cursor of the page after it, null on the last."""

    discrepancies: tuple[DiscrepancyLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCounts:
    """The figures of the network that a monitor reads every few seconds."""

    kiosks_enrolled: int
    kiosks_online: int
    kiosks_silent: int
    open_gaps: int
    open_gap_facts: int
    asked_gaps: int
    permanent_gaps: int
    permanent_gap_facts: int
    quarantine: tuple[ReasonLine, ...]
    open_incidents: tuple[tuple[str, int], ...]
