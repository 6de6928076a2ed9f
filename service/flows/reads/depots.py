"""What a page sees of depots: lots on the shelves, what came and left, and a scanned carton."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

EntryKindName = Literal["receipt", "issue", "return", "reversal", "loss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotView:
    """A store room from which rounds begin; its place is WGS-84."""

    id: str
    name_zh: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """Packs of one lot; ``promised_packs`` are for rounds that are not picked yet."""

    item: str
    lot: str
    expires_on: date | None
    packs: int
    promised_packs: int
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """Packs that came (above nothing) or left; ``is_reversed`` says that another undid it."""

    id: int
    kind: EntryKindName
    item: str
    lot: str
    expires_on: date | None
    packs: int
    at: datetime
    note: str
    round_id: str | None
    reverses: int | None
    is_reversed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotStockView:
    """What a depot holds, those lots first that expire first, and its newest entries."""

    depot: DepotView
    lots: tuple[LotView, ...]
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CartonView:
    """What the code on a carton says; ``item`` and ``packs`` are null until its GTIN is named."""

    gtin: str
    lot: str | None
    expires_on: date | None
    item: str | None
    packs: int | None
