"""How a kiosk stood for each item over time, told by its facts in the order of its journal.

What a machine tells afterwards counts as if it had told at once. Its clock never goes back: a fact
happened no earlier than the one before it, to the whole second, and of one second the last word
counts. After a gap that is gone for ever nobody knows what the slots hold, until they are counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from service.domain import stock
from service.domain.circle import Standing
from service.domain.facts import Fact, FactKey, Faulted
from service.domain.kiosks import MACHINE_FAULTS
from service.domain.stock import Levels, SlotLevel

JAM: Final = "aisle_jam"
"""The fault that puts its own slot out of use, and no other."""

POINT_EVERY: Final = 256
"""After so many facts of a kiosk its timeline can be taken up again, and after the newest."""

Raised = tuple[str, int]
"""Code and slot of a fault that is there; slot 0 is the whole machine."""

JournalPlace = tuple[int, int]
"""Epoch and sequence."""


class Change(NamedTuple):
    """From this moment on a kiosk stood so for an item."""

    at: datetime
    item: str
    standing: Standing


class SlotAt(NamedTuple):
    """What a slot held; below nothing where more dropped out than was believed to be there."""

    slot: int
    item: str
    packs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Everything that counts after a fact; ``stood`` is how items stood before its second."""

    key: FactKey
    facts: int
    at: datetime
    slots: tuple[SlotAt, ...]
    raised: tuple[Raised, ...]
    stood: tuple[tuple[str, Standing], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a timeline is derived from, where it is taken up again: the facts after ``start``.

    ``planned`` says what each slot of the kiosk is meant to hold; what fills others does not count.
    ``gaps`` are the places where stretches of its journal begin that are gone for ever.
    """

    kiosk_id: str
    planned: Mapping[int, str]
    start: Point | None
    facts: Sequence[Fact]
    gaps: Sequence[JournalPlace] = ()


@dataclass(slots=True)
class Derived:
    """The changes since the second of the point of departure, and points to depart from later."""

    kiosk_id: str
    start: Point | None
    changes: list[Change] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)


def derive(outline: Outline) -> Derived:
    """Return the timeline of a kiosk from the point of departure on."""
    walk = _Walk(outline)
    gaps = sorted(outline.gaps, reverse=True)
    for fact in outline.facts:
        while gaps and gaps[-1] < fact.key[1:]:
            gaps.pop()
            walk.lose_count()
        walk.take(fact)
    walk.rest()
    if gaps:
        walk.lose_count()
    walk.settle()
    return walk.derived


def standings(
    planned: Mapping[int, str], held: Mapping[int, SlotLevel], raised: set[Raised]
) -> dict[str, Standing]:
    """Return how a kiosk stands for each item that it carries, whatever the hour.

    As well as the best of the slots that hold the item.
    """
    is_down = any((code, 0) in raised for code in MACHINE_FAULTS)
    found: dict[str, Standing] = {}
    for slot, item in planned.items():
        level = held.get(slot)
        if level is not None:
            item = level.item  # noqa: PLW2901 - what a slot holds outweighs what it is meant to
        if is_down or (JAM, slot) in raised:
            standing = Standing.MACHINE
        elif level is None or level.has_any is None:
            standing = Standing.STOCK_UNKNOWN
        else:
            standing = Standing.IN_STOCK if level.has_any else Standing.EMPTY
        if standing > found.get(item, Standing.NEVER):
            found[item] = standing
    return found


class _Walk:
    """Goes through the facts of a kiosk, and notes each second after which it stands otherwise."""

    def __init__(self, outline: Outline) -> None:
        start = outline.start
        self.derived = Derived(kiosk_id=outline.kiosk_id, start=start)
        self._planned = outline.planned
        self._levels: Levels = {}
        self._raised: set[Raised] = set()
        self._at: datetime | None = None
        self._newest: FactKey | None = None
        self._facts = 0
        # Of what it is meant to hold nothing is known before its first word.
        self._stood = dict.fromkeys(outline.planned.values(), Standing.UNKNOWN)
        if start is not None:
            self._levels = _levels(start)
            self._raised, self._at, self._facts = set(start.raised), start.at, start.facts
            self._stood = dict(start.stood)
            if start.facts % POINT_EVERY == 0 or not outline.facts:
                self.derived.points.append(start)

    def take(self, fact: Fact) -> None:
        """Go past a fact."""
        at = fact.happened_at.replace(microsecond=0)
        if self._at is None:
            self._at = at
        elif at > self._at:
            self.settle()
            self._at = at
        what = fact.what
        if not isinstance(what, Faulted):
            stock.fold(self._levels, (fact,))
        elif what.raised:
            self._raised.add((what.code, what.slot or 0))
        else:
            self._raised.discard((what.code, what.slot or 0))
        self._newest = fact.key
        self._facts += 1
        if self._facts % POINT_EVERY == 0:
            self._mark(fact.key)

    def lose_count(self) -> None:
        """Go past a gap that is gone for ever."""
        for place, level in self._levels.items():
            self._levels[place] = level._replace(counted_packs=None, counted_at=None, left_packs=0)

    def rest(self) -> None:
        """Remember the newest fact as a point to depart from."""
        if self._newest is not None and self._facts % POINT_EVERY != 0:
            self._mark(self._newest)

    def settle(self) -> None:
        """Note how the kiosk stands after a second."""
        if self._at is None:
            return
        held = {slot: level for (_, slot), level in self._levels.items()}
        now = standings(self._planned, held, self._raised)
        if now == self._stood:
            return
        for item in sorted(now.keys() | self._stood.keys()):
            standing = now.get(item, Standing.NEVER)
            if self._stood.get(item, Standing.NEVER) != standing:
                self.derived.changes.append(Change(self._at, item, standing))
        self._stood = now

    def _mark(self, key: FactKey) -> None:
        assert self._at is not None
        slots = (
            SlotAt(slot, level.item, _packs(level))
            for (_, slot), level in sorted(self._levels.items())
        )
        point = Point(
            key=key,
            facts=self._facts,
            at=self._at,
            slots=tuple(slots),
            raised=tuple(sorted(self._raised)),
            stood=tuple(sorted(self._stood.items())),
        )
        self.derived.points.append(point)


def standings_at(point: Point, planned: Mapping[int, str]) -> dict[str, Standing]:
    """Return how a kiosk stands after a point."""
    held = {slot: level for (_, slot), level in _levels(point).items()}
    return standings(planned, held, set(point.raised))


def _levels(point: Point) -> Levels:
    kiosk_id = point.key.kiosk_id
    return {
        (kiosk_id, slot): SlotLevel(
            kiosk_id=kiosk_id,
            slot=slot,
            item=item,
            counted_packs=packs,
            counted_at=None,
            left_packs=0,
            moved_by=point.key,
        )
        for slot, item, packs in point.slots
    }


def _packs(level: SlotLevel) -> int | None:
    return None if level.counted_packs is None else level.counted_packs - level.left_packs


def earliest(facts: Iterable[Fact]) -> list[FactKey]:
    """Return the earliest of each kiosk's facts."""
    found: dict[str, FactKey] = {}
    for fact in facts:
        key = fact.key
        kiosk_id = key.kiosk_id
        if kiosk_id not in found or key < found[kiosk_id]:
            found[kiosk_id] = key
    return list(found.values())
