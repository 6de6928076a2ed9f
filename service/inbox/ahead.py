"""Facts as plain tuples: what the ear has read of a letter by the time the office books it.

Reading a fact costs half as much as booking it, so that the ear, which has a core of its own, does
it ahead. Plain tuples cross the pipe at a fifth of the cost of named ones. When the office heard a
fact is the office's to say.
"""

from datetime import datetime
from typing import Any, Final

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

Ahead = tuple[str, int, int, datetime, bytes, str, int, tuple[Any, ...]]
"""Kiosk, epoch, sequence, its time, digest, body, which kind, and what it says."""

_KINDS: Final = (Dispensed, Restocked, Counted, Faulted)
_NUMBERS: Final[dict[type[Any], int]] = {kind: number for number, kind in enumerate(_KINDS)}
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}


def as_plain(fact: Fact) -> Ahead:
    """Return a fact as plain values."""
    key, happened_at, _, digest, body, what = fact
    number = _NUMBERS[type(what)]
    return (*key, happened_at, digest, body, number, _said(what))


def _said(what: What) -> tuple[Any, ...]:
    if isinstance(what, Dispensed):
        slot, item, packs, units, outcome, on_hand = what
        return slot, item, packs, units, outcome.value, on_hand
    if isinstance(what, Counted):
        return what.reason, tuple(tuple(one) for one in what.slots)
    return tuple(what)


def as_fact(ahead: Ahead, *, heard_at: datetime) -> Fact:
    """Return the fact that plain values stand for, as heard at a moment."""
    kiosk_id, epoch, sequence, happened_at, digest, body, number, said = ahead
    key = FactKey(kiosk_id, epoch, sequence)
    return Fact(key, happened_at, heard_at, digest, body, _what(_KINDS[number], said))


def _what(kind: type[What], said: tuple[Any, ...]) -> What:
    if kind is Dispensed:
        slot, item, packs, units, outcome, on_hand = said
        return Dispensed(slot, item, packs, units, _OUTCOMES[outcome], on_hand)
    if kind is Counted:
        reason, slots = said
        return Counted(reason, tuple([SlotCount(*one) for one in slots]))
    return kind(*said)
