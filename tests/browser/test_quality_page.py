"""The data's quality: figures that say what they mean, the lists behind them, and trying again."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open

TILES = ("reporting", "gaps", "differences", "lateness", "clocks", "quarantine")
REPLAY = "**/api/v1/quarantine/replay"
REFUSED = {
    "code": "writing_refused",
    "message": "Only from this machine.",
    "message_zh": "只能在本机操作。",
}


def opened(visiting: Open, see: str, *, language: str = "en-GB") -> Page:
    """Open one part of the page."""
    return visiting(language=language).go(f"#/quality?see={see}")


def tile(page: Page, see: str) -> Locator:
    """Return one of the six figures."""
    return page.locator(f'[data-testid="tile"][data-see="{see}"]')


def group(page: Page, reason: str) -> Locator:
    """Return what stands there about one reason."""
    return page.locator(f'[data-testid="reason"][data-reason="{reason}"]')


def test_six_figures_say_what_is_wrong_and_what_that_means(visiting: Open) -> None:
    page = visiting(language="en-GB").go("#/quality")
    said = {
        "reporting": ("41 of 43", "kiosks reported in the last 24 hours", "2 kiosks were not"),
        "gaps": ("10", "records are missing", "7 are asked for again, 3 are lost for good, at 3"),
        "differences": ("12", "counts differ from our books", "−3 boxes Condom, Hedong People"),
        "lateness": ("2 seconds", "half arrive within 2 seconds, 99% within 30 minutes"),
        "clocks": ("2", "clocks are off", "Qingshi Staff Dormitory, 30 minutes slow"),
        "quarantine": ("6", "messages are in quarantine", "set aside for 5 reasons; not counted"),
    }
    for see, words in said.items():
        for word in words:
            expect(tile(page, see)).to_contain_text(word)
        expect(tile(page, see)).to_have_attribute("data-good", str(see == "lateness").lower())


def test_each_figure_opens_its_list_by_keyboard_too(visiting: Open) -> None:
    page = visiting().go("#/quality")
    rows = {"gaps": "gap", "differences": "difference", "clocks": "clock", "quarantine": "reason"}
    for see, row in (rows | {"lateness": "lateness", "reporting": "unheard"}).items():
        tile(page, see).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_test_id(row).first).to_be_visible()
        expect(tile(page, see)).to_have_attribute("aria-current", "true")
        expect(page.locator('[data-testid="tile"][aria-current]')).to_have_count(1)
        named = page.locator(".listing th").evaluate_all("(all) => all.every((th) => th.scope)")
        assert named, see


def test_the_strip_has_a_bar_for_each_day_and_names_who_is_missing(visiting: Open) -> None:
    page = visiting(language="en-GB").go("#/quality")
    days = page.get_by_test_id("strip").locator("li")
    expect(days).to_have_count(30)
    expect(days.last).to_contain_text("−2")
    assert days.nth(0).locator("i").evaluate("(bar) => bar.style.height") == "100%"
    assert days.nth(29).locator("i").evaluate("(bar) => bar.style.height").startswith("95.3")
    unheard = page.get_by_test_id("unheard")
    expect(unheard).to_have_count(2)
    expect(unheard.nth(0)).to_contain_text("2 days ago")
    expect(unheard.nth(1)).to_contain_text("never")


def test_lateness_is_counted_up_and_says_where_the_last_percent_is(visiting: Open) -> None:
    page = opened(visiting, "lateness")
    rows = page.get_by_test_id("lateness")
    expect(rows).to_have_count(20)
    expect(rows.nth(2)).to_contain_text(re.compile(r"2 seconds\s*3,100\s*half\s*68\.0%"))
    expect(rows.nth(10)).to_contain_text("99%")
    # Rounded down: three records of 12,203 are later than this.
    expect(rows.nth(14)).to_contain_text("99.9%")
    expect(rows.nth(16)).to_contain_text("100.0%")
    page.get_by_role("link", name="last 30 days").click()
    expect(rows.nth(19)).to_contain_text(re.compile(r"later than 30 days\s*400"))
    expect(page.get_by_text("some later than 30 days")).to_be_visible()


def test_a_gap_says_how_much_since_when_and_what_is_done(visiting: Open) -> None:
    page = opened(visiting, "gaps")
    gaps = page.get_by_test_id("gap")
    expect(gaps).to_have_count(3)
    for word in ("K0002", "6 records", "no. 1,200 to 1,205 of epoch 1", "5 hours ago"):
        expect(gaps.nth(0)).to_contain_text(word)
    expect(gaps.nth(0)).to_contain_text("asked again in 12 minutes")
    expect(gaps.nth(0)).to_contain_text("asked for 3 times")
    expect(gaps.nth(1)).to_contain_text("lost for good: shown in every total that it touches")
    expect(gaps.nth(2)).to_contain_text("asked for in 12 minutes")
    page.get_by_role("link", name="Lost for good", exact=True).click()
    expect(gaps).to_have_count(1)
    expect(gaps).to_contain_text("K0003")


def test_a_difference_has_sign_size_place_slot_item_and_time(visiting: Open) -> None:
    page = opened(visiting, "differences")
    rows = page.get_by_test_id("difference")
    expect(rows).to_have_count(8)
    said = ("Hedong People's Hospital", "Condom", "slot 1", "−3 boxes", "by its own count")
    for word in (*said, "books 12 boxes, found 9 boxes"):
        expect(rows.nth(0)).to_contain_text(word)
    expect(rows.nth(1)).to_contain_text("+1 box")
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(12)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_wrong_clock_is_said_in_words_and_its_records_are_one_click_away(visiting: Open) -> None:
    page = opened(visiting, "clocks")
    clocks = page.get_by_test_id("clock")
    expect(clocks.nth(0)).to_contain_text("30 minutes slow")
    expect(clocks.nth(1)).to_contain_text("not known")
    clocks.nth(1).get_by_role("link", name="12 records").click()
    expect(group(page, "clock_ahead")).to_be_visible()


def test_a_reason_is_said_in_plain_words_and_an_old_link_still_leads_there(visiting: Open) -> None:
    page = visiting().go("#/quarantine")
    expect(page.get_by_test_id("reason")).to_have_count(5)
    expect(group(page, "not_json")).to_contain_text("不是 JSON")
    expect(group(page, "not_json")).to_contain_text("共收到 3 次")
    expect(group(page, "unknown_kiosk")).to_contain_text("请先登记这台发放机")


def test_a_message_is_shown_as_text_whatever_stands_in_it(visiting: Open) -> None:
    page = opened(visiting, "quarantine")
    wrong = group(page, "not_json")
    wrong.get_by_text("Show the messages").click()
    wrong.get_by_test_id("quarantined").locator("summary").click()
    expect(wrong.locator("pre")).to_have_text("hello <script>window.hacked = true</script>")
    assert page.evaluate("window.hacked") is None
    long = group(page, "conflict")
    long.get_by_text("Show the messages").click()
    long.get_by_test_id("quarantined").locator("summary").click()
    long.get_by_role("button", name="Show all 1,204 bytes").click()
    expect(long.locator("pre")).to_have_text(re.compile("x{492}and the rest$"))
    cut = group(page, "too_large")
    cut.get_by_text("Show the messages").click()
    cut.get_by_test_id("quarantined").locator("summary").click()
    cut.get_by_role("button", name="Show all 70,000 bytes").click()
    expect(cut).to_contain_text("this beginning is all there is")


def test_messages_are_tried_again_to_the_last_and_the_outcome_is_said(visiting: Open) -> None:
    page = opened(visiting, "quarantine")
    wishes: list[dict[str, object]] = []

    def hold(route: Route) -> None:
        wishes.append(json.loads(route.request.post_data or ""))
        expect(button).to_be_disabled()
        expect(button).to_have_text("Trying")
        route.continue_()

    mine = group(page, "unknown_kiosk")
    button = mine.get_by_test_id("retry").first
    page.route(REPLAY, hold)
    button.click()
    outcome = mine.get_by_test_id("outcome").first
    expect(outcome).to_have_text("2 messages tried again: 2 are now counted.")
    assert wishes == [{"reason": "unknown_kiosk"}, {"reason": "unknown_kiosk", "after": 1}]
    expect(mine).to_contain_text("0 messages")
    expect(tile(page, "quarantine")).to_contain_text("4")
    page.get_by_role("link", name="Settled").click()
    settled = page.get_by_test_id("quarantined")
    expect(settled).to_have_count(2)
    expect(settled.first).to_contain_text("kiosk not registered, now counted")


def test_what_stays_is_said_with_its_newest_reason(visiting: Open) -> None:
    page = opened(visiting, "quarantine")
    mine = group(page, "not_json")
    mine.get_by_test_id("retry").click()
    outcome = mine.get_by_test_id("outcome")
    expect(outcome).to_contain_text("1 message tried again: 1 stays here.")
    expect(outcome).to_contain_text("Still: not JSON (made up for the test: not_json)")
    expect(mine.get_by_test_id("retry")).to_be_enabled()


def test_one_message_alone_can_be_tried_again(visiting: Open) -> None:
    page = opened(visiting, "quarantine")
    mine = group(page, "unknown_kiosk")
    mine.get_by_text("Show the messages").click()
    row = mine.get_by_test_id("quarantined").nth(1)
    row.locator("summary").click()
    row.get_by_test_id("retry").click()
    expect(row.get_by_test_id("outcome")).to_have_text("1 message tried again: 1 is now counted.")
    expect(mine.locator("header")).to_contain_text("1 message heard 4 times")


@pytest.mark.parametrize("reason", ["conflict", "clock_ahead", "too_large"])
def test_what_can_never_be_booked_is_not_tried_but_explained(visiting: Open, reason: str) -> None:
    page = opened(visiting, "quarantine")
    expect(group(page, reason).get_by_test_id("retry")).to_be_disabled()
    expect(group(page, reason).get_by_test_id("outcome")).to_have_text(re.compile("nothing"))


def test_a_refusal_is_said_in_the_words_of_the_service(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/quality?see=quarantine")
    page.route(REPLAY, lambda route: route.fulfill(status=403, json={"error": REFUSED}))
    group(page, "not_json").get_by_test_id("retry").click()
    expect(group(page, "not_json").get_by_test_id("outcome")).to_contain_text("只能在本机操作。")
    expect(group(page, "not_json").get_by_test_id("retry")).to_be_enabled()
    assert [fault for fault in visit.faults if "403" not in fault] == []
    visit.faults.clear()


def test_where_nothing_is_wrong_every_part_says_so(visiting: Open) -> None:
    visit = visiting(language="en-GB")
    visit.service.calm()
    page = visit.go("#/quality")
    expect(page.locator('[data-testid="tile"][data-good="true"]')).to_have_count(6)
    for see in ("reporting", "gaps", "differences", "clocks"):
        tile(page, see).click()
        expect(page.get_by_text("Nothing is wrong here")).to_be_visible()
    tile(page, "quarantine").click()
    expect(page.get_by_text("Nothing is in quarantine")).to_be_visible()


def test_figures_and_lists_follow_the_changes_by_themselves(visiting: Open) -> None:
    visit = visiting(language="en-GB")
    visit.page.clock.install()
    page = visit.go("#/quality?see=gaps")
    expect(page.get_by_test_id("gap")).to_have_count(3)
    page.evaluate("window.notReloaded = true")
    visit.service.calm()
    visit.service.turn("K0001", "empty")
    expect(page.get_by_test_id("live-indicator")).to_contain_text("last change")
    page.clock.fast_forward(10_000)
    expect(tile(page, "gaps")).to_have_attribute("data-good", "true")
    expect(page.get_by_test_id("gap")).to_have_count(0)
    assert page.evaluate("window.notReloaded") is True


def test_a_failure_is_said_and_mended_by_another_try(visiting: Open) -> None:
    visit = visiting(language="en-GB")
    page = visit.page
    page.route("**/api/v1/quality*", lambda route: route.abort())
    visit.go("#/quality")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    page.unroute("**/api/v1/quality*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("tile")).to_have_count(len(TILES))
    expect(page.get_by_role("alert")).to_have_count(0)
    assert [fault for fault in visit.faults if "ERR_FAILED" not in fault] == []
    visit.faults.clear()
