"""Keep what was heard, and look at what came of it."""

from datetime import timedelta

from service.domain.heard import Heard, Replied
from service.flows.keep import Kept, keep_batch
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.say import KIOSK

JOURNAL = (KIOSK, 1)


def keep(keeper: Keeper, *heard: Heard, minutes: int = 0) -> Kept:
    at = NOW + timedelta(minutes=minutes)
    with keeper.store.begin() as books:
        return keep_batch(heard, books=books, at=at, zone=ZONE)


def on_hand_of(keeper: Keeper, slot: int = 1) -> int | None:
    return keeper.read().levels[KIOSK, slot].on_hand_packs


def gaps_of(keeper: Keeper) -> list[tuple[int, int, int, bool]]:
    return [(gap.epoch, gap.first, gap.last, gap.permanent) for gap in keeper.read().gaps]


def all_gone(command_id: str = "cmd-1", kiosk: str = KIOSK) -> Replied:
    return Replied(kiosk_id=kiosk, command_id=command_id, gone=True)
