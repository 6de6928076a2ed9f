"""What a page sees of a month: totals by site, item or town, and the facts behind one figure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.flows.reads.kiosks import FactView

Grouping = Literal["site", "item", "town"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsRow:
    """The sums of one key and one item: units of different items are never added.

    ``gaps_touching`` and ``gone_touching`` as for the month, of the facts that may belong here: a
    missing fact is of its kiosk's site, and may be of any item.
    """

    key: str
    name_zh: str
    name_en: str
    item: str
    dispensed_packs: int
    dispensed_units: int
    empty_asks: int
    jams: int
    refused: int
    restocked_packs: int
    removed_packs: int
    gaps_touching: int
    gone_touching: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTotals:
    """A local month by site, item or town.

    ``provisional`` while the month is not over in the district. ``gaps_touching`` counts the
    missing facts, open and permanent, that may belong to this month: a gap may belong to every
    month from the fact before it to the fact after it in its kiosk's journal, and an end that no
    fact bounds is open. ``gone_touching`` are those of them that are gone for ever.
    """

    month: str
    by: Grouping
    timezone: str
    provisional: bool
    gaps_touching: int
    gone_touching: int
    rows: tuple[TotalsRow, ...]


@dataclass(frozen=True, slots=True)
class FactPlace:
    """Where a page of facts ended: the next begins behind it."""

    site_id: str
    happened_at: datetime
    kiosk_id: str
    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsWanted:
    """Which facts: of a local month, and where given of one site, one town, one item."""

    month: str
    site_id: str | None = None
    town_code: str | None = None
    item: str | None = None
    after: FactPlace | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class FactsFound:
    """One page of facts, and where the next begins, if there is one."""

    facts: tuple[FactView, ...]
    next: FactPlace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsPage:
    """One page of facts; ``next`` is the cursor of the page after it, null on the last."""

    facts: tuple[FactView, ...]
    next: str | None
