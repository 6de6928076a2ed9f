"""Decide on a round, pick it, and hear of its stops from people and from the kiosks themselves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from service.domain.depots import DepotError, Entry, EntryKind, after, held
from service.domain.district import Named
from service.domain.facts import Fact, Restocked
from service.domain.kiosks import KioskView
from service.domain.picking import (
    ROUND_STOPS_MAX,
    Add,
    Round,
    RoundError,
    RoundState,
    Stop,
    after_cancelling,
    after_hearing,
    after_picking,
    after_saying,
    allot,
    to_pick,
)
from service.flows.ports import Books, WatchedStore
from service.flows.reads.rounds import OutletNames, RoundSummary, RoundView
from service.flows.rounds_plan import depot_of, free_stock
from service.flows.rounds_views import round_view, summary_view

SERVICE: Final = "circle15"
"""Who signs what nobody in particular did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishedStop:
    """A stop as somebody decided on it, with what goes into which slot."""

    kiosk_id: str
    adds: tuple[Add, ...]
    arrive_minutes: int = 0
    metres: int = 0
    pickups: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWish:
    """A round to be made: the stops of each person in order."""

    depot_id: str
    for_day: date
    tours: tuple[tuple[WishedStop, ...], ...]
    solver: str = ""
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDesk:
    """Reads and changes rounds, each time in one transaction."""

    store: WatchedStore
    names: OutletNames
    now: Callable[[], datetime]
    zone: tzinfo

    def all(self, *, most: int) -> tuple[RoundSummary, ...]:
        """Return rounds, the newest first."""
        with self.store.look() as books:
            return tuple(summary_view(one) for one in books.rounds.newest(most=most))

    def one(self, round_id: str) -> RoundView | None:
        """Return a round; None where there is none of that name."""
        with self.store.look() as books:
            found = books.rounds.of([round_id]).get(round_id)
        return None if found is None else self._told(found)

    def make(self, wish: RoundWish, *, by: str = "") -> RoundView:
        """Decide on a round: its packs are promised from now on.

        RoundError where it cannot be gone as it is wished, DepotError where the depot has too
        little that is not expired and not promised to another round.
        """
        at = self.now()
        with self.store.begin() as books:
            stops = _stops(wish, books.stock.views(at, _kiosks(wish)))
            depot = depot_of(books, wish.depot_id)
            stock = free_stock(books, depot.id, at=at, zone=self.zone)
            wished = [one for tour in wish.tours for one in tour]
            lines = allot(
                [(stop.number, one.adds) for stop, one in zip(stops, wished, strict=True)], stock
            )
            number = books.rounds.made_on(wish.for_day) + 1
            found = Round(
                id=f"R{wish.for_day:%y%m%d}-{number}",
                depot_id=depot.id,
                for_day=wish.for_day,
                made_at=at,
                made_by=by,
                solver=wish.solver,
                is_estimate=wish.is_estimate,
                stops=stops,
                lines=lines,
            )
            books.rounds.add(found)
        return self._told(found)

    def pick(self, round_id: str, *, by: str = "") -> RoundView:
        """Take the packs of a round from its depot."""
        at = self.now()
        with self.store.begin() as books:
            found = picked(round_of(books, round_id), books, at=at, by=by)
            books.rounds.save(found, at=at)
        return self._told(found)

    def cancel(self, round_id: str) -> RoundView:
        """Let a round be that is not picked yet: its packs are free again."""
        at = self.now()
        with self.store.begin() as books:
            found = after_cancelling(round_of(books, round_id), at=at)
            books.rounds.save(found, at=at)
        return self._told(found)

    def done(
        self, round_id: str, stop: int, *, said: dict[tuple[int, str], int], note: str = ""
    ) -> RoundView:
        """Note that a stop is done, and what somebody says came into which slot."""
        at = self.now()
        with self.store.begin() as books:
            found = after_saying(round_of(books, round_id), stop, said, at=at, note=note)
            books.rounds.save(found, at=at)
        return self._told(found)

    def _told(self, one: Round) -> RoundView:
        return round_view(one, self.names.outlet_names({stop.kiosk_id for stop in one.stops}))


def round_of(books: Books, round_id: str) -> Round:
    """Return a round; RoundError where there is none of that name."""
    found = books.rounds.of([round_id]).get(round_id)
    if found is None:
        words = Named(
            f"没有编号为 {round_id} 的补货路线。全部路线见 /api/v1/rounds。",
            f"There is no round {round_id}. /api/v1/rounds lists them all.",
        )
        raise RoundError(words, is_unknown=True)
    return found


def picked(one: Round, books: Books, *, at: datetime, by: str) -> Round:
    """Take the packs of a round from its depot; DepotError where a lot has not so much."""
    found = after_picking(one, at=at)
    issues = [
        Entry(
            depot_id=one.depot_id,
            kind=EntryKind.ISSUE,
            lot=lot,
            packs=-packs,
            at=at,
            by=by,
            round_id=one.id,
        )
        for lot, packs in to_pick(one.lines).items()
    ]
    items = {issue.lot.item for issue in issues}
    there = held(it.entry for it in books.depots.entries(one.depot_id, items=items))
    after(there, issues)
    books.depots.write(issues)
    return found


def hear_restocks(new: Sequence[Fact], *, books: Books, at: datetime) -> None:
    """Confirm stops by what their kiosks tell, however late; unknown rounds confirm nothing.

    A kiosk that was filled for a round which nobody had marked as picked shows that it was.
    """
    told: dict[str, dict[str, dict[tuple[int, str], int]]] = {}
    for fact in new:
        what = fact.what
        if isinstance(what, Restocked) and what.round_id:
            slots = told.setdefault(what.round_id.strip().upper(), {}).setdefault(
                fact.key.kiosk_id, {}
            )
            place = (what.slot, what.item)
            slots[place] = slots.get(place, 0) + what.added_packs
    if not told:
        return
    for round_id, found in sorted(books.rounds.of(told.keys()).items()):
        one = found
        if one.state is RoundState.PLANNED:
            # Where the depot's own entries say otherwise, somebody has to look at both.
            with suppress(DepotError):
                one = picked(one, books, at=at, by=SERVICE)
        for kiosk_id, added in sorted(told[round_id].items()):
            one = after_hearing(one, kiosk_id, added, at=at)
        if one != found:
            books.rounds.save(one, at=at)


def _kiosks(wish: RoundWish) -> set[str]:
    return {one.kiosk_id for tour in wish.tours for one in tour}


def _stops(wish: RoundWish, views: dict[str, KioskView]) -> tuple[Stop, ...]:
    """Number the stops through the whole round; RoundError where one cannot be gone to."""
    wished = [(tour, one) for tour, some in enumerate(wish.tours, start=1) for one in some]
    if not wished:
        raise RoundError(
            Named(
                "路线里没有站点；请至少选择一个。", "The round has no stops: choose one at least."
            )
        )
    if len(wished) > ROUND_STOPS_MAX:
        raise RoundError(
            Named(
                f"一条路线最多 {ROUND_STOPS_MAX} 站；请分成几条。",
                f"A round has {ROUND_STOPS_MAX} stops at most: make several.",
            )
        )
    if len(_kiosks(wish)) < len(wished):
        raise RoundError(Named("同一台发放机出现了两次。", "One kiosk stands twice in the round."))
    for _, one in wished:
        _refuse_wrong_slots(one, views.get(one.kiosk_id))
    return tuple(
        Stop(
            number=number,
            tour=tour,
            kiosk_id=one.kiosk_id,
            arrive_minutes=one.arrive_minutes,
            metres=one.metres,
            pickups=one.pickups,
        )
        for number, (tour, one) in enumerate(wished, start=1)
    )


def _refuse_wrong_slots(one: WishedStop, view: KioskView | None) -> None:
    if view is None:
        raise RoundError(
            Named(f"没有编号为 {one.kiosk_id} 的发放机。", f"There is no kiosk {one.kiosk_id}.")
        )
    slots = {slot.slot: slot for slot in view.slots}
    for add in one.adds:
        slot = slots.get(add.slot)
        if slot is None or slot.item != add.item:
            raise RoundError(
                Named(
                    f"{one.kiosk_id} 的 {add.slot} 号货道不装 {add.item}；请重新规划。",
                    f"Slot {add.slot} of {one.kiosk_id} does not hold {add.item}: plan anew.",
                )
            )
        if not 0 < add.packs <= slot.capacity_packs:
            raise RoundError(
                Named(
                    f"{one.kiosk_id} 的 {add.slot} 号货道最多装 {slot.capacity_packs} 盒，"
                    f"不能补 {add.packs} 盒。",
                    f"Slot {add.slot} of {one.kiosk_id} takes 1 to {slot.capacity_packs} packs, "
                    f"not {add.packs}.",
                )
            )
