"""Reads a message that was set aside once more, as it would be read had it just come."""

import logging
from typing import Final

import orjson

from service.contract.envelope import source_of
from service.contract.topics import FACT_KINDS, kiosk_topic
from service.domain.facts import FactKey
from service.domain.heard import Heard
from service.domain.quarantine import SetAside
from service.flows.quarantine import our_error
from service.inbox.translate import translate

log = logging.getLogger(__name__)

_KINDS: Final = {f"ck.{kind}.v1": kind for kind in FACT_KINDS}


def translate_again(message: SetAside, *, region: str) -> Heard | None:
    """Return what a message that was set aside means; ``heard_at`` is when it came."""
    try:
        topic, payload = _as_it_came(message, region)
        return translate(topic, payload, heard_at=message.heard_at)
    except Exception as error:  # one message that we stumble over must not hold up the others
        log.exception("Our own mistake with a message of the quarantine; it stays there.")
        return our_error(message, error)


def _as_it_came(message: SetAside, region: str) -> tuple[str, bytes]:
    """Return topic and payload; of a fact kept by its body alone, with its identity put back."""
    if message.topic or message.identity is None:
        return message.topic, message.payload
    key: FactKey = message.identity
    content = orjson.loads(message.payload)
    whole = {
        **content,
        "specversion": "1.0",
        "id": f"{key.kiosk_id}-{key.epoch}-{key.sequence}",
        "source": source_of(region, key.kiosk_id, key.epoch),
        "sequence": f"{key.sequence:020d}",
        "datacontenttype": "application/json",
    }
    leaf = f"e/{_KINDS[content['type']]}"
    return kiosk_topic(region, key.kiosk_id, leaf), orjson.dumps(whole)
