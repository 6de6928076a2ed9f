"""The fifteen-minute circle: on the map, on its own page, and at a past hour."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open, Visit
from tests.servers.processes import eventually

PARTS = {
    "towns": "town",
    "gaps": "circle-gap",
    "todo": "action",
    "dependence": "dependence",
    "hours": "promise-month",
}
FILES = {
    "towns": "coverage/towns?item=n9-gel&format=csv",
    "gaps": "coverage/gaps?item=n9-gel&state=open&limit=50000&format=csv",
    "todo": "coverage/actions?item=n9-gel&order=now&limit=1000&format=csv",
    "dependence": "coverage/dependence?item=n9-gel&limit=1000&format=csv",
    "hours": "promise/months?item=n9-gel&format=csv",
}
GONE = {"code": "not_found", "message": "Nothing is here.", "message_zh": "这里没有内容。"}


def standing(visit: Visit, community: str) -> str | None:
    """Return how the map shows a community."""
    found = visit.page.evaluate("(id) => window.__circle15.standing(id)", community)
    assert found is None or isinstance(found, str)
    return found


def stands(visit: Visit, community: str, shown: str) -> Callable[[], bool]:
    """Return whether the map shows a community so."""
    return lambda: standing(visit, community) == shown


def people(page: Page, shown: str) -> Locator:
    """Return the people of a standing in the panel beside the map."""
    return page.locator(f'[data-testid="standings"] [data-standing="{shown}"] b')


def refused(route: Route) -> None:
    """Answer as a service that does not know the question."""
    route.fulfill(status=404, content_type="application/json", body=json.dumps({"error": GONE}))


def test_choosing_an_item_shades_communities_and_says_why(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    visit.wait_for_map()
    assert standing(visit, "C001") is None
    page.get_by_test_id("layer").select_option("condom-52")
    expect(page).to_have_url(re.compile("circle=condom-52"))
    panel = page.get_by_test_id("circle-panel")
    expect(panel.get_by_test_id("panel-share")).to_have_text(re.compile(r"^\d+\.\d% – \d+\.\d%$"))
    for words in ("沿街道 1,000 米", "800 米内", "3 台没有消息"):
        expect(panel).to_contain_text(words)
    counts = page.locator('[data-testid="standings"] b').all_inner_texts()
    everybody = page.evaluate(
        "fetch('api/v1/coverage').then((a) => a.json()).then((c) => c.people)"
    )
    assert sum(int(count.replace(",", "")) for count in counts) == everybody
    eventually(lambda: standing(visit, "C001") is not None, what="the shaded communities")
    page.get_by_test_id("layer").select_option("")
    expect(panel).to_have_count(0)
    eventually(lambda: standing(visit, "C001") is None, what="the plain map")


def test_the_circle_of_a_past_hour_is_shown_and_left_again(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/map?circle=condom-52")
    visit.wait_for_map()
    eventually(lambda: standing(visit, "C001") is not None, what="the present")
    now = standing(visit, "C001")
    assert now != "stock"
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(r"at=20\d\d-\d\d-\d\dT\d\d%3A00%3A00Z"))
    eventually(stands(visit, "C001", "stock"), what="everybody without stock")
    expect(page.get_by_test_id("panel-share")).to_have_text("0.0%")
    expect(people(page, "covered")).to_have_text("0")
    page.get_by_test_id("time").get_by_role("button", name="现在").click()
    expect(page).not_to_have_url(re.compile("at="))
    eventually(stands(visit, "C001", str(now)), what="the present again")


def test_the_page_of_the_circle_has_a_part_for_each_question(visiting: Open) -> None:
    page = visiting().go("#/circle")
    expect(page.get_by_test_id("circle-summary")).to_contain_text("装机覆盖")
    for part, row in PARTS.items():
        page.locator(f'.parts a[data-see="{part}"]').click()
        expect(page.get_by_test_id(row).first).to_be_visible()
    page.locator('.parts a[data-see="sites"]').click()
    expect(page.get_by_test_id("new-site")).to_have_count(0)
    page.get_by_test_id("site-count").fill("3")
    page.get_by_label("证明与最优的差距").check()
    page.get_by_role("button", name="计算选址").click()
    expect(page.get_by_test_id("new-site")).to_have_count(3)
    expect(page.get_by_role("status").filter(has_text="已证明")).to_contain_text("1.2%")


def linked(part: Locator) -> list[str]:
    """Return where the files of a part of the page are."""
    links = part.locator("a[download]").evaluate_all("(all) => all.map((a) => a.href)")
    return [link.split("/api/v1/")[1] for link in links]


def test_each_table_of_the_circle_can_be_kept_as_a_file(visiting: Open) -> None:
    page = visiting().go("#/circle?item=n9-gel")
    page.locator("details.files summary").click()
    assert linked(page.locator("details.files")) == [
        "coverage?format=csv",
        "coverage/communities?item=n9-gel&format=csv",
        "coverage/communities?item=n9-gel&format=geojson",
        "sites?format=csv",
        "sites?format=geojson",
    ]
    beside = page.locator(".part-head")
    for part, first in FILES.items():
        page.locator(f'.parts a[data-see="{part}"]').click()
        expect(page.get_by_test_id(PARTS[part]).first).to_be_visible()
        assert linked(beside.first)[0] == first
    expect(page.get_by_test_id("promise-town").first).to_be_visible()
    [month] = linked(beside.last)
    assert re.fullmatch(r"promise\?item=n9-gel&month=20\d\d-\d\d&format=csv", month)
    page.locator('.parts a[data-see="sites"]').click()
    page.get_by_role("button", name="计算选址").click()
    expect(page.get_by_test_id("new-site").first).to_be_visible()
    assert linked(page.get_by_role("status")) == [
        f"coverage/sites?item=n9-gel&count=5&format={kind}" for kind in ("csv", "geojson")
    ]


def test_gaps_are_chosen_by_cause_and_town_and_their_files_are_of_the_same(
    visiting: Open,
) -> None:
    page = visiting().go("#/circle?item=condom-52&see=gaps")
    gaps = page.get_by_test_id("circle-gap")
    expect(gaps.first).to_be_visible()
    causes = {str(one.get_attribute("data-cause")) for one in gaps.all()}
    assert len(causes) > 1
    cause = min(causes)
    before = gaps.count()
    page.get_by_test_id("gap-cause").select_option(cause)
    expect(page).to_have_url(re.compile(f"cause={cause}"))
    others = page.locator(f'[data-testid="circle-gap"]:not([data-cause="{cause}"])')
    expect(others).to_have_count(0)
    expect(gaps.first).to_be_visible()
    assert gaps.count() < before
    town = page.get_by_test_id("gap-town")
    chosen = town.locator("option").nth(1).get_attribute("value")
    town.select_option(chosen)
    expect(page).to_have_url(re.compile(f"cause={cause}&town={chosen}"))
    wanted = f"coverage/gaps?item=condom-52&state=open&cause={cause}&town={chosen}&limit=50000"
    expect(page.get_by_test_id("files").locator("a").last).to_have_attribute(
        "href", re.compile(re.escape(wanted))
    )
    page.get_by_role("link", name="已恢复").click()
    expect(page).to_have_url(re.compile(f"state=closed&cause={cause}&town={chosen}"))


def test_a_gap_leads_to_its_community_on_the_map(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/circle?item=n9-gel&see=gaps")
    gap = page.get_by_test_id("circle-gap").first
    name = gap.locator("th a").inner_text()
    gap.locator("th a").click()
    expect(page).to_have_url(re.compile(r"#/map\?circle=n9-gel&place=C\d+"))
    expect(page.get_by_test_id("told-community")).to_contain_text(name, timeout=30_000)


@pytest.mark.parametrize("place", ["#/circle", "#/map?circle=condom-52&kiosk=K0001"])
def test_a_service_that_cannot_tell_the_circle_is_said_in_words(visiting: Open, place: str) -> None:
    visit = visiting()
    page = visit.page
    for path in ("coverage/towns*", "coverage/communities*", "coverage/area*", "kiosks/*/area"):
        page.route(f"**/api/v1/{path}", refused)
    visit.go(place)
    expect(page.get_by_role("alert").first).to_contain_text("这里没有内容。")
    if "map" in place:
        visit.wait_for_map()
    assert [fault for fault in visit.faults if "404" not in fault] == []
    visit.faults.clear()
