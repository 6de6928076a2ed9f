"""Short words for facts and signs, so that a test reads as the story it tells."""

import hashlib
from datetime import datetime, timedelta

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
from service.domain.heard import Born
from service.domain.quarantine import Reason, SetAside
from tests.support.plans import NOW

KIOSK = "K0001"


def fact(
    sequence: int,
    what: What,
    *,
    kiosk: str = KIOSK,
    epoch: int = 1,
    at: datetime | None = None,
    heard_at: datetime = NOW,
) -> Fact:
    """Return a fact that happened ``sequence`` minutes after noon, unless ``at`` says otherwise."""
    happened_at = at or NOW - timedelta(hours=6) + timedelta(minutes=min(sequence, 300))
    body = f'{{"at":"{happened_at.isoformat()}","what":"{what!r}"}}'.replace("\\", "")
    return Fact(
        key=FactKey(kiosk, epoch, sequence),
        happened_at=happened_at,
        heard_at=heard_at,
        digest=hashlib.sha256(body.encode()).digest(),
        body=body,
        what=what,
    )


def dispensed(
    slot: int = 1,
    packs: int = 1,
    *,
    item: str = "condom-52",
    outcome: Outcome = Outcome.DISPENSED,
    after: int | None = None,
) -> Dispensed:
    """Return packs of ten that dropped out, or did not."""
    return Dispensed(slot, item, packs, packs * 10, outcome, after)


def restocked(
    after: int, slot: int = 1, *, item: str = "condom-52", added: int = 5, removed: int = 0
) -> Restocked:
    """Return a slot filled up to ``after`` packs."""
    return Restocked(slot, item, added, removed, "expired" if removed else None, after)


def counted(*packs: int, item: str = "condom-52") -> Counted:
    """Return a count of slots 1, 2, … that all hold one item."""
    return Counted("daily", tuple(SlotCount(n, item, held) for n, held in enumerate(packs, 1)))


def faulted(code: str = "aisle_jam", *, raised: bool = True, slot: int | None = 1) -> Faulted:
    """Return a fault that came or went."""
    return Faulted(code, raised, slot)


def born(boot: int = 1, *, head: int = 0, epoch: int = 1, kiosk: str = KIOSK) -> Born:
    """Return a birth."""
    return Born(kiosk_id=kiosk, boot=boot, epoch=epoch, head=head, firmware="2.4.1")


def aside(
    payload: bytes,
    *,
    reason: Reason = Reason.WRONG_SHAPE,
    key: FactKey | None = None,
    kiosk: str | None = KIOSK,
    heard_at: datetime = NOW,
    topic: str = "ck/v1/999901/K0001/e/dispense",
) -> SetAside:
    """Return a message as the inbox sets it aside."""
    return SetAside(
        topic=topic,
        payload=payload,
        heard_at=heard_at,
        reason=reason,
        detail="it is not right",
        kiosk_id=kiosk,
        key=key,
    )
