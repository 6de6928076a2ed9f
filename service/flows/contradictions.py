"""What contradicts a fact that we hold: one that is booked, or one that waits in the quarantine.

A kiosk was told that we hold a fact which we could not book. Comes the same identity with other
content, nobody can say which of the two is true: the first that can be read stays where it is, and
the other is a conflict. What cannot be read never stands in a real fact's way: then the fact is
booked, and the message is the conflict.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from service.domain.facts import Fact, FactKey
from service.domain.progress import Progress
from service.domain.quarantine import Reason, SetAside, Waiting
from service.flows.ports import Books, Journal
from service.flows.settle import Settled, conflict

_CONTENT: Final = ("type", "time", "subject", "data")
_NOTHING: Final = Progress()


def contradict(
    settled: Settled,
    aside: Sequence[SetAside],
    *,
    progress: Mapping[Journal, Progress],
    books: Books,
    at: datetime,
) -> list[SetAside]:
    """Return what is set aside, with the reason of what contradicts; ``settled`` loses such facts.

    ``progress`` is as it was before this batch: only what claims an identity that we were told of
    before is looked up, so an ordinary batch asks nothing.
    """
    keys = {one.key for one in aside if one.key is not None}
    told = {key for key in keys if _is_told(progress, key)}
    if not (keys or settled.refound):
        return list(aside)
    waiting = books.quarantine.held({*told, *settled.refound})
    if waiting:
        _facts_against(waiting, settled, books=books, at=at)
    digests = books.facts.digests(dict.fromkeys(told, at))
    digests |= {fact.key: fact.digest for fact in settled.new if fact.key in keys}
    digests = {key: digest_of(one.message) for key, one in waiting.items()} | digests
    return [_in_its_light(message, digests) for message in aside]


def _is_told(progress: Mapping[Journal, Progress], key: FactKey) -> bool:
    return progress.get((key.kiosk_id, key.epoch), _NOTHING).has(key.sequence)


def _facts_against(
    waiting: dict[FactKey, Waiting], settled: Settled, *, books: Books, at: datetime
) -> None:
    """Take out the facts that contradict what waits and can be read; mark what cannot be read."""
    booked: list[Fact] = []
    for fact in settled.new:
        held = waiting.get(fact.key)
        if held is None or digest_of(held.message) == fact.digest:
            booked.append(fact)
        elif held.message.topic:
            booked.append(fact)
            books.quarantine.refuse_again(held.id, _contradicting(held.message), at)
        else:
            settled.conflicts.append(conflict(fact, "waits in the quarantine"))
    out = {fact.key for fact in settled.new} - {fact.key for fact in booked}
    settled.new = booked
    settled.refound = [key for key in settled.refound if key not in out]


def _in_its_light(message: SetAside, digests: dict[FactKey, bytes]) -> SetAside:
    """Return a message as it is, or as a conflict; the first of its identity is held from now."""
    if message.key is None:
        return message
    digest = digest_of(message)
    same = digests.setdefault(message.key, digest) == digest
    return message if same else _contradicting(message)


def _contradicting(message: SetAside) -> SetAside:
    key = message.key
    assert key is not None
    detail = (
        f"sequence {key.sequence} of epoch {key.epoch} is held already with other content; "
        f"besides, it is {message.reason.value}: {message.detail}"
    )
    return replace(message, reason=Reason.CONFLICT, detail=detail)


def digest_of(message: SetAside) -> bytes:
    """Return the digest of what a message says, as a fact that says the same has it."""
    content = _content(message.payload) if message.topic else message.payload
    return sha256(content).digest()


def _content(payload: bytes) -> bytes:
    """Return the content of a message in the one spelling of facts; as it came, where it has none.

    Facts come here in that spelling. What could not be read comes whole, in any.
    """
    try:
        whole: Any = json.loads(payload)
    except (ValueError, RecursionError):
        return payload
    if not isinstance(whole, dict):
        return payload
    content = {name: whole[name] for name in _CONTENT if name in whole}
    if not content:
        return payload
    try:
        spelled = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return spelled.encode()
    except (UnicodeEncodeError, RecursionError):
        return payload
