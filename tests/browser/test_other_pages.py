"""Totals with the facts behind them, incidents, languages, and small screens."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.servers.processes import eventually

PARTS = ("", "?see=gaps", "?see=differences", "?see=lateness", "?see=clocks", "?see=quarantine")
CIRCLE_PARTS = ("towns", "gaps", "todo", "dependence", "sites", "hours")
VIEWS = (
    *("#/map", "#/map?kiosk=K0006", "#/totals", "#/totals?by=item", "#/incidents"),
    *("#/map?circle=condom-52", "#/import"),
    *(f"#/quality{part}" for part in PARTS),
    *(f"#/circle?see={part}" for part in CIRCLE_PARTS),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BRACES = re.compile(r"\{\w+\}")


def text_of(page: Page) -> str:
    """All words that the page shows or tells a screen reader."""
    said = page.evaluate(
        """() => [document.title, document.body.innerText,
            ...[...document.querySelectorAll('[aria-label],[title],[placeholder]')].flatMap((e) =>
                [e.getAttribute('aria-label'), e.getAttribute('title'), e.placeholder])
        ].filter(Boolean).join('\\n')"""
    )
    assert isinstance(said, str)
    return said.replace("语言 Language", "").replace("中文", "")


def settled(page: Page) -> None:
    """Wait until no skeleton stands in for data any more."""
    expect(page.locator(".skeleton")).to_have_count(0)


def test_english_pages_speak_english_only(visiting: Open) -> None:
    visit = visiting(language="en-GB")
    for view in VIEWS:
        page = visit.go(view)
        settled(page)
        said = text_of(page)
        assert CHINESE.search(said) is None, (view, CHINESE.search(said))
        assert BRACES.search(said) is None, view


def test_the_switch_changes_every_word_and_is_remembered(visiting: Open) -> None:
    page = visiting().go("#/map?kiosk=K0006")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("十五分钟药具圈")
    page.get_by_test_id("lang-en").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fifteen-minute circle")
    assert CHINESE.search(text_of(page)) is None
    assert page.evaluate("document.documentElement.lang") == "en-GB"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fifteen-minute circle")


def test_a_figure_of_the_totals_opens_facts_that_add_up_to_it(visiting: Open) -> None:
    page = visiting().go("#/totals?month=2026-10")
    row = page.locator('[data-testid="total-row"][data-key="S001"][data-item="condom-52"]')
    figure = row.locator('[data-figure="dispensed_units"]')
    expect(figure).to_have_text(re.compile(r"\d+ 只"))
    said = figure.inner_text()
    figure.click()
    panel = page.get_by_test_id("facts-panel")
    expect(panel).to_contain_text(said)
    expect(panel.get_by_test_id("verdict")).to_have_attribute("data-agrees", "true")
    expect(panel.get_by_test_id("fact").first).to_contain_text("避孕套 1 盒")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_totals_sort_by_a_column_and_never_add_different_items(visiting: Open) -> None:
    page = visiting().go("#/totals?month=2026-10")
    page.get_by_role("button", name="发放（盒）").click()
    figures = page.locator('[data-figure="dispensed_packs"]')
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("发放（盒）")
    packs = [int(text.split()[0]) for text in figures.all_inner_texts()]
    assert packs == sorted(packs, reverse=True)
    expect(page.locator("tfoot")).to_have_count(0)
    page.get_by_label("药具", exact=True).select_option("n9-gel")
    expect(page.locator("tfoot")).to_contain_text("支")


def test_the_csv_link_names_the_month_and_grouping_that_is_shown(visiting: Open) -> None:
    page = visiting().go("#/totals?month=2026-10&by=town")
    href = page.get_by_test_id("csv").get_attribute("href")
    assert href is not None
    assert href.endswith("/api/v1/totals/monthly.csv?month=2026-10&by=town")


@pytest.mark.parametrize("by", ["town", "item"])
def test_a_figure_over_many_sites_adds_up_from_the_facts_of_all(visiting: Open, by: str) -> None:
    page = visiting().go(f"#/totals?month=2026-10&by={by}")
    row = page.locator('[data-testid="total-row"][data-item="n9-film"]').first
    row.locator('[data-figure="restocked_packs"]').click()
    panel = page.get_by_test_id("facts-panel")
    expect(panel.get_by_test_id("verdict")).to_have_attribute("data-agrees", "true")
    expect(panel.get_by_test_id("fact").first).to_contain_text("补货")


def test_an_incident_that_opens_or_resolves_moves_by_itself(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/alerts")  # A link of before.
    incidents = page.get_by_test_id("incident")
    before = incidents.count()
    visit.service.turn("K0001", "silent")
    expect(incidents).to_have_count(before + 1)
    visit.service.turn("K0001", "available")
    expect(incidents).to_have_count(before)
    page.get_by_role("link", name="已解除").click()
    expect(incidents).to_have_count(1)


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_phone_never_scrolls_sideways(visiting: Open, language: str) -> None:
    visit = visiting(width=390, height=844, language=language)
    for view in VIEWS:
        page = visit.go(view)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, view


def test_the_pages_work_by_night_and_turn_with_the_system(visiting: Open) -> None:
    visit = visiting(night=True)
    page = visit.go("#/map")
    visit.wait_for_map()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    eventually(lambda: visit.mapped_state("K0006") == "empty", what="the map by day")


def test_a_page_that_is_told_to_read_anew_shows_the_present(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/map?kiosk=K0002")
    slot = page.locator('[data-testid="slot"][data-slot="1"]')
    visit.service.turn("K0001", "empty")
    eventually(lambda: ("K0001", "empty") in visit.rows(), what="the first change")
    page.evaluate("window.notReloaded = true")
    visit.service.turn("K0001", "silent", unheard=True)
    visit.service.turn("K0002", "empty", unheard=True)
    visit.service.forget()
    eventually(lambda: ("K0001", "silent") in visit.rows(), what="what no change told")
    assert ("K0002", "empty") in visit.rows()
    expect(slot).to_have_attribute("data-state", "empty")
    visit.service.turn("K0001", "low")
    eventually(lambda: ("K0001", "low") in visit.rows(), what="the changes after that")
    assert page.evaluate("window.notReloaded") is True


def test_a_service_that_starts_again_is_followed_again_from_its_present(visiting: Open) -> None:
    visit = visiting()
    page = visit.go()
    link = page.get_by_test_id("live-indicator")
    visit.service.turn("K0001", "empty")
    visit.service.progress(15_000, 40)
    expect(page.get_by_test_id("progress")).to_contain_text("25.0%")
    eventually(lambda: ("K0001", "empty") in visit.rows(), what="the first change")
    visit.service.stop()
    expect(link).to_have_attribute("data-link", "lost")
    assert len(visit.rows()) == 43
    visit.service.start()
    eventually(lambda: ("K0001", "available") in visit.rows(), what="the present", within_s=30)
    expect(link).to_have_attribute("data-link", "live")
    expect(page.get_by_test_id("progress")).to_have_count(0)
    visit.service.turn("K0001", "low")
    eventually(lambda: ("K0001", "low") in visit.rows(), what="the changes after that")
    assert [fault for fault in visit.faults if "net::ERR_" not in fault] == []
    visit.faults.clear()


def test_a_service_that_is_gone_is_said_and_found_again(visiting: Open) -> None:
    visit = visiting()
    page = visit.page
    page.route("**/api/v1/kiosks", lambda route: route.abort())
    page.goto(visit.service.address)
    expect(page.get_by_role("alert")).to_contain_text("无法连接到服务")
    page.unroute("**/api/v1/kiosks")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_test_id("kiosk-row")).to_have_count(43)
    assert [fault for fault in visit.faults if "ERR_FAILED" not in fault] == []
    visit.faults.clear()
