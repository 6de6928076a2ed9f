"""The first view: a manager sees the worst first, opens it, and sees changes come by themselves."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.servers.processes import eventually

WORST_FIRST = ("empty", "fault", "silent", "low", "catching_up", "available")


def test_the_list_is_worst_first_and_a_click_opens_the_drawer(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    rows = visit.rows()
    assert len(rows) == 43
    ranks = [WORST_FIRST.index(state) for _, state in rows]
    assert ranks == sorted(ranks)
    kiosk, state = rows[0]
    page.get_by_test_id("kiosk-row").first.click()
    drawer = page.get_by_test_id("drawer")
    expect(drawer).to_have_attribute("data-kiosk", kiosk)
    expect(drawer.get_by_test_id("drawer-state")).to_have_attribute("data-state", state)
    expect(drawer.get_by_test_id("slot")).to_have_count(4)
    expect(drawer.get_by_test_id("fact").first).to_be_visible()
    expect(page).to_have_url(re.compile(rf"#/map\?kiosk={kiosk}$"))


def test_a_change_recolours_the_map_and_sorts_the_list_without_a_reload(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    visit.wait_for_map()
    page.evaluate("window.notReloaded = true")
    assert visit.mapped_state("K0001") == "available"
    assert visit.rows()[0][0] != "K0001"
    empty = page.locator('[data-testid="figure"][data-state="empty"] b')
    before = int(empty.inner_text())
    visit.service.turn("K0001", "empty")
    eventually(lambda: visit.mapped_state("K0001") == "empty", what="the new colour on the map")
    eventually(lambda: ("K0001", "empty") in visit.rows()[:4], what="the new place in the list")
    expect(empty).to_have_text(re.compile(rf"\s*{before + 1}"))
    expect(page.get_by_test_id("live-indicator")).to_contain_text("最近变化")
    assert page.evaluate("window.notReloaded") is True


def test_an_open_drawer_follows_the_changes_of_its_kiosk(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/map?kiosk=K0001")
    slot = page.locator('[data-testid="slot"][data-slot="1"]')
    expect(slot).to_have_attribute("data-state", "available")
    visit.service.turn("K0001", "empty")
    expect(slot).to_have_attribute("data-state", "empty")
    expect(page.get_by_test_id("drawer-state")).to_contain_text("避孕套 已空")


def test_a_row_says_how_much_is_left_of_what_is_short_worst_first(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()

    def words(kiosk: str) -> Locator:
        return page.locator(f'[data-testid="kiosk-row"][data-kiosk="{kiosk}"] .wrong span')

    visit.service.turn("K0001", "empty")
    expect(words("K0001")).to_have_text("避孕套 已空 · 外用栓 剩 3 盒")
    visit.service.turn("K0001", "low")
    expect(words("K0001")).to_have_text("避孕套 剩 4 盒")
    visit.service.turn("K0001", "fault")
    expect(words("K0001")).to_have_text("外用栓 卡货")
    visit.service.turn("K0001", "available")
    expect(words("K0001")).to_have_text("余 81 / 112 盒")


def test_the_item_filter_shows_kiosks_by_what_they_hold_now(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    visit.service.turn("K0001", "empty")
    page.get_by_label("缺少的药具").select_option("n9-suppository")
    expect(page).to_have_url(re.compile("item=n9-suppository"))
    short = {("K0001", "empty"), ("K0006", "empty"), ("K0015", "fault"), ("K0023", "empty")}
    eventually(lambda: short <= set(visit.rows()), what="the kiosks short of it")
    assert {state for _, state in visit.rows()} == {"empty", "fault"}
    first = page.locator('[data-kiosk="K0001"] .wrong span')
    expect(first).to_have_text("外用栓 剩 3 盒 · 避孕套 已空")
    visit.service.turn("K0001", "low")
    eventually(lambda: "K0001" not in dict(visit.rows()), what="leaving as it is filled")
    # A silent kiosk's levels are of the past: it is not known to be short of anything.
    visit.service.turn("K0006", "silent")
    eventually(lambda: "K0006" not in dict(visit.rows()), what="leaving as it falls silent")


def test_the_keyboard_alone_opens_and_closes_a_kiosk(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    first, second = visit.rows()[:2]
    page.locator(f'[data-testid="kiosk-row"][data-kiosk="{first[0]}"]').focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    drawer = page.get_by_test_id("drawer")
    expect(drawer).to_have_attribute("data-kiosk", second[0])
    expect(drawer).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(page.locator(f'[data-testid="kiosk-row"][data-kiosk="{second[0]}"]')).to_be_focused()


def test_a_click_on_the_map_opens_the_kiosk_that_was_clicked(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/map?kiosk=K0023")
    visit.wait_for_map()
    page.get_by_role("button", name="关闭").click()
    # The chosen kiosk was flown to the middle of what the drawer left free.
    box = page.get_by_test_id("map").bounding_box()
    drawer_px = 27 * 16
    assert box is not None
    middle = (box["x"] + (box["width"] - drawer_px) / 2, box["y"] + box["height"] / 2)

    def opened() -> bool:
        page.mouse.click(*middle)
        return page.get_by_test_id("drawer").count() > 0

    eventually(opened, within_s=20, what="a click that finds the kiosk where the flight ends")
    expect(page.get_by_test_id("drawer")).to_have_attribute("data-kiosk", "K0023")


def test_filters_narrow_list_and_map_and_live_in_the_address(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    visit.wait_for_map()
    page.locator('[data-testid="figure"][data-state="empty"]').click()
    eventually(lambda: {state for _, state in visit.rows()} == {"empty"}, what="the filtered list")
    eventually(lambda: visit.mapped_state("K0001") is None, what="the filtered map")
    expect(page).to_have_url(re.compile("state=empty"))
    page.get_by_role("searchbox").fill("没有这个地方")
    expect(page.get_by_text("没有符合筛选条件的发放机")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    eventually(lambda: len(visit.rows()) == 43, what="the whole list")


def test_the_upload_of_history_is_shown_with_what_is_left(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    bar = page.get_by_test_id("progress")
    expect(bar).to_have_count(0)
    visit.service.progress(40, 1)
    visit.service.progress(20_000, 40)
    expect(bar).to_contain_text("20,000")
    visit.service.progress(5_000, 12)
    expect(bar).to_contain_text("75.0%")
    visit.service.progress(0, 0)
    expect(bar).to_have_count(0)


def test_a_reload_in_the_middle_of_an_upload_shows_the_same_share(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    bar = page.get_by_test_id("progress")
    visit.service.progress(15_000, 40)
    visit.service.progress(4_999, 12)
    expect(bar).to_contain_text("75.0%")
    page.reload()
    expect(bar).to_contain_text("4,999")
    expect(bar).to_contain_text("75.0%")
    expect(bar.get_by_role("progressbar")).to_have_attribute("value", "0.75")
    visit.service.progress(3, 1)
    expect(bar).to_contain_text("99.9%")
    visit.service.progress(0, 0)
    expect(bar).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("kiosk-row")).to_have_count(43)
    expect(bar).to_have_count(0)


def test_an_unknown_kiosk_is_answered_with_words_not_a_blank(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/map?kiosk=K9999")
    expect(page.get_by_role("alert")).to_contain_text("没有编号为 K9999 的发放机。")
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    # The browser itself notes the 404; nothing else may be wrong.
    assert [fault for fault in visit.faults if "404" not in fault] == []
    visit.faults.clear()
