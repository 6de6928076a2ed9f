"""Who hears what, over HTTP: kept as given, shown without its secrets, refused in words."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service.domain.incidents import What
from service.domain.notice import Never
from service.domain.recipients import Channel
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore
from tests.api.client import run_apart
from tests.api.conftest import make_app
from tests.api.telling import telling_of
from tests.support.notices import Desk as Sender
from tests.support.notices import happens
from tests.support.plans import NOW, ZONE

HERE = ("127.0.0.1", 40_000)
SECRET = "0123456789abcdef"
ADDRESS = "https://user:hunter22@gateway.example.org/hook/tokentoken"
WHO = {"name": "区药具站", "whole_district": True}


def fault_of(channel: Channel) -> str:
    """Take every address but one."""
    return "the address names nobody" if "nobody" in channel.address else ""


@dataclass
class Desk:
    """Somebody at the service's own machine."""

    app: FastAPI

    def ask(
        self,
        method: str,
        path: str,
        wish: object = None,
        *,
        client: tuple[str, int] = HERE,
    ) -> tuple[int, Any]:
        """Send a request; return the status and what was said."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as ours:
                return await ours.request(method, f"/api/v1/{path}", json=wish)

        answer = run_apart(asked())
        return answer.status_code, answer.json()

    def keep(self, path: str, wish: dict[str, Any]) -> int:
        """Keep something; return its id."""
        status, said = self.ask("PUT", path, wish)
        assert status == 200, said
        return int(said["id"])

    def refused(self, method: str, path: str, wish: object = None) -> tuple[int, str]:
        """Return status and code of a refusal, which has words in both languages."""
        status, said = self.ask(method, path, {} if wish is None else wish)
        assert status >= 400, said
        assert said["error"]["message"].endswith("."), said
        assert said["error"]["message_zh"].endswith("。"), said
        return status, said["error"]["code"]


def desk_at(engine: Engine) -> Desk:
    more = telling_of(engine, fault_of=fault_of)
    return Desk(make_app(SqlReads(engine, now=lambda: NOW, zone=ZONE), more=more))


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    """Somebody at a service whose keeper is promised elsewhere."""
    return desk_at(sqlite_engine)


@pytest.fixture
def any_desk(sql_engine: Engine) -> Desk:
    """Somebody at a service on each database in turn."""
    return desk_at(sql_engine)


def channel(recipient: int, **other: object) -> dict[str, Any]:
    """Return a webhook of somebody."""
    about = {"recipient_id": recipient, "kind": "webhook", "name": "网关"}
    return {**about, "address": ADDRESS, "secret": SECRET, **other}


def test_what_is_kept_is_shown_without_its_secrets(any_desk: Desk) -> None:
    desk = any_desk
    who = desk.keep("recipients", {**WHO, "quiet_from": "22:00", "quiet_to": "07:05"})
    way = desk.keep("channels", channel(who))
    desk.keep("subscriptions", {"recipient_id": who, "kinds": ["out"], "to_time": "18:00"})
    [shown] = desk.ask("GET", "recipients")[1]
    assert (shown["quiet_from"], shown["quiet_to"], shown["hourly_max"]) == ("22:00", "07:05", 30)
    status, channels = desk.ask("GET", "channels")
    assert (status, channels[0]["address"]) == (200, "https://gateway.example.org/…")
    assert channels[0]["has_secret"]
    assert SECRET not in str(channels)
    assert "hunter22" not in str(channels)
    [asked] = desk.ask("GET", "subscriptions")[1]
    assert (asked["kinds"], asked["from_time"], asked["to_time"]) == (["out"], "00:00", "18:00")
    # Changed without saying its secrets again, it keeps them.
    desk.keep(f"channels?number={way}", channel(who, name="新网关", address="", secret=""))
    [again] = desk.ask("GET", "channels")[1]
    assert (again["id"], again["name"]) == (way, "新网关")
    assert (again["address"], again["has_secret"]) == (channels[0]["address"], True)


@pytest.mark.parametrize(
    ("path", "wish", "code"),
    [
        ("recipients", {"name": "谁"}, "scope_missing"),
        ("recipients", {"name": "谁", "towns": ["1"]}, "place_unknown"),
        ("recipients", {**WHO, "quiet_from": "22:00"}, "parameter_wrong"),
        ("recipients", {**WHO, "quiet_from": "24:00", "quiet_to": "07:00"}, "parameter_wrong"),
        ("recipients", {**WHO, "hourly_max": 0}, "parameter_wrong"),
        ("channels", {"kind": "pigeon"}, "parameter_missing"),
        ("subscriptions", {"recipient_id": 1, "after_minutes": -1}, "parameter_wrong"),
        ("subscriptions", {"recipient_id": 1, "weekdays": [8]}, "parameter_wrong"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    desk: Desk, path: str, wish: dict[str, Any], code: str
) -> None:
    assert desk.refused("PUT", path, wish) == (422, code)
    assert desk.ask("GET", path) == (200, [])


def test_a_channel_needs_somebody_a_secret_and_an_address_that_can_be_used(desk: Desk) -> None:
    assert desk.refused("PUT", "channels", channel(1)) == (404, "recipient_unknown")
    who = desk.keep("recipients", WHO)
    assert desk.refused("PUT", "channels", channel(who, secret="")) == (422, "secret_missing")
    wrong = channel(who, address="https://nobody.example.org")
    assert desk.refused("PUT", "channels", wrong) == (422, "address_wrong")
    assert desk.refused("PUT", "channels?number=9", channel(who)) == (404, "channel_unknown")
    way = desk.keep("channels", channel(who))
    other = desk.keep("recipients", {**WHO, "name": "别人"})
    foreign = {"recipient_id": other, "channel_id": way}
    assert desk.refused("PUT", "subscriptions", foreign) == (422, "channel_foreign")


def test_with_a_recipient_go_its_channels_and_subscriptions(desk: Desk) -> None:
    who = desk.keep("recipients", WHO)
    way = desk.keep("channels", channel(who))
    desk.keep("subscriptions", {"recipient_id": who, "channel_id": way})
    assert desk.ask("DELETE", f"recipients/{who}", {}) == (200, {"removed": True})
    for path in ("recipients", "channels", "subscriptions"):
        assert desk.ask("GET", path) == (200, [])
    assert desk.refused("DELETE", f"recipients/{who}") == (404, "recipient_unknown")


def test_maintenance_is_announced_for_a_place_and_can_end_sooner(desk: Desk) -> None:
    window = {"from_at": "2026-11-20T10:00:00Z", "until_at": "2026-11-20T12:00:00Z"}
    wish = {**window, "place": "S001", "reason": "停电"}
    number = desk.keep("maintenance", wish)
    [shown] = desk.ask("GET", "maintenance")[1]
    assert (shown["state"], shown["place_name_zh"]) == ("running", "点1")
    assert desk.ask("POST", f"maintenance/{number}/end", {})[0] == 200
    assert desk.ask("GET", "maintenance")[1][0]["state"] == "over"
    for until, code in (("10:00:00", "window_wrong"), ("09:00:00", "window_wrong")):
        wrong = {**wish, "until_at": f"2026-11-20T{until}Z"}
        assert desk.refused("PUT", "maintenance", wrong) == (422, code)
    past = {**wish, "from_at": "2026-11-19T00:00:00Z", "until_at": "2026-11-19T01:00:00Z"}
    assert desk.refused("PUT", "maintenance", past) == (422, "window_past")
    assert desk.refused("PUT", "maintenance", {**wish, "place": "S999"}) == (422, "place_unknown")


def test_what_was_told_is_listed_and_what_failed_can_be_sent_again(
    any_desk: Desk, sql_engine: Engine
) -> None:
    desk, store = any_desk, SqlStore(sql_engine)
    who = desk.keep("recipients", WHO)
    way = desk.keep("channels", channel(who))
    desk.keep("subscriptions", {"recipient_id": who})
    happens(store, What.OPENED)
    sender = Sender(store, answers=lambda _parcel: Never("it answered 410"))
    sender.go()
    [failed] = desk.ask("GET", "notices?state=failed")[1]
    assert (failed["reason"], failed["recipient_name"]) == ("it answered 410", "区药具站")
    assert (failed["place_name_zh"], failed["kind"], failed["attempts"]) == ("点1", "out", 1)
    [shown] = desk.ask("GET", "channels")[1]
    assert shown["trouble"] == "it answered 410"
    assert desk.ask("POST", f"notices/{failed['id']}/retry", {})[0] == 200
    assert desk.refused("POST", f"notices/{failed['id']}/retry") == (422, "not_failed")
    assert desk.refused("POST", f"notices/{'0' * 32}/retry") == (404, "notice_unknown")
    test = desk.ask("POST", f"channels/{way}/test", {})[1]["notice_id"]
    working = Sender(store)
    assert {one.notice.id for one in working.go()} == {failed["id"], test}
    page = desk.ask("GET", "notices?limit=1")[1]
    rest = desk.ask("GET", f"notices?after={page[0]['id']}")[1]
    assert {page[0]["state"], rest[0]["state"]} == {"sent"}
    assert len(rest) == 1
    for one in (sender, working):
        one.stop()


def test_nobody_changes_who_hears_what_from_elsewhere(desk: Desk) -> None:
    status, said = desk.ask("PUT", "recipients", WHO, client=("10.0.0.7", 5_000))
    assert (status, said["error"]["code"]) == (403, "writing_refused")
    assert desk.ask("GET", "recipients") == (200, [])


def test_a_monitor_is_told_how_much_waits_and_for_how_long(
    desk: Desk, sqlite_engine: Engine
) -> None:
    who = desk.keep("recipients", WHO)
    desk.keep("channels", channel(who))
    desk.keep("subscriptions", {"recipient_id": who})
    happens(SqlStore(sqlite_engine), What.OPENED)
    for hours in (0, 2):
        later = timedelta(hours=hours)
        counts = SqlReads(sqlite_engine, now=partial(NOW.__add__, later), zone=ZONE).notice_counts()
        assert (counts.waiting, counts.failed, counts.oldest_due_s) == (1, 0, hours * 3_600.0)
