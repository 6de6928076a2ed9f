"""What a kiosk's journal says, in our own words and in the past tense.

Named tuples, because there is one of each for every fact: a frozen dataclass takes three times as
long to make.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What came of somebody's asking for packs."""

    DISPENSED = "dispensed"
    JAMMED = "jammed"
    EMPTY = "empty"
    REFUSED = "refused"


class FactKey(NamedTuple):
    """The identity of a fact. Keys of one kiosk sort in the order in which things happened."""

    kiosk_id: str
    epoch: int
    sequence: int


class SlotCount(NamedTuple):
    """How many packs of what one slot held."""

    slot: int
    item: str
    packs: int


class Dispensed(NamedTuple):
    """Somebody asked for packs; only the outcome ``dispensed`` took them out of the stock."""

    slot: int
    item: str
    packs: int
    units: int
    outcome: Outcome
    on_hand_after_packs: int | None


class Restocked(NamedTuple):
    """Somebody filled or emptied a slot and counted it afterwards, maybe on a round of ours."""

    slot: int
    item: str
    added_packs: int
    removed_packs: int
    reason: str | None
    on_hand_after_packs: int
    round_id: str | None = None
    lot: str | None = None
    expires_on: date | None = None


class Counted(NamedTuple):
    """The machine counted its slots."""

    reason: str
    slots: tuple[SlotCount, ...]


class Faulted(NamedTuple):
    """A part of the machine failed (``raised``) or works again; without a slot, all of it."""

    code: str
    raised: bool
    slot: int | None


What = Dispensed | Restocked | Counted | Faulted


class Fact(NamedTuple):
    """One line of a kiosk's journal as we heard it.

    ``happened_at`` is the kiosk's clock, ``heard_at`` ours, both UTC. ``body`` is the canonical
    content as the kiosk sent it and ``digest`` its SHA-256.
    """

    key: FactKey
    happened_at: datetime
    heard_at: datetime
    digest: bytes
    body: str
    what: What
