"""What a page sees of the past: person-hours promised and kept, and the circle as it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from service.domain.circle import Standing
from service.domain.promise import PromiseSums
from service.flows.reads.watch import ItemCoverageView

HOUR_S: Final = 3_600

StandingName = Literal[
    "never", "machine", "empty", "closed", "unknown", "stock_unknown", "in_stock"
]
STANDING_NAMES: Final[tuple[StandingName, ...]] = (
    "never",
    "machine",
    "empty",
    "closed",
    "unknown",
    "stock_unknown",
    "in_stock",
)
assert [one.name.lower() for one in Standing] == list(STANDING_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseHours:
    """Person-hours: promised, kept, not known, and lost by cause; the parts add up to the whole.

    The share that was kept is somewhere from low to high: between them lies what is not known. Both
    are null where nothing was promised.
    """

    promised_h: float
    kept_h: float
    unknown_h: float
    never_h: float
    machine_h: float
    stock_h: float
    closed_h: float
    share_kept_low: float | None
    share_kept_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TownPromise:
    """What was promised to the people of a town."""

    town_code: str
    name_zh: str
    name_en: str
    promise: PromiseHours


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPromise:
    """What was promised of an item in a month, summed up to a moment: in all, and by town."""

    item: str
    up_to: datetime
    total: PromiseHours
    towns: tuple[TownPromise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPromise:
    """A local month's person-hours; ``provisional`` while some of it is not summed up yet."""

    month: str
    timezone: str
    provisional: bool
    items: tuple[ItemPromise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfItem:
    """A local month's person-hours of an item in the whole district."""

    month: str
    item: str
    promise: PromiseHours


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageThen:
    """The circle of an item as it was at a moment, opening hours included.

    ``states`` are the names of what ``outlet_states`` and ``community_states`` tell by number, in
    the order of the ids beside them: an outlet's own state, and for a community the best of the
    outlets in its reach. ``settled`` is false while facts have come in that are not worked in yet.
    """

    at: datetime
    item: str
    estimate: bool
    limit_m: int
    near_m: int
    people: int
    settled: bool
    coverage: ItemCoverageView
    states: tuple[StandingName, ...]
    outlet_ids: tuple[str, ...]
    outlet_states: tuple[int, ...]
    community_ids: tuple[str, ...]
    community_states: tuple[int, ...]


def in_hours(sums: PromiseSums) -> PromiseHours:
    """Return sums as a page shows them."""
    hours = {
        f"{name.removesuffix('_s')}_h": round(value / HOUR_S, 3)
        for name, value in sums._asdict().items()
    }
    low = high = None
    if sums.promised_s:
        low = round(sums.kept_s / sums.promised_s, 6)
        high = round((sums.kept_s + sums.unknown_s) / sums.promised_s, 6)
    return PromiseHours(**hours, share_kept_low=low, share_kept_high=high)
