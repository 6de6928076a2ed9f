"""A program of its own that speaks by Apprise: one order on its input, one word on its output.

Apprise and its plugins are loaded only here, so that the service starts without them, and a plugin
that hangs is ended with its process. The address comes by the input: no list of processes shows it.
"""

import json
import logging
import re
import sys
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from apprise import Apprise, AppriseAsset, NotifyType
from apprise.plugins import NotifyBase
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.email import NotifyEmail
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from service.domain.notice import Again, Never, Outcome, Sent
from service.outbox.mail import Mail, send_mail
from service.outbox.robots import speak_as_robot

Word = Literal["sent", "again", "never"]

_STATUS: Final = re.compile(r"error=([45][0-9]{2})\b")
_PASSING: Final = frozenset({"408", "425", "429"})
_SECRET_CHARS_MIN: Final = 6
_PIECES: Final = re.compile(r"[^A-Za-z0-9_-]+")
_ROBOTS: Final = (NotifyDingTalk, NotifyFeishu, NotifyWeComBot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do: ``check`` an address, or ``send`` a message to it."""

    do: Literal["check", "send"]
    address: str
    subject: str = ""
    body: str = ""
    id: str = ""
    at: str = ""


class _LastWord(logging.Handler):
    """Remembers the last that Apprise complained of."""

    said = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.said = record.getMessage()


def main() -> int:
    """Carry out one order."""
    order = Order(**json.load(sys.stdin))
    outcome = obey(order)
    said = {"word": type(outcome).__name__.lower()} | asdict(outcome)
    said.pop("after", None)
    sys.stdout.write(json.dumps(said))
    return 0


def obey(order: Order) -> Outcome:
    """Return how an order ended; no reason says anything of the address."""
    last = _LastWord(level=logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.addHandler(last)
    logger.propagate = False
    try:
        outcome = _obey(order, last)
    finally:
        logger.removeHandler(last)
    if isinstance(outcome, Sent):
        return outcome
    reason = without_secrets(outcome.reason, order.address)
    return Again(reason) if isinstance(outcome, Again) else Never(reason)


def _obey(order: Order, last: _LastWord) -> Outcome:
    asset = AppriseAsset(app_id="Circle15", async_mode=False, http_redirects=False)
    plugin = Apprise.instantiate(order.address, asset=asset)
    if plugin is None:
        return Never(f"no address that Apprise understands ({last.said or 'unknown form'})")
    if len(plugin) > 1:
        return Never("the address has several receivers: make a channel for each of them")
    if order.do == "check":
        return Sent()
    plugin.redirects = False  # Whatever the address asks for.
    if isinstance(plugin, NotifyEmail):
        return send_mail(_mail_of(plugin, order))
    if isinstance(plugin, _ROBOTS):
        return speak_as_robot(plugin, order.subject, order.body)
    return _speak(plugin, order, last)


def _speak(plugin: NotifyBase, order: Order, last: _LastWord) -> Outcome:
    if plugin.notify(title=order.subject, body=order.body, notify_type=NotifyType.INFO):
        return Sent()
    said = last.said or "Apprise did not say why"
    status = _STATUS.search(said)
    if status and status[1].startswith("4") and status[1] not in _PASSING:
        return Never(said)
    return Again(said)


def _mail_of(plugin: NotifyEmail, order: Order) -> Mail:
    return Mail(
        host=plugin.smtp_host,
        port=plugin.port or 0,
        security=str(plugin.secure_mode),
        verifies=bool(plugin.verify_certificate),
        user=plugin.user or "",
        password=plugin.password or "",
        sender_name=str(plugin.from_addr[0] or ""),
        sender=str(plugin.from_addr[1]),
        receiver=_only_receiver(plugin),
        subject=order.subject,
        body=order.body,
        id=order.id,
        at=order.at,
    )


def _only_receiver(plugin: NotifyEmail) -> str:
    targets: list[tuple[Any, str]] = plugin.targets
    return targets[0][1] if targets else str(plugin.from_addr[1])


def without_secrets(text: str, address: str) -> str:
    """Return a text less every piece of an address that is long enough to be a secret."""
    for piece in sorted(_PIECES.split(address), key=len, reverse=True):
        if len(piece) >= _SECRET_CHARS_MIN:
            text = text.replace(piece, "…")
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
