"""How a kiosk says that it is there: birth, will and heartbeat; and how the service says it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, TypeAdapter

from service.contract.bounds import Boot, Bounded, Depth, Epoch, Head, ShortText, Tolerant
from service.contract.times import IsoInstant


def _said_as_a_bool(value: object) -> object:
    """Return the value if it is true or false; Python alone would also take 1 and 0 for them."""
    if not isinstance(value, bool):
        message = "online is true or false"
        raise ValueError(message)  # noqa: TRY004 - pydantic turns only ValueError into an answer
    return value


def _birth_or_will(value: object) -> str | None:
    """Return which of the two a state message is; None where it does not say."""
    online = value.get("online") if isinstance(value, dict) else getattr(value, "online", None)
    if not isinstance(online, bool):
        return None
    return "birth" if online else "will"


class Birth(Tolerant):
    """Published, retained, after each connect: who is there and how far its journal goes."""

    online: Annotated[Literal[True], BeforeValidator(_said_as_a_bool)]
    boot: Boot
    epoch: Epoch
    head: Head
    firmware: ShortText


class Will(Tolerant):
    """Left with the broker at connect, published by it when the connection is lost."""

    online: Annotated[Literal[False], BeforeValidator(_said_as_a_bool)]
    boot: Boot


KioskState = Birth | Will
KIOSK_STATE: TypeAdapter[KioskState] = TypeAdapter(
    Annotated[
        Annotated[Birth, Tag("birth")] | Annotated[Will, Tag("will")],
        Discriminator(
            _birth_or_will,
            custom_error_type="wire_state",
            custom_error_message="a state says online: true (a birth) or online: false (a will)",
        ),
    ]
)


class Heartbeat(Tolerant):
    """Optional, small, at most every five minutes; never kept as a row."""

    at: IsoInstant
    epoch: Epoch
    head: Head
    outbox: Depth
    temperature_c: Annotated[float, Field(ge=-60, le=120, allow_inf_nan=False)] | None = None
    signal_dbm: Annotated[int, Field(ge=-150, le=0)] | None = None


class ServiceState(Bounded):
    """Retained, and the service's will: whether anyone is listening."""

    online: bool
