"""Our signed webhook, and Alertmanager's form of one, which knows a bearer token instead."""

import hashlib
import hmac
from datetime import datetime
from typing import Final

from service.domain.notice import Outcome
from service.domain.recipients import ChannelKind
from service.outbox.http import Reply, judge, post_json
from service.outbox.letter import Letter

ID_HEADER: Final = "Idempotency-Key"
TIME_HEADER: Final = "Circle15-Timestamp"
SIGNATURE_HEADER: Final = "Circle15-Signature"
VERSION: Final = "v1"


def signature(secret: str, *, timestamp: str, body: bytes) -> str:
    """Return what shows that a body is ours and of now: HMAC-SHA256 of time, full stop and body."""
    signed = f"{timestamp}.".encode() + body
    return f"{VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def post_letter(letter: Letter, at: datetime) -> Outcome:
    """Post a letter to its channel; the key lets the receiver know a repeat."""
    channel, notice = letter.parcel.channel, letter.parcel.notice
    headers = {ID_HEADER: notice.id}
    if channel.kind is ChannelKind.WEBHOOK:
        body = letter.as_json()
        timestamp = str(int(at.timestamp()))
        headers[TIME_HEADER] = timestamp
        headers[SIGNATURE_HEADER] = signature(channel.secret, timestamp=timestamp, body=body)
    else:
        body = letter.as_alerts()
        if channel.secret:
            headers["Authorization"] = f"Bearer {channel.secret}"
    reply = post_json(channel.address, body, headers)
    return judge(reply) if isinstance(reply, Reply) else reply
