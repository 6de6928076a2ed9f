"""What a page sees of a day hour by hour: the circle of an item, past hours and those to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from service.flows.ports_timeline import Past
from service.flows.reads.places import TownView

HourKind = Literal["past", "current", "coming"]


class DayBooks(Protocol):
    """Knows how outlets stood, and the names of towns."""

    def item_past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""

    def towns(self) -> tuple[TownView, ...]:
        """Return all towns by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCoverage:
    """People within the walk limit on the average of an hour, from low to high where unknown.

    An outlet that is open for half of the hour counts half: with opening hours, and exactly. The
    causes and ``people_in_stock_low`` add up to everybody. ``kind`` says whether the hour is past,
    the current one, or still to come: then with the stock of now and the opening hours.
    """

    begins_at: datetime
    ends_at: datetime
    kind: HourKind
    people_installed: float
    people_working_low: float
    people_working_high: float
    people_in_stock_low: float
    people_in_stock_high: float
    people_never: float
    people_machine: float
    people_stock: float
    people_closed: float
    people_unknown: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TownByHour:
    """A town's hours."""

    town_code: str
    name_zh: str
    name_en: str
    people: int
    hours: Sequence[HourCoverage]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageByHour:
    """The circle of an item on a local day, hour by hour: of the whole district, and by town."""

    at: datetime
    item: str
    day: date
    timezone: str
    limit_m: int
    is_estimate: bool
    people: int
    hours: Sequence[HourCoverage]
    towns: Sequence[TownByHour]
