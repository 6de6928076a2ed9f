"""Which facts may be booked: the kiosk and its items are known and its clock can be true."""

from dataclasses import replace

from service.domain.clocks import AHEAD_MAX, NOT_BEFORE, is_ahead, is_ancient
from service.domain.facts import Counted, Dispensed, Fact, Restocked
from service.domain.quarantine import Reason, SetAside
from service.domain.registry import Registry


def why_not(fact: Fact, registry: Registry) -> tuple[Reason, str] | None:
    """Return why a fact cannot be booked, in words; None where it can."""
    kiosk_id = fact.key.kiosk_id
    if kiosk_id not in registry.site_by_kiosk:
        return Reason.UNKNOWN_KIOSK, f"no kiosk {kiosk_id} is enrolled in region {registry.region}"
    for item in _items_of(fact):
        if item not in registry.items:
            return Reason.UNKNOWN_ITEM, f"item {item} is not in the list of items"
    if is_ahead(fact.happened_at, fact.heard_at):
        ahead = fact.happened_at - fact.heard_at
        minutes = int(AHEAD_MAX.total_seconds() // 60)
        return (
            Reason.CLOCK_AHEAD,
            f"its time is {ahead} in our future, more than the {minutes} minutes that we allow",
        )
    if is_ancient(fact.happened_at):
        return Reason.CLOCK_ANCIENT, f"its time is before {NOT_BEFORE:%Y-%m-%d}"
    return None


def set_aside(fact: Fact, why: tuple[Reason, str]) -> SetAside:
    """Return the fact as something set aside.

    It keeps its key, so that it counts as settled: we hold it, the kiosk need not send it again. A
    kiosk that nobody enrolled gets no such promise.
    """
    reason, detail = why
    known = reason is not Reason.UNKNOWN_KIOSK
    return SetAside(
        topic="",
        payload=fact.body.encode(),
        heard_at=fact.heard_at,
        reason=reason,
        detail=detail,
        kiosk_id=fact.key.kiosk_id,
        key=fact.key if known else None,
        claims=None if known else fact.key,
    )


def without_promise(message: SetAside, registry: Registry) -> SetAside:
    """Return a message set aside as it is; without its key where nobody enrolled its kiosk."""
    if message.key is None or message.key.kiosk_id in registry.site_by_kiosk:
        return message
    return replace(message, key=None, claims=message.key)


def _items_of(fact: Fact) -> tuple[str, ...]:
    what = fact.what
    if isinstance(what, (Dispensed, Restocked)):
        return (what.item,)
    if isinstance(what, Counted):
        return tuple(counted.item for counted in what.slots)
    return ()
