"""What the service tells a kiosk and what it answers: acks, commands, replies, asks, answers."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, WithJsonSchema, model_validator

from service.contract.bounds import (
    RANGES_MAX,
    SEQUENCE_MAX,
    Bounded,
    Epoch,
    Head,
    ItemCode,
    MessageId,
    Sequence,
    ShortText,
    Token,
    Tolerant,
)
from service.contract.times import IsoDate, IsoInstant

Range = Annotated[
    tuple[Sequence, Sequence],
    Field(strict=False),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": SEQUENCE_MAX},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]


def _do_is_always_said(schema: dict[str, Any]) -> None:
    """Mark ``do`` as required: a default in Python, but on the wire it tells commands apart."""
    schema["required"] = ["id", "do", *(n for n in schema["required"] if n not in {"id", "do"})]


class Ack(Bounded):
    """After commit, cumulative: all up to ``upto`` is kept, and each [first, last] of ``have``."""

    epoch: Epoch
    upto: Head
    have: Annotated[tuple[Range, ...], Field(max_length=RANGES_MAX, strict=False)] = ()


class ReplayCommand(Bounded):
    """Send the facts ``from`` … ``to`` of an epoch again."""

    model_config = ConfigDict(json_schema_extra=_do_is_always_said)

    id: MessageId
    do: Literal["replay"] = "replay"
    epoch: Epoch
    first: Annotated[Sequence, Field(alias="from")]
    last: Annotated[Sequence, Field(alias="to")]
    expires: IsoInstant

    @model_validator(mode="after")
    def _the_range_runs_forward(self) -> Self:
        if self.first > self.last:
            message = "a replay runs from the lower sequence to the higher"
            raise ValueError(message)
        return self


class CountCommand(Bounded):
    """Count every slot now and report it."""

    model_config = ConfigDict(json_schema_extra=_do_is_always_said)

    id: MessageId
    do: Literal["count"] = "count"
    expires: IsoInstant


Command = ReplayCommand | CountCommand
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="do")])


class Reply(Tolerant):
    """What came of a command; ``gone``: the facts asked for are no longer in the outbox."""

    id: MessageId
    result: Literal["done", "gone", "refused"]
    why: ShortText | None = None


class Ask(Tolerant):
    """May this card have it? No answer within two seconds: the kiosk decides by its own rules."""

    id: MessageId
    do: Literal["allow"]
    token: Token
    item: ItemCode
    packs: Annotated[int, Field(ge=1, le=20)]
    expires: IsoInstant


class Answer(Bounded):
    """Yes, or no with the reason and the day from which it is yes."""

    id: MessageId
    allow: bool
    why: Literal["interval", "month", "year", "age", "unknown"] | None = None
    next_on: IsoDate | None = None
