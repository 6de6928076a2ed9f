"""What telling people needs of the books, as a protocol."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from service.domain.notice import Notice
from service.domain.recipients import Channel, Maintenance, Recipient, Roster, Subscription
from service.domain.words_notices import Glossary


class NoticeKeeper(Protocol):
    """Who hears what, and what they were told."""

    def roster(self, places: Collection[str]) -> Roster:
        """Return who hears what, with where some places are and the work that is going on."""

    def glossary(self, places: Collection[str]) -> Glossary:
        """Return the names of some places, and of all items."""

    def add(self, notices: Sequence[Notice]) -> None:
        """Keep new notices; one whose key is known already is the same, and stays as it is."""

    def of(self, incident_ids: Collection[int]) -> list[Notice]:
        """Return all notices of some incidents."""

    def by_id(self, ids: Collection[str]) -> list[Notice]:
        """Return some notices."""

    def lines(self, digest_ids: Collection[str]) -> list[Notice]:
        """Return the lines of some digests."""

    def drop(self, reasons: Mapping[str, str]) -> None:
        """Drop notices that wait, each with the reason why nobody need be told."""

    def is_due(self, at: datetime, *, besides: Collection[int]) -> bool:
        """Say whether anything waits that is due, or was claimed and not finished in time.

        What waits for channels ``besides`` is left out.
        """

    def due(self, at: datetime, *, besides: Collection[int], most: int) -> list[Notice]:
        """Return what waits and is due, so many for each channel, the longest due first.

        Lines of digests are all returned; channels ``besides`` are left out.
        """

    def lapsed(self, at: datetime) -> list[Notice]:
        """Return what somebody began to send and did not finish in time."""

    def save(self, notices: Sequence[Notice]) -> None:
        """Keep notices as they are now."""

    def settle(self, notice: Notice, token: str) -> bool:
        """Keep how a sending ended, if it is still ours to say; say whether it was."""

    def put_off(self, channel_id: int, until: datetime) -> None:
        """Let all that waits for a channel wait until then at least."""

    def expire(self, channel_id: int, made_before: datetime, reason: str) -> None:
        """Give up what has waited for a channel since before then."""

    def told(self, since: datetime) -> dict[int, int]:
        """Return how many single notices each recipient was sent since then."""

    def taken_up(self, incident_ids: Collection[int]) -> set[int]:
        """Return those incidents that somebody cares for, or that are over."""

    def note_channel(self, channel_id: int, *, trouble: str, at: datetime) -> None:
        """Note that a channel fails, and why; without a trouble, that it works."""


class ContactKeeper(Protocol):
    """Who hears what, as people change it; an id of 0 is one that is new."""

    def save_recipient(self, recipient: Recipient) -> int:
        """Keep a recipient; return his id."""

    def save_channel(self, channel: Channel) -> int:
        """Keep a channel; return its id."""

    def save_subscription(self, subscription: Subscription) -> int:
        """Keep a subscription; return its id."""

    def save_maintenance(self, maintenance: Maintenance) -> int:
        """Keep a window of work; return its id."""

    def remove(self, what: str, number: int) -> bool:
        """Remove a recipient, channel, subscription or window; say whether it was there.

        With a recipient go his channels and subscriptions; what was told stays on record.
        """

    def release(self, maintenance_id: int, at: datetime) -> None:
        """End a window now, and let what it held go out."""
