"""Why a message is set aside instead of being booked: one clear reason each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.facts import FactKey


class Reason(StrEnum):
    """What was wrong, for people and for machines."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_SHAPE = "wrong_shape"
    WRONG_IDENTITY = "wrong_identity"
    FORGED = "forged"
    UNKNOWN_KIOSK = "unknown_kiosk"
    UNKNOWN_ITEM = "unknown_item"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_ANCIENT = "clock_ancient"
    CONFLICT = "conflict"
    OUR_ERROR = "our_error"


class Fate(StrEnum):
    """What became of a message set aside, once it was tried again.

    ``known``: its fact was kept already. ``past``: it can be read now, and was a sign of life,
    which is of its moment alone.
    """

    BOOKED = "booked"
    KNOWN = "known"
    PAST = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A message that is not booked. With a ``key`` it is settled all the same: we hold it.

    Where nothing is promised, ``claims`` is which fact it says it is: so it can be tried again.
    A fact that was set aside by its content has no topic, and its ``payload`` is its body.
    """

    topic: str
    payload: bytes
    heard_at: datetime
    reason: Reason
    detail: str
    kiosk_id: str | None = None
    key: FactKey | None = None
    claims: FactKey | None = None

    @property
    def identity(self) -> FactKey | None:
        """Return which fact it is, where it says so plainly."""
        return self.key or self.claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message set aside that waits to be tried again; ``heard_at`` is when it came first."""

    id: int
    message: SetAside


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the messages that wait: of one reason, or some, or all; by number, after one."""

    reason: Reason | None = None
    ids: tuple[int, ...] | None = None
    after: int = 0
    most: int
