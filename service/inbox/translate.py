"""The only dictionary between the wire and our own words: any bytes in, exactly one answer out."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError

from service.contract import facts as wire
from service.contract.bounds import MESSAGE_BYTES_MAX
from service.contract.commands import Ask, Reply
from service.contract.envelope import EVENT, Event, Identity, identity_of, read_identity
from service.contract.liveness import KIOSK_STATE, Birth, Heartbeat
from service.contract.topics import FACT_KINDS, SERVICE, KioskTopic, read_topic
from service.domain.facts import (
    Counted,
    Dispensed,
    Fact,
    FactKey,
    Faulted,
    Outcome,
    Restocked,
    SlotCount,
    What,
)
from service.domain.heard import Beat, Born, Died, Heard, Replied
from service.domain.quarantine import Reason, SetAside

DETAIL_CHARS_MAX: Final = 300
_CONTENT: Final = ("type", "time", "subject", "data")
_UNION_TAGS: Final = frozenset({"union_tag_invalid", "union_tag_not_found"})
_TYPES: Final = {f"e/{kind}": f"ck.{kind}.v1" for kind in FACT_KINDS}
_validated: Final[Callable[[bytes], Event]] = EVENT.validator.validate_json


def translate(topic: str, payload: bytes, *, heard_at: datetime) -> Heard | None:
    """Return what a message means; None where it says nothing that is kept.

    Whatever is wrong with it comes back as a ``SetAside`` with one reason.
    """
    who = read_topic(topic)
    if who is None:
        if topic.endswith(f"/{SERVICE}/state"):
            return None  # Our own word, that the service is listening, comes back to us.
        return _aside(topic, payload, heard_at, Reason.UNKNOWN_TOPIC, "not a topic of the contract")
    if len(payload) > MESSAGE_BYTES_MAX:
        detail = f"{len(payload)} bytes, more than the {MESSAGE_BYTES_MAX} that the contract allows"
        return _aside(topic, payload, heard_at, Reason.TOO_LARGE, detail, kiosk_id=who.kiosk)
    try:
        if who.leaf.startswith("e/"):
            return _fact(who, topic, payload, heard_at)
        return _sign(who, payload)
    except ValidationError as error:
        return _refuse(who, topic, payload, heard_at, error)


def _fact(who: KioskTopic, topic: str, payload: bytes, heard_at: datetime) -> Heard:
    event = _validated(payload)
    identity = read_identity(event)
    if identity is None:
        detail = "source, sequence and id do not name the same fact"
        return _aside(topic, payload, heard_at, Reason.WRONG_IDENTITY, detail, kiosk_id=who.kiosk)
    if identity.kiosk != who.kiosk or identity.region != who.region:
        detail = f"{who.kiosk} of {who.region} published as {event.source}"
        return _aside(topic, payload, heard_at, Reason.FORGED, detail, kiosk_id=who.kiosk)
    key = _key(identity)
    if event.type != _TYPES[who.leaf]:
        detail = f"{event.type} was published on {who.leaf}"
        return _aside(
            topic, payload, heard_at, Reason.WRONG_SHAPE, detail, kiosk_id=who.kiosk, key=key
        )
    try:
        body = canonical(orjson.loads(payload))
        happened_at = event.time.astimezone(UTC)
    except (orjson.JSONDecodeError, OverflowError) as error:
        return _aside(
            topic, payload, heard_at, Reason.WRONG_SHAPE, str(error), kiosk_id=who.kiosk, key=key
        )
    digest, what = hashlib.sha256(body).digest(), _WHAT[type(event.data)](event.data)
    return Fact(key, happened_at, heard_at, digest, body.decode(), what)


def canonical(message: dict[str, Any]) -> bytes:
    """Return the content of a fact in one spelling: what the books are kept by, keys sorted."""
    content = {name: message[name] for name in _CONTENT if name in message}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _dispensed(data: wire.Dispense) -> Dispensed:
    # By position, like the fact itself: naming six values takes longer than all the rest of it.
    outcome = _OUTCOMES[data.outcome]
    return Dispensed(data.slot, data.item, data.packs, data.units, outcome, data.stock_after)


def _restocked(data: wire.Restock) -> Restocked:
    return Restocked(
        slot=data.slot,
        item=data.item,
        added_packs=data.packs_added,
        removed_packs=data.packs_removed,
        reason=data.removed_reason,
        on_hand_after_packs=data.count_after,
        round_id=data.round,
        lot=data.lot,
        expires_on=data.expires_on,
    )


def _counted(data: wire.Count) -> Counted:
    slots = tuple(SlotCount(one.slot, one.item, one.packs) for one in data.slots)
    return Counted(reason=data.why, slots=slots)


def _faulted(data: wire.Fault) -> Faulted:
    return Faulted(code=data.code, raised=data.state == "raised", slot=data.slot)


_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}
_WHAT: Final[dict[type, Callable[[Any], What]]] = {
    wire.Dispense: _dispensed,
    wire.Restock: _restocked,
    wire.Count: _counted,
    wire.Fault: _faulted,
}


def _sign(who: KioskTopic, payload: bytes) -> Heard | None:
    if who.leaf == "state":
        if not payload:
            return None  # Somebody cleared the retained state.
        state = KIOSK_STATE.validate_json(payload)
        if isinstance(state, Birth):
            return Born(
                kiosk_id=who.kiosk,
                boot=state.boot,
                epoch=state.epoch,
                head=state.head,
                firmware=state.firmware,
            )
        return Died(kiosk_id=who.kiosk, boot=state.boot)
    if who.leaf == "hb":
        beat = Heartbeat.model_validate_json(payload)
        clock = beat.at.astimezone(UTC)
        return Beat(kiosk_id=who.kiosk, epoch=beat.epoch, head=beat.head, clock=clock)
    if who.leaf == "r":
        reply = Reply.model_validate_json(payload)
        return Replied(kiosk_id=who.kiosk, command_id=reply.id, gone=reply.result == "gone")
    # Questions are checked and not yet answered: after two seconds a kiosk decides by itself.
    Ask.model_validate_json(payload)
    return None


def _refuse(
    who: KioskTopic, topic: str, payload: bytes, heard_at: datetime, error: ValidationError
) -> SetAside:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"] if not str(part).startswith("ck."))
    detail = f"{where}: {first['msg']}" if where else first["msg"]
    reason = Reason.WRONG_SHAPE
    if first["type"] == "json_invalid":
        reason = Reason.NOT_JSON
    elif first["type"] in _UNION_TAGS and who.leaf.startswith("e/"):
        reason = Reason.UNKNOWN_TYPE
    key = _salvage(who, payload) if reason is not Reason.NOT_JSON else None
    return _aside(topic, payload, heard_at, reason, detail, kiosk_id=who.kiosk, key=key)


def _salvage(who: KioskTopic, payload: bytes) -> FactKey | None:
    """Return which fact a malformed message was, where it says so plainly and on its own topic.

    Then it is settled: we hold its bytes, and its kiosk does not send it again for ever.
    """
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(message, dict) or not who.leaf.startswith("e/"):
        return None
    identity = identity_of(
        source=message.get("source"),
        event_id=message.get("id"),
        sequence=message.get("sequence"),
    )
    if identity is None or (identity.region, identity.kiosk) != (who.region, who.kiosk):
        return None
    return _key(identity)


def _key(identity: Identity) -> FactKey:
    return FactKey(identity.kiosk, identity.epoch, identity.sequence)


def _aside(
    topic: str,
    payload: bytes,
    heard_at: datetime,
    reason: Reason,
    detail: str,
    *,
    kiosk_id: str | None = None,
    key: FactKey | None = None,
) -> SetAside:
    return SetAside(
        topic=topic,
        payload=payload,
        heard_at=heard_at,
        reason=reason,
        detail=detail[:DETAIL_CHARS_MAX],
        kiosk_id=kiosk_id,
        key=key,
    )
