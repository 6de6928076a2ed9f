"""The data quality page on the real service: a gap, a difference, a message tried again."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.live.conftest import Install
from tests.live.running import Service
from tests.live.saying import fact, stamp, topic
from tests.servers.mqtt import Session, session
from tests.servers.processes import eventually

HERE, STRANGER = "K0001", "K9009"
SLOTS = "n9-gel:28,n9-film:28,condom-52:28,n9-suppository:28"
# The service looks at what is due every few seconds, and the page at changes every ten.
expect.set_options(timeout=15_000)


def counted(sequence: int, packs: int, *, minutes_ago: float) -> dict[str, Any]:
    """Return a count of the first slot."""
    data = {"why": "daily", "slots": [{"slot": 1, "item": "condom-52", "packs": packs}]}
    made = fact(HERE, sequence, kind="count")
    return made | {"time": stamp(minutes_ago=minutes_ago), "data": data}


def tell(kiosk: Session, name: str, *facts: dict[str, Any]) -> None:
    for one in facts:
        leaf = f"e/{one['type'].split('.')[1]}"
        kiosk.publish(topic(name, leaf), json.dumps(one).encode())


def tile(page: Page, see: str, *, says: str) -> None:
    expect(page.locator(f'[data-testid="tile"][data-see="{see}"]')).to_contain_text(says)


def test_a_gap_a_difference_and_a_message_tried_again_are_seen_on_the_page(
    install: Install, browser: Browser
) -> None:
    installation = install("nats", with_past=False)
    # Before the service starts, which takes longer than the broker needs to learn of it.
    installation.broker.enrol([STRANGER])
    service = installation.service()
    with (
        session(installation.broker, HERE) as here,
        session(installation.broker, STRANGER) as stranger,
    ):
        # Twelve, less one, is eleven and not eight; and of six facts the fourth and fifth are gone.
        tell(here, HERE, counted(1, 12, minutes_ago=9))
        dispensed = fact(HERE, 2, stock_after=11) | {"time": stamp(minutes_ago=8)}
        tell(here, HERE, dispensed, counted(3, 8, minutes_ago=7), counted(6, 8, minutes_ago=6))
        tell(stranger, STRANGER, fact(STRANGER, 1))
        eventually(lambda: len(service.quarantine()) == 1, what="the stranger's message")
        eventually(lambda: len(service.kiosk(HERE)["facts"]) == 4, what="the kiosk's facts")
    context = browser.new_context(locale="en-GB")
    page, faults = context.new_page(), list[str]()
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{service.address}/#/quality")
    tile(page, "reporting", says="1 of 43")
    tile(page, "gaps", says="2 are asked for again, at 1 kiosk")
    tile(page, "differences", says="−3 boxes Condom")
    tile(page, "lateness", says="half arrive within")
    tile(page, "quarantine", says="set aside for 1 reason; not counted")
    see_the_lists(page, service)
    try_again(page, service, enrol=lambda: installation.enrol(STRANGER, SLOTS))
    assert faults == []
    context.close()


def see_the_lists(page: Page, service: Service) -> None:
    page.goto(f"{service.address}/#/quality?see=gaps")
    expect(page.get_by_test_id("gap")).to_contain_text("no. 4 to 5 of epoch 1")
    page.goto(f"{service.address}/#/quality?see=differences")
    row = page.get_by_test_id("difference")
    expect(row).to_contain_text("books 11 boxes, found 8 boxes")
    expect(row).to_contain_text("by its own count")
    page.goto(f"{service.address}/#/quality?see=lateness")
    expect(page.get_by_test_id("lateness")).to_have_count(20)
    page.goto(f"{service.address}/#/quality?see=clocks")
    expect(page.get_by_text("Nothing is wrong here")).to_be_visible()


def try_again(page: Page, service: Service, *, enrol: Callable[[], None]) -> None:
    """Try before the fix, see that it stays; mend it, try again, and find it in the ledger."""
    page.goto(f"{service.address}/#/quality?see=quarantine")
    mine = page.locator('[data-testid="reason"][data-reason="unknown_kiosk"]')
    mine.get_by_text("Show the messages").click()
    mine.get_by_test_id("quarantined").locator("summary").click()
    expect(mine.locator("pre")).to_contain_text('"type":"ck.dispense.v1"')
    outcome, button = mine.get_by_test_id("outcome").first, mine.get_by_test_id("retry").first
    button.click()
    expect(outcome).to_contain_text("1 message tried again: 1 stays here. Still: kiosk not")
    enrol()
    button.click()
    expect(outcome).to_have_text("1 message tried again: 1 is now counted.")
    tile(page, "quarantine", says="every message could be read")
    assert [one["sequence"] for one in service.kiosk(STRANGER)["facts"]] == [1]
    page.get_by_role("link", name="Settled").click()
    expect(page.get_by_test_id("quarantined")).to_contain_text("now counted")
