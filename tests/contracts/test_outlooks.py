"""Every keeper keeps outlooks alike, and they are made of time in stock and of what was wanted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from service.domain.demand import Outlook, Spread
from service.domain.facts import Fact, Outcome
from service.flows.keep import keep_batch
from service.flows.outlooks import MADE_EVERY, WINDOW_DAYS, OutlookMaking, read_days
from service.flows.ports_outlooks import DayWanted
from service.flows.timeline import keep_timelines
from tests.support.books import Keeper
from tests.support.plans import KIOSKS, NOW, ZONE
from tests.support.say import counted, dispensed, fact

TODAY = date(2026, 11, 20)


def outlook(place: str, *, item: str = "condom-52", mean: float = 0.75) -> Outlook:
    return Outlook(
        place=place,
        item=item,
        from_day=TODAY,
        mean_by_day=(mean,) * 91,
        rate_cv2=0.125,
        spread=Spread(factor=1.5, power=1.25, scale=0.5),
        window_days=400,
        seen_days=12.5,
        seen_packs=9.0,
        pool=f"{item}/hospital",
    )


def keep(keeper: Keeper, facts: list[Fact]) -> None:
    with keeper.store.begin() as books:
        keep_batch(facts, books=books, at=NOW, zone=ZONE)
    keep_timelines(keeper.store, at=NOW)


def at_noon(days_ago: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, 4, minute, tzinfo=UTC) - timedelta(days=days_ago)


def a_month_of(kiosk: str, *, every: int) -> list[Fact]:
    """Return a kiosk's journal of thirty days: counted first, then a pack every so many days."""
    told = [(30, counted(28, 28))] + [(day, dispensed()) for day in range(29, 0, -every)]
    return [
        fact(number, what, kiosk=kiosk, at=at_noon(day))
        for number, (day, what) in enumerate(told, start=1)
    ]


def test_an_outlook_comes_back_as_it_was_kept(keeper: Keeper) -> None:
    kept = [outlook("K0001"), outlook("K0002", item="n9-gel", mean=0.0)]
    with keeper.store.begin() as books:
        books.outlooks.save(kept, NOW)
    with keeper.store.look() as books:
        assert books.outlooks.of(None) == {(one.place, one.item): one for one in kept}
        assert list(books.outlooks.of(["K0002", "K0009"])) == [("K0002", "n9-gel")]
        assert books.outlooks.of([]) == {}


def test_what_is_made_later_takes_the_place_and_what_is_not_goes(keeper: Keeper) -> None:
    later = NOW + timedelta(hours=1)
    with keeper.store.begin() as books:
        books.outlooks.save([outlook("K0001"), outlook("K0002")], NOW)
        books.outlooks.save([outlook("K0001", mean=0.5)], later)
        books.outlooks.drop_before(later)
    with keeper.store.look() as books:
        assert list(books.outlooks.of(None).values()) == [outlook("K0001", mean=0.5)]


def test_kiosks_that_share_a_site_are_told_apart_by_their_facts(keeper: Keeper) -> None:
    in_vain = dispensed(outcome=Outcome.EMPTY)
    jammed = dispensed(outcome=Outcome.JAMMED)
    keep(
        keeper,
        [
            fact(1, dispensed(1, 2), kiosk="K0001", at=at_noon(3)),
            fact(2, in_vain, kiosk="K0001", at=at_noon(3, 1)),
            fact(3, jammed, kiosk="K0001", at=at_noon(2)),
            fact(1, dispensed(), kiosk="K0002", at=at_noon(3)),
            fact(2, dispensed(item="n9-gel"), kiosk="K0002", at=at_noon(3)),
            fact(1, in_vain, kiosk="K0003", at=at_noon(3)),
            fact(2, dispensed(), kiosk="K0003", at=at_noon(0)),
        ],
    )
    day, last = date(2026, 11, 17), date(2026, 11, 19)
    with keeper.store.look() as books:
        found = sorted(books.outlooks.wanted("condom-52", day, last, ZONE))
    assert found == [
        DayWanted("K0001", day, 2, 1),
        DayWanted("K0002", day, 1, 0),
        DayWanted("K0003", day, 0, 1),
    ]


def test_a_place_has_the_kind_of_its_site_for_what_it_is_meant_to_carry(keeper: Keeper) -> None:
    with keeper.store.look() as books:
        assert books.outlooks.kinds("condom-52") == dict.fromkeys(KIOSKS, "hospital")
        assert books.outlooks.kinds("n9-gel") == {}


def test_only_days_in_stock_and_heard_of_tell_the_demand(keeper: Keeper) -> None:
    keep(keeper, a_month_of("K0001", every=2))
    with keeper.store.look() as books:
        told = read_days(books, "condom-52", NOW, ZONE)
    assert told.places == KIOSKS
    assert told.days.in_stock.shape == (3, WINDOW_DAYS)
    # From noon of the day on which it was counted; the others never said a word.
    assert told.days.in_stock.sum(axis=1).tolist() == pytest.approx([29.5, 0, 0], abs=1e-6)
    assert told.days.wanted.sum(axis=1).tolist() == [15.0, 0.0, 0.0]


def test_outlooks_are_made_of_the_books_and_a_new_kiosk_borrows_from_its_kind(
    keeper: Keeper,
) -> None:
    keep(keeper, a_month_of("K0001", every=1) + a_month_of("K0002", every=4))
    assert OutlookMaking(keeper.store, zone=ZONE).make(NOW) == 6
    with keeper.store.look() as books:
        found = books.outlooks.of(None)
    rate = {place: found[place, "condom-52"].wanted_packs(28) / 28 for place in KIOSKS}
    assert rate["K0002"] < rate["K0003"] < rate["K0001"]
    assert 0.5 < rate["K0001"] < 1.1
    assert 0.15 < rate["K0002"] < 0.5
    new = found["K0003", "condom-52"]
    assert (new.from_day, new.pool, new.seen_days) == (TODAY, "condom-52/hospital", 0.0)
    assert new.rate_cv2 > found["K0001", "condom-52"].rate_cv2


def test_outlooks_are_made_anew_once_an_hour(keeper: Keeper) -> None:
    making = OutlookMaking(keeper.store, zone=ZONE)
    for minutes in (0, 1, 59, 60):
        making.keep_up(NOW + timedelta(minutes=minutes))
        with keeper.store.begin() as books:
            # Whoever takes them away sees when they come back.
            made = len(books.outlooks.of(None))
            books.outlooks.drop_before(NOW + 2 * MADE_EVERY)
        assert made == (6 if minutes in (0, 60) else 0)
