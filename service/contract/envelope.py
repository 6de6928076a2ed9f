"""CloudEvents 1.0 around a fact: its identity, its sequence and the kiosk's own time."""

import re
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, StringConstraints, TypeAdapter

from service.contract.bounds import (
    EPOCH_MAX,
    KIOSK_PATTERN,
    REGION_PATTERN,
    SEQUENCE_MAX,
    MessageId,
    Tolerant,
)
from service.contract.facts import Count, Dispense, Fault, Restock
from service.contract.times import IsoInstant

_SOURCE_PATTERN: Final = rf"^urn:ck:kiosk:({REGION_PATTERN}):({KIOSK_PATTERN}):([1-9][0-9]{{0,9}})$"
# fullmatch below: Python's ``$`` would let a trailing newline through.
_SEQUENCE: Final = re.compile(r"[0-9]{20}")
_SOURCE: Final = re.compile(_SOURCE_PATTERN)


class Identity(NamedTuple):
    """Which fact this is: the key (kiosk, epoch, sequence), and the region it came from."""

    region: str
    kiosk: str
    epoch: int
    sequence: int


class Envelope(Tolerant):
    """The attributes that all facts share, named as CloudEvents 1.0 and its extension do."""

    specversion: Literal["1.0"]
    id: MessageId
    source: Annotated[str, StringConstraints(pattern=_SOURCE_PATTERN)]
    time: IsoInstant
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]
    subject: (
        Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=64)] | None
    ) = None
    datacontenttype: Literal["application/json"]


class DispenseEvent(Envelope):
    """``ck.dispense.v1``."""

    type: Literal["ck.dispense.v1"]
    data: Dispense


class RestockEvent(Envelope):
    """``ck.restock.v1``."""

    type: Literal["ck.restock.v1"]
    data: Restock


class CountEvent(Envelope):
    """``ck.count.v1``."""

    type: Literal["ck.count.v1"]
    data: Count


class FaultEvent(Envelope):
    """``ck.fault.v1``."""

    type: Literal["ck.fault.v1"]
    data: Fault


Event = DispenseEvent | RestockEvent | CountEvent | FaultEvent
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def read_identity(event: Envelope) -> Identity | None:
    """Return who said it and as which fact; None where source, sequence and id do not agree."""
    return identity_of(source=event.source, event_id=event.id, sequence=event.sequence)


def identity_of(*, source: object, event_id: object, sequence: object) -> Identity | None:
    """Return the identity that three attributes give, even when the rest of a message is wrong."""
    if not (isinstance(source, str) and isinstance(sequence, str)):
        return None
    found = _SOURCE.fullmatch(source)
    if found is None or _SEQUENCE.fullmatch(sequence) is None:
        return None
    epoch, number = int(found[3]), int(sequence)
    if not (epoch <= EPOCH_MAX and 1 <= number <= SEQUENCE_MAX):
        return None
    if event_id != f"{found[2]}-{epoch}-{number}":
        return None
    return Identity(region=found[1], kiosk=found[2], epoch=epoch, sequence=number)


def source_of(region: str, kiosk: str, epoch: int) -> str:
    """Return the CloudEvents source of a kiosk's journal."""
    return f"urn:ck:kiosk:{region}:{kiosk}:{epoch}"
