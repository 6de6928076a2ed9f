"""Demand to come in the drawer: the figures a manager needs, and on opening where they are from."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.stub_forecast import UNKNOWN


def test_the_drawer_says_how_much_is_wanted_and_when_it_runs_out(visiting: Open) -> None:
    page = visiting().go("#/map?kiosk=K0006")
    items = page.get_by_test_id("forecast-item")
    condom = items.first
    expect(condom).to_contain_text("避孕套")
    expect(condom.locator('[data-figure="rate"]')).to_have_text("每天 0.98")
    expect(condom).to_contain_text("0.44 至 1.7")
    expect(condom.locator('[data-figure="cover"]')).to_have_text("12 天")
    expect(condom.locator('[data-figure="chance"]')).to_have_text("20%")
    expect(condom.locator('[data-figure="runs-out"]')).to_contain_text("月")
    expect(condom.locator('[data-figure="field"]')).to_contain_text("OpenLMIS")
    # Of the last nobody has counted the stock: nothing is guessed.
    expect(items.last.locator('[data-figure="cover"]')).to_have_text("未知")
    expect(items.last.locator('[data-figure="chance"]')).to_have_text("未知")


def test_window_and_formula_are_there_on_opening(visiting: Open) -> None:
    page = visiting(language="en-GB").go("#/map?kiosk=K0006")
    formula = page.get_by_test_id("forecast-formula")
    expect(formula.get_by_text("Packs wanted a day")).to_be_hidden()
    formula.get_by_text("Window and formula").click()
    expect(formula.get_by_text("Packs wanted a day")).to_be_visible()
    expect(formula).to_contain_text("400 days back, of which 371.5 in stock and heard of")
    expect(formula).to_contain_text(re.compile("October 2026: 31 boxes, 3 days without stock"))
    expect(page.get_by_test_id("forecast-item").nth(2)).to_contain_text("under 1%")


def test_a_kiosk_without_a_forecast_says_when_it_comes(visiting: Open) -> None:
    page = visiting().go(f"#/map?kiosk={UNKNOWN}")
    expect(page.get_by_test_id("forecast")).to_contain_text("一小时内")
