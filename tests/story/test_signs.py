"""Signs that take days: counts that differ, a machine nobody uses, a month that is not whole."""

import json
from datetime import datetime, timedelta

from service.domain.demand import Outlook
from service.domain.heard import Beat, Died, Heard
from service.domain.incidents import IncidentKind, Severity
from service.flows.expiry import SeeExpiry
from service.flows.keep import keep_batch
from service.flows.signs import SeeMonth, see_discrepancies, see_no_takers
from service.flows.silence import see_silence
from service.flows.watch import See, watch
from tests.support.books import Keeper
from tests.support.plans import ITEMS, NOW, REGION, ZONE
from tests.support.say import KIOSK, born, counted, dispensed, fact, restocked

DAY = timedelta(days=1)


def _hear(keeper: Keeper, *heard: Heard, at: datetime = NOW) -> None:
    with keeper.store.begin() as books:
        keep_batch(heard, books=books, at=at, zone=ZONE)


def _look(keeper: Keeper, see: See, at: datetime) -> list[str]:
    watch(see, store=keeper.store, at=at)
    return keeper.read().standing


def _beat(keeper: Keeper, *, head: int, at: datetime) -> None:
    _hear(keeper, Beat(kiosk_id=KIOSK, epoch=1, head=head, clock=at), at=at)


def _expect(keeper: Keeper, packs_a_day: float, *, seen_days: float = 60.0) -> None:
    means = (packs_a_day,) * 70
    one = Outlook(place=KIOSK, item=ITEMS[0], from_day=NOW.date(), mean_by_day=means,
                  seen_days=seen_days)  # fmt: skip
    with keeper.store.begin() as books:
        books.outlooks.save([one], NOW)


def test_counts_that_differ_by_some_packs_are_an_incident_for_a_week(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, counted(17, 20)))
    assert _look(keeper, see_discrepancies, NOW) == [], "three may be a miscount"
    _hear(keeper, fact(3, counted(17, 22)))
    assert _look(keeper, see_discrepancies, NOW) == [f"discrepancy|{KIOSK}"]
    with keeper.store.look() as books:
        [one] = books.incidents.standing([IncidentKind.DISCREPANCY])
    assert (one.numbers["packs_missing"], one.numbers["packs_found"]) == (3, 2)
    assert one.severity is Severity.WARNING
    assert _look(keeper, see_discrepancies, NOW + timedelta(days=8)) == []


def test_a_kiosk_that_nobody_uses_for_improbably_long_is_stuck(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, dispensed()))
    _expect(keeper, 1.2)
    for days, found in ((4, []), (10, [f"no_takers|{KIOSK}"])):
        at = NOW + days * DAY
        _beat(keeper, head=2, at=at)
        assert _look(keeper, see_no_takers, at) == found, days
    later = NOW + 10 * DAY
    _hear(keeper, fact(3, dispensed(), at=later, heard_at=later), at=later)
    assert _look(keeper, see_no_takers, later) == []


def test_a_quiet_kiosk_and_one_of_which_little_is_known_are_not_stuck(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, dispensed()))
    at = NOW + 9 * DAY
    _beat(keeper, head=2, at=at)
    for packs_a_day, seen_days in ((0.1, 60.0), (1.2, 3.0)):
        _expect(keeper, packs_a_day, seen_days=seen_days)
        assert _look(keeper, see_no_takers, at) == []


def test_a_pause_begins_anew_when_a_kiosk_is_heard_again(keeper: Keeper) -> None:
    _hear(keeper, born(), fact(1, counted(20, 20)), fact(2, dispensed()))
    _expect(keeper, 1.2)
    _hear(keeper, Died(kiosk_id=KIOSK, boot=1))
    assert _look(keeper, see_silence, NOW + DAY) == [f"silent|{KIOSK}"]
    back = NOW + 8 * DAY
    _beat(keeper, head=2, at=back)
    assert _look(keeper, see_silence, back) == []
    _beat(keeper, head=2, at=back + DAY)
    assert _look(keeper, see_no_takers, back + DAY) == [], "it was away, and nobody could"


def test_a_month_that_is_not_whole_is_an_incident_until_it_is(keeper: Keeper) -> None:
    see = SeeMonth(ZONE)
    november_over = datetime.fromisoformat("2026-11-30T16:00:00+00:00")
    _hear(keeper, born(head=3), fact(1, counted(20, 20)), fact(3, dispensed()))
    assert _look(keeper, see, november_over + timedelta(hours=47)) == []
    at = november_over + 3 * DAY
    name = f"month_not_closable|{REGION}"
    assert _look(keeper, see, at) == [name]
    with keeper.store.look() as books:
        [one] = books.incidents.standing([IncidentKind.MONTH_NOT_CLOSABLE])
    said = one.numbers
    assert (said["month"], said["facts"], said["kiosks"]) == ("2026-11", 1, 1)
    _hear(keeper, fact(2, dispensed()))
    assert _look(keeper, see, at) == [name], "it was not heard since the month was over"
    _beat(keeper, head=3, at=at)
    assert _look(keeper, see, at) == []


def test_what_a_restocker_told_of_a_lot_comes_back_when_it_expires(keeper: Keeper) -> None:
    expires_on = NOW.date() + 30 * DAY
    told = restocked(9, added=9)._replace(lot="L1", expires_on=expires_on)
    envelope = {"data": {"lot": "L1", "expires_on": expires_on.isoformat()}}
    kept = fact(1, told)._replace(body=json.dumps(envelope))
    _hear(keeper, born(), kept)
    see = SeeExpiry(ZONE)
    assert _look(keeper, see, NOW) == [f"expiring|{KIOSK}"]
    over = NOW + 31 * DAY
    assert _look(keeper, see, over) == [f"expired|{KIOSK}"], "also where it is silent by now"
    _hear(keeper, fact(2, restocked(5, added=5, removed=9), at=over, heard_at=over), at=over)
    assert _look(keeper, see, over) == []
