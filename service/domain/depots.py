"""Depots: packs by item, lot and expiry, written down once; no lot is ever below nothing.

A mistake is undone by an entry that reverses it. What a round that is not under way yet will take
is promised already: nobody else is promised the same packs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from service.domain.district import Named, Place

ENTRY_PACKS_MAX: Final = 1_000_000


class EntryKind(StrEnum):
    """What happened to packs at a depot."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    REVERSAL = "reversal"
    LOSS = "loss"


_COMES: Final = frozenset({EntryKind.RECEIPT, EntryKind.RETURN})


class DepotError(ValueError):
    """Something that a depot cannot do; ``words`` say why and what to do."""

    def __init__(self, words: Named) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Depot:
    """A store room from which rounds begin."""

    id: str
    name: Named
    place: Place


class Lot(NamedTuple):
    """Packs of one item that were made together; None: no expiry is written on them."""

    item: str
    lot: str
    expires_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Packs of a lot that came (above nothing) or left."""

    depot_id: str
    kind: EntryKind
    lot: Lot
    packs: int
    at: datetime
    by: str = ""
    note: str = ""
    round_id: str | None = None
    reverses: int | None = None

    def __post_init__(self) -> None:
        assert self.packs != 0
        assert self.kind is EntryKind.REVERSAL or (self.packs > 0) == (self.kind in _COMES)


class Written(NamedTuple):
    """An entry with its number."""

    number: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Carton:
    """What a GTIN stands for, and how many packs are in a carton of it."""

    gtin: str
    item: str
    packs: int


Held = dict[Lot, int]
"""Packs by lot."""


def held(entries: Iterable[Entry]) -> Held:
    """Return what is there after some entries; lots that are used up are left out."""
    found: Held = {}
    for one in entries:
        found[one.lot] = found.get(one.lot, 0) + one.packs
    return {lot: packs for lot, packs in sorted(found.items(), key=_first_expiring) if packs}


def after(stock: Held, entries: Iterable[Entry]) -> Held:
    """Return what is there after more entries; DepotError where a lot has not so much."""
    found = dict(stock)
    for one in entries:
        found[one.lot] = found.get(one.lot, 0) + one.packs
        if found[one.lot] < 0:
            raise DepotError(_too_little(one.lot, wanted=-one.packs, there=stock.get(one.lot, 0)))
    return found


def reversal(written: Written, *, at: datetime, by: str, note: str) -> Entry:
    """Return the entry that undoes another; what undoes is not undone itself."""
    if written.entry.kind is EntryKind.REVERSAL:
        raise DepotError(
            Named(
                "冲销记录不能再冲销；请重新登记。",
                "An entry that reverses another is not reversed itself: enter the packs again.",
            )
        )
    return replace(
        written.entry,
        kind=EntryKind.REVERSAL,
        packs=-written.entry.packs,
        at=at,
        by=by,
        note=note,
        reverses=written.number,
    )


def usable(stock: Mapping[Lot, int], *, on: date) -> Held:
    """Return the lots that are not expired on a day."""
    return {
        lot: packs
        for lot, packs in stock.items()
        if packs > 0 and (lot.expires_on is None or lot.expires_on >= on)
    }


def less(stock: Mapping[Lot, int], promised: Mapping[Lot, int]) -> Held:
    """Return what is left beside what is promised."""
    left = {lot: packs - promised.get(lot, 0) for lot, packs in stock.items()}
    return {lot: packs for lot, packs in left.items() if packs > 0}


def by_item(stock: Mapping[Lot, int]) -> dict[str, int]:
    """Return packs by item."""
    found: dict[str, int] = {}
    for lot, packs in stock.items():
        found[lot.item] = found.get(lot.item, 0) + packs
    return found


def take(stock: Held, item: str, packs: int) -> list[tuple[Lot, int]]:
    """Take packs of an item out of a stock, in place: those first that expire first.

    DepotError where there is too little; then nothing is taken.
    """
    lots = sorted(((lot, n) for lot, n in stock.items() if lot.item == item), key=_first_expiring)
    there = sum(n for _, n in lots)
    if there < packs:
        raise DepotError(
            Named(
                f"仓库里 {item} 只有 {there} 盒可用，不足 {packs} 盒；请减少数量或先入库。",
                f"The depot has {there} packs of {item} to give, not {packs}: take less, or enter "
                "what has come.",
            )
        )
    taken: list[tuple[Lot, int]] = []
    for lot, n in lots:
        some = min(n, packs)
        if some:
            taken.append((lot, some))
            stock[lot] -= some
            packs -= some
    return taken


def _first_expiring(one: tuple[Lot, int]) -> tuple[str, date, str]:
    lot, _ = one
    return lot.item, lot.expires_on or date.max, lot.lot


def _too_little(lot: Lot, *, wanted: int, there: int) -> Named:
    return Named(
        f"{lot.item} 批号 {lot.lot} 只有 {there} 盒，不足 {wanted} 盒；请核对批号和数量。",
        f"Lot {lot.lot} of {lot.item} has {there} packs, not {wanted}: look at the lot and the "
        "number again.",
    )
