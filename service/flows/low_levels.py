"""Keep at hand when an item counts as low at each place, from outlooks and policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from service.domain.low_level import LowLevel, low_level
from service.domain.policy import resolve
from service.flows.ports import Books
from service.flows.ports_outlooks import PlaceItem

FRESH_FOR: Final = timedelta(minutes=5)
"""Outlooks are made hourly; a policy that was changed counts after this at the latest."""


@dataclass(slots=True)
class LowLevels:
    """The levels of all places, worked out anew from time to time."""

    known: Mapping[PlaceItem, LowLevel] = field(default_factory=dict, init=False)
    _until: datetime | None = field(default=None, init=False)

    def __call__(self, books: Books, at: datetime) -> Mapping[PlaceItem, LowLevel]:
        """Return the level of each place and item that has an outlook."""
        if self._until is None or not self._until - FRESH_FOR <= at < self._until:
            self.known = low_levels(books)
            self._until = at + FRESH_FOR
        return self.known


def low_levels(books: Books) -> dict[PlaceItem, LowLevel]:
    """Return the levels by the outlooks and policies of this moment."""
    policies, sites = books.policies.all(), books.registry.site_by_kiosk
    kinds = {item: books.outlooks.kinds(item) for item in books.registry.items}
    found: dict[PlaceItem, LowLevel] = {}
    for (place, item), outlook in books.outlooks.of(None).items():
        kind = kinds.get(item, {}).get(place)
        if place in sites and kind is not None:
            _, policy = resolve(policies, site_id=sites[place], kind=kind, item=item)
            found[place, item] = low_level(outlook, policy)
    return found
