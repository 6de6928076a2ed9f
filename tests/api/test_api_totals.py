"""A month's totals: local months, JSON and CSV alike, and facts that add up to every figure."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from service.api.csv_file import harmless, write_totals
from service.domain.district import Named
from service.domain.heard import Replied
from service.flows.gaps import ask_for_gaps
from service.flows.reads.totals import MonthTotals, TotalsRow
from service.store.engine import writing
from service.store.reads.missing import Touching, by_key, missing_facts, touching
from service.store.registry import lay_out
from service.store.sql_store import SqlStore
from tests.api.client import Client
from tests.api.conftest import make_app
from tests.api.story import keep, reads_of
from tests.support.plans import NOW, ZONE, small_district
from tests.support.say import dispensed, fact

SUMS = (
    "dispensed_packs",
    "dispensed_units",
    "empty_asks",
    "jams",
    "refused",
    "restocked_packs",
    "removed_packs",
)


def sums(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[int]]:
    return {(row["key"], row["item"]): [row[name] for name in SUMS] for row in rows}


def all_facts(client: Client, query: str) -> list[dict[str, Any]]:
    facts, cursor = [], ""
    while True:
        page = client.get(f"totals/facts?{query}{cursor}")
        facts += page["facts"]
        if page["next"] is None:
            return facts
        cursor = f"&cursor={page['next']}"


def add_up(facts: list[dict[str, Any]]) -> list[int]:
    done = [one for one in facts if one["outcome"] == "dispensed"]
    outcomes = [one["outcome"] for one in facts]
    return [
        sum(one["packs"] for one in done),
        sum(one["units"] for one in done),
        outcomes.count("empty"),
        outcomes.count("jammed"),
        outcomes.count("refused"),
        sum(one["packs"] for one in facts if one["kind"] == "restock"),
    ]


def test_a_fact_belongs_to_the_month_of_its_own_local_clock(client: Client) -> None:
    assert client.get("totals/months") == ["2026-10", "2026-11"]
    october = client.get("totals/monthly?month=2026-10&by=site")
    assert sums(october["rows"]) == {("S001", "condom-52"): [1, 10, 0, 0, 0, 0, 0]}
    november = client.get("totals/monthly?month=2026-11&by=site")
    assert sums(november["rows"]) == {
        ("S001", "condom-52"): [4, 40, 1, 0, 0, 0, 0],
        ("S001", "n9-film"): [1, 10, 0, 1, 1, 18, 1],
        ("S002", "condom-52"): [1, 10, 0, 0, 0, 0, 0],
        ("S002", "n9-film"): [0, 0, 0, 0, 0, 5, 0],
    }


def test_totals_by_item_and_by_town_are_the_same_sums(client: Client) -> None:
    by_item = client.get("totals/monthly?month=2026-11&by=item")["rows"]
    assert sums(by_item)["condom-52", "condom-52"] == [5, 50, 1, 0, 0, 0, 0]
    by_town = client.get("totals/monthly?month=2026-11&by=town")["rows"]
    assert [row["name_zh"] for row in by_town] == ["测试镇", "测试镇"]
    assert list(sums(by_item).values()) == list(sums(by_town).values())


def test_a_month_is_provisional_until_it_is_over_in_the_district(evening: Engine) -> None:
    at = {
        "2026-11-30T15:59:59+00:00": True,
        "2026-11-30T16:00:00+00:00": False,
    }
    for moment, provisional in at.items():
        client = Client(make_app(reads_of(evening, now=NOW.fromisoformat(moment))))
        said = client.get("totals/monthly?month=2026-11&by=item")
        assert said["provisional"] is provisional, moment
        assert client.get("totals/monthly?month=2027-05&by=item")["provisional"] is True


def test_missing_facts_touch_only_the_months_that_they_can_belong_to(client: Client) -> None:
    gaps = {
        month: client.get(f"totals/monthly?month={month}&by=item")["gaps_touching"]
        for month in ("2026-10", "2026-11", "2026-12")
    }
    # 3 and 4 lie between two facts of one day; what follows the last fact may reach into December.
    assert gaps == {"2026-10": 0, "2026-11": 4, "2026-12": 2}


def test_a_clock_that_fell_back_hides_no_gap(client: Client, evening: Engine) -> None:
    keep(evening, [fact(9, dispensed(), kiosk="K0003", at=NOW), fact(9, dispensed(), at=NOW)])
    before = _touching(client, "item")[""]
    earlier = NOW - timedelta(days=60)
    keep(evening, [fact(12, dispensed(), kiosk="K0003", at=earlier)])
    # Of K0003 eight are missing before the ninth, and two between it and an earlier moment.
    assert _touching(client, "item")[""] == (before[0] + 2, 0)
    assert _touching(client, "item", "2026-10")[""] == (10, 0)


def test_gaps_past_the_most_that_are_looked_at_count_everywhere(evening: Engine) -> None:
    december, january = (datetime(*day, tzinfo=ZONE) for day in ((2026, 12, 1), (2027, 1, 1)))
    with evening.connect() as connection:
        every = missing_facts(connection, december, january)
        first = missing_facts(connection, december, january, most=1)
        sums = by_key(connection, first, "site")
    assert [(one.facts, one.site_ids) for one in every] == [(2, frozenset({"S002"}))]
    assert touching(first) == Touching(facts=2)
    # The first by key is of November; what is not looked at may be of any month and site.
    assert {"S001": Touching(facts=2), "S002": Touching(facts=2)}.items() <= sums.items()


def _touching(client: Client, by: str, month: str = "2026-11") -> dict[str, tuple[int, int]]:
    said = client.get(f"totals/monthly?month={month}&by={by}")
    rows = {row["key"]: (row["gaps_touching"], row["gone_touching"]) for row in said["rows"]}
    return {**rows, "": (said["gaps_touching"], said["gone_touching"])}


def test_what_is_gone_for_ever_is_shown_in_each_total_that_it_touches(
    evening: Engine, client: Client
) -> None:
    ids = iter(["gone", "asked"])
    with SqlStore(evening).begin() as books:
        ask_for_gaps(books=books, at=NOW + timedelta(hours=1), new_id=lambda: next(ids))
    keep(evening, [Replied(kiosk_id="K0002", command_id="gone", gone=True)])
    assert _touching(client, "site") == {"S001": (0, 0), "S002": (4, 2), "": (4, 2)}
    assert _touching(client, "town") == {"999901001": (4, 2), "": (4, 2)}
    every_item = {"condom-52": (4, 2), "n9-film": (4, 2), "": (4, 2)}
    assert _touching(client, "item") == every_item, "what is missing may be of any item"
    assert _touching(client, "site", "2026-10") == {"S001": (0, 0), "": (0, 0)}
    rows = csv.reader(
        io.StringIO(client.ask("/api/v1/totals/monthly.csv?month=2026-11").content.decode())
    )
    assert {tuple(row[15:]) for row in rows if row[1] == "S002"} == {("4", "4", "2")}


def test_the_facts_behind_a_figure_add_up_to_it_over_all_pages(client: Client) -> None:
    for month in ("2026-10", "2026-11"):
        for row in client.get(f"totals/monthly?month={month}&by=site")["rows"]:
            query = f"month={month}&site={row['key']}&item={row['item']}"
            facts = all_facts(client, query + "&limit=1")
            assert add_up(facts) == [row[name] for name in SUMS[:6]]
            assert len(facts) == len({(f["kiosk_id"], f["epoch"], f["sequence"]) for f in facts})
            assert all_facts(client, query) == facts


def test_facts_of_one_instant_are_paged_without_loss(evening: Engine, client: Client) -> None:
    same = NOW - timedelta(hours=1)
    keep(evening, [fact(n, dispensed(), at=same) for n in range(10, 40)])
    keep(evening, [fact(n, dispensed(), at=same, kiosk="K0003") for n in range(1, 9)])
    for limit in (1, 7, 500):
        facts = all_facts(client, f"month=2026-11&item=condom-52&limit={limit}")
        assert len(facts) == 4 + 1 + 30 + 8 - 1
        assert add_up(facts)[0] == 4 + 1 + 30 + 8
    assert len(all_facts(client, "month=2026-11&town=999901001&limit=9")) == 47
    assert all_facts(client, "month=2026-11&town=1") == []
    assert all_facts(client, "month=2026-11&site=S999") == []


def test_the_csv_holds_the_same_figures_as_the_json(client: Client) -> None:
    response = client.ask("/api/v1/totals/monthly.csv?month=2026-11&by=site")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="circle15-2026-11-site.csv"' in response.headers["content-disposition"]
    heading, *rows = csv.reader(io.StringIO(response.content.decode("utf-8-sig")))
    assert heading[0] == "月份 Month"
    assert all(any(ord(char) > 0x3FFF for char in cell) for cell in heading)
    said = client.get("totals/monthly?month=2026-11&by=site")["rows"]
    assert [row[1:5] for row in rows] == [
        [one["key"], one["name_zh"], one["name_en"], one["item"]] for one in said
    ]
    assert [[int(cell) for cell in row[7:14]] for row in rows] == [
        [one[name] for name in SUMS] for one in said
    ]
    assert {(row[1], *row[14:]) for row in rows} == {
        ("S001", "是 yes", "4", "0", "0"),
        ("S002", "是 yes", "4", "4", "0"),
    }


def test_no_name_becomes_a_formula_in_a_spreadsheet() -> None:
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert harmless(evil) == f"'{evil}"
    for fine in ("河东街道", "S001", "点-1", "a=b", ""):
        assert harmless(fine) == fine
    numbers = dict.fromkeys(SUMS, 1)
    numbers |= {"gaps_touching": 0, "gone_touching": 0}
    row = TotalsRow(key="S1", name_zh="=cmd|'/C'!A0", name_en='say "x", y', item="a", **numbers)
    totals = MonthTotals(
        month="2026-11",
        by="site",
        timezone="Asia/Shanghai",
        provisional=False,
        gaps_touching=0,
        gone_touching=0,
        rows=(row,),
    )
    text = write_totals(totals, {}).decode("utf-8-sig")
    told = list(csv.reader(io.StringIO(text)))[1]
    assert told[2:4] == ["'=cmd|'/C'!A0", 'say "x", y']


def test_a_site_with_a_strange_name_is_told_as_it_is(evening: Engine, client: Client) -> None:
    plan = small_district()
    sites = (replace(plan.sites[0], name=Named("=点,“1”", "Point\n1")), *plan.sites[1:])
    with writing(evening).begin() as connection:
        lay_out(connection, replace(plan, sites=sites), at=NOW)
    row = client.get("totals/monthly?month=2026-10&by=site")["rows"][0]
    assert (row["name_zh"], row["name_en"]) == ("=点,“1”", "Point\n1")
    response = client.ask("/api/v1/totals/monthly.csv?month=2026-10&by=site")
    _, told = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert told[2:4] == ["'=点,“1”", "Point\n1"]


def test_a_month_without_anything_has_no_rows(client: Client) -> None:
    assert client.get("totals/monthly?month=2020-01&by=town")["rows"] == []
    assert client.get("totals/monthly?month=2099-12&by=town")["rows"] == []
    assert client.get("totals/facts?month=2099-12") == {"facts": [], "next": None}
