"""What residents see, without signing in: where an item can be had now, and how far that is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.coordinates import Points
from service.domain.district import Named
from service.flows.reads.places import ItemView


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestWish:
    """Where somebody is (WGS-84) and what they look for; it is neither kept nor logged."""

    lon: float
    lat: float
    item: str
    most: int

    def __repr__(self) -> str:
        """Return words that may stand in a log: they do not say where somebody is."""
        return f"NearestWish(item={self.item!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestOutlet:
    """An outlet that has the item; ``opens_at`` where it is shut now, ``closes_at`` where not.

    Either is null where no such hour is known.
    """

    id: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    walk_m: int
    walk_minutes: int
    opening_hours: str
    is_open: bool
    opens_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestView:
    """Outlets that have an item, those that are open first, then the nearest first.

    ``is_estimate``: the walk is the straight line × 1.4, and not along the streets.
    """

    at: datetime
    item: str
    walk_kmh: float
    is_estimate: bool
    outlets: tuple[NearestOutlet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFound:
    """A community that somebody can choose instead of a position of their own."""

    id: str
    name_zh: str
    name_en: str
    town_zh: str
    town_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletCard:
    """What residents are told of an outlet; hours as OpenStreetMap writes them."""

    name: Named
    opening_hours: str


class PublicRegister(Protocol):
    """Knows what the district has, as far as residents are told."""

    def items(self) -> tuple[ItemView, ...]:
        """Return all items by code."""

    def find_communities(self, text: str, *, most: int) -> tuple[PlaceFound, ...]:
        """Return communities whose name has a text in it; those that begin with it come first."""

    def outlet_cards(self, ids: Collection[str]) -> Mapping[str, OutletCard]:
        """Return what is told of some outlets; one that is not known any more is left out."""


@dataclass(frozen=True, slots=True)
class WalksThere:
    """Metres to each place, infinite where it is too far; all along streets, or all estimates."""

    metres: NDArray[np.float64]
    is_estimate: bool


class Walks(Protocol):
    """Knows how far it is to walk."""

    def walks_from(
        self, lon: float, lat: float, places: Points, *, wanted: NDArray[np.bool_], enough: int
    ) -> WalksThere:
        """Return the walks to some places; once enough of the wanted are near, no farther ones."""


class OpeningHours(Protocol):
    """Reads opening hours."""

    def next_change(self, text: str, at: datetime) -> datetime | None:
        """Return when a place next opens or closes; None where it never does, or is not known."""
