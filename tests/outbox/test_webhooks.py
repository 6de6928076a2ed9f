"""Webhooks against a real HTTP server: signed, bounded, never led elsewhere."""

import hashlib
import hmac
import json
import logging
from datetime import timedelta

import pytest

from broker.ports import free_port
from service.domain.incidents import What
from service.domain.notice import Again, Never, Outcome, Sent
from service.domain.recipients import ChannelKind
from service.outbox.http import BODY_BYTES_MAX, Reply, judge, post_json
from service.outbox.letter import Letter
from service.outbox.webhook import post_letter
from tests.outbox.parcels import SECRET, TEST, notice, parcel
from tests.outbox.sinks import HttpSink
from tests.support.plans import NOW

LINK = "https://circle15.example.org"


def send(http: HttpSink, kind: ChannelKind = ChannelKind.WEBHOOK, path: str = "/hook") -> Outcome:
    """Send a notice by a webhook."""
    return post_letter(Letter(parcel=parcel(address=http.url(path), kind=kind)), NOW)


def test_our_webhook_is_signed_over_time_and_body_and_has_a_key(http: HttpSink) -> None:
    assert send(http) == Sent()
    [post] = http.taken
    timestamp = post.headers["Circle15-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    wanted = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + post.body, hashlib.sha256)
    assert post.headers["Circle15-Signature"] == f"v1={wanted.hexdigest()}"
    said = json.loads(post.body)
    assert post.headers["Idempotency-Key"] == said["id"] == notice().id
    assert said["type"] == "circle15.notice.v1"
    [incident] = said["incidents"]
    assert (incident["kind"], incident["place"], incident["what"]) == ("out", "K0001", "opened")
    assert incident["numbers"]["items"][0]["item"] == "condom-52"


def test_another_try_has_the_same_body_and_another_time(http: HttpSink) -> None:
    send(http)
    post_letter(Letter(parcel=parcel(address=http.url())), NOW + timedelta(minutes=1))
    first, second = http.taken
    assert first.body == second.body
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.headers["Circle15-Signature"] != second.headers["Circle15-Signature"]


def test_alertmanager_s_form_is_version_four_with_a_bearer(http: HttpSink) -> None:
    assert send(http, ChannelKind.ALERTMANAGER) == Sent()
    [post] = http.taken
    assert post.headers["Authorization"] == f"Bearer {SECRET}"
    said = json.loads(post.body)
    assert (said["version"], said["status"]) == ("4", "firing")
    assert said["groupKey"] == "circle15/out/K0001"
    [alert] = said["alerts"]
    assert alert["labels"] == {"alertname": "out", "place": "K0001", "severity": "critical"}
    assert (alert["startsAt"], alert["endsAt"]) == (
        "2026-11-20T07:00:00+00:00",
        "0001-01-01T00:00:00Z",
    )
    for name in ("receiver", "groupLabels", "commonLabels", "commonAnnotations", "externalURL"):
        assert name in said


def test_alertmanager_s_alert_ends_under_the_same_fingerprint() -> None:
    begun = json.loads(Letter(parcel=parcel()).as_alerts())
    over = json.loads(Letter(parcel=parcel(notice(What.RESOLVED)), public_url=LINK).as_alerts())
    assert over["status"] == over["alerts"][0]["status"] == "resolved"
    assert over["alerts"][0]["endsAt"] == "2026-11-20T10:00:00+00:00"
    assert over["alerts"][0]["generatorURL"].startswith(LINK)
    assert begun["alerts"][0]["fingerprint"] == over["alerts"][0]["fingerprint"]
    assert begun["groupKey"] == over["groupKey"]
    test = json.loads(Letter(parcel=parcel(TEST)).as_alerts())
    assert (test["status"], test["alerts"][0]["labels"]["alertname"]) == ("resolved", "test")


def test_a_digest_is_one_post_with_a_row_for_each_incident() -> None:
    lines = tuple(notice(incident_id=number) for number in range(1, 4))
    whole = Letter(parcel=parcel(lines=lines))
    assert [one["id"] for one in json.loads(whole.as_json())["incidents"]] == [1, 2, 3]
    assert len(json.loads(whole.as_alerts())["alerts"]) == 3


def test_a_body_that_would_be_too_long_says_how_many_rows_it_left_out() -> None:
    much = {"items": [{"item": "x" * 100}] * 60}
    lines = tuple(notice(incident_id=number, numbers=much) for number in range(1, 200))
    body = Letter(parcel=parcel(lines=lines)).as_json()
    said = json.loads(body)
    assert len(body) <= BODY_BYTES_MAX
    assert said["left_out"] == 199 - len(said["incidents"]) > 0
    huge = notice(numbers={"items": [{"item": "x" * BODY_BYTES_MAX}]})
    assert json.loads(Letter(parcel=parcel(huge)).as_json())["left_out"] == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Sent) for status in (200, 204)),
        *((status, Never) for status in (301, 400, 401, 404, 410)),
        *((status, Again) for status in (408, 425, 429, 500, 503)),
    ],
)
def test_each_status_means_sent_again_or_never(status: int, kind: type[Outcome]) -> None:
    assert isinstance(judge(Reply(status=status)), kind)


def test_no_log_tells_an_address(http: HttpSink, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert send(http, path="/token-of-ours") == Sent()
    http.status["/token-of-ours"] = 500
    send(http, path="/token-of-ours")
    assert "token-of-ours" not in caplog.text


def test_a_redirect_is_not_followed(http: HttpSink) -> None:
    http.status["/hook"] = 307
    http.headers["Location"] = http.url("/elsewhere")
    ended = send(http)
    assert isinstance(ended, Never)
    assert "redirect" in ended.reason
    assert [post.path for post in http.taken] == ["/hook"]


def test_a_receiver_that_asks_for_patience_gets_it(http: HttpSink) -> None:
    http.status["/hook"] = 429
    http.headers["Retry-After"] = "90"
    assert send(http) == Again("it answered 429", timedelta(seconds=90))
    http.headers["Retry-After"] = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert send(http) == Again("it answered 429")


def test_an_answer_that_drips_for_ever_is_left_in_time(http: HttpSink) -> None:
    http.answer, http.drip_s = b"x" * 100, 0.05
    ended = post_json(http.url(), b"{}", {}, whole_s=0.3)
    assert isinstance(ended, Again)
    assert "it may have arrived" in ended.reason


def test_of_an_endless_answer_only_the_begin_is_read(http: HttpSink) -> None:
    http.answer = b"x" * 50_000
    reply = post_json(http.url(), b"{}", {})
    assert isinstance(reply, Reply)
    assert len(reply.body) == 8_192


@pytest.mark.parametrize(
    ("url", "kind"),
    [("ftp://example.org", Never), ("http://", Never), ("nothing", Never)],
)
def test_what_is_no_address_is_never_tried_again(url: str, kind: type[Outcome]) -> None:
    assert isinstance(post_json(url, b"{}", {}), kind)


def test_who_cannot_be_reached_is_tried_again() -> None:
    [port] = free_port(0)[:1]
    ended = post_json(f"http://127.0.0.1:{port}/", b"{}", {})
    assert ended == Again("the receiver cannot be reached")
