"""What decisions read of the books, in both databases: stock, its rate while in stock, names."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from service.domain.circle import Standing
from service.domain.lasting import Lasting
from service.store.engine import writing
from service.store.reads.decisions import DecisionReads
from service.store.sql import table_of
from service.store.tables.books import DayTally, FaultRow, LevelRow
from service.store.tables.circle import OutletChange
from tests.support.plans import NOW, ZONE

S = Standing
TODAY = NOW.astimezone(ZONE).date()
BEGIN = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZONE) - timedelta(days=27)
"""The first of 28 local days begins."""

WINDOW_DAYS = (NOW - BEGIN) / timedelta(days=1)


def put(engine: Engine, model: type, *rows: dict[str, object]) -> None:
    with writing(engine).begin() as connection:
        connection.execute(insert(table_of(model)), list(rows))


def stood(
    outlet: str, at: datetime, standing: Standing, item: str = "condom-52"
) -> dict[str, object]:
    return {"outlet_id": outlet, "item": item, "at": at, "standing": int(standing)}


def gave(site: str, days_ago: int, packs: int, item: str = "condom-52") -> dict[str, object]:
    day = TODAY - timedelta(days=days_ago)
    sums = {"dispensed_units": 10 * packs, "empty_asks": 0, "jams": 0, "refusals": 0}
    sums |= {"dispensed_packs": packs, "restocked_packs": 0, "removed_packs": 0}
    return {"site_id": site, "item": item, "day": day, **sums}


def level(kiosk: str, slot: int, packs: int, item: str = "condom-52") -> dict[str, object]:
    moved = {"left_packs": 0, "epoch": 1, "sequence": 1}
    return {
        "kiosk_id": kiosk,
        "slot": slot,
        "item": item,
        "counted_packs": packs,
        "counted_at": NOW,
        **moved,
    }


def broken(kiosk: str, code: str, slot: int) -> dict[str, object]:
    since = {"raised": True, "since": NOW, "epoch": 1, "sequence": 2}
    return {"kiosk_id": kiosk, "code": code, "slot": slot, **since}


def lasting(engine: Engine, *items: str) -> Mapping[tuple[str, str], Lasting]:
    return DecisionReads(engine, now=lambda: NOW, zone=ZONE).lasting(items or ("condom-52",))


def test_the_rate_is_of_the_days_in_stock_alone(sql_engine: Engine) -> None:
    put(sql_engine, LevelRow, level("K0001", 1, 4), level("K0001", 2, 6))
    put(
        sql_engine,
        OutletChange,
        stood("K0001", BEGIN - timedelta(days=40), S.EMPTY),
        stood("K0001", BEGIN - timedelta(days=30), S.IN_STOCK),
        stood("K0001", BEGIN + timedelta(days=14), S.EMPTY),
        stood("K0001", NOW + timedelta(days=1), S.IN_STOCK),
    )
    # The 28th day back is the last that counts.
    put(sql_engine, DayTally, gave("S001", 27, 20), gave("S001", 20, 8), gave("S001", 28, 500))
    one = lasting(sql_engine)["K0001", "condom-52"]
    assert one.on_hand_packs == 10
    assert one.packs_per_day == pytest.approx(2.0)
    assert one.days_left == pytest.approx(5.0)


def test_a_timeline_that_begins_in_a_day_counts_from_the_next(sql_engine: Engine) -> None:
    put(sql_engine, LevelRow, level("K0001", 1, 10))
    put(sql_engine, OutletChange, stood("K0001", BEGIN + timedelta(days=17.4), S.IN_STOCK))
    put(sql_engine, DayTally, gave("S001", 10, 90), gave("S001", 9, 20), gave("S001", 12, 90))
    one = lasting(sql_engine)["K0001", "condom-52"]
    assert one.packs_per_day == pytest.approx(20 / (WINDOW_DAYS - 18))


def test_kiosks_that_share_a_site_share_rate_and_stock(sql_engine: Engine) -> None:
    put(sql_engine, LevelRow, level("K0002", 1, 6), level("K0003", 1, 0), level("K0003", 2, 0))
    put(
        sql_engine,
        OutletChange,
        stood("K0002", BEGIN - timedelta(days=9), S.IN_STOCK),
        stood("K0003", BEGIN - timedelta(days=8), S.IN_STOCK),
        stood("K0003", BEGIN + timedelta(days=3), S.EMPTY),
    )
    put(sql_engine, DayTally, gave("S002", 5, 30), gave("S001", 5, 999))
    found = lasting(sql_engine)
    rate = pytest.approx(30 / WINDOW_DAYS)
    assert found["K0002", "condom-52"].packs_per_day == rate
    assert found["K0002", "condom-52"].days_left == pytest.approx(6 * WINDOW_DAYS / 30)
    empty = found["K0003", "condom-52"]
    assert (empty.on_hand_packs, empty.days_left) == (0, 0.0)
    assert empty.packs_per_day == rate


def test_packs_in_a_broken_machine_or_a_jammed_aisle_last_nobody(sql_engine: Engine) -> None:
    put(sql_engine, LevelRow, level("K0002", 1, 6), level("K0003", 1, 4), level("K0003", 2, 5))
    put(sql_engine, FaultRow, broken("K0002", "power", 0), broken("K0003", "aisle_jam", 2))
    put(sql_engine, OutletChange, stood("K0003", BEGIN - timedelta(days=9), S.IN_STOCK))
    put(sql_engine, DayTally, gave("S002", 5, 30))
    found = lasting(sql_engine)
    assert found["K0002", "condom-52"].on_hand_packs == 6
    assert found["K0003", "condom-52"].on_hand_packs == 4
    assert found["K0003", "condom-52"].days_left == pytest.approx(4 * WINDOW_DAYS / 30)


def test_what_nobody_has_counted_or_seen_has_no_forecast(sql_engine: Engine) -> None:
    put(sql_engine, LevelRow, level("K0001", 1, 10), level("K0001", 3, 5, "n9-film"))
    put(sql_engine, OutletChange, stood("K0002", BEGIN - timedelta(days=9), S.IN_STOCK))
    put(sql_engine, OutletChange, stood("K0001", BEGIN, S.IN_STOCK, "n9-film"))
    put(sql_engine, OutletChange, stood("K9999", BEGIN, S.IN_STOCK))
    found = lasting(sql_engine, "condom-52", "n9-film")
    assert found["K0001", "condom-52"] == Lasting(on_hand_packs=10)
    assert found["K0002", "condom-52"] == Lasting(packs_per_day=0.0)
    film = found["K0001", "n9-film"]
    assert (film.packs_per_day, film.days_left) == (0.0, math.inf)
    assert {item for _, item in lasting(sql_engine)} == {"condom-52"}


def test_places_are_named_and_those_unknown_are_left_out(sql_engine: Engine) -> None:
    reads = DecisionReads(sql_engine, now=lambda: NOW, zone=ZONE)
    communities = reads.community_names(["C002", "C999"])
    assert {one: name.en for one, name in communities.items()} == {"C002": "Community 2"}
    outlets = reads.outlet_names(["K0003", "S003", "K9999"])
    assert {one: name.zh for one, name in outlets.items()} == {"K0003": "点2", "S003": "点3"}
    assert reads.outlet_names([]) == {}
