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


def test_a_gap_leads_to_its_community_on_the_map_and_its_files_name_the_item(
    visiting: Open,
) -> None:
    visit = visiting()
    page = visit.go("#/circle?item=n9-gel&see=gaps")
    page.locator("details.files summary").click()
    links = page.locator("details.files a").evaluate_all("(all) => all.map((a) => a.href)")
    assert [link.split("/coverage/")[1] for link in links] == [
        "communities?item=n9-gel&format=csv",
        "communities?item=n9-gel&format=geojson",
        "gaps?item=n9-gel&format=csv",
        "gaps?item=n9-gel&format=geojson",
    ]
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
