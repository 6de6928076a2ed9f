"""The incidents, as a manager sees to them: whose they are, until when they can wait, and why."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open, Visit


def _first(visit: Visit, view: str = "#/incidents") -> Locator:
    """Go to the page and open what can be done about the incident of one kiosk."""
    page = visit.go(view)
    visit.service.turn("K0001", "silent")
    of_kiosk = page.locator('a[href*="kiosk=K0001"]')
    row = page.locator('[data-testid="incident"][data-kind="silent"]', has=of_kiosk)
    row.locator("summary").click(timeout=15_000)
    expect(row.get_by_test_id("care").get_by_test_id("event").first).to_be_visible()
    return row


def test_a_manager_takes_an_incident_hands_it_on_puts_it_off_and_notes_why(
    visiting: Open,
) -> None:
    visit = visiting()
    row = _first(visit)
    care = row.get_by_test_id("care")
    mine = care.get_by_role("button", name="确认，我来处理")
    expect(mine).to_be_disabled()
    expect(care).to_contain_text("请先填写姓名")
    care.get_by_test_id("by").fill("值班")
    mine.click()
    line = row.get_by_test_id("care-line")
    expect(line).to_have_text("值班 已确认")
    expect(mine).to_have_count(0)
    care.get_by_label("由谁处理").fill("北片组")
    care.get_by_role("button", name="指派", exact=True).click()
    expect(line).to_contain_text("由 北片组 负责")
    care.get_by_label("值得记下的情况").fill("钥匙在门卫处")
    care.get_by_role("button", name="添加备注").click()
    expect(care.get_by_test_id("event").first).to_contain_text("钥匙在门卫处")
    care.get_by_label("搁置多久").select_option("7")
    care.get_by_label("为什么可以暂缓").fill("学校放假")
    care.get_by_role("button", name="已搁置").click()
    expect(line).to_contain_text("学校放假")
    whats = [one.get_attribute("data-what") for one in care.get_by_test_id("event").all()]
    assert whats == ["snoozed", "noted", "assigned", "acknowledged", "opened"]


def test_each_list_holds_its_own_and_the_gravest_come_first(visiting: Open) -> None:
    visit = visiting()
    row = _first(visit)
    page = visit.page
    incidents = page.get_by_test_id("incident")
    order = [one.get_attribute("data-severity") or "" for one in incidents.all()]
    assert order == sorted(order, key=["critical", "warning", "info"].index)
    before = len(order)
    care = row.get_by_test_id("care")
    care.get_by_test_id("by").fill("值班")
    care.get_by_role("button", name="确认，我来处理").click()
    expect(row.get_by_test_id("care-line")).to_have_text("值班 已确认")
    page.get_by_role("link", name="已确认").click()
    expect(incidents).to_have_count(1)
    page.get_by_role("link", name="待处理").click()
    expect(incidents).to_have_count(before - 1)
    page.get_by_label("类别").select_option("fault")
    faults = page.locator('[data-testid="incident"][data-kind="fault"]')
    assert 0 < faults.count() == incidents.count() < before


def test_what_is_resolved_meanwhile_is_said_and_stays_readable(visiting: Open) -> None:
    visit = visiting()
    row = _first(visit)
    care = row.get_by_test_id("care")
    care.get_by_test_id("by").fill("值班")
    visit.service.turn("K0001", "available", unheard=True)
    care.get_by_role("button", name="确认，我来处理").click()
    expect(care.get_by_role("alert")).to_contain_text("该事件已经解除")
    assert [fault for fault in visit.faults if "409" not in fault] == []
    visit.faults.clear()
    page = visit.go("#/incidents?state=resolved")
    expect(page.get_by_test_id("incident")).to_have_count(1)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_on_a_phone_an_incident_is_seen_to_without_scrolling_sideways(
    visiting: Open, language: str
) -> None:
    visit = visiting(width=390, height=844, language=language)
    row = _first(visit)
    care = row.get_by_test_id("care")
    care.get_by_test_id("by").fill("x" * 64)
    care.get_by_role("button").first.click(timeout=15_000)
    expect(row.get_by_test_id("care-line")).to_contain_text("x" * 64)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
