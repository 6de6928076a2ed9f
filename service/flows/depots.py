"""Keep depots: what comes in, what is lost or undone, and which item a carton's code stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from service.domain.depots import (
    Carton,
    Depot,
    DepotError,
    Entry,
    EntryKind,
    Lot,
    Written,
    after,
    held,
    reversal,
)
from service.domain.district import Named
from service.flows.ports import Books, WatchedStore
from service.flows.reads.depots import (
    CartonView,
    DepotStockView,
    DepotView,
    EntryView,
    LotView,
)

ENTRIES_SHOWN: Final = 200
DEPOTS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DepotDesk:
    """Reads and changes depots, each time in one transaction."""

    store: WatchedStore
    now: Callable[[], datetime]
    zone: tzinfo

    def all(self) -> tuple[DepotView, ...]:
        """Return all depots by id."""
        with self.store.look() as books:
            return tuple(_view(depot) for depot in books.depots.all())

    def stock(self, depot_id: str) -> DepotStockView | None:
        """Return what a depot holds; None where there is none of that name."""
        today = self.now().astimezone(self.zone).date()
        with self.store.look() as books:
            depot = _find(books, depot_id)
            if depot is None:
                return None
            written = books.depots.entries(depot_id)
            promised = books.rounds.promised(depot_id)
        lots = held(one.entry for one in written)
        return DepotStockView(
            depot=_view(depot),
            lots=tuple(
                LotView(
                    item=lot.item,
                    lot=lot.lot,
                    expires_on=lot.expires_on,
                    packs=packs,
                    promised_packs=promised.get(lot, 0),
                    is_expired=lot.expires_on is not None and lot.expires_on < today,
                )
                for lot, packs in lots.items()
            ),
            entries=_entries(written),
        )

    def save(self, depot: Depot) -> DepotView:
        """Keep a depot, new or as it is now."""
        with self.store.begin() as books:
            known = books.depots.all()
            if len(known) >= DEPOTS_MAX and depot.id not in {one.id for one in known}:
                raise DepotError(
                    Named(
                        f"最多登记 {DEPOTS_MAX} 个仓库。", f"There are {DEPOTS_MAX} depots at most."
                    )
                )
            books.depots.save(depot)
        return _view(depot)

    def enter(
        self, depot_id: str, kind: EntryKind, lot: Lot, *, packs: int, by: str = "", note: str = ""
    ) -> EntryView:
        """Enter packs that came, came back, or are lost; DepotError where it cannot be so.

        One lot of an item has one expiry: whoever enters another has misread a label.
        """
        at = self.now()
        with self.store.begin() as books:
            _refuse_unknown(books, depot_id, lot.item)
            there = held(one.entry for one in books.depots.entries(depot_id, items=[lot.item]))
            _refuse_another_expiry(lot, there)
            left = packs if kind in {EntryKind.RECEIPT, EntryKind.RETURN} else -packs
            entry = Entry(
                depot_id=depot_id, kind=kind, lot=lot, packs=left, at=at, by=by, note=note
            )
            after(there, [entry])
            [number] = books.depots.write([entry])
        return _entry(Written(number, entry), is_reversed=False)

    def undo(self, depot_id: str, number: int, *, by: str = "", note: str = "") -> EntryView:
        """Undo an entry by one that reverses it; DepotError where that cannot be."""
        at = self.now()
        with self.store.begin() as books:
            there = books.depots.entries(depot_id)
            found = {one.number: one for one in there}.get(number)
            if found is None or any(one.entry.reverses == number for one in there):
                raise DepotError(
                    Named(
                        f"这个仓库没有可以冲销的第 {number} 号记录。",
                        f"This depot has no entry {number} that could be undone.",
                    )
                )
            entry = reversal(found, at=at, by=by, note=note)
            after(held(one.entry for one in there), [entry])
            [new] = books.depots.write([entry])
        return _entry(Written(new, entry), is_reversed=False)

    def carton(self, gtin: str, *, lot: str | None, expires_on: date | None) -> CartonView:
        """Return what a carton is, as far as its GTIN has been named."""
        with self.store.look() as books:
            known = books.depots.carton(gtin)
        return CartonView(
            gtin=gtin,
            lot=lot,
            expires_on=expires_on,
            item=known.item if known is not None else None,
            packs=known.packs if known is not None else None,
        )

    def name_carton(self, carton: Carton) -> CartonView:
        """Keep what a GTIN stands for."""
        with self.store.begin() as books:
            _refuse_unknown_item(books, carton.item)
            books.depots.name_carton(carton)
        return CartonView(
            gtin=carton.gtin, lot=None, expires_on=None, item=carton.item, packs=carton.packs
        )


def _find(books: Books, depot_id: str) -> Depot | None:
    return next((one for one in books.depots.all() if one.id == depot_id), None)


def _refuse_unknown(books: Books, depot_id: str, item: str) -> None:
    if _find(books, depot_id) is None:
        raise DepotError(
            Named(
                f"没有编号为 {depot_id} 的仓库；请先登记仓库。",
                f"There is no depot {depot_id}: enter it first.",
            )
        )
    _refuse_unknown_item(books, item)


def _refuse_unknown_item(books: Books, item: str) -> None:
    if item not in books.registry.items:
        raise DepotError(
            Named(
                f"本区不发放编号为 {item} 的药具，请从列表中选择。",
                f"No item {item} is given out here: choose one of the list.",
            )
        )


def _refuse_another_expiry(lot: Lot, there: dict[Lot, int]) -> None:
    for other in there:
        if other.lot == lot.lot and other.expires_on != lot.expires_on:
            raise DepotError(
                Named(
                    f"批号 {lot.lot} 已登记的有效期是 {other.expires_on}，不是 {lot.expires_on}；"
                    "请核对标签。",
                    f"Lot {lot.lot} is entered with the expiry {other.expires_on}, not "
                    f"{lot.expires_on}: look at the label again.",
                )
            )


def _view(depot: Depot) -> DepotView:
    return DepotView(
        id=depot.id,
        name_zh=depot.name.zh,
        name_en=depot.name.en,
        lon=depot.place.lon,
        lat=depot.place.lat,
    )


def _entries(written: list[Written]) -> tuple[EntryView, ...]:
    undone = {one.entry.reverses for one in written}
    return tuple(
        _entry(one, is_reversed=one.number in undone) for one in reversed(written[-ENTRIES_SHOWN:])
    )


def _entry(one: Written, *, is_reversed: bool) -> EntryView:
    entry = one.entry
    return EntryView(
        id=one.number,
        kind=entry.kind.value,
        item=entry.lot.item,
        lot=entry.lot.lot,
        expires_on=entry.lot.expires_on,
        packs=entry.packs,
        at=entry.at,
        note=entry.note,
        round_id=entry.round_id,
        reverses=entry.reverses,
        is_reversed=is_reversed,
    )
