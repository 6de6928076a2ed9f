"""Taking files in: nothing is guessed, everything is shown first, and mistakes name their rows."""

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Open


def choose(page: Page, text: bytes) -> None:
    """Choose a file with some text."""
    file = FilePayload(name="小区.csv", mimeType="text/csv", buffer=text)
    page.get_by_test_id("file").set_input_files([file])


def test_a_file_is_looked_at_first_and_taken_in_after(visiting: Open) -> None:
    page = visiting().go("#/import")
    preview, take_in = page.get_by_test_id("preview"), page.get_by_test_id("take-in")
    choose(page, b"id,people\nC1,3\nC2,4\n")
    # Nobody has said yet in which coordinate system it is written.
    expect(page.locator("input[name=crs]:checked")).to_have_count(0)
    expect(preview).to_be_disabled()
    page.get_by_test_id("crs-wgs84").check()
    expect(take_in).to_be_disabled()
    preview.click()
    report = page.get_by_test_id("report")
    expect(report).to_have_attribute("data-done", "false")
    for words in ("227,573", "GCJ-02", "12 个点距最近的道路超过 100 米", "以下列未使用"):
        expect(report).to_contain_text(words)
    expect(page.get_by_test_id("imported")).to_have_count(0)
    take_in.click()
    expect(report).to_have_attribute("data-done", "true")
    expect(page.get_by_test_id("imported")).to_contain_text("小区.csv")
    expect(take_in).to_be_disabled()


def test_another_choice_asks_for_another_preview(visiting: Open) -> None:
    page = visiting().go("#/import")
    choose(page, b"id\n")
    page.get_by_test_id("crs-gcj02").check()
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("take-in")).to_be_enabled()
    page.get_by_test_id("crs-bd09").check()
    expect(page.get_by_test_id("take-in")).to_be_disabled()
    expect(page.get_by_test_id("report")).to_have_count(0)
    page.get_by_test_id("kind-outlets").check()
    expect(page.locator("input[name=crs]:checked")).to_have_count(0)
    # Streets are OpenStreetMap's, and those are always WGS-84.
    page.get_by_test_id("kind-streets").check()
    expect(page.get_by_test_id("crs-wgs84")).to_be_checked()


def test_a_refused_file_shows_which_rows_are_wrong(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/import")
    choose(page, b"bad\n")
    page.get_by_test_id("crs-gcj02").check()
    page.get_by_test_id("preview").click()
    expect(page.get_by_test_id("refused")).to_contain_text("没有导入任何内容")
    rows = page.get_by_test_id("row-error")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("人数不能为负")
    expect(page.get_by_test_id("take-in")).to_be_disabled()
    assert [fault for fault in visit.faults if "422" not in fault] == []
    visit.faults.clear()
