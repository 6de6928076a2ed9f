"""The circle as it stands at a moment, for readers: who reaches what, and how it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import Circle, Standings
from service.domain.coverage import Walking
from service.domain.reach import Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleNow:
    """Everything that coverage is reckoned from, in one moment of the books.

    Shapes: ``people``, ``towns`` and ``community_places`` by community, ``outlet_places`` and
    ``is_open`` by outlet, ``standings`` (items, outlets) as at this hour: what is shut is CLOSED.
    ``raw`` is the same whatever the hour; ``is_reported`` says, by outlet, whether anybody reports
    it. Places are (longitude, latitude), WGS-84. ``towns`` holds
    indices into ``town_codes``. ``is_estimate`` and the walk limit are the relation's own;
    ``walking`` says how fast residents walk.
    """

    at: datetime
    relation: Relation
    people: NDArray[np.int64]
    towns: NDArray[np.int32]
    town_codes: tuple[str, ...]
    items: tuple[str, ...]
    raw: Standings
    standings: Standings
    is_open: NDArray[np.bool_]
    community_places: NDArray[np.float64]
    outlet_places: NDArray[np.float64]
    is_reported: NDArray[np.bool_]
    walking: Walking
    counted: dict[float, Circle] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The circles that were asked for, by walk: of one state they are counted once."""

    def still_at(self, at: datetime) -> "CircleNow":
        """Return the same circle at another moment; what was counted of it counts for both."""
        later = replace(self, at=at)
        object.__setattr__(later, "counted", self.counted)  # Frozen, and so it stays afterwards.
        return later

    def circle(self, limit_m: float | None = None) -> Circle:
        """Return the circle, of the whole walk or of a shorter one; it is not to be changed."""
        walk_m = self.relation.limit_m if limit_m is None else limit_m
        if walk_m not in self.counted:
            is_whole = walk_m == self.relation.limit_m
            self.counted[walk_m] = Circle(
                self.relation if is_whole else self.relation.within(walk_m),
                people=self.people,
                towns=self.towns,
                town_codes=self.town_codes,
                items=self.items,
                standings=self.standings,
            )
        return self.counted[walk_m]


class Circles(Protocol):
    """Something that knows the circle."""

    def now(self) -> CircleNow:
        """Return the circle as it stands now."""

    def open_at(self, at: datetime) -> NDArray[np.bool_]:
        """Return, by outlet, whether it is open at any moment."""

    def openings(self, begin: datetime, end: datetime) -> Iterable[tuple[datetime, int, bool]]:
        """Return when outlets, by number, open (True) or close between two moments."""
