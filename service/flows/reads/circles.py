"""The circle as it stands at a moment, for readers: who reaches what, and how it stands."""

from dataclasses import dataclass
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
    ``raw`` is the same whatever the hour. Places are (longitude, latitude), WGS-84. ``towns`` holds
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
    walking: Walking

    def circle(self, relation: Relation | None = None) -> Circle:
        """Return the circle, on the whole relation or on one of a shorter walk."""
        return Circle(
            relation or self.relation,
            people=self.people,
            towns=self.towns,
            town_codes=self.town_codes,
            items=self.items,
            standings=self.standings,
        )


class Circles(Protocol):
    """Something that knows the circle."""

    def now(self) -> CircleNow:
        """Return the circle as it stands now."""

    def open_at(self, at: datetime) -> NDArray[np.bool_]:
        """Return, by outlet, whether it is open at any moment."""
