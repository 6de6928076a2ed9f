"""What communities and residents are told of the books, in both databases."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert

from service.domain.circle import Standing
from service.domain.district import Named
from service.flows.reads.communities import (
    Cause,
    CircleGapRow,
    CircleGapState,
    CircleGapsWanted,
)
from service.flows.reads.public import OutletCard
from service.store.engine import writing
from service.store.reads.communities import CommunityReads
from service.store.reads.public import PublicReads
from service.store.sql import table_of
from service.store.tables.circle import CircleGap
from service.store.tables.registry import Community
from tests.support.plans import NOW, ZONE

HOUR = timedelta(hours=1)


def gap(
    community: str,
    cause: Standing,
    *,
    item: str = "condom-52",
    since: datetime = NOW - 2 * HOUR,
    closed_at: datetime | None = None,
) -> dict[str, Any]:
    return {
        "community_id": community,
        "item": item,
        "cause": int(cause),
        "people": 900,
        "since": since,
        "opened_at": NOW - HOUR,
        "opened_by": "K0001",
        "closed_at": closed_at,
        "closed_by": None if closed_at is None else "K0002",
    }


def told(engine: Engine) -> CommunityReads:
    rows = [
        gap("C001", Standing.MACHINE, since=NOW - 5 * HOUR, closed_at=NOW - HOUR),
        gap("C001", Standing.EMPTY),
        gap("C002", Standing.UNKNOWN, since=NOW - 3 * HOUR),
        gap("C001", Standing.CLOSED, item="n9-film"),
        gap("C999", Standing.NEVER),
    ]
    with writing(engine).begin() as connection:
        connection.execute(insert(table_of(CircleGap)), rows)
    return CommunityReads(engine, now=lambda: NOW, zone=ZONE)


def wanted(
    state: CircleGapState = "all",
    *,
    item: str | None = None,
    before: int | None = None,
    most: int = 9,
    cause: Cause | None = None,
    town_code: str | None = None,
) -> CircleGapsWanted:
    return CircleGapsWanted(
        state=state, item=item, before=before, most=most, cause=cause, town_code=town_code
    )


def test_who_is_outside_is_told_since_when_at_all(sql_engine: Engine) -> None:
    reads = told(sql_engine)
    assert reads.outside_since("condom-52") == {
        "C001": NOW - 2 * HOUR,
        "C002": NOW - 3 * HOUR,
        "C999": NOW - 2 * HOUR,
    }
    assert reads.outside_since("n9-gel") == {}


def test_gaps_come_newest_first_by_state_and_item(sql_engine: Engine) -> None:
    reads = told(sql_engine)
    every = reads.circle_gaps(wanted()).gaps
    assert [one.cause for one in every] == ["never", "closed", "unknown", "stock", "machine"]
    assert [one.id for one in every] == sorted((one.id for one in every), reverse=True)
    still_open = reads.circle_gaps(wanted("open", item="condom-52")).gaps
    assert [one.community_id for one in still_open] == ["C999", "C002", "C001"]
    [closed] = reads.circle_gaps(wanted("closed")).gaps
    assert (closed.cause, closed.closed_at, closed.closed_by) == ("machine", NOW - HOUR, "K0002")
    assert (closed.name_zh, closed.town_code, closed.lon) == ("社区1", "999901001", 105.0)


def test_gaps_are_chosen_by_their_cause_and_town(sql_engine: Engine) -> None:
    reads = told(sql_engine)
    with writing(sql_engine).begin() as connection:
        rows = [gap("C003", Standing.STOCK_UNKNOWN), gap("C003", Standing.EMPTY, item="n9-gel")]
        connection.execute(insert(table_of(CircleGap)), rows)

    def chosen(wished: CircleGapsWanted) -> list[tuple[str, str]]:
        return [(one.community_id, one.cause) for one in reads.circle_gaps(wished).gaps]

    assert chosen(wanted(cause="unknown")) == [("C003", "unknown"), ("C002", "unknown")]
    assert chosen(wanted(cause="stock", item="condom-52")) == [("C001", "stock")]
    assert chosen(wanted("closed", cause="never")) == []
    assert chosen(wanted("closed", cause="machine")) == [("C001", "machine")]
    mine = [one for one in chosen(wanted()) if one[0] != "C999"]
    assert chosen(wanted(town_code="999901001")) == mine, "who is gone belongs to no town"
    assert chosen(wanted(town_code="999901999")) == []
    page = reads.circle_gaps(wanted(cause="unknown", most=1))
    assert page.next == page.gaps[0].id


def test_a_gap_of_a_community_that_is_gone_keeps_its_id_and_has_no_place(
    sql_engine: Engine,
) -> None:
    gone = told(sql_engine).circle_gaps(wanted()).gaps[0]
    assert (gone.community_id, gone.people) == ("C999", 900)
    assert (gone.name_zh, gone.town_code, gone.lon, gone.lat) == (None, None, None, None)


def test_gaps_are_paged_without_loss(sql_engine: Engine) -> None:
    reads = told(sql_engine)
    every: list[CircleGapRow] = []
    before = None
    while True:
        page = reads.circle_gaps(wanted(before=before, most=2))
        every += page.gaps
        if page.next is None:
            break
        before = page.next
    assert tuple(every) == reads.circle_gaps(wanted()).gaps


def find(engine: Engine, text: str, *, most: int = 10) -> list[str]:
    reads = PublicReads(engine, now=lambda: NOW, zone=ZONE)
    return [one.id for one in reads.find_communities(text, most=most)]


def test_a_community_is_found_by_a_part_of_either_name(sql_engine: Engine) -> None:
    assert find(sql_engine, "区2") == ["C002"]
    assert find(sql_engine, "COMMUNITY 3") == ["C003"]
    assert find(sql_engine, "社区") == ["C001", "C002", "C003"], "those with most people first"
    assert find(sql_engine, "社区", most=2) == ["C001", "C002"]
    assert find(sql_engine, "nowhere") == []


def test_no_sign_of_a_name_is_a_pattern(sql_engine: Engine) -> None:
    with writing(sql_engine).begin() as connection:
        names = {"name_zh": "百分%之_一", "name_en": "100 %_"}
        place = {"town_code": "999901001", "lon": 105.0, "lat": 30.0, "people": 1}
        connection.execute(insert(table_of(Community)), [{"id": "C010", **names, **place}])
    assert find(sql_engine, "%") == find(sql_engine, "_") == ["C010"]
    assert find(sql_engine, "'; DROP TABLE community; --") == []


def test_names_that_begin_with_the_text_come_before_those_that_hold_it(sql_engine: Engine) -> None:
    with writing(sql_engine).begin() as connection:
        place = {"town_code": "999901001", "lon": 105.0, "lat": 30.0, "people": 1}
        names = {"name_zh": "1号院", "name_en": "Court One"}
        connection.execute(insert(table_of(Community)), [{"id": "C010", **names, **place}])
    assert find(sql_engine, "1") == ["C010", "C001"]


def test_a_kiosk_and_a_staffed_point_have_their_sites_name_and_hours(sql_engine: Engine) -> None:
    reads = PublicReads(sql_engine, now=lambda: NOW, zone=ZONE)
    assert reads.outlet_cards(["K0002", "S003", "K9999"]) == {
        "K0002": OutletCard(name=Named("点2", "Point 2"), opening_hours="24/7"),
        "S003": OutletCard(name=Named("点3", "Point 3"), opening_hours="24/7"),
    }
