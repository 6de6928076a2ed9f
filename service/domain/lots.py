"""What is in a slot by lot: the first in is the first out, so it is what was added last."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from service.domain.facts import Restocked


class HeldLot(NamedTuple):
    """Packs of one lot that are in a slot; without an expiry nothing is known of it."""

    item: str
    lot: str | None
    expires_on: date | None
    packs: int


def held(newest_first: Iterable[Restocked], *, item: str, on_hand_packs: int) -> list[HeldLot]:
    """Return the lots in a slot, the newest first.

    The packs that are there are the last so many that were added. Whatever is removed is what came
    first too: it expires first. Of packs beyond all that is told nothing is known.
    """
    left, found = on_hand_packs, []
    for one in newest_first:
        if left <= 0 or one.item != item:
            break  # What lies below was of another item, and is no longer there.
        packs = min(left, one.added_packs)
        if packs > 0:
            found.append(HeldLot(item, one.lot, one.expires_on, packs))
            left -= packs
    if left > 0:
        found.append(HeldLot(item, None, None, left))
    return found
