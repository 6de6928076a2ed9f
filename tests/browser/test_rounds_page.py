"""Restocking in a browser: a round from the ranked list to paper, its stops on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

WIDE, PHONE = 1280, 390


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "绕路"), ("en-GB", "takes longer")])
def test_a_round_is_made_from_the_ranked_list_and_printed(
    visiting: Open, language: str, word: str
) -> None:
    page = visiting(language=language, width=WIDE).go("#/rounds")
    page.get_by_test_id("plan-round").click()
    visits = page.get_by_test_id("visit")
    expect(visits).to_have_count(3)
    assert visits.evaluate_all("(all) => all.map((one) => one.dataset.kiosk)") == [
        "K0001",
        "K0002",
        "K0003",
    ]
    expect(page.locator('[data-kiosk="K0003"]')).to_contain_text(word)
    expect(page.get_by_test_id("tour")).to_have_count(1)
    page.get_by_test_id("make-round").click()
    expect(page).to_have_url(re.compile(r"#/rounds\?see=rounds&round=R261120-1"))
    expect(page.get_by_test_id("round-id")).to_have_text("R261120-1")
    expect(page.get_by_test_id("pick")).to_contain_text("A1204")
    where = page.get_by_test_id("print").get_attribute("href")
    assert where is not None
    assert where.endswith(f"/rounds/R261120-1/picklist.pdf?lang={language[:2]}")
    assert page.request.get(where).headers["content-type"] == "application/pdf"


def test_stops_are_done_on_a_phone_and_what_is_missing_is_told(visiting: Open) -> None:
    visit = visiting(width=PHONE, height=780)
    page = visit.go("#/rounds")
    page.get_by_test_id("plan-round").click()
    page.get_by_test_id("make-round").click()
    page.get_by_test_id("picked").click()
    first, second = page.get_by_test_id("stop").nth(0), page.get_by_test_id("stop").nth(1)
    first.get_by_label("实补").fill("22")
    first.get_by_label("备注").fill("两盒破损")
    first.get_by_test_id("stop-done").click()
    expect(first).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("difference")).to_contain_text("实补 22")
    second.get_by_test_id("stop-done").click()
    expect(page.get_by_test_id("round-state")).to_have_text("已完成")
    expect(page.get_by_test_id("difference")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.goto(f"{visit.service.address}/#/rounds?see=rounds")
    expect(page.get_by_test_id("round")).to_have_attribute("data-state", "done")


def test_a_carton_is_scanned_onto_the_shelf(visiting: Open) -> None:
    page = visiting().go("#/rounds?see=depots")
    page.get_by_test_id("code").fill("01095060001343521729033110A1204")
    page.get_by_test_id("scan").click()
    expect(page.get_by_test_id("lot")).to_have_value("A1204")
    expect(page.get_by_test_id("packs")).to_have_value("48")
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("lot-row")).to_contain_text("48")
    expect(page.get_by_test_id("entry")).to_contain_text("入库")


def test_a_policy_shows_what_it_would_have_done_before_it_is_kept(visiting: Open) -> None:
    page = visiting(language="en-GB").go("#/rounds?see=policies")
    expect(page.get_by_test_id("policy")).to_have_count(0)
    page.get_by_test_id("policy-preset").select_option("township")
    expect(page.get_by_test_id("policy-method")).to_have_value("min_max")
    page.get_by_test_id("policy-item").select_option("condom-52")
    expect(page.get_by_test_id("policy-save")).to_have_count(0)
    page.get_by_test_id("policy-preview").click()
    expect(page.get_by_test_id("then-stock_out_days")).to_have_text("4")
    expect(page.get_by_test_id("policy")).to_have_count(0)
    page.get_by_test_id("policy-save").click()
    expect(page.get_by_test_id("policy")).to_contain_text("1 to 2 months of stock")
    # Another figure is another question: what was shown is no answer to it.
    page.get_by_test_id("policy-preview").click()
    expect(page.get_by_test_id("hindsight")).to_be_visible()
    page.get_by_test_id("policy-max").fill("3")
    expect(page.get_by_test_id("hindsight")).to_have_count(0)
