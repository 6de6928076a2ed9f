"""Derives the books anew from the facts alone, as slowly and plainly as possible."""

from collections.abc import Iterable

from service.domain import stock
from service.domain.facts import Counted, Dispensed, Fact, Faulted, Outcome, What
from service.domain.stock import Levels
from service.domain.totals import tally
from tests.fakes.memory import MemoryStore
from tests.support.books import MemoryKeeper
from tests.support.plans import SITES, ZONE, small_district


def rebuild(facts: Iterable[Fact]) -> tuple[object, ...]:
    """Return the books after folding all facts, one by one, in the order of their keys."""
    keeper = MemoryKeeper(MemoryStore(small_district()))
    with keeper.store.begin() as books:
        for fact in sorted(facts, key=lambda one: one.key):
            levels: Levels = books.stock.levels({fact.key.kiosk_id})
            books.discrepancies.add(stock.fold(levels, [fact]))
            books.stock.save_levels(levels)
            books.totals.add(tally([fact], site_of=SITES.__getitem__, zone=ZONE))
            if isinstance(fact.what, Faulted):
                books.stock.note_faults([fact])
    return keeper.read().books()


def recount(facts: Iterable[Fact], kiosk_id: str, slot: int) -> int | None:
    """Return the packs in a slot by walking its journal, without any rule of the service.

    A slot that nobody has counted is unknown, until the machine itself says what is left. Words
    about another item than the slot holds tell of an exchange only where they bring a figure.
    """
    on_hand: int | None = None
    item = ""
    for fact in sorted(facts, key=lambda one: one.key):
        what = fact.what
        if fact.key.kiosk_id != kiosk_id:
            continue
        figure = _figure(what, slot)
        mine = isinstance(what, Dispensed) and what.slot == slot and what.item == item
        if figure is not None:
            item, on_hand = figure
        elif isinstance(what, Dispensed) and mine and on_hand is not None:
            on_hand -= what.packs if what.outcome is Outcome.DISPENSED else 0
    return None if on_hand is None else max(0, on_hand)


def _figure(what: What, slot: int) -> tuple[str, int] | None:
    """Return what a fact says lies in a slot, where it says so."""
    if isinstance(what, Counted):
        return next(((one.item, one.packs) for one in what.slots if one.slot == slot), None)
    if isinstance(what, Faulted) or what.slot != slot or what.on_hand_after_packs is None:
        return None
    return what.item, what.on_hand_after_packs
