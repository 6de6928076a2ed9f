"""Every keeper keeps depots and rounds alike; a kiosk's own restock confirms its stop."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from service.domain.depots import Carton, Depot, DepotError, EntryKind, Lot, held
from service.domain.district import Named, Place
from service.domain.facts import Fact
from service.domain.picking import Add, DoneBy, Round, RoundError, RoundState
from service.flows.depots import DepotDesk
from service.flows.keep import keep_batch
from service.flows.ports import Books, Store
from service.flows.replenishment import FIRST_PACKS_A_DAY, needs_of
from service.flows.rounds import RoundDesk, RoundWish, WishedStop
from tests.support.books import Keeper
from tests.support.plans import KIOSKS, NOW, ZONE
from tests.support.say import counted, fact, restocked

TODAY = date(2026, 11, 20)
SOON = Lot("condom-52", "A1", date(2026, 12, 31))
LATER = Lot("condom-52", "B7", date(2028, 12, 31))
OLD = Lot("condom-52", "Z9", date(2026, 11, 19))
DEPOT = Depot(id="D1", name=Named("仓库", "Depot"), place=Place(105.0, 30.0))


@dataclass(frozen=True)
class Looked:
    """A store in which one looks as one writes: every keeper can."""

    store: Store

    def begin(self) -> AbstractContextManager[Books]:
        return self.store.begin()

    @contextmanager
    def look(self) -> Iterator[Books]:
        with self.store.begin() as books:
            yield books


class Nobody:
    """Names nothing."""

    def outlet_names(self, ids: object) -> dict[str, Named]:  # noqa: ARG002 - the port's word
        return {}


@pytest.fixture
def depots(keeper: Keeper) -> DepotDesk:
    desk = DepotDesk(store=Looked(keeper.store), now=lambda: NOW, zone=ZONE)
    desk.save(DEPOT)
    for lot, packs in ((LATER, 30), (SOON, 10), (OLD, 50)):
        desk.enter("D1", EntryKind.RECEIPT, lot, packs=packs)
    return desk


@pytest.fixture
def rounds(keeper: Keeper, depots: DepotDesk) -> RoundDesk:
    assert depots.all()
    return RoundDesk(store=Looked(keeper.store), names=Nobody(), now=lambda: NOW, zone=ZONE)


def wish(*packs: int, item: str = "condom-52", slot: int = 1) -> RoundWish:
    """Return a round with a stop at K0001, K0002, … and so many packs at each."""
    stops = tuple(
        WishedStop(kiosk_id=kiosk, adds=(Add(slot=slot, item=item, packs=some),))
        for kiosk, some in zip(KIOSKS, packs, strict=False)
    )
    return RoundWish(depot_id="D1", for_day=TODAY, tours=(stops,))


def told(sequence: int, round_id: str, added: int, *, kiosk: str = "K0001") -> Fact:
    """Return a restock on a round, as a kiosk sends it."""
    what = restocked(28, added=added)._replace(round_id=round_id)
    said = fact(sequence, what, kiosk=kiosk)
    body = json.dumps({"type": "ck.restock.v1", "data": {"round": round_id}, "n": sequence})
    return said._replace(body=body)


def dated(sequence: int, after: int, days: int) -> Fact:
    """Return a restock by ten packs that expire in so many days, as a kiosk sends it."""
    on = TODAY + timedelta(days=days)
    said = fact(sequence, restocked(after, added=10)._replace(expires_on=on))
    body = json.dumps({"data": {"expires_on": on.isoformat()}, "n": sequence})
    return said._replace(body=body)


def keep(keeper: Keeper, *facts: Fact) -> None:
    with keeper.store.begin() as books:
        keep_batch(facts, books=books, at=NOW + timedelta(hours=1), zone=ZONE)


def one_of(keeper: Keeper, round_id: str) -> Round:
    with keeper.store.begin() as books:
        return books.rounds.of([round_id])[round_id]


def on_shelf(keeper: Keeper) -> dict[Lot, int]:
    with keeper.store.begin() as books:
        return held(one.entry for one in books.depots.entries("D1"))


def test_a_depot_tells_its_lots_and_what_came(depots: DepotDesk) -> None:
    said = depots.stock("D1")
    assert said is not None
    assert [(one.lot, one.packs, one.is_expired) for one in said.lots] == [
        ("Z9", 50, True),
        ("A1", 10, False),
        ("B7", 30, False),
    ]
    assert [one.lot for one in said.entries] == ["Z9", "A1", "B7"]
    assert depots.stock("D9") is None
    lost = depots.enter("D1", EntryKind.LOSS, OLD, packs=50, note="expired")
    assert lost.packs == -50
    back = depots.undo("D1", lost.id)
    assert (back.kind, back.packs, back.reverses) == ("reversal", 50, lost.id)
    with pytest.raises(DepotError, match=f"no entry {lost.id} that could be undone"):
        depots.undo("D1", lost.id)


def test_a_wrong_entry_is_refused_in_words_and_leaves_no_trace(
    keeper: Keeper, depots: DepotDesk
) -> None:
    before = on_shelf(keeper)
    for depot, lot, packs, said in (
        ("D9", SOON, 1, "no depot D9"),
        ("D1", SOON._replace(item="condom-99"), 1, "No item condom-99"),
        ("D1", SOON, 11, "has 10 packs, not 11"),
        ("D1", SOON._replace(expires_on=None), 1, "look at the label"),
    ):
        with pytest.raises(DepotError, match=said):
            depots.enter(depot, EntryKind.LOSS, lot, packs=packs)
    assert on_shelf(keeper) == before


def test_a_carton_is_named_once_and_known_then(depots: DepotDesk) -> None:
    gtin = "09506000134352"
    assert depots.carton(gtin, lot="A1", expires_on=None).item is None
    depots.name_carton(Carton(gtin=gtin, item="condom-52", packs=48))
    known = depots.carton(gtin, lot="A1", expires_on=None)
    assert (known.item, known.packs, known.lot) == ("condom-52", 48, "A1")


def test_a_round_promises_packs_that_no_other_round_can_have(
    keeper: Keeper, rounds: RoundDesk
) -> None:
    first = rounds.make(wish(12, 20))
    assert first.id == "R261120-1"
    assert [(one.lot, one.packs) for one in first.picks] == [("A1", 10), ("B7", 22)]
    with pytest.raises(DepotError, match="8 packs of condom-52 to give, not 9"):
        rounds.make(wish(9))
    second = rounds.make(wish(8))
    assert second.id == "R261120-2"
    with keeper.store.begin() as books:
        assert books.rounds.promised("D1") == {SOON: 10, LATER: 30}
        assert books.rounds.on_the_way()["K0001", "condom-52"] == 20
    rounds.cancel(first.id)
    assert rounds.make(wish(28)).picks[0].lot == "A1"
    assert on_shelf(keeper) == {OLD: 50, SOON: 10, LATER: 30}


def test_what_is_picked_leaves_the_shelf(keeper: Keeper, rounds: RoundDesk) -> None:
    made = rounds.make(wish(12))
    picked = rounds.pick(made.id)
    assert (picked.state, [stop.state for stop in picked.stops]) == ("picked", ["picked"])
    assert on_shelf(keeper) == {OLD: 50, LATER: 28}
    with pytest.raises(RoundError, match="picked already"):
        rounds.pick(made.id)
    assert [(one.id, one.stops_done) for one in rounds.all(most=9)] == [(made.id, 0)]


def test_a_kiosks_own_restock_confirms_its_stop_whenever_it_is_heard(
    keeper: Keeper, rounds: RoundDesk
) -> None:
    made = rounds.make(wish(12, 5))
    rounds.pick(made.id)
    keep(keeper, fact(1, counted(3, 3)), told(2, made.id.lower(), 12))
    one = one_of(keeper, made.id)
    assert [(stop.state, stop.done_by) for stop in one.stops] == [
        (RoundState.DONE, DoneBy.KIOSK),
        (RoundState.PICKED, None),
    ]
    with keeper.store.begin() as books:
        assert books.rounds.on_the_way() == {("K0002", "condom-52"): 5}
        assert books.rounds.differences(NOW) == []
    # The same facts again change nothing.
    keep(keeper, told(2, made.id.lower(), 12))
    assert one_of(keeper, made.id) == one
    keep(keeper, told(1, made.id, 5, kiosk="K0002"))
    assert one_of(keeper, made.id).state is RoundState.DONE


def test_what_was_received_and_not_picked_is_told_to_the_sender(
    keeper: Keeper, rounds: RoundDesk
) -> None:
    made = rounds.make(wish(12))
    rounds.pick(made.id)
    keep(keeper, told(1, made.id, 9))
    said = rounds.one(made.id)
    assert said is not None
    [difference] = said.differences
    assert (difference.picked_packs, difference.received_packs) == (12, 9)
    with keeper.store.begin() as books:
        [(noticed, at)] = books.rounds.differences(NOW)
    assert (noticed.kiosk_id, noticed.received_packs) == ("K0001", 9)
    assert at == NOW + timedelta(hours=1)
    # The rest comes later: then there is none.
    keep(keeper, told(2, made.id, 3))
    with keeper.store.begin() as books:
        assert books.rounds.differences(NOW) == []


def test_a_restock_for_a_round_that_nobody_marked_shows_that_it_was_picked(
    keeper: Keeper, rounds: RoundDesk
) -> None:
    made = rounds.make(wish(12))
    keep(keeper, told(1, made.id, 12), told(2, "R999999-9", 4))
    one = one_of(keeper, made.id)
    assert (one.state, one.picked_at) == (RoundState.DONE, NOW + timedelta(hours=1))
    assert on_shelf(keeper) == {OLD: 50, LATER: 28}


def test_somebody_says_that_a_stop_is_done_and_what_came(keeper: Keeper, rounds: RoundDesk) -> None:
    made = rounds.make(wish(12, 3))
    rounds.pick(made.id)
    said = rounds.done(made.id, 1, said={(1, "condom-52"): 11}, note="one was wet")
    [stop, _] = said.stops
    assert (stop.state, stop.done_by, stop.note) == ("done", "hand", "one was wet")
    assert [one.received_packs for one in said.differences] == [11]
    # The kiosk knows better.
    keep(keeper, told(1, made.id, 12))
    kept = rounds.one(made.id)
    assert kept is not None
    assert kept.differences == ()
    assert kept.stops[0].receipts[0].said_packs == 11


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (wish(), "no stops"),
        (wish(3, item="n9-film"), "does not hold n9-film"),
        (wish(3, slot=9), "Slot 9 of K0001"),
        (wish(29), "takes 1 to 28 packs, not 29"),
        (RoundWish(depot_id="D1", for_day=TODAY, tours=wish(3).tours * 2), "stands twice"),
        (RoundWish(depot_id="D9", for_day=TODAY, tours=wish(3).tours), "no depot D9"),
    ],
)
def test_a_round_that_cannot_be_gone_is_refused_in_words(
    rounds: RoundDesk, wrong: RoundWish, said: str
) -> None:
    with pytest.raises(RoundError, match=said) as refused:
        rounds.make(wrong)
    assert refused.value.words.zh.endswith("。")
    assert rounds.all(most=9) == ()


def test_what_a_place_needs_leaves_out_what_expires_before_the_next_delivery(
    keeper: Keeper, rounds: RoundDesk
) -> None:
    rounds.make(wish(5))
    soon, later = (dated(n, packs, days) for n, packs, days in ((1, 10, 8), (2, 16, 9)))
    keep(keeper, soon, later, fact(3, restocked(7, slot=2, added=7)))
    with keeper.store.begin() as books:
        found = needs_of(books, at=NOW, zone=ZONE, only=["K0001"])
    condoms, film = found.needs
    assert (condoms.place, condoms.item, condoms.on_order_packs) == ("K0001", "condom-52", 5)
    assert [(one.on_hand_packs, one.expiring_packs) for one in condoms.slots] == [(16, 6), (7, 0)]
    assert [(one.on_hand_packs, one.expiring_packs) for one in film.slots] == [(None, 0)]
    assert not condoms.is_forecast
    assert condoms.forecast.wanted_packs(10) == pytest.approx(10 * FIRST_PACKS_A_DAY)
