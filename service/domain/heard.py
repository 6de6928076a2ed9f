"""Everything that can be heard from a kiosk, once translated from the wire."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.facts import Fact
from service.domain.quarantine import SetAside


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    """A kiosk connected and said how far its journal goes."""

    kiosk_id: str
    boot: int
    epoch: int
    head: int
    firmware: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The broker lost a kiosk's connection of that boot."""

    kiosk_id: str
    boot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A kiosk's heartbeat, with its own clock."""

    kiosk_id: str
    epoch: int
    head: int
    clock: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """What came of a command; ``gone``: what was asked for no longer exists."""

    kiosk_id: str
    command_id: str
    gone: bool


Heard = Fact | SetAside | Born | Died | Beat | Replied
