"""The views for dashboards say what the pages' own reads say, on both databases."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from service.domain.kiosks import MACHINE_FAULTS, KioskState
from service.flows.reads.incidents import IncidentsWanted
from service.store.engine import writing
from service.store.sql import table_of
from service.store.tables.books import FaultRow, LevelRow
from service.store.tables.ledger import ProgressRow
from service.store.tables.watch import CoverageRow, LivenessRow
from tests.api.story import keep, reads_of, tell, watch
from tests.support.plans import ITEMS, KIOSKS, NOW
from tests.support.say import born, counted, dispensed, fact

NAMES = (
    *("v_alert_open", "v_incident_open", "v_coverage"),
    *("v_day_total", "v_kiosk_now", "v_month_total"),
)
SUMS = ("dispensed_packs", "dispensed_units", "empty_asks", "jams", "refused")
EVERYTHING: Final = "SELECT * FROM {}"
STOCK_SUMS = ("restocked_packs", "removed_packs")


def rows(engine: Engine, sql: str) -> Sequence[Any]:
    with engine.begin() as connection:
        return connection.execute(text(sql)).all()


def at(engine: Engine, told: Any) -> datetime | None:  # noqa: ANN401 - what the database gives
    """Return a moment of a view: a text in UTC where the database has no time type."""
    if told is None or engine.dialect.name != "sqlite":
        return None if told is None else told.astimezone(UTC)
    assert told.endswith("Z"), told
    return datetime.fromisoformat(told)


def test_every_view_stands_empty_on_an_empty_district(sql_engine: Engine) -> None:
    for name in NAMES:
        found = rows(sql_engine, EVERYTHING.format(name))
        assert len(found) == (len(KIOSKS) if name == "v_kiosk_now" else 0), name


def test_month_totals_are_those_of_the_pages(sql_engine: Engine) -> None:
    tell(sql_engine)
    reads = reads_of(sql_engine)
    assert reads.months() == ("2026-10", "2026-11")
    told = {
        (row.month, row.item): [getattr(row, name) for name in (*SUMS, *STOCK_SUMS)]
        for row in rows(sql_engine, "SELECT * FROM v_month_total")
    }
    assert told == {
        (month, row.item): [getattr(row, name) for name in (*SUMS, *STOCK_SUMS)]
        for month in reads.months()
        for row in reads.totals(month, "item").rows
    }
    assert told["2026-11", "condom-52"] == [5, 50, 1, 0, 0, 0, 0]


def test_days_add_up_to_their_month(sql_engine: Engine) -> None:
    tell(sql_engine)
    sums: dict[str, dict[tuple[str, str], int]] = {"v_day_total": {}, "v_month_total": {}}
    for view, found in sums.items():
        for row in rows(sql_engine, EVERYTHING.format(view)):
            for name in (*SUMS, *STOCK_SUMS):
                key = (row.item, name)
                found[key] = found.get(key, 0) + getattr(row, name)
    assert sums["v_day_total"] == sums["v_month_total"] != {}


@pytest.mark.parametrize(
    ("zone", "november"),
    [
        ("Asia/Shanghai", datetime(2026, 10, 31, 16, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 10, 31, 18, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_month_begins_when_the_clock_of_the_district_says_so(
    sql_engine: Engine, zone: str, november: datetime
) -> None:
    tell(sql_engine)
    with writing(sql_engine).begin() as connection:
        connection.execute(text("UPDATE district SET timezone = :zone"), {"zone": zone})
    [[begins, ends]] = rows(
        sql_engine,
        "SELECT begins_at, ends_at FROM v_month_total WHERE month = '2026-11' AND item = 'n9-film'",
    )
    [[day, day_begins]] = rows(
        sql_engine,
        "SELECT day, begins_at FROM v_day_total"
        " WHERE begins_at >= '2026-11-02' AND item = 'n9-film'",
    )
    if sql_engine.dialect.name == "sqlite":  # It knows no zones: local time, and no Z on it.
        assert (begins, ends) == ("2026-11-01T00:00:00", "2026-12-01T00:00:00")
        assert (day, day_begins) == ("2026-11-20", "2026-11-20T00:00:00")
    else:
        days = timedelta(days=30) + timedelta(hours=zone == "America/New_York")
        assert (begins.astimezone(UTC), ends.astimezone(UTC)) == (november, november + days)
        assert day == date(2026, 11, 20)
        assert day_begins.astimezone(ZoneInfo(zone)) == datetime(
            2026, 11, 20, tzinfo=ZoneInfo(zone)
        )


@pytest.mark.parametrize("view", ["v_incident_open", "v_alert_open"])
def test_incidents_are_those_of_the_pages(sql_engine: Engine, view: str) -> None:
    tell(sql_engine)
    with writing(sql_engine).begin() as connection:
        connection.execute(text("UPDATE incident SET resolved_at = opened_at WHERE kind = 'fault'"))
    reads = reads_of(sql_engine)
    pages = reads.incidents(IncidentsWanted(most=100))
    assert any(one.item is not None for one in pages)
    assert reads.incidents(IncidentsWanted(state="resolved", most=100))
    told = {row.id: row for row in rows(sql_engine, EVERYTHING.format(view))}
    assert told.keys() == {one.id for one in pages}
    same = ("kind", "severity", "place", "kiosk_id", "item")
    for one in pages:
        row = told[one.id]
        for name in (*same, "place_name_zh", "place_name_en"):
            assert getattr(row, name) == getattr(one, name), name
        assert at(sql_engine, row.opened_at) == one.opened_at
    assert_as_on_pages(sql_engine, datetime.now(UTC))


def test_coverage_is_that_of_the_pages_and_each_figure_ends_where_the_next_begins(
    sql_engine: Engine,
) -> None:
    tell(sql_engine)
    later = NOW + timedelta(days=3)
    watch(sql_engine, at=later)  # Nobody was heard since: the figures became intervals.
    pages = reads_of(sql_engine, now=later).coverage()
    history = rows(sql_engine, "SELECT * FROM v_coverage ORDER BY item, computed_at")
    newest = [row for row in history if row.valid_until is None]
    assert [row.item for row in newest] == [one.item for one in pages.items] == list(ITEMS)
    for row, one in zip(newest, pages.items, strict=True):
        assert at(sql_engine, row.computed_at) == pages.computed_at == later
        assert row.people == pages.people
        figures = ("people_installed", "people_working_low", "people_working_high")
        for name in (*figures, "people_in_stock_low", "people_in_stock_high"):
            assert getattr(row, name) == getattr(one, name), name
    earlier = [row for row in history if row.valid_until is not None]
    assert {at(sql_engine, row.computed_at) for row in earlier} == {NOW}
    assert {at(sql_engine, row.valid_until) for row in earlier} == {later}


def test_coverage_with_no_item_in_it_is_no_row(sql_engine: Engine) -> None:
    with writing(sql_engine).begin() as connection:
        row = {"computed_at": NOW, "people": 1, "items": []}
        connection.execute(table_of(CoverageRow).insert(), [row])
    assert rows(sql_engine, "SELECT * FROM v_coverage") == []


def test_a_kiosk_stands_as_the_pages_say(sql_engine: Engine) -> None:
    now = datetime.now(UTC)
    keep(sql_engine, [born(), *(fact(1, counted(20, 0, 9), at=now, heard_at=now),)], at=now)
    keep(sql_engine, [fact(2, dispensed(packs=3), at=now, heard_at=now)], at=now)
    watch(sql_engine, at=now)
    told = {row.kiosk_id: row for row in rows(sql_engine, "SELECT * FROM v_kiosk_now")}
    one = told["K0001"]
    assert (one.state, one.on_hand_packs, one.capacity_packs) == ("available", 26, 84)
    assert (one.site_name_zh, one.lon, one.lat) == ("点1", 105.001, 30.0)
    assert [told[name].state for name in KIOSKS[1:]] == ["silent", "silent"]
    assert told["K0002"].on_hand_packs is None
    assert_as_on_pages(sql_engine, now)


def assert_as_on_pages(engine: Engine, now: datetime) -> set[KioskState]:
    """Compare every kiosk of the view with the pages; return the states that were seen."""
    told = {row.kiosk_id: row for row in rows(engine, "SELECT * FROM v_kiosk_now")}
    pages = {one.id: one for one in reads_of(engine, now=now).kiosks().kiosks}
    assert told.keys() == pages.keys()
    same = ("state", "behind_facts", "on_hand_packs", "capacity_packs", "lon", "lat")
    for kiosk_id, one in pages.items():
        row = told[kiosk_id]
        assert [getattr(row, name) for name in same] == [getattr(one, name) for name in same]
        assert row.open_alerts == one.open_incidents
        heard_at = at(engine, row.heard_at)
        assert (heard_at is None) == (one.heard_at is None)
        if heard_at is not None and one.heard_at is not None:
            assert abs(heard_at - one.heard_at) <= timedelta(milliseconds=1)
    return {one.state for one in pages.values()}


SEEDS: Final = range(80)
CODES: Final = (*sorted(MACHINE_FAULTS), "door_open")
Line = dict[str, Any]


def slots_of(dice: random.Random, key: Line, now: datetime) -> tuple[list[Line], list[Line]]:
    """Return levels and jams of a kiosk."""
    levels, jams = [], []
    for slot in (1, 2, 3):
        own = {**key, "slot": slot, "sequence": 1}
        packs = dice.choice([None, 0, 1, 6, 7, 8, 14, 15, 28])
        level = {**own, "item": dice.choice(ITEMS[:2]), "counted_packs": packs, "counted_at": now}
        levels.append({**level, "left_packs": dice.choice([0, 0, 1, 7, 30])})
        jams.append({**own, "code": "aisle_jam", "raised": dice.random() < 0.3, "since": now})
    return [one for one in levels if dice.random() < 0.9], jams


def machine_of(dice: random.Random, key: Line, now: datetime) -> list[Line]:
    """Return one fault, more or less grave."""
    own = {**key, "slot": dice.choice([0, 0, 0, 1]), "sequence": 1, "since": now}
    raised = dice.random() < 0.3
    return [{**own, "code": dice.choice(CODES), "raised": raised}]


def presence_of(dice: random.Random, key: Line, now: datetime) -> tuple[list[Line], list[Line]]:
    """Return presence and progress of a kiosk, either of which may be missing."""
    hours = dice.choice([-1, 1, 1, 1, None])
    presence: Line = {
        "kiosk_id": key["kiosk_id"],
        "epoch": dice.choice([1, 1, 1, 2]),
        "head": dice.choice([0, 20, 21, 60, 90]),
        "silent_after": None if hours is None else now + timedelta(hours=hours),
        "heard_at": now,
    }
    presence |= {"online": True, "boot": 1, "firmware": "", "heartbeats": True}
    beyond = dice.choice(["[]", "[[30,39]]", "[[30,39],[45,45]]"])
    progress = {**key, "upto": dice.choice([0, 20, 27]), "beyond": beyond}
    return [presence] * (dice.random() < 0.9), [progress] * (dice.random() < 0.8)


def scatter(engine: Engine, dice: random.Random, now: datetime) -> None:
    """Put whatever can be in the books in them."""
    lines: dict[Any, list[Line]] = {LevelRow: [], FaultRow: [], LivenessRow: [], ProgressRow: []}
    for kiosk_id in KIOSKS:
        key: Line = {"kiosk_id": kiosk_id, "epoch": 1}
        levels, jams = slots_of(dice, key, now)
        presences, progress = presence_of(dice, key, now)
        lines[LevelRow] += levels
        lines[FaultRow] += [*jams, *machine_of(dice, key, now)]
        lines[LivenessRow] += presences
        lines[ProgressRow] += progress
    with writing(engine).begin() as connection:
        for model, told in lines.items():
            connection.execute(table_of(model).delete())
            if told:
                connection.execute(table_of(model).insert(), told)


def test_the_view_of_kiosks_follows_the_rule_of_the_domain_whatever_is_in_the_books(
    sql_engine: Engine,
) -> None:
    now = datetime.now(UTC)
    seen: set[KioskState] = set()
    for seed in SEEDS:
        scatter(sql_engine, random.Random(seed), now)
        seen |= assert_as_on_pages(sql_engine, now)
    assert seen == set(KioskState), "the seeds miss a state"
