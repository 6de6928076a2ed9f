"""Every keeper keeps policies alike, and the last days are replayed from what is on record."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from service.domain.circle import Standing
from service.domain.policy import DEFAULT, PRESETS, PolicyError, Scope
from service.domain.totals import Tallies, Tally
from service.flows.hindsight import past_of, touched_by
from service.flows.policies import PolicyDesk
from service.store.engine import writing
from service.store.sql import merge
from service.store.sql_store import SqlStore
from service.store.tables.circle import OutletChange
from tests.api.story import tell
from tests.support.books import Keeper
from tests.support.plans import NOW, ZONE

CONDOMS = Scope(kind="hospital", item="condom-52")
TODAY = date(2026, 11, 20)


def test_a_policy_is_kept_in_the_place_of_the_one_before_and_let_go(keeper: Keeper) -> None:
    with keeper.store.begin() as books:
        books.policies.save(CONDOMS, PRESETS["county"], at=NOW, by="a")
        books.policies.save(Scope(), PRESETS["village"], at=NOW, by="a")
        books.policies.save(CONDOMS, PRESETS["township"], at=NOW, by="b")
    with keeper.store.begin() as books:
        assert books.policies.all() == {CONDOMS: PRESETS["township"], Scope(): PRESETS["village"]}
        assert books.policies.drop(CONDOMS)
        assert not books.policies.drop(CONDOMS)
        assert books.policies.all() == {Scope(): PRESETS["village"]}


def test_what_was_brought_is_told_by_site_item_and_day(keeper: Keeper) -> None:
    tallies = {
        _day(0): Tally(restocked_packs=9, removed_packs=2),
        _day(1): Tally(dispensed_packs=4),
        _day(9): Tally(restocked_packs=1),
    }
    with keeper.store.begin() as books:
        books.totals.add(Tallies(hourly={}, daily=tallies))
    with keeper.store.begin() as books:
        assert books.policies.brought(TODAY - timedelta(days=3), TODAY) == {_day(0): (9, 2)}


@pytest.fixture
def desk(sql_engine: Engine) -> PolicyDesk:
    tell(sql_engine)
    return PolicyDesk(store=SqlStore(sql_engine), now=lambda: NOW, zone=ZONE)


def _day(number: int) -> tuple[str, str, date]:
    return ("S001", "condom-52", TODAY - timedelta(days=number))


def _change(days_ago: float, standing: Standing) -> dict[str, object]:
    at = NOW - timedelta(days=days_ago)
    return {"outlet_id": "K0001", "item": "condom-52", "at": at, "standing": int(standing)}


@pytest.fixture
def remembered(sql_engine: Engine, desk: PolicyDesk) -> PolicyDesk:
    """K0001 was in stock, but for the fourth and the third day before today."""
    tallies = {
        _day(9): Tally(dispensed_packs=3),
        _day(8): Tally(dispensed_packs=2, restocked_packs=20),
        _day(4): Tally(dispensed_packs=1, empty_asks=5),
    }
    with desk.store.begin() as books:
        books.totals.add(Tallies(hourly={}, daily=tallies))
    with writing(sql_engine).begin() as connection:
        changes = [
            _change(200, Standing.IN_STOCK),
            _change(4.7, Standing.EMPTY),
            _change(2.7, Standing.IN_STOCK),
        ]
        merge(connection, OutletChange, changes, "replace")
    return desk


def test_the_last_days_are_those_of_the_books(remembered: PolicyDesk) -> None:
    with remembered.store.look() as books:
        assert ("K0001", "condom-52") in touched_by(books, CONDOMS, NOW)
        assert touched_by(books, Scope(kind="campus"), NOW) == []
        past = past_of(
            books,
            [("K0001", "condom-52")],
            first=TODAY - timedelta(days=90),
            last=TODAY - timedelta(days=1),
            at=NOW,
            zone=ZONE,
        )
    [found] = past.values()
    ago = dict(zip(range(90, 0, -1), found.days, strict=True))
    assert found.capacity_packs == 56
    assert [ago[number].wanted_packs for number in (9, 8, 7, 5, 4, 3, 1)] == [
        3,
        2,
        0,
        0,
        None,
        None,
        0,
    ]
    assert [number for number, day in ago.items() if day.was_out] == [4, 3]
    assert [number for number, day in ago.items() if day.was_visited] == [8]
    assert (ago[8].brought_packs, ago[4].lost_packs) == (20, 5)


def test_a_change_shows_what_it_would_have_done_and_keeps_nothing(remembered: PolicyDesk) -> None:
    found = remembered.look_back(CONDOMS, PRESETS["county"])
    assert (found.first_day, found.last_day) == (
        TODAY - timedelta(days=90),
        TODAY - timedelta(days=1),
    )
    assert (found.places, found.places_all) == (3, 3)
    assert (found.was.stock_out_days, found.was.visits, found.was.lost_packs) == (2, 1, 5.0)
    assert found.now != found.then
    assert remembered.all().policies == ()
    same = remembered.look_back(CONDOMS, None)
    assert same.now == same.then == found.now


@pytest.mark.parametrize("scope", [Scope(item="condom-99"), Scope(site_id="S999")])
def test_a_policy_for_what_is_not_there_is_refused_in_words(desk: PolicyDesk, scope: Scope) -> None:
    for attempt in (desk.change, desk.look_back):
        with pytest.raises(PolicyError, match="choose one of the list"):
            attempt(scope, DEFAULT)
    assert desk.all().policies == ()
