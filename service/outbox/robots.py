"""The group robots of DingTalk, WeCom and Feishu: they say no with status 200, so it is read."""

import json
from dataclasses import dataclass
from typing import Any, Final

from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot
from httpx import URL

from service.domain.notice import Again, Never, Outcome, Sent
from service.outbox.http import Reply, as_body, judge, post_json

TEXT_BYTES_MAX: Final = 2_000
"""WeCom takes 2,048 bytes of text, the others more."""

_LATER: Final = frozenset({"130101", "410100", "45009", "-1", "9499", "11232", "99991400"})
"""Codes that say too often, or busy."""

_WORDS_MAX: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a robot is told, and where."""

    url: str
    payload: dict[str, Any]


def call_of(robot: NotifyDingTalk | NotifyFeishu | NotifyWeComBot, subject: str, body: str) -> Call:
    """Return what a robot is told: a text whose first line is the subject."""
    text = shortened(f"{subject}\n{body}")
    if isinstance(robot, NotifyDingTalk):
        url = URL(robot.notify_url.format(token=robot.token))
        if robot.secret:
            timestamp, sign = robot.get_signature()  # type: ignore[no-untyped-call]  # Apprise does not say
            url = URL(f"{url}&timestamp={timestamp}&sign={sign}")
        at = {"atMobiles": list(robot.targets), "isAtAll": False}
        payload = {"msgtype": "text", "text": {"content": text}, "at": at}
        return Call(url=str(url), payload=payload)
    if isinstance(robot, NotifyFeishu):
        payload = {"msg_type": "text", "content": {"text": text}}
        return Call(url=robot.notify_url.format(token=robot.token), payload=payload)
    return Call(url=robot.api_url, payload={"msgtype": "text", "text": {"content": text}})


def speak_as_robot(
    robot: NotifyDingTalk | NotifyFeishu | NotifyWeComBot, subject: str, body: str
) -> Outcome:
    """Let a robot say it, once."""
    call = call_of(robot, subject, body)
    reply = post_json(call.url, as_body(call.payload), {})
    return verdict(reply) if isinstance(reply, Reply) else reply


def verdict(reply: Reply) -> Outcome:
    """Return what a robot's answer means: code 0 alone is yes."""
    by_status = judge(reply)
    if not isinstance(by_status, Sent):
        return by_status
    try:
        said = json.loads(reply.body)
        code = said.get("errcode", said.get("code", said.get("StatusCode")))
        words = str(said.get("errmsg", said.get("msg", "")))[:_WORDS_MAX]
    except (ValueError, AttributeError):
        return Again("the robot's answer is none that we know")
    if code == 0:
        return Sent()
    reason = f"the robot refused it with {code} ({words})"
    return Again(reason) if str(code) in _LATER else Never(reason)


def shortened(text: str) -> str:
    """Return a text that a robot takes: cut at the end where it is too long, and saying so."""
    if len(text.encode()) <= TEXT_BYTES_MAX:
        return text
    cut = text.encode()[: TEXT_BYTES_MAX - len("…".encode())]
    return cut.decode(errors="ignore") + "…"
