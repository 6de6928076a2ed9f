"""What a page sees of the circle, and of what is to come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCoverageView:
    """People within the walk limit; from low to high where outlets are unknown."""

    item: str
    people_installed: int
    people_working_low: int
    people_working_high: int
    people_in_stock_low: int
    people_in_stock_high: int
    people_never: int
    people_machine: int
    people_stock: int
    people_closed: int
    people_unknown: int
    near_in_stock_low: int
    near_in_stock_high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageView:
    """The fifteen-minute circle now; ``computed_at`` is null where there is no circle yet.

    ``estimate``: the walk is the straight line × 1.4 and not along streets. What begins with
    ``near_`` is within ``near_m``, the second and shorter line.
    """

    computed_at: datetime | None
    estimate: bool
    method: str
    limit_m: int
    near_m: int
    walk_kmh: float
    people: int
    items: tuple[ItemCoverageView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownCoverageView:
    """The circle of one item in one town."""

    town_code: str
    name_zh: str
    name_en: str
    people: int
    coverage: ItemCoverageView


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressView:
    """Facts still to come from kiosks that tell their past, and how many kiosks those are.

    ``facts_expected`` are all facts that the kiosks which are there say they have: what is still
    to come is a share of those, whenever one begins to look.
    """

    behind_facts: int
    kiosks_catching_up: int
    facts_expected: int
