"""A round that was decided on: what to pick, what was brought, and where the two differ.

A round is planned, then picked, then done; so is each of its stops. The kiosk's own word on what
was put into a slot stands before what somebody said; it comes when the kiosk finds a network, even
days later, and confirms the stop then. A stop is done when the kiosk has told of each of its slots,
or when somebody says so. What was received and is not what was picked is a difference, told to
those who sent the packs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from service.domain.depots import Held, Lot, take
from service.domain.district import Named

ROUND_STOPS_MAX: Final = 500
SLOT_PACKS_MAX: Final = 1_000


class RoundState(StrEnum):
    """How far a round, or a stop of it, has come."""

    PLANNED = "planned"
    PICKED = "picked"
    DONE = "done"
    CANCELLED = "cancelled"


class DoneBy(StrEnum):
    """Who said that a stop is done."""

    KIOSK = "kiosk"
    HAND = "hand"


class RoundError(ValueError):
    """Something that cannot be done with a round; ``words`` say why and what to do.

    ``is_unknown``: what is spoken of is not there at all.
    """

    def __init__(self, words: Named, *, is_unknown: bool = False) -> None:
        super().__init__(words.en)
        self.words, self.is_unknown = words, is_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Packs of an item to be put into a slot."""

    slot: int
    item: str
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """Packs of one lot for one slot of a stop; ``stop`` counts through the whole round, from 1."""

    stop: int
    slot: int
    lot: Lot
    packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came into a slot at a stop: as the kiosk tells it, and as somebody said."""

    slot: int
    item: str
    heard_packs: int | None = None
    said_packs: int | None = None

    @property
    def packs(self) -> int | None:
        """Return what counts; None where nobody has said anything yet."""
        return self.said_packs if self.heard_packs is None else self.heard_packs


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One kiosk on a tour: ``number`` through the whole round, ``tour`` whose, both from 1."""

    number: int
    tour: int
    kiosk_id: str
    arrive_minutes: int
    metres: int
    pickups: float
    state: RoundState = RoundState.PLANNED
    done_at: datetime | None = None
    done_by: DoneBy | None = None
    note: str = ""
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round with its stops in order and what is picked for them."""

    id: str
    depot_id: str
    for_day: date
    made_at: datetime
    made_by: str = ""
    state: RoundState = RoundState.PLANNED
    picked_at: datetime | None = None
    done_at: datetime | None = None
    solver: str = ""
    is_estimate: bool = False
    stops: tuple[Stop, ...] = ()
    lines: tuple[PickLine, ...] = ()

    def stop(self, number: int) -> Stop | None:
        """Return a stop by its number."""
        return next((one for one in self.stops if one.number == number), None)

    def lines_of(self, stop: int) -> tuple[PickLine, ...]:
        """Return what is picked for a stop."""
        return tuple(line for line in self.lines if line.stop == stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A slot that did not receive what was picked for it."""

    round_id: str
    stop: int
    kiosk_id: str
    slot: int
    item: str
    picked_packs: int
    received_packs: int


def allot(stops: Sequence[tuple[int, Sequence[Add]]], stock: Held) -> tuple[PickLine, ...]:
    """Give each stop its packs out of a stock, those first that expire first.

    ``stock`` is what is left of it afterwards. DepotError where there is too little.
    """
    return tuple(
        PickLine(stop=number, slot=add.slot, lot=lot, packs=packs)
        for number, adds in stops
        for add in adds
        for lot, packs in take(stock, add.item, add.packs)
    )


def to_pick(lines: Iterable[PickLine]) -> dict[Lot, int]:
    """Return what is taken from the shelves in all: by item, the first to expire first."""
    found: dict[Lot, int] = {}
    for line in lines:
        found[line.lot] = found.get(line.lot, 0) + line.packs
    order = sorted(found, key=lambda lot: (lot.item, lot.expires_on or date.max, lot.lot))
    return {lot: found[lot] for lot in order}


def by_slot(lines: Iterable[PickLine]) -> dict[tuple[int, str], int]:
    """Return the packs that are picked, by slot and item."""
    found: dict[tuple[int, str], int] = {}
    for line in lines:
        place = (line.slot, line.lot.item)
        found[place] = found.get(place, 0) + line.packs
    return found


def after_picking(one: Round, *, at: datetime) -> Round:
    """Return a round whose packs are taken from the depot."""
    if one.state is not RoundState.PLANNED:
        raise RoundError(_not_now(one.state))
    stops = (
        replace(stop, state=RoundState.PICKED) if stop.state is RoundState.PLANNED else stop
        for stop in one.stops
    )
    return _settled(replace(one, state=RoundState.PICKED, picked_at=at, stops=tuple(stops)), at)


def after_cancelling(one: Round, *, at: datetime) -> Round:
    """Return a round that is not made; only one that is not under way."""
    if one.state is not RoundState.PLANNED:
        raise RoundError(_not_now(one.state))
    stops = tuple(replace(stop, state=RoundState.CANCELLED) for stop in one.stops)
    return replace(one, state=RoundState.CANCELLED, done_at=at, stops=stops)


def after_hearing(
    one: Round, kiosk_id: str, added: Mapping[tuple[int, str], int], *, at: datetime
) -> Round:
    """Return a round after a kiosk has told what was put into its slots, by slot and item.

    The kiosk may tell of one slot after another, and of one slot several times: it adds up.
    """
    stop = next((stop for stop in one.stops if stop.kiosk_id == kiosk_id), None)
    if stop is None or one.state is RoundState.CANCELLED:
        return one
    receipts = {(receipt.slot, receipt.item): receipt for receipt in stop.receipts}
    for (slot, item), packs in added.items():
        before = receipts.get((slot, item), Receipt(slot=slot, item=item))
        receipts[slot, item] = replace(before, heard_packs=(before.heard_packs or 0) + packs)
    stop = replace(stop, receipts=tuple(receipts[place] for place in sorted(receipts)))
    heard = {place for place, receipt in receipts.items() if receipt.heard_packs is not None}
    if stop.state is not RoundState.DONE and by_slot(one.lines_of(stop.number)).keys() <= heard:
        stop = replace(stop, state=RoundState.DONE, done_at=at, done_by=DoneBy.KIOSK)
    return _settled(_with(one, stop), at)


def after_saying(
    one: Round, number: int, said: Mapping[tuple[int, str], int], *, at: datetime, note: str = ""
) -> Round:
    """Return a round after somebody said that a stop is done, and what came into which slot.

    Of slots that are not named nothing is known until the kiosk tells.
    """
    stop = one.stop(number)
    if stop is None:
        words = Named(f"这条路线没有第 {number} 站。", f"This round has no stop {number}.")
        raise RoundError(words, is_unknown=True)
    if one.state not in {RoundState.PICKED, RoundState.DONE}:
        raise RoundError(_not_now(one.state))
    receipts = {(receipt.slot, receipt.item): receipt for receipt in stop.receipts}
    for (slot, item), packs in said.items():
        before = receipts.get((slot, item), Receipt(slot=slot, item=item))
        receipts[slot, item] = replace(before, said_packs=packs)
    stop = replace(
        stop,
        receipts=tuple(receipts[place] for place in sorted(receipts)),
        state=RoundState.DONE,
        done_at=stop.done_at or at,
        done_by=stop.done_by or DoneBy.HAND,
        note=note or stop.note,
    )
    return _settled(_with(one, stop), at)


def differences(one: Round) -> tuple[Difference, ...]:
    """Return where stops that are done did not receive what was picked for them.

    A slot of which nobody has said anything is not known, and no difference yet.
    """
    found = []
    for stop in one.stops:
        if stop.state is not RoundState.DONE:
            continue
        picked = by_slot(one.lines_of(stop.number))
        received = {(r.slot, r.item): r.packs for r in stop.receipts if r.packs is not None}
        for slot, item in sorted(picked.keys() | received.keys()):
            came = received.get((slot, item))
            if came is not None and came != picked.get((slot, item), 0):
                found.append(
                    Difference(
                        round_id=one.id,
                        stop=stop.number,
                        kiosk_id=stop.kiosk_id,
                        slot=slot,
                        item=item,
                        picked_packs=picked.get((slot, item), 0),
                        received_packs=came,
                    )
                )
    return tuple(found)


def _with(one: Round, stop: Stop) -> Round:
    stops = tuple(stop if other.number == stop.number else other for other in one.stops)
    return replace(one, stops=stops)


def _settled(one: Round, at: datetime) -> Round:
    """Return a round that is done once all of its stops are."""
    if one.state is RoundState.PICKED and all(s.state is RoundState.DONE for s in one.stops):
        return replace(one, state=RoundState.DONE, done_at=at)
    return one


def _not_now(state: RoundState) -> Named:
    now = {
        RoundState.PLANNED: Named("还没有拣货", "not picked yet"),
        RoundState.PICKED: Named("已拣货", "picked already"),
        RoundState.DONE: Named("已完成", "done already"),
        RoundState.CANCELLED: Named("已取消", "cancelled"),
    }[state]
    return Named(
        f"这条路线{now.zh}，不能这样做；请刷新后再看。",
        f"This round is {now.en}: that cannot be done now. Read it anew.",
    )
