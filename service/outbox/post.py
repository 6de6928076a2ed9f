"""Takes a parcel to its receiver, by the way that its channel asks for; and tries an address."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from service.domain.notice import Again, Never, Outcome, Sent
from service.domain.recipients import Channel, ChannelKind
from service.flows.notices import Parcel
from service.outbox.letter import Letter
from service.outbox.webhook import post_letter

SPEAKS_WITHIN_S: Final = 45.0
"""So long Apprise may take for one message; then its process is ended."""

_SPEAKER: Final = "service.outbox.speaker"
_WORDS: Final = {"again": Again, "never": Never}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The way out: HTTP from this process, everything of Apprise's from one of its own."""

    public_url: str = ""

    def __call__(self, parcel: Parcel, at: datetime) -> Outcome:
        """Send a parcel once, and return how that ended."""
        letter = Letter(parcel=parcel, public_url=self.public_url)
        if parcel.channel.kind is not ChannelKind.APPRISE:
            return post_letter(letter, at)
        message, notice = letter.message, parcel.notice
        return _speak(
            {
                "do": "send",
                "address": parcel.channel.address,
                "subject": message.subject,
                "body": message.body,
                "id": notice.id,
                "at": notice.made_at.isoformat(),
            }
        )


def fault_of(channel: Channel) -> str:
    """Return what is wrong with a channel's address, in words; nothing where it can be tried."""
    if channel.kind is ChannelKind.APPRISE:
        outcome = _speak({"do": "check", "address": channel.address})
        return "" if isinstance(outcome, Sent) else outcome.reason
    try:
        parts = urlsplit(channel.address)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    return "" if is_web else "the address has to begin with https:// or http:// and name a host"


def _speak(order: dict[str, Any]) -> Outcome:
    try:
        done = subprocess.run(  # noqa: S603 - our own program, its order by its input
            [sys.executable, "-m", _SPEAKER],
            input=json.dumps(order).encode(),
            capture_output=True,
            check=False,
            timeout=SPEAKS_WITHIN_S,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        return Again(f"no word within {SPEAKS_WITHIN_S:g} s; it may have arrived")
    except OSError as error:
        return Again(f"the program that sends cannot be started ({error.strerror})")
    try:
        said = json.loads(done.stdout)
    except ValueError:
        # What it says then may quote its order, and so the address.
        return Again(f"the program that sends ended with {done.returncode}; it may have arrived")
    word = _WORDS.get(said["word"])
    return Sent() if word is None else word(said["reason"])
