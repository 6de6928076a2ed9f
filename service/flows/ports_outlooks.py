"""What the flows need of the world about demand: what was wanted by day, and the outlooks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple, Protocol

from service.domain.demand import Outlook

PlaceItem = tuple[str, str]
"""A place, which is a kiosk's id, and an item."""


class DayWanted(NamedTuple):
    """What a kiosk gave out of an item on a local day, and how often somebody asked in vain."""

    place: str
    day: date
    packs: int
    empty_asks: int


class OutlookKeeper(Protocol):
    """What each place is expected to be asked for, and what it was asked for in the past."""

    def of(self, places: Collection[str] | None) -> dict[PlaceItem, Outlook]:
        """Return the outlooks of some places, or of all; a new place may have none yet."""

    def save(self, outlooks: Sequence[Outlook], at: datetime) -> None:
        """Keep outlooks made at a moment in the place of those made before."""

    def drop_before(self, at: datetime) -> None:
        """Let outlooks go that were made before a moment: such places carry the item no more."""

    def kinds(self, item: str) -> Mapping[str, str]:
        """Return the places that are meant to carry an item, with the kind of their site."""

    def wanted(
        self, item: str, first: date, last: date, zone: tzinfo, *, only: str | None = None
    ) -> Iterable[DayWanted]:
        """Return what was wanted of an item by place and local day; days without are left out.

        Of all places, or of one ``only``.
        """
