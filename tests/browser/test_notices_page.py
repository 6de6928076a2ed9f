"""Who is told of what: somebody is added, a channel tried, what failed is sent again."""

from playwright.sync_api import expect

from tests.browser.conftest import Open

SECRET = "0123456789abcdef"


def test_somebody_new_gets_a_channel_and_something_to_hear(visiting: Open) -> None:
    visit = visiting()
    page = visit.go("#/notices")
    page.get_by_test_id("recipient-name").fill("河东药具管理员")
    page.get_by_test_id("recipient-scope").select_option(index=1)
    page.get_by_test_id("recipient-keep").click()
    person = page.get_by_test_id("recipient")
    expect(person).to_contain_text("还没有渠道")
    person.get_by_test_id("add-channel").locator("summary").click()
    person.get_by_test_id("channel-name").fill("网关")
    person.get_by_test_id("channel-address").fill("nosuch://x")
    person.get_by_test_id("channel-keep").click()
    expect(page.get_by_test_id("refused")).to_contain_text("地址不能用")
    person.get_by_test_id("channel-kind").select_option("webhook")
    person.get_by_test_id("channel-address").fill("https://gateway.example.org/hook-of-ours")
    person.get_by_test_id("channel-secret").fill(SECRET)
    person.get_by_test_id("channel-keep").click()
    channel = page.get_by_test_id("channel")
    expect(channel).to_contain_text("https://…")
    assert "hook-of-ours" not in page.content()
    person.get_by_test_id("add-subscription").locator("summary").click()
    person.get_by_test_id("subscription-severity").select_option("critical")
    person.get_by_test_id("subscription-after").fill("30")
    person.get_by_test_id("subscription-keep").click()
    expect(page.get_by_test_id("subscription")).to_contain_text("30 分钟无人处理时")
    channel.get_by_test_id("channel-test").click()
    expect(page.get_by_role("status").filter(has_text="测试已发出")).to_be_visible()
    page.get_by_test_id("lang-en").click()
    expect(page.get_by_test_id("subscription")).to_contain_text("Urgent or worse")
    page.get_by_test_id("recipient-remove").click()
    expect(person).to_have_count(0)
    assert [fault for fault in visit.faults if "422" not in fault] == []
    visit.faults.clear()


def test_what_failed_is_sent_again_and_maintenance_is_announced_and_ended(visiting: Open) -> None:
    page = visiting().go("#/notices?see=log&state=failed")
    expect(page.get_by_test_id("notice")).to_contain_text("it answered 410")
    page.get_by_test_id("retry").click()
    expect(page.get_by_test_id("notice")).to_have_count(0)
    page.get_by_test_id("see-maintenance").click()
    page.get_by_test_id("window-reason").fill("停电检修")
    page.get_by_test_id("window-keep").click()
    expect(page.get_by_test_id("window")).to_contain_text("停电检修")
    page.get_by_test_id("window-end").click()
    expect(page.get_by_test_id("window-end")).to_have_count(0)
