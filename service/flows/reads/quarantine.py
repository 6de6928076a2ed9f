"""What a page sees of the quarantine: messages that were not booked, and what became of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.domain.quarantine import Fate, Reason

AsideState = Literal["waiting", "settled", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideWanted:
    """Which messages of the quarantine: of a reason, in a state, those behind a number."""

    reason: Reason | None = None
    state: AsideState = "waiting"
    after: int | None = None
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedView:
    """A message that was not booked, with its reason; the same message again only counts up.

    ``topic`` is empty for a fact that was set aside by its content. ``head`` is its first 512
    bytes, less what it says of the person. ``fate`` is what became of it when it was tried again.
    """

    id: int
    reason: str
    detail: str
    kiosk_id: str | None
    topic: str
    first_heard_at: datetime
    heard_at: datetime
    count: int
    head: str
    size_bytes: int
    replayable: bool
    settled_at: datetime | None
    fate: Fate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedMessage(QuarantinedView):
    """A message with all that is kept of it; ``held``: the fact that it names counts as settled.

    ``message`` is null where it was too large to keep; bytes that are no text stand as U+FFFD, and
    ``message_is_text`` says so.
    """

    epoch: int | None
    sequence: int | None
    held: bool
    message: str | None
    message_is_text: bool
