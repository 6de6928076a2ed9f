"""The circle between two transactions: how outlets stand, and what communities can reach."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import Circle, People, Standing, Standings, at_hour
from service.domain.circle_gaps import GapKey, Seen
from service.domain.kiosks import KioskState, KioskView, SlotState
from service.domain.reach import Relation
from service.domain.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the circle stands on, until the registry or the streets change.

    ``towns`` holds, by community, indices into ``town_codes``; ``open_at`` says, by outlet, whether
    it is open at a moment, and ``openings`` yields, outlet by outlet, when each opens (True) or
    closes between two moments. Places are longitudes and latitudes (WGS-84), shape (places, 2).
    """

    relation: Relation
    people: People
    towns: NDArray[np.int32]
    town_codes: tuple[str, ...]
    open_at: Callable[[datetime], NDArray[np.bool_]]
    openings: Callable[[datetime, datetime], Iterable[tuple[datetime, int, bool]]]
    community_places: NDArray[np.float64]
    outlet_places: NDArray[np.float64]


SETTLED_MAX: Final = 20_000
"""So many communities are settled in one transaction: others want to write too."""

Changes = list[tuple[int, int, Standing]]
"""(item, outlet, standing), by index."""


class Memory:
    """The circle between two transactions, as the newest of them left it."""

    def __init__(
        self,
        registry: Registry,
        ground: Ground,
        kept: Mapping[tuple[str, str], Standing],
        at: datetime,
    ) -> None:
        self.registry, self.ground = registry, ground
        self.items = tuple(sorted(registry.items))
        self.outlet_ids = ground.relation.outlet_ids
        self.outlets = {outlet: index for index, outlet in enumerate(self.outlet_ids)}
        self._communities = frozenset(ground.relation.community_ids)
        self.newest: int | None = None
        self.is_new = True
        self._at = at
        self._pending: dict[tuple[int, int], tuple[int, datetime]] = {}
        self._unsettled = [
            (item, first)
            for item in range(len(self.items))
            for first in range(0, len(ground.people), SETTLED_MAX)
        ]
        shape = (len(self.items), len(self.outlet_ids))
        self._raw: Standings = np.full(shape, Standing.NEVER, dtype=np.int8)
        for item, code in enumerate(self.items):
            for outlet, index in self.outlets.items():
                self._raw[item, index] = kept.get((outlet, code), Standing.NEVER)
        self._open = ground.open_at(at)
        self.circle = Circle(
            ground.relation,
            people=ground.people,
            towns=ground.towns,
            town_codes=ground.town_codes,
            items=self.items,
            standings=at_hour(self._raw, self._open),
        )
        unknown = (self._raw == Standing.UNKNOWN).any(axis=0)
        self.unknown = {self.outlet_ids[index] for index in np.flatnonzero(unknown)}

    def changes(self, views: Mapping[str, KioskView]) -> Changes:
        """Return where kiosks as they stand now are not as we remember them."""
        found: Changes = []
        for outlet_id, view in views.items():
            outlet = self.outlets.get(outlet_id)
            if outlet is None:
                continue
            carried = {code for code, _ in view.items}
            for item, code in enumerate(self.items):
                now = standing_of(view, code) if code in carried else Standing.NEVER
                if now != self._raw[item, outlet]:
                    found.append((item, outlet, now))
        return found

    def others(self, views: Mapping[str, KioskView]) -> set[str]:
        """Return the kiosks that are not as we remember them."""
        return {self.outlet_ids[outlet] for _, outlet, _ in self.changes(views)}

    @property
    def is_unsettled(self) -> bool:
        """Say whether gaps on record may not be in step."""
        return bool(self._pending or self._unsettled)

    def is_due(self, at: datetime, others: Collection[str]) -> bool:
        """Say whether anything is to be written."""
        return bool(others) or self.is_unsettled or self.is_new or bool(self._turned(at).size)

    def knows(self, key: GapKey) -> bool:
        """Say whether a gap is of a community and an item that there still are."""
        return key.item in self.items and key.community_id in self._communities

    def _turned(self, at: datetime) -> NDArray[np.intp]:
        """Return the outlets that have opened or closed since."""
        return np.flatnonzero(self.ground.open_at(at) != self._open)

    def apply(self, changes: Changes, at: datetime) -> bool:
        """Take changes in, and the hour; say whether any community stands differently for it.

        Which, through whom and since when is told by ``seen``. Time does not run backwards.
        """
        at = self._at = max(at, self._at)
        outlets = self._turned(at)
        self._open = self.ground.open_at(at)
        pairs = {(item, int(outlet)) for outlet in outlets for item in range(len(self.items))}
        for item, outlet, standing in changes:
            self._raw[item, outlet] = standing
            pairs.add((item, outlet))
            self._know(outlet)
        moved = False
        for item, outlet in sorted(pairs):
            hourly = at_hour(self._raw[item : item + 1, outlet], self._open[outlet])
            communities = self.circle.flip(item, outlet, Standing(int(hourly[0]))).tolist()
            moved = moved or bool(communities)
            if self.newest is not None:  # Else it is new to us, and came about through nobody.
                self._pending |= dict.fromkeys(((item, one) for one in communities), (outlet, at))
        return moved

    def _know(self, outlet: int) -> None:
        is_unknown = bool((self._raw[:, outlet] == Standing.UNKNOWN).any())
        (self.unknown.add if is_unknown else self.unknown.discard)(self.outlet_ids[outlet])

    def seen(self, at: datetime) -> list[Seen]:
        """Return some communities that stand differently since somebody asked; at first, any."""
        if self._pending:
            some = list(self._pending)[:SETTLED_MAX]
            told = {one: self._pending.pop(one) for one in some}
        elif self._unsettled:
            item, first = self._unsettled.pop()
            chunk = range(first, min(first + SETTLED_MAX, len(self.circle.people)))
            told = dict.fromkeys(((item, one) for one in chunk), (-1, at))
        else:
            return []
        names = self.ground.relation.community_ids
        best = {item: self.circle.best(item) for item in {item for item, _ in told}}
        return [
            Seen(
                key=GapKey(names[community], self.items[item]),
                standing=Standing(int(best[item][community])),
                people=int(self.circle.people[community]),
                through=self.outlet_ids[outlet] if outlet >= 0 else None,
                at=moment,
            )
            for (item, community), (outlet, moment) in told.items()
        ]


def standing_of(view: KioskView, item: str) -> Standing:
    """Return how a kiosk that carries an item stands for it, whatever the hour."""
    if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
        return Standing.UNKNOWN
    slots = [slot for slot in view.slots if slot.item == item]
    if view.machine_faults > 0 or all(slot.jammed for slot in slots):
        return Standing.MACHINE
    state = view.item_state(item)
    if state is SlotState.UNKNOWN:
        return Standing.STOCK_UNKNOWN
    return Standing.EMPTY if state is SlotState.EMPTY else Standing.IN_STOCK
