"""What a page sees of each community: what it can reach of an item, and the gaps that it had."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from service.flows.reads.decisions import CircleBasis

StandingWord = Literal[
    "never", "machine", "empty", "closed", "unknown", "stock_unknown", "in_stock"
]
Cause = Literal["never", "machine", "stock", "closed", "unknown"]
"""Why a community is outside, as the figures of coverage name it."""

CircleGapState = Literal["open", "closed", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRow:
    """A community and an item: as it stands best among the outlets in its reach.

    ``cause`` and ``since`` say why it is outside and since when at all; null where it is inside.
    ``walk_m`` is to the nearest outlet that has the item now, ``outlet_id``; null where none is in
    reach.
    """

    id: str
    name_zh: str
    name_en: str
    town_code: str
    lon: float
    lat: float
    people: int
    standing: StandingWord
    cause: Cause | None
    since: datetime | None
    walk_m: int | None
    walk_minutes: int | None
    outlet_id: str | None
    outlet_name_zh: str | None
    outlet_name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunitiesView:
    """All communities by id, for one item."""

    basis: CircleBasis
    item: str
    communities: tuple[CommunityRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleGapRow:
    """A gap of one cause; ``since`` is when the community was first outside, whatever the cause.

    ``opened_by`` and ``closed_by`` are outlets; null where no single one was the reason. Names,
    town and place are null where the community is there no more.
    """

    id: int
    community_id: str
    name_zh: str | None
    name_en: str | None
    town_code: str | None
    lon: float | None
    lat: float | None
    item: str
    cause: Cause
    people: int
    since: datetime
    opened_at: datetime
    opened_by: str | None
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleGapsView:
    """A page of gaps, the newest first; ``next`` is where the page after it begins."""

    gaps: tuple[CircleGapRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleGapsWanted:
    """Which gaps; only those with an id below ``before``. What is null does not matter."""

    state: CircleGapState
    item: str | None
    before: int | None
    most: int
    cause: Cause | None = None
    town_code: str | None = None


class CircleGaps(Protocol):
    """Knows the gaps of the circle."""

    def outside_since(self, item: str) -> Mapping[str, datetime]:
        """Return, by community, since when it is outside for an item; who is inside is left out."""

    def circle_gaps(self, wanted: CircleGapsWanted) -> CircleGapsView:
        """Return a page of gaps, the newest first."""
