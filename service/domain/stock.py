"""A slot's stock: the last count less what left since, in the order of the kiosk's own journal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from service.domain.facts import Counted, Dispensed, Fact, FactKey, Outcome, Restocked


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLevel:
    """A slot's stock in packs, and the newest fact that moved it.

    ``counted_packs`` is None until somebody or the machine has counted: unknown, not empty.
    """

    kiosk_id: str
    slot: int
    item: str
    counted_packs: int | None
    counted_at: datetime | None
    left_packs: int
    moved_by: FactKey

    @property
    def on_hand_packs(self) -> int | None:
        """Return the packs in the slot, or None where nobody has counted yet."""
        if self.counted_packs is None:
            return None
        return max(0, self.counted_packs - self.left_packs)


Levels = dict[tuple[str, int], SlotLevel]


def moves_stock(fact: Fact) -> bool:
    """Say whether a fact can change a level at all."""
    return isinstance(fact.what, Dispensed | Restocked | Counted)


def fold(levels: Levels, facts: Iterable[Fact]) -> None:
    """Bring levels up to date with facts in the order of their keys, oldest first, in place."""
    for fact in facts:
        what = fact.what
        if isinstance(what, Dispensed):
            _leave(levels, fact, what)
        elif isinstance(what, Restocked):
            _count(levels, fact, what.slot, what.item, what.on_hand_after_packs)
        elif isinstance(what, Counted):
            for slot, item, packs in what.slots:
                _count(levels, fact, slot, item, packs)


def is_late(levels: Levels, fact: Fact) -> bool:
    """Say whether a level has already moved past this fact, so that a plain fold would be wrong."""
    what = fact.what
    if isinstance(what, Counted):
        slots: tuple[int, ...] = tuple(counted.slot for counted in what.slots)
    elif isinstance(what, Dispensed | Restocked):
        slots = (what.slot,)
    else:
        return False
    kiosk_id = fact.key.kiosk_id
    known = (levels.get((kiosk_id, slot)) for slot in slots)
    return any(level is not None and level.moved_by > fact.key for level in known)


def _count(levels: Levels, fact: Fact, slot: int, item: str, packs: int | None) -> None:
    levels[fact.key.kiosk_id, slot] = SlotLevel(
        kiosk_id=fact.key.kiosk_id,
        slot=slot,
        item=item,
        counted_packs=packs,
        counted_at=fact.happened_at if packs is not None else None,
        left_packs=0,
        moved_by=fact.key,
    )


def _leave(levels: Levels, fact: Fact, what: Dispensed) -> None:
    place = (fact.key.kiosk_id, what.slot)
    level = levels.get(place)
    if level is not None and level.counted_packs is not None and level.item == what.item:
        left = what.packs if what.outcome is Outcome.DISPENSED else 0
        levels[place] = SlotLevel(
            kiosk_id=level.kiosk_id,
            slot=level.slot,
            item=level.item,
            counted_packs=level.counted_packs,
            counted_at=level.counted_at,
            left_packs=level.left_packs + left,
            moved_by=fact.key,
        )
    elif level is None or what.on_hand_after_packs is not None:
        # Nothing counted yet: the machine's own figure after this dispense is the first count.
        _count(levels, fact, what.slot, what.item, what.on_hand_after_packs)
    else:
        # It changes nothing, but a count from before it that comes late must find itself late.
        levels[place] = replace(level, moved_by=fact.key)
