"""What a page sees of kiosks: one line of each, and everything of one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from service.domain.kiosks import KioskState, SlotState
from service.flows.reads.incidents import IncidentView
from service.flows.reads.watch import ProgressView

FactKind = Literal["dispense", "restock", "count", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLevel:
    """One item over all slots of a kiosk that hold it, as last heard.

    ``on_hand_packs`` counts the slots that work; where all of them are jammed, what is stuck in
    them: an item that is ``empty`` with packs on hand cannot come out. It is null where nobody
    has counted.
    """

    item: str
    state: SlotState
    on_hand_packs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskSummary:
    """A kiosk as it stands now.

    ``state`` is the worst that applies, and never a guess: a silent kiosk's levels are not known.
    ``behind_facts`` are facts that the kiosk says it has and we do not. ``urgency``, 0 to 100, is
    the order of the list. ``items`` are by code.
    """

    id: str
    site_id: str
    site_name_zh: str
    site_name_en: str
    site_kind: str
    town_code: str
    lon: float
    lat: float
    state: KioskState
    state_since: datetime | None
    online: bool
    heard_at: datetime | None
    on_hand_packs: int | None
    capacity_packs: int
    slots_low: int
    slots_empty: int
    items: tuple[ItemLevel, ...]
    behind_facts: int
    open_incidents: int
    urgency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskList:
    """All kiosks, worst first; follow /changes?after=change_id from here."""

    change_id: int
    progress: ProgressView
    kiosks: tuple[KioskSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDetail:
    """One slot; ``on_hand_packs`` is null until somebody or the machine has counted it."""

    slot: int
    item: str
    capacity_packs: int
    on_hand_packs: int | None
    counted_at: datetime | None
    state: SlotState
    jammed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """What a kiosk gave out of one item on one local day, and how often somebody asked in vain."""

    day: date
    item: str
    packs: int
    units: int
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """One line of a kiosk's journal.

    ``happened_at`` is the kiosk's clock, ``heard_at`` ours. ``data`` is what the kiosk said, less
    what it said of the person (``who``): single people are nobody's reading.
    """

    kiosk_id: str
    site_id: str
    epoch: int
    sequence: int
    kind: FactKind
    happened_at: datetime
    heard_at: datetime
    slot: int | None
    item: str | None
    packs: int | None
    units: int | None
    outcome: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapView:
    """A stretch of the journal that is missing; ``permanent`` when the kiosk lost it too."""

    epoch: int
    first: int
    last: int
    state: Literal["open", "permanent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskDetail(KioskSummary):
    """Everything of one kiosk: its slots, thirty local days, its newest facts, its gaps."""

    region: str
    model: str
    firmware: str | None
    opening_hours: str
    epoch: int | None
    head_sequence: int | None
    upto_sequence: int | None
    clock_offset_s: float | None
    slots: tuple[SlotDetail, ...]
    daily: tuple[DayCount, ...]
    facts: tuple[FactView, ...]
    gaps: tuple[GapView, ...]
    incidents: tuple[IncidentView, ...]
