"""The residents' page on a phone: small, quick, in two languages, and it keeps nothing."""

import gzip
import json
import re
from pathlib import Path

from playwright.sync_api import Request, expect

from tests.browser.conftest import Open, Visit
from tests.servers.browser import DIST

BYTES_MAX = 30_000
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def on_a_phone(visiting: Open, *, language: str = "zh-CN") -> Visit:
    """Open the page on a phone that may tell where it is."""
    visit = visiting(width=390, height=844, language=language)
    visit.page.context.grant_permissions(["geolocation"])
    visit.page.context.set_geolocation({"longitude": 104.0512345, "latitude": 30.6212345})
    visit.page.goto(f"{visit.service.address}/where")
    return visit


def test_a_resident_finds_the_nearest_place_that_has_it(visiting: Open) -> None:
    visit = on_a_phone(visiting)
    page = visit.page
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one) if "/api/" in one.url else None)
    page.get_by_test_id("here").click()
    outlets = page.get_by_test_id("outlet")
    expect(outlets.first).to_contain_text(re.compile(r"\d+步行分钟"))
    expect(outlets.first).to_contain_text("有货")
    expect(outlets.first).to_contain_text("开放至")
    # Where somebody is goes in the body alone, and no nearer than ten metres.
    assert [one.url.rpartition("/public/")[2] for one in asked] == ["nearest"]
    wish = json.loads(asked[0].post_data or "")
    assert (wish["lon"], wish["lat"], wish["item"]) == (104.0512, 30.6212, "condom-52")
    page.get_by_text("壬苯醇醚凝胶").click()
    expect(outlets.first).to_be_visible()
    assert json.loads(asked[-1].post_data or "")["item"] == "n9-gel"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_who_does_not_tell_a_position_names_a_community(visiting: Open) -> None:
    page = on_a_phone(visiting, language="en-GB").page
    page.get_by_role("searchbox").fill("beiyuan")
    place = page.get_by_test_id("place").first
    expect(place).to_contain_text("Beiyuan Court 1")
    place.click()
    expect(page.get_by_test_id("answer")).to_contain_text("From Beiyuan Court 1, as of")
    expect(page.get_by_test_id("outlet").first).to_contain_text("min walk")
    assert CHINESE.search(page.inner_text("body").replace("中文", "")) is None
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("现在哪里可以领？")
    expect(page.get_by_test_id("answer")).to_contain_text("从北苑社区1区出发")


def test_a_position_that_is_not_allowed_is_said_in_words(visiting: Open) -> None:
    visit = on_a_phone(visiting)
    visit.page.context.clear_permissions()
    visit.page.get_by_test_id("here").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("请输入小区名称")


def test_the_page_is_small(visiting: Open) -> None:
    page = on_a_phone(visiting).page
    expect(page.get_by_test_id("here")).to_be_visible()
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    files = [DIST / "assets" / Path(name).name for name in loaded if "/assets/" in name]
    assert len(files) >= 2
    sizes = [len(gzip.compress(file.read_bytes())) for file in (DIST / "where.html", *files)]
    assert sum(sizes) < BYTES_MAX
