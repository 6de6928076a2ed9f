"""What pages see of who hears what, and of what was told: no address whole, and no secret."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from service.domain.incidents import IncidentKind, Severity, What
from service.domain.notice import State, Style
from service.domain.recipients import ChannelKind, Language, Pace

WindowState = Literal["planned", "running", "over"]
NoticeFilter = Literal["waiting", "sent", "failed", "dropped", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """A person or a group that hears; quiet hours as 22:00, by the district's clock."""

    id: int
    name: str
    language: Language
    whole_district: bool
    towns: tuple[str, ...]
    sites: tuple[str, ...]
    quiet_from: str | None
    quiet_to: str | None
    critical_passes: bool
    hourly_max: int
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A way to a recipient; ``address`` is masked. ``trouble`` is why it fails at the moment."""

    id: int
    recipient_id: int
    kind: ChannelKind
    name: str
    address: str
    has_secret: bool
    is_active: bool
    failing_since: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """What a recipient hears and how soon; empty lists mean all, equal hours the whole day."""

    id: int
    recipient_id: int
    channel_id: int | None
    towns: tuple[str, ...]
    sites: tuple[str, ...]
    kinds: tuple[IncidentKind, ...]
    severity_min: Severity
    weekdays: tuple[int, ...]
    from_time: str
    to_time: str
    pace: Pace
    digest_hour: int
    after_minutes: int
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceView:
    """A window of work; without a place it is the whole district's."""

    id: int
    place: str
    place_name_zh: str
    place_name_en: str
    from_at: datetime
    until_at: datetime
    reason: str
    state: WindowState


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """What somebody was, or is to be, told; ``reason`` is why not, where it was not."""

    id: str
    state: State
    style: Style
    recipient_id: int
    recipient_name: str | None
    channel_id: int
    channel_name: str | None
    channel_kind: ChannelKind | None
    incident_id: int | None
    kind: IncidentKind | None
    place: str
    place_name_zh: str
    place_name_en: str
    severity: Severity
    what: What | None
    level_minutes: int
    event_at: datetime
    made_at: datetime
    due_at: datetime
    sent_at: datetime | None
    attempts: int
    reason: str
    digest_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesWanted:
    """Which notices: in a state, of a recipient, those behind one."""

    state: NoticeFilter = "all"
    recipient_id: int | None = None
    after: str | None = None
    most: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCounts:
    """What a monitor asks: how much waits, is overdue and failed, and how long the oldest does."""

    waiting: int
    failed: int
    oldest_due_s: float


class TellingReads(Protocol):
    """Answers of who hears what, and of what was told."""

    def recipients(self) -> tuple[RecipientView, ...]:
        """Return all recipients by name."""

    def channels(self) -> tuple[ChannelView, ...]:
        """Return all channels, by recipient."""

    def subscriptions(self) -> tuple[SubscriptionView, ...]:
        """Return all subscriptions, by recipient."""

    def maintenance(self, *, most: int) -> tuple[MaintenanceView, ...]:
        """Return windows of work, the latest end first."""

    def notices(self, wanted: NoticesWanted) -> tuple[NoticeView, ...]:
        """Return notices, the newest first."""

    def notice_counts(self) -> NoticeCounts:
        """Return the figures of a monitor."""
