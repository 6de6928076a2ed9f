"""The circle between two transactions: how outlets stand, and what communities can reach."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.domain.circle import (
    Circle,
    People,
    Standing,
    Standings,
    at_hour,
    standing_at_hour,
)
from service.domain.circle_gaps import GapKey, Seen
from service.domain.coverage import ItemCoverage, item_coverage
from service.domain.kiosks import BEHIND_FACTS_MAX, KioskView
from service.domain.outlets import standings_of
from service.domain.reach import Indices, Relation
from service.domain.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the circle stands on, until the registry or the streets change.

    ``towns`` holds, by community, indices into ``town_codes``; ``open_at`` says, by outlet, whether
    it is open at a moment, and ``openings`` yields, outlet by outlet, when each opens (True) or
    closes between two moments. Places are longitudes and latitudes (WGS-84), shape (places, 2).
    ``unreported`` are the outlets of which nobody reports the stock, with what each carries.
    """

    relation: Relation
    people: People
    towns: NDArray[np.int32]
    town_codes: tuple[str, ...]
    open_at: Callable[[datetime], NDArray[np.bool_]]
    openings: Callable[[datetime, datetime], Iterable[tuple[datetime, int, bool]]]
    community_places: NDArray[np.float64]
    outlet_places: NDArray[np.float64]
    unreported: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def stand(self, items: Sequence[str], kept: Mapping[tuple[str, str], Standing]) -> Standings:
        """Return how outlets stand whatever the hour, shape (items, outlets)."""
        outlets = self.relation.outlet_ids
        return standings_of(items, outlets, kept=kept, unreported=self.unreported)


SETTLED_MAX: Final = 20_000
"""So many communities are settled in one transaction: others want to write too."""

_NONE: Final = np.empty(0, dtype=np.intp)

Changes = list[tuple[int, int, Standing]]
"""(item, outlet, standing), by index."""


class Memory:
    """The circle between two transactions, as the newest of them left it.

    ``number`` is that of the newest change of standings that is in it, ``told`` the figures that
    were kept last, and ``machines`` are the outlets that report their stock.
    """

    def __init__(
        self,
        registry: Registry,
        ground: Ground,
        kept: Mapping[tuple[str, str], Standing],
        at: datetime,
        *,
        number: int = 0,
    ) -> None:
        self.registry, self.ground, self.number = registry, ground, number
        self.items = tuple(sorted(registry.items))
        self.outlet_ids = ground.relation.outlet_ids
        self.outlets = {outlet: index for index, outlet in enumerate(self.outlet_ids)}
        self.machines = self.outlets.keys() - ground.unreported.keys()
        self.people = int(ground.people.sum())
        self._communities = frozenset(ground.relation.community_ids)
        self.told: tuple[ItemCoverage, ...] | None = None
        self.is_new = True
        self._at = at
        self._turns: list[tuple[int, Indices, Indices, datetime]] = []
        self._pending: dict[tuple[int, int], tuple[int, datetime]] = {}
        self._unsettled = [
            (item, first)
            for item in range(len(self.items))
            for first in range(0, len(ground.people), SETTLED_MAX)
        ]
        self._raw = ground.stand(self.items, kept)
        self._open = ground.open_at(at)
        self.circle = Circle(
            ground.relation,
            people=ground.people,
            towns=ground.towns,
            town_codes=ground.town_codes,
            items=self.items,
            standings=at_hour(self._raw, self._open),
        )
        self._figures = [self._figures_of(item) for item in range(len(self.items))]
        unknown = (self._raw == Standing.UNKNOWN).any(axis=0)
        self.unknown = {self.outlet_ids[index] for index in np.flatnonzero(unknown)}

    def changes(self, views: Mapping[str, KioskView]) -> Changes:
        """Return where kiosks as they stand now are not as we remember them."""
        found: Changes = []
        for outlet_id, view in views.items():
            if outlet_id not in self.machines:
                continue
            outlet = self.outlets[outlet_id]
            known = self._raw[:, outlet].tolist()
            now = standings_in(view)
            for item, code in enumerate(self.items):
                standing = now.get(code, Standing.NEVER)
                if standing != known[item]:
                    found.append((item, outlet, standing))
        return found

    def others(self, views: Mapping[str, KioskView]) -> set[str]:
        """Return the kiosks that are not as we remember them."""
        return {self.outlet_ids[outlet] for _, outlet, _ in self.changes(views)}

    @property
    def is_unsettled(self) -> bool:
        """Say whether gaps on record may not be in step."""
        return bool(self._turns or self._pending or self._unsettled)

    def is_due(self, at: datetime, others: Collection[str]) -> bool:
        """Say whether anything is to be written."""
        return bool(others) or self.is_unsettled or self.is_new or bool(self._turned(at).size)

    def knows(self, key: GapKey) -> bool:
        """Say whether a gap is of a community and an item that there still are."""
        return key.item in self.items and key.community_id in self._communities

    def _turned(self, at: datetime) -> NDArray[np.intp]:
        """Return the outlets that have opened or closed since."""
        is_open = self.ground.open_at(at)
        return _NONE if is_open is self._open else np.flatnonzero(is_open != self._open)

    def apply(self, changes: Changes, at: datetime) -> tuple[ItemCoverage, ...]:
        """Take changes in, and the hour; return the figures as they are now.

        Who stands differently, through whom and since when is told by ``seen``. Time does not run
        backwards.
        """
        at = self._at = max(at, self._at)
        turned = self._turned(at)
        self._open = self.ground.open_at(at)
        by_item: dict[int, set[int]] = {}
        for item, outlet, standing in changes:
            self._raw[item, outlet] = standing
            by_item.setdefault(item, set()).add(outlet)
            self._know(outlet)
        if turned.size:
            both = set(turned.tolist())
            by_item = {item: both | by_item.get(item, set()) for item in range(len(self.items))}
        for item, outlets in sorted(by_item.items()):
            changed, through = self._turn(item, outlets)
            if changed.size and self.told is not None:
                self._turns.append((item, changed, through, at))
            self._figures[item] = self._figures_of(item)
        return tuple(self._figures)

    def _turn(self, item: int, outlets: Collection[int]) -> tuple[Indices, Indices]:
        """Let the circle follow some outlets; return who stands differently, and through whom."""
        if len(outlets) == 1:
            (outlet,) = outlets
            is_open = bool(self._open[outlet])
            standing = standing_at_hour(int(self._raw[item, outlet]), is_open=is_open)
            changed = self.circle.flip(item, outlet, standing)
            return changed, np.full(changed.size, outlet, dtype=np.int32)
        some = np.array(sorted(outlets), dtype=np.int32)
        return self.circle.turn(item, some, at_hour(self._raw[item, some], self._open[some]))

    def _figures_of(self, item: int) -> ItemCoverage:
        return item_coverage(self.items[item], self.circle.figures(item))

    def _know(self, outlet: int) -> None:
        is_unknown = Standing.UNKNOWN in self._raw[:, outlet].tolist()
        (self.unknown.add if is_unknown else self.unknown.discard)(self.outlet_ids[outlet])

    def seen(self, at: datetime) -> list[Seen]:
        """Return some communities that stand differently since somebody asked; at first, any."""
        for item, communities, through, moment in self._turns:
            keys = ((item, one) for one in communities.tolist())
            self._pending |= zip(keys, ((one, moment) for one in through.tolist()), strict=True)
        self._turns.clear()
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


def standings_in(view: KioskView) -> dict[str, Standing]:
    """Return how a kiosk stands for each item that it carries, whatever the hour."""
    return {item: standing_of(view, item) for item in {slot.item for slot in view.slots}}


def standing_of(view: KioskView, item: str) -> Standing:
    """Return how a kiosk stands for an item, whatever the hour; NEVER where it does not carry it.

    The same as a manager is told by ``KioskView.state`` and ``item_state``, in one look.
    """
    slots = [slot for slot in view.slots if slot.item == item]
    if not slots:
        return Standing.NEVER
    if view.silent or view.behind_facts > BEHIND_FACTS_MAX:
        return Standing.UNKNOWN
    working = [slot for slot in slots if not slot.jammed]
    if view.machine_faults > 0 or not working:
        return Standing.MACHINE
    if any(slot.on_hand_packs for slot in working):
        return Standing.IN_STOCK
    is_counted = all(slot.on_hand_packs is not None for slot in working)
    return Standing.EMPTY if is_counted else Standing.STOCK_UNKNOWN
