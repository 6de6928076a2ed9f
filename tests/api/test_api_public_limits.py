"""Nobody asks too often: limits by address, by network, and for those who hide behind many."""

from hypothesis import given
from hypothesis import strategies as st

from service.api.rate import RateLimit, asker
from tests.api.client import Client
from tests.api.public import Clock, Town, app_of, ask, wish


def test_who_asks_too_often_waits_as_long_as_told() -> None:
    clock = Clock()
    app = app_of(Town(), clock, per_minute=3)
    assert [ask(app, wish()).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(app, wish())
    error = refused.json()["error"]
    assert (error["code"], refused.headers["retry-after"]) == ("asked_too_often", "20")
    assert "20" in error["message"]
    assert error["message_zh"].endswith("。")
    assert ask(app, wish(), client="198.51.100.8").status_code == 200, "another asks"
    clock.at_s += 20
    assert [ask(app, wish()).status_code for _ in range(2)] == [200, 429]


def test_names_have_a_limit_of_their_own() -> None:
    app = app_of(Town(), per_minute=1)
    client = Client(app)
    assert [ask(app, wish()).status_code for _ in range(2)] == [200, 429]
    for _ in range(2):
        client.get("public/items")
        client.get("public/places?q=x")
    assert client.refused("public/items")[0] == 429


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 40)), max_size=60))
def test_nobody_is_let_in_more_often_than_the_limit_in_any_minute(
    asked: list[tuple[str, float]],
) -> None:
    clock = Clock()
    limit = RateLimit(per_minute=4, monotonic_s=clock)
    let_in: dict[str, list[float]] = {}
    for address, later_s in asked:
        clock.at_s += later_s
        wait_s = limit.wait_s(address)
        assert 0 <= wait_s <= 15 + 1e-6
        if not wait_s:
            let_in.setdefault(address, []).append(clock.at_s)
    for times in let_in.values():
        for first, fifth in zip(times, times[8:], strict=False):
            # Four that were saved up, and four that a minute brings.
            assert fifth - first >= 60 - 1e-6


def test_silence_saves_up_no_more_than_a_minute_s_questions() -> None:
    clock = Clock()
    limit = RateLimit(per_minute=4, monotonic_s=clock)
    limit.wait_s("a")
    clock.at_s += 3_600
    assert [limit.wait_s("a") > 0 for _ in range(5)] == [False] * 4 + [True]


def test_so_many_addresses_are_remembered_and_no_more() -> None:
    limit = RateLimit(per_minute=1, addresses_max=3, monotonic_s=Clock())
    for address in "abcabcd":
        limit.wait_s(address)
    assert limit.addresses == 3
    assert limit.wait_s("d") > 0
    assert limit.wait_s("c") > 0
    assert limit.wait_s("a") == 0, "it asked longest ago"


def test_a_network_of_ipv6_counts_as_one_asker() -> None:
    assert asker("2001:db8:1:2::1") == asker("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert asker("2001:db8:1:3::1") != asker("2001:db8:1:2::1")
    assert asker("::ffff:192.0.2.1") == asker("192.0.2.1") == "192.0.2.1"
    assert asker("testclient") == "" == asker("[::")
