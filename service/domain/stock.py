"""A slot's stock: the last count less what left since, in the order of the kiosk's own journal.

A count is whatever figure the machine gives of a slot: a count of all slots, the count after a
restock, or what it says is left after a dispense where that is not what we believe. Each figure
that differs from ours is booked as a discrepancy, and the level follows the machine: so one loss
is booked once, and the next figure is held against the new level.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from service.domain.discrepancies import Discrepancy
from service.domain.facts import Counted, Dispensed, Fact, FactKey, Outcome, Restocked


class SlotLevel(NamedTuple):
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

    @property
    def has_any(self) -> bool | None:
        """Say whether something is in the slot; None where nobody has counted yet."""
        return None if self.counted_packs is None else self.counted_packs > self.left_packs


Levels = dict[tuple[str, int], SlotLevel]


_MOVES = (Dispensed, Restocked, Counted)


def moves_stock(fact: Fact) -> bool:
    """Say whether a fact can change a level at all."""
    return isinstance(fact.what, _MOVES)


def fold(levels: Levels, facts: Iterable[Fact]) -> list[Discrepancy]:
    """Bring levels up to date with facts in the order of their keys, oldest first, in place.

    Return the discrepancies on the way.
    """
    booked: list[Discrepancy] = []
    for fact in facts:
        what = fact.what
        if isinstance(what, Dispensed):
            _leave(levels, fact, what, booked)
        elif isinstance(what, Restocked):
            _restock(levels, fact, what, booked)
        elif isinstance(what, Counted):
            for slot, item, packs in what.slots:
                _compare(levels, fact, slot, item, found=packs, booked=booked)
                _count(levels, fact, slot, item, packs)
    return booked


def newest_moves(levels: Levels) -> dict[str, FactKey]:
    """Return, by kiosk, the newest fact that moved any of its slots."""
    newest: dict[str, FactKey] = {}
    for (kiosk_id, _), level in levels.items():
        if kiosk_id not in newest or newest[kiosk_id] < level.moved_by:
            newest[kiosk_id] = level.moved_by
    return newest


def is_late(levels: Levels, fact: Fact) -> bool:
    """Say whether a level has already moved past this fact, so that a plain fold would be wrong."""
    what = fact.what
    if isinstance(what, Counted):
        slots: tuple[int, ...] = tuple(counted.slot for counted in what.slots)
    elif isinstance(what, (Dispensed, Restocked)):
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


def _restock(levels: Levels, fact: Fact, what: Restocked, booked: list[Discrepancy]) -> None:
    _compare(
        levels,
        fact,
        what.slot,
        what.item,
        found=what.on_hand_after_packs,
        came=what.added_packs,
        removed=what.removed_packs,
        booked=booked,
    )
    _count(levels, fact, what.slot, what.item, what.on_hand_after_packs)


def _leave(levels: Levels, fact: Fact, what: Dispensed, booked: list[Discrepancy]) -> None:
    place = (fact.key.kiosk_id, what.slot)
    level = levels.get(place)
    figure = what.on_hand_after_packs
    left = what.packs if what.outcome is Outcome.DISPENSED else 0
    if level is not None and level.counted_packs is not None and level.item == what.item:
        all_left = level.left_packs + left
        if figure is None or figure == level.counted_packs - all_left:
            kiosk_id, slot, item, counted, counted_at, _, _ = level
            levels[place] = SlotLevel(kiosk_id, slot, item, counted, counted_at, all_left, fact.key)
            return
    elif level is not None and figure is None:
        # It changes nothing, but a count from before it that comes late must find itself late.
        levels[place] = level._replace(moved_by=fact.key)
        return
    # The machine's own figure: the first of this slot, of another item, or not what we believed.
    if figure is not None:
        _compare(levels, fact, what.slot, what.item, found=figure, came=-left, booked=booked)
    _count(levels, fact, what.slot, what.item, figure)


def _compare(
    levels: Levels,
    fact: Fact,
    slot: int,
    item: str,
    *,
    found: int,
    booked: list[Discrepancy],
    came: int = 0,
    removed: int = 0,
) -> None:
    """Book where a slot does not hold what its level, and what came and went since, make it hold.

    A slot seen for the first time has nothing to be compared with. Where it now holds another item,
    whatever was removed was of the old one, and none of the old is left.
    """
    level = levels.get((fact.key.kiosk_id, slot))
    if level is None or level.counted_packs is None:
        return
    believed = level.counted_packs - level.left_packs - removed
    if level.item == item:
        _book(fact, slot, item, expected=believed + came, found=found, booked=booked)
    else:
        _book(fact, slot, level.item, expected=believed, found=0, booked=booked)
        _book(fact, slot, item, expected=came, found=found, booked=booked)


def _book(
    fact: Fact, slot: int, item: str, *, expected: int, found: int, booked: list[Discrepancy]
) -> None:
    if expected != found:
        booked.append(
            Discrepancy(
                key=fact.key,
                slot=slot,
                item=item,
                happened_at=fact.happened_at,
                kind=_KINDS[type(fact.what)],
                expected_packs=expected,
                found_packs=found,
            )
        )


_KINDS: Final[dict[type, str]] = {Dispensed: "dispense", Restocked: "restock", Counted: "count"}
