"""Mail, chats and Apprise: against a real mail server and a real HTTP server."""

import json
from dataclasses import replace

import pytest
from apprise import Apprise
from hypothesis import given
from hypothesis import strategies as st

from broker.ports import free_port
from service.domain.notice import Again, Never, Outcome, Sent
from service.domain.recipients import Channel, ChannelKind
from service.outbox.http import Reply
from service.outbox.mail import Mail, send_mail
from service.outbox.post import Post, fault_of
from service.outbox.robots import TEXT_BYTES_MAX, call_of, shortened, verdict
from service.outbox.speaker import Order, obey, without_secrets
from tests.outbox.parcels import notice, parcel
from tests.outbox.sinks import HttpSink, MailSink
from tests.support.plans import NOW


def mail_to(sink: MailSink) -> Mail:
    return Mail(
        host="127.0.0.1",
        port=sink.port,
        security="insecure",
        sender_name="Circle15",
        sender="circle15@example.org",
        receiver="manager@example.org",
        subject="[严重] 已发完：河东医院",
        body="避孕套已发完。",
        id="abc",
        at=NOW.isoformat(),
    )


def test_a_mail_is_written_in_chinese_under_an_id_of_its_own(mail: MailSink) -> None:
    assert send_mail(mail_to(mail)) == Sent()
    [one] = mail.mails
    assert one["Subject"] == "[严重] 已发完：河东医院"
    assert one["Message-ID"] == "<abc@example.org>"
    assert one["Auto-Submitted"] == "auto-generated"
    assert one.get_payload(decode=True).decode().strip() == "避孕套已发完。"  # type: ignore[union-attr]  # it is one text


@pytest.mark.parametrize(
    ("said", "kind"), [("550 no such box", Never), ("451 later", Again), ("421 busy", Again)]
)
def test_a_mail_server_that_refuses_is_believed(
    mail: MailSink, said: str, kind: type[Outcome]
) -> None:
    mail.refuses = said
    ended = send_mail(mail_to(mail))
    assert isinstance(ended, kind)
    assert said in getattr(ended, "reason", "")


def test_a_mail_server_that_is_away_is_tried_again(mail: MailSink) -> None:
    away = replace(mail_to(mail), port=free_port(0)[0])
    assert isinstance(send_mail(away), Again)
    no_address = replace(mail_to(mail), receiver="nobody")
    assert isinstance(send_mail(no_address), Never | Again)
    odd = replace(mail_to(mail), receiver="a\nb@example.org")
    assert isinstance(send_mail(odd), Never)


@pytest.mark.parametrize(
    ("address", "url", "text"),
    [
        (
            "dingtalk://abcdefgh12345678",
            "https://oapi.dingtalk.com/robot/send?access_token=abcdefgh12345678",
            ("text", "content"),
        ),
        (
            "feishu://abcdefgh12345678",
            "https://open.feishu.cn/open-apis/bot/v2/hook/abcdefgh12345678/",
            ("content", "text"),
        ),
        (
            "wecombot://0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f",
            ("text", "content"),
        ),
    ],
)
def test_each_robot_is_told_in_its_own_form(address: str, url: str, text: tuple[str, str]) -> None:
    call = call_of(Apprise.instantiate(address), "题", "文")  # type: ignore[arg-type]  # one of the three
    assert call.url == url
    assert call.payload[text[0]][text[1]] == "题\n文"


def test_a_signed_robot_s_call_carries_time_and_sign() -> None:
    robot = Apprise.instantiate("dingtalk://SECsecretsecret@abcdefgh12345678")
    call = call_of(robot, "题", "文")  # type: ignore[arg-type]  # it is DingTalk's
    assert "&timestamp=" in call.url
    assert "&sign=" in call.url


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"errcode": 0, "errmsg": "ok"}, Sent),
        ({"code": 0, "msg": "success"}, Sent),
        ({"StatusCode": 0}, Sent),
        ({"errcode": 310000, "errmsg": "keywords not in content"}, Never),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, Again),
        ({"code": 19021, "msg": "sign match fail"}, Never),
        ([], Again),
        ({}, Never),
    ],
)
def test_a_robot_that_says_no_with_status_200_is_heard(body: object, kind: type[Outcome]) -> None:
    assert isinstance(verdict(Reply(status=200, body=json.dumps(body).encode())), kind)
    assert isinstance(verdict(Reply(status=500)), Again)


@given(st.text(st.sampled_from("a药é𝄞\n"), max_size=3_000))
def test_a_robot_s_text_is_cut_between_letters(text: str) -> None:
    cut = shortened(text)
    assert len(cut.encode()) <= TEXT_BYTES_MAX
    assert cut == text or text.startswith(cut[:-1])


@pytest.mark.parametrize(
    ("status", "kind"), [(200, Sent), (500, Again), (403, Never), (429, Again), (302, Again)]
)
def test_what_apprise_says_is_sorted_out(http: HttpSink, status: int, kind: type[Outcome]) -> None:
    http.status["/token-of-ours"] = status
    http.headers["Location"] = http.url("/elsewhere")
    address = f"json://127.0.0.1:{http.port}/token-of-ours?redirect=yes"
    ended = obey(Order(do="send", address=address, subject="s", body="b"))
    assert isinstance(ended, kind), ended
    assert {post.path for post in http.taken} == {"/token-of-ours"}, "no redirect is followed"
    assert "token-of-ours" not in str(ended)


@pytest.mark.parametrize(
    "address", ["nosuch://secretsecret", "", "dingtalk://", "mailto://", "://", "x" * 900]
)
def test_an_address_that_nobody_understands_is_refused_without_saying_it(address: str) -> None:
    ended = obey(Order(do="check", address=address))
    assert isinstance(ended, Never)
    assert "secretsecret" not in ended.reason


def test_a_channel_has_one_receiver() -> None:
    two = "mailto://user:password@example.org?to=a@example.org,b@example.org"
    ended = obey(Order(do="check", address=two))
    assert isinstance(ended, Never)
    assert "several receivers" in ended.reason


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://user:password@qq.com",
        "mailtos://u:p@163.com?to=a@example.org",
        "schan://abcdefgh",
    ],
)
def test_usual_addresses_are_taken(address: str) -> None:
    assert obey(Order(do="check", address=address)) == Sent()


def test_no_piece_of_an_address_is_in_what_is_said_of_it() -> None:
    address = "wxyz://user:longpassword@tokentoken/other"
    said = without_secrets("failed: wxyz longpassword\nat tokentoken, other", address)
    assert said == "failed: wxyz …\nat …, other".replace("\n", " ")


def test_apprise_works_in_a_process_of_its_own_without_a_warning(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Apprise uses imghdr where Python has it still.
    monkeypatch.setenv("PYTHONWARNINGS", "error,ignore:'imghdr' is deprecated:DeprecationWarning")
    one = notice()
    by_mail = parcel(one, address=mail.address, kind=ChannelKind.APPRISE, language="en")
    assert Post(public_url="https://circle15.example.org")(by_mail, NOW) == Sent()
    [letter] = mail.mails
    assert letter["Message-ID"] == f"<{one.id}@example.org>"
    assert letter["Subject"] == "[critical] Out of stock: Hedong Hospital (K0001)"
    text = letter.get_payload(decode=True).decode()  # type: ignore[union-attr]  # it is one text
    assert "Condom has run out" in text
    assert "https://circle15.example.org/" in text


@pytest.mark.parametrize(
    ("kind", "address", "is_fine"),
    [
        (ChannelKind.WEBHOOK, "https://example.org/x", True),
        (ChannelKind.ALERTMANAGER, "http://10.0.0.7:9000/", True),
        (ChannelKind.WEBHOOK, "ftp://example.org", False),
        (ChannelKind.WEBHOOK, "https://[", False),
        (ChannelKind.WEBHOOK, "https://example.org:99999/", False),
        (ChannelKind.WEBHOOK, "", False),
    ],
)
def test_a_webhook_s_address_names_a_host(
    kind: ChannelKind, address: str, *, is_fine: bool
) -> None:
    channel = Channel(id=0, recipient_id=1, kind=kind, address=address)
    assert (fault_of(channel) == "") is is_fine
