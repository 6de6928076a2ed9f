"""The four facts a kiosk reports: dispense, restock, count and fault."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from service.contract.bounds import SLOTS_MAX, ItemCode, Packs, ShortText, SlotNumber, Token, Units
from service.contract.bounds import Tolerant as _Tolerant
from service.contract.times import IsoDate, IsoInstant

Outcome = Literal["dispensed", "jammed", "empty", "refused"]
RemovalReason = Literal["expired", "damaged", "other"]
CountReason = Literal["boot", "door", "daily", "asked"]
FaultCode = Literal[
    "aisle_jam", "card_reader", "door_open", "over_temperature", "power", "tamper", "other"
]

# The rule of ``Restock`` below, in JSON Schema's words, for whoever checks without Python.
_REMOVAL_RULE: Final[dict[str, Any]] = {
    "if": {"properties": {"packs_removed": {"minimum": 1}}, "required": ["packs_removed"]},
    "then": {"properties": {"removed_reason": {"type": "string"}}, "required": ["removed_reason"]},
}


class Who(_Tolerant):
    """Who took it, without identity: a keyed pseudonym, an age band, local or migrant."""

    token: Token | None = None
    age_band: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(-[0-9]{2}|\+)$")] | None = None
    residency: Literal["local", "migrant"] | None = None


class Dispense(_Tolerant):
    """Somebody asked a slot for packs; ``outcome`` says what came of it.

    ``packs`` drop out of the machine, ``units`` are base units (pieces, tubes, sheets). Only the
    outcome ``dispensed`` leaves the stock; ``empty`` is demand that was lost.
    """

    slot: SlotNumber
    item: ItemCode
    packs: Annotated[int, Field(ge=1, le=20)]
    units: Units
    outcome: Outcome
    stock_after: Packs | None = None
    who: Who | None = None


class Restock(_Tolerant):
    """Somebody filled, emptied or exchanged what a slot holds, and counted it afterwards."""

    model_config = ConfigDict(json_schema_extra=_REMOVAL_RULE)

    slot: SlotNumber
    item: ItemCode
    packs_added: Packs
    packs_removed: Packs = 0
    removed_reason: RemovalReason | None = None
    lot: ShortText | None = None
    expires_on: IsoDate | None = None
    count_after: Packs
    staff: Token | None = None
    round: ShortText | None = None

    @model_validator(mode="after")
    def _a_removal_has_a_reason(self) -> Self:
        if self.packs_removed > 0 and self.removed_reason is None:
            message = "packs_removed needs removed_reason: expired, damaged or other"
            raise ValueError(message)
        return self


class CountedSlot(_Tolerant):
    """What the machine senses in one slot."""

    slot: SlotNumber
    item: ItemCode
    packs: Packs


class Count(_Tolerant):
    """The machine counted every slot."""

    why: CountReason
    slots: Annotated[
        tuple[CountedSlot, ...], Field(min_length=1, max_length=SLOTS_MAX, strict=False)
    ]

    @model_validator(mode="after")
    def _no_slot_twice(self) -> Self:
        numbers = [counted.slot for counted in self.slots]
        if len(set(numbers)) != len(numbers):
            message = "a slot stands twice in one count"
            raise ValueError(message)
        return self


class Fault(_Tolerant):
    """A part of the machine failed, or works again. Without a slot it is the whole machine."""

    code: FaultCode
    state: Literal["raised", "cleared"]
    slot: SlotNumber | None = None
    since: IsoInstant | None = None
