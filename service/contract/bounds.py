"""The limits of the wire: every size, range and pattern that a message must keep."""

from math import isfinite
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MESSAGE_BYTES_MAX: Final = 16 * 1024
SLOTS_MAX: Final = 64
RANGES_MAX: Final = 64
SEQUENCE_MAX: Final = 2**63 - 1
EPOCH_MAX: Final = 2**31 - 1
INTEGER_MIN: Final = -(2**63)

REGION_PATTERN: Final = r"[0-9]{6}"
KIOSK_PATTERN: Final = r"[A-Za-z0-9-]{1,32}"
ITEM_PATTERN: Final = r"[a-z0-9][a-z0-9-]{0,31}"

Region = Annotated[str, StringConstraints(pattern=rf"^{REGION_PATTERN}$")]
KioskId = Annotated[str, StringConstraints(pattern=rf"^{KIOSK_PATTERN}$")]
ItemCode = Annotated[str, StringConstraints(pattern=rf"^{ITEM_PATTERN}$")]
SlotNumber = Annotated[int, Field(ge=1, le=SLOTS_MAX)]
Packs = Annotated[int, Field(ge=0, le=10_000)]
Units = Annotated[int, Field(ge=0, le=1_000_000)]
Epoch = Annotated[int, Field(ge=1, le=EPOCH_MAX)]
Boot = Annotated[int, Field(ge=1, le=EPOCH_MAX)]
Sequence = Annotated[int, Field(ge=1, le=SEQUENCE_MAX)]
Head = Annotated[int, Field(ge=0, le=SEQUENCE_MAX, description="Newest sequence; 0 = none yet")]
Depth = Annotated[int, Field(ge=0, le=SEQUENCE_MAX, description="Facts not yet acknowledged")]
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=+/.-]{1,128}$")]
# Printable ASCII without a space: it is logged, compared and stored as it came.
MessageId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
# No control characters: PostgreSQL stores no NUL, and a log line stays one line.
ShortText = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=64)]


def _storable(value: object) -> object:
    """Return a value that we do not know, if every database and JSON writer can keep it."""
    waiting: list[object] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, str):
            if "\x00" in one:
                message = "an unknown field holds the character U+0000, which cannot be stored"
                raise ValueError(message)
        elif isinstance(one, int | float):
            small = isfinite(one) if isinstance(one, float) else INTEGER_MIN <= one <= SEQUENCE_MAX
            if not small:
                message = "an unknown field holds a number that is not finite or beyond 64 bits"
                raise ValueError(message)
        elif one is not None:
            message = "an unknown field holds something that is not JSON"
            raise ValueError(message)
    return value


Kept = Annotated[Any, AfterValidator(_storable)]


class Bounded(BaseModel):
    """A message of ours to a kiosk: frozen, and nothing in it that we did not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Tolerant(BaseModel):
    """A message from a kiosk: frozen; fields that we do not know yet are kept, not refused.

    Strict types: a kiosk that sends ``"3"`` where a number belongs is told so, not guessed at.
    What unknown fields may hold has no bound of its own, since a whole message is 16 KiB at most
    (the inbox measures it before it parses) and pydantic nests 200 deep at most; but it must be
    storable, or one kiosk's oddity would fail the batch that it travels in.
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, Kept] = Field(init=False)
