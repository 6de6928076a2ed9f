"""Every panel's SQL runs on PostgreSQL, by an account that may read the views alone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from dashboards import queries
from dashboards.district import district
from service.flows.reads.incidents import IncidentsWanted
from tests.api.story import OCTOBER, reads_of, tell, watch
from tests.dashboards.grafana_sql import expand
from tests.support.plans import ITEMS, KIOSKS, NOW

VIEWS = "v_kiosk_now, v_incident_open, v_day_total, v_month_total, v_coverage"
BEGIN, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 15, tzinfo=UTC)
PANELS = {panel["id"]: panel["targets"][0]["rawSql"] for panel in district()["panels"]}


@pytest.fixture
def evening(postgres_engine: Engine) -> Iterator[Engine]:
    """The evening, and an account for Grafana as the README makes it."""
    with postgres_engine.begin() as connection:
        connection.execute(text("CREATE ROLE grafana"))
        connection.execute(text(f"GRANT SELECT ON {VIEWS} TO grafana"))
    tell(postgres_engine)
    yield postgres_engine
    with postgres_engine.begin() as connection:
        connection.execute(text("DROP OWNED BY grafana"))
        connection.execute(text("DROP ROLE grafana"))


def ask(
    engine: Engine, sql: str, *, begin: datetime = BEGIN, end: datetime = END, item: str = ITEMS[0]
) -> Sequence[Any]:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE grafana"))
        connection.execute(text("SET LOCAL TIME ZONE 'America/New_York'"))  # Nobody's district.
        return connection.exec_driver_sql(expand(sql, begin=begin, end=end, item=item)).all()


def test_every_panel_and_the_list_of_items_run(evening: Engine) -> None:
    assert sorted(PANELS) == [1, 2, 3, 4, 5, 6]
    for number, sql in PANELS.items():
        assert ask(evening, sql), number
    assert ask(evening, queries.ITEMS) == [(item, item) for item in ITEMS]


def test_the_account_of_grafana_reads_no_facts(evening: Engine) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask(evening, "SELECT body FROM fact")


def test_each_kiosk_counts_once_and_each_state_is_named(evening: Engine) -> None:
    told = {row.state.partition(" · ")[2]: row.kiosks for row in ask(evening, PANELS[1])}
    assert list(told) == [
        *("faulty", "empty", "silent", "running low", "unknown", "catching up", "available")
    ]
    pages = reads_of(evening, now=datetime.now(UTC)).kiosks().kiosks
    assert sum(told.values()) == len(pages) == len(KIOSKS)
    assert told["silent"] == sum(one.state == "silent" for one in pages)


def test_the_map_shows_every_kiosk_where_it_stands(evening: Engine) -> None:
    pages = {one.id: one for one in reads_of(evening, now=datetime.now(UTC)).kiosks().kiosks}
    told = ask(evening, PANELS[2])
    assert [row.kiosk_id for row in told] == sorted(pages)
    for row in told:
        one = pages[row.kiosk_id]
        assert (row.lon, row.lat, row.state) == (one.lon, one.lat, one.state)
        assert row.heard_at == one.heard_at


def test_open_incidents_stand_in_the_order_of_the_pages(evening: Engine) -> None:
    pages = reads_of(evening).incidents(IncidentsWanted(most=500))
    told = [(row.kind, row.place, row.opened_at) for row in ask(evening, PANELS[3])]
    assert told == [(one.kind, one.place, one.opened_at) for one in pages]


def test_a_day_begins_at_the_midnight_of_the_district(evening: Engine) -> None:
    told = {(row.time, row.metric): row.value for row in ask(evening, PANELS[4])}
    october_31 = datetime(2026, 10, 30, 16, tzinfo=UTC)
    november_1, november_20 = (october_31 + timedelta(days=days) for days in (1, 20))
    assert october_31 < OCTOBER < november_1
    condom, film = "condom-52 · condom-52", "n9-film · n9-film"
    assert told == {
        (october_31, condom): 1,
        (november_1, condom): 2,
        (november_20, condom): 3,
        (november_20, film): 1,
    }
    first = ask(evening, PANELS[4], begin=november_1, end=november_1 + timedelta(days=1))
    assert [row.value for row in first] == [2]


def test_months_are_those_of_the_pages_and_no_item_is_added_to_another(evening: Engine) -> None:
    pages = reads_of(evening)
    sums = ("dispensed_packs", "dispensed_units", "empty_asks", "jams", "refused")
    names = (*sums, "restocked_packs", "removed_packs")
    told = {(row.month, row.item): row for row in ask(evening, PANELS[5])}
    wanted = {
        (month, row.item): row
        for month in pages.months()
        for row in pages.totals(month, "item").rows
    }
    assert list(told) == sorted(wanted, key=lambda key: (-int(key[0][-2:]), key[1]))
    for key, row in wanted.items():
        assert [getattr(told[key], name) for name in names] == [
            getattr(row, name) for name in names
        ]
    november = datetime(2026, 10, 31, 16, tzinfo=UTC)
    only = ask(evening, PANELS[5], begin=november, end=november)
    assert {row.month for row in only} == {"2026-11"}


def test_a_month_that_is_not_over_says_so(evening: Engine) -> None:
    now = datetime.now(UTC)
    with evening.begin() as connection:  # One month long ago, one of today.
        connection.execute(text("DELETE FROM day_tally WHERE day = '2026-10-31'"))
        connection.execute(text("UPDATE day_tally SET day = '2020-01-15' WHERE day = '2026-11-01'"))
        connection.execute(
            text("UPDATE day_tally SET day = :day WHERE day > '2020-02-01'"), {"day": now}
        )
    years = timedelta(days=365 * 20)
    told = {row.month: row.standing for row in ask(evening, PANELS[5], begin=now - years, end=now)}
    assert told.pop("2020-01") == ""
    assert list(told.values()) == ["未完 · provisional"]
    reads = reads_of(evening, now=now)
    assert [reads.totals(month, "item").provisional for month in reads.months()] == [False, True]


def test_coverage_holds_from_the_beginning_of_the_range_to_its_end(evening: Engine) -> None:
    watch(evening, at=NOW + timedelta(days=3))
    now = datetime.now(UTC)
    first, second = now - timedelta(days=5), now - timedelta(days=2)
    with evening.begin() as connection:  # The panel knows the database's clock, not the story's.
        move = text("UPDATE coverage SET computed_at = :at WHERE id = :id")
        connection.execute(move, [{"at": first, "id": 1}, {"at": second, "id": 2}])
    pages = reads_of(evening).coverage()
    [figure] = [one for one in pages.items if one.item == ITEMS[0]]
    newest = (figure.people_in_stock_low, figure.people_in_stock_high, pages.people)

    def drawn(begin: datetime, end: datetime) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in ask(evening, PANELS[6], begin=begin, end=end)]

    begin, end = first + timedelta(hours=1), first + timedelta(hours=2)
    [(left, *before), (right, *same)] = drawn(begin, end)
    assert (left, right) == (begin, end)
    assert before == same != list(newest)
    assert 0 <= before[0] <= before[1] <= pages.people
    [one, two, last] = drawn(first - timedelta(days=1), now + timedelta(days=1))
    assert one == (first, *before)
    assert two == (second, *newest)
    assert last[1:] == newest
    assert abs(last[0] - now) < timedelta(minutes=1), "nothing is drawn into the future"
    assert drawn(first - timedelta(days=2), first - timedelta(days=1)) == []


def test_an_item_with_a_quote_in_its_code_asks_nothing_else(evening: Engine) -> None:
    assert ask(evening, PANELS[6], item="x' OR '1'='1") == []
