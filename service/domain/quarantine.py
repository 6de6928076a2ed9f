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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A message that is not booked. With a ``key`` it is settled all the same: we hold it."""

    topic: str
    payload: bytes
    heard_at: datetime
    reason: Reason
    detail: str
    kiosk_id: str | None = None
    key: FactKey | None = None
