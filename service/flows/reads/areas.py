"""What a page sees of walking areas: one shape of a kiosk, or of all outlets that have an item."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from service.flows.reads.circles import CircleNow

Reached = Literal["installed", "working", "in_stock"]
"""Outlets that carry the item, that surely work too, or that surely have it, open, at this hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFacts:
    """Whose area it is; ``is_estimate``: circles by straight line, not along the streets."""

    at: datetime
    limit_m: int
    is_estimate: bool
    outlets: int
    outlet_id: str | None = None
    item: str | None = None
    standing: Reached | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaView:
    """A walking area as a GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any]
    properties: AreaFacts


class Areas(Protocol):
    """Draws walking areas."""

    def of_outlet(self, circle: CircleNow, outlet_id: str) -> AreaView | None:
        """Return the area of one outlet; None where the circle does not know it."""

    def of_item(self, circle: CircleNow, item: str, standing: Reached) -> AreaView:
        """Return one area of all outlets that stand so for an item, which the circle knows."""
