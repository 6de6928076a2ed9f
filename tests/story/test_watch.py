"""Watching: incidents that open once and close by facts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from service.domain.facts import Outcome
from service.domain.heard import Beat, Died, Heard
from service.domain.incident_care import Resolve
from service.domain.incidents import IncidentKind
from service.flows.incidents import Caretaker
from service.flows.keep import keep_batch
from service.flows.ports import Books, WatchedStore
from service.flows.silence import see_silence, watch_silence
from service.flows.watch import (
    see_quarantine,
    see_stock,
    watch,
    watch_quarantine,
    watch_stock,
)
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE
from tests.support.say import born, counted, dispensed, fact, faulted


def _hear(keeper: Keeper, *heard: Heard, at: datetime = NOW) -> None:
    with keeper.store.begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def _watch(keeper: Keeper, at: datetime = NOW) -> list[str]:
    with keeper.store.begin() as books:
        watch_silence(books=books, at=at)
        watch_stock(books=books, at=at)
        watch_quarantine(books=books, at=at)
    return keeper.read().standing


def test_an_empty_item_opens_one_incident_however_often_one_looks(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(0, 0)))
    assert _watch(keeper) == ["out|K0001"]
    noted = keeper.read().changes
    assert _watch(keeper, NOW + timedelta(minutes=1)) == ["out|K0001"]
    assert keeper.read().changes == noted, "nothing changed, so no page is told"
    assert keeper.read().incidents_resolved == 0


def test_a_low_item_that_runs_out_closes_one_incident_and_opens_the_other(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(1, 0)))
    assert _watch(keeper) == ["low|K0001"]
    _hear(keeper, fact(2, dispensed()))
    assert _watch(keeper) == ["out|K0001"]
    _hear(keeper, fact(3, counted(28, 28)))
    assert _watch(keeper) == []
    assert keeper.read().incidents_resolved == 2


def test_a_silent_kiosk_is_silent_and_its_stock_incidents_stay_as_they_are(keeper: Keeper) -> None:
    _hear(keeper, born(boot=4), fact(1, counted(0, 0)))
    _watch(keeper)
    _hear(keeper, Died(kiosk_id="K0001", boot=4))
    later = NOW + timedelta(minutes=10)
    assert _watch(keeper, later - timedelta(seconds=1)) == ["out|K0001"]
    assert _watch(keeper, later) == ["out|K0001", "silent|K0001"]
    _hear(keeper, born(boot=5, head=1), at=later)
    assert _watch(keeper, later) == ["out|K0001", "silent|K0001"], "one word may be chance"
    assert _watch(keeper, later + timedelta(minutes=5)) == ["out|K0001"]


def test_a_heartbeat_shows_at_once_that_a_silent_kiosk_is_back(keeper: Keeper) -> None:
    _hear(keeper, born(boot=4), Died(kiosk_id="K0001", boot=4))
    later = NOW + timedelta(hours=1)
    assert _watch(keeper, later) == ["silent|K0001"]
    _hear(keeper, Beat(kiosk_id="K0001", epoch=1, head=0, clock=later), at=later)
    assert _watch(keeper, later) == []


def test_a_silent_kiosk_opens_no_incident_about_its_stock(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(0, 0)))
    assert _watch(keeper, NOW + timedelta(days=3)) == ["silent|K0001"]


def test_a_kiosk_that_was_never_heard_is_no_incident(keeper: Keeper) -> None:
    assert _watch(keeper, NOW + timedelta(days=3)) == []


def test_a_fault_opens_an_incident_that_its_clearing_closes(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, faulted("power", slot=None)))
    assert _watch(keeper) == ["fault|K0001"]
    _hear(keeper, fact(3, faulted("power", slot=None, raised=False)))
    assert _watch(keeper) == []


def test_a_wrong_clock_is_an_incident_for_a_day(keeper: Keeper) -> None:
    ahead = fact(1, dispensed(), at=NOW + timedelta(days=800))
    _hear(keeper, ahead, fact(1, dispensed(), kiosk="K9999", at=NOW + timedelta(days=800)))
    assert _watch(keeper) == ["clock|K0001"]
    assert _watch(keeper, NOW + timedelta(hours=25)) == []


def test_a_contradiction_is_an_incident_for_a_week(keeper: Keeper) -> None:
    _hear(keeper, fact(1, dispensed()), fact(1, dispensed(packs=2)))
    _hear(keeper, born())
    assert _watch(keeper) == ["conflict|K0001"]
    assert "conflict|K0001" not in _watch(keeper, NOW + timedelta(days=8))


def test_what_a_person_says_is_done_stays_so_until_it_happens_again(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, dispensed()), fact(1, dispensed(packs=2)))
    assert _watch(keeper) == ["conflict|K0001"]
    with keeper.store.look() as books:
        [one] = books.incidents.standing([IncidentKind.CONFLICT])
    later = NOW + timedelta(minutes=5)
    care = Caretaker(store=keeper.store, is_passing=lambda _error: False, now=lambda: later)
    assert care(one.id, Resolve(by="desk", note="a replaced board")) is None
    _hear(keeper, Beat(kiosk_id="K0001", epoch=1, head=1, clock=later), at=later)
    for days in (0, 1, 6):
        assert "conflict|K0001" not in _watch(keeper, later + timedelta(days=days))
    again = later + timedelta(days=2)
    told = fact(1, dispensed(packs=3), heard_at=again)
    _hear(keeper, told, at=again)
    assert "conflict|K0001" in _watch(keeper, again)


def test_lost_demand_moves_no_level(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, dispensed(outcome=Outcome.EMPTY)))
    assert keeper.read().levels["K0001", 1].on_hand_packs == 20


class Turns:
    """A store that counts how often somebody took the writers' turn, and lets one go first."""

    def __init__(self, store: WatchedStore, first: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.first = first
        self.taken = 0

    @contextmanager
    def begin(self) -> Iterator[Books]:
        self.taken += 1
        self.first()
        with self.store.begin() as books:
            yield books

    def look(self) -> AbstractContextManager[Books]:
        return self.store.look()


def _look(store: WatchedStore, at: datetime = NOW) -> None:
    for see in (see_silence, see_stock, see_quarantine):
        watch(see, store=store, at=at)


def test_looking_first_opens_and_closes_what_watching_under_the_lock_does(keeper: Keeper) -> None:
    _hear(keeper, born(), born(kiosk="K0002"))
    _hear(keeper, fact(1, counted(0, 0)), fact(1, counted(0, 0), kiosk="K0002"))
    _look(keeper.store)
    both = keeper.read().standing
    assert both == ["out|K0001", "out|K0002"] == _watch(keeper)
    _hear(keeper, fact(2, counted(28, 28)))
    _look(keeper.store)
    assert keeper.read().standing == both[1:], "of the other nothing was seen to be over"
    later = NOW + timedelta(days=2)
    _look(keeper.store, later)
    seen = keeper.read().standing
    assert "silent|K0001" in seen
    assert seen == _watch(keeper, later)


def test_where_incidents_agree_nobody_is_kept_from_writing(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(0, 1)))
    turns = Turns(keeper.store)
    _look(turns)
    assert turns.taken == 1, "stock alone has something to tell"
    _look(turns)
    assert turns.taken == 1


def test_a_look_waits_for_no_writer(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(28, 28)))
    with keeper.store.begin(), keeper.store.look() as books:
        assert books.stock.views(NOW, ["K0001"])["K0001"].slots[0].on_hand_packs == 28


def test_what_was_seen_and_is_over_by_our_turn_opens_nothing(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(0, 0)))
    turns = Turns(keeper.store, lambda: _hear(keeper, fact(2, counted(28, 28))))
    watch(see_stock, store=turns, at=NOW)
    assert turns.taken == 1
    kept = keeper.read()
    assert (kept.standing, kept.incidents_resolved) == ([], 0)
