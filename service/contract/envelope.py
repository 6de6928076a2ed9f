"""CloudEvents 1.0 around a fact: its identity, its sequence and the kiosk's own time."""

import re
from functools import lru_cache
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

SOURCES_REMEMBERED: Final = 65_536
"""A journal's facts all name the same source: so many are read once and remembered."""

SOURCE_CHARS_MAX: Final = 64
"""No source of the contract is longer; what is longer is not worth remembering."""


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
    journal = _journal_of(source) if len(source) <= SOURCE_CHARS_MAX else None
    if journal is None or _SEQUENCE.fullmatch(sequence) is None:
        return None
    region, kiosk, epoch = journal
    number = int(sequence)
    if not 1 <= number <= SEQUENCE_MAX or event_id != f"{kiosk}-{epoch}-{number}":
        return None
    return Identity(region, kiosk, epoch, number)


@lru_cache(maxsize=SOURCES_REMEMBERED)
def _journal_of(source: str) -> tuple[str, str, int] | None:
    """Return region, kiosk and epoch that a source names."""
    found = _SOURCE.fullmatch(source)
    if found is None or int(found[3]) > EPOCH_MAX:
        return None
    return found[1], found[2], int(found[3])


def source_of(region: str, kiosk: str, epoch: int) -> str:
    """Return the CloudEvents source of a kiosk's journal."""
    return f"urn:ck:kiosk:{region}:{kiosk}:{epoch}"
