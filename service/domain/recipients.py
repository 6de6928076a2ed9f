"""Who is to hear of what: recipients, their channels and subscriptions, and maintenance windows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import urlsplit

from service.domain.incidents import IncidentKind, Severity

Language = Literal["zh", "en"]

NOTICES_AN_HOUR: Final = 30
"""So many single notices an hour a person gets, where nobody chose another number."""

EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)
"""Days of the week as ISO 8601 counts them: Monday is 1."""

DAY_MINUTES: Final = 24 * 60


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    APPRISE = "apprise"
    WEBHOOK = "webhook"
    ALERTMANAGER = "alertmanager"


class Pace(StrEnum):
    """When a subscription tells: each thing at once, or several together."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the local day, in minutes after midnight; it may run past midnight."""

    from_minute: int
    to_minute: int

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the day is within; equal ends are the whole day."""
        if self.from_minute < self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person or a group that hears: of the whole district, or of its towns and sites."""

    id: int
    name: str
    language: Language = "zh"
    whole_district: bool = False
    towns: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    quiet: Hours | None = None
    critical_passes: bool = True
    hourly_max: int = NOTICES_AN_HOUR
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to a recipient; ``address`` and ``secret`` are shown to nobody again."""

    id: int
    recipient_id: int
    kind: ChannelKind
    name: str = ""
    address: str = field(repr=False)
    secret: str = field(default="", repr=False)
    is_active: bool = True
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a recipient hears, and how soon; empty sets mean everything that is theirs.

    ``after_minutes`` is an escalation: told only where nobody has taken up the incident for so
    long. ``ends`` tells its end too, to whoever heard of its beginning.
    """

    id: int
    recipient_id: int
    channel_id: int | None = None
    towns: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    kinds: frozenset[IncidentKind] = frozenset()
    severity_min: Severity = Severity.INFO
    weekdays: tuple[int, ...] = EVERY_DAY
    hours: Hours = Hours(0, 0)
    pace: Pace = Pace.AT_ONCE
    digest_hour: int = 8
    after_minutes: int = 0
    ends: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Work at a place, a site, a town, or in the whole district: its notices wait until the end."""

    id: int
    place: str
    from_at: datetime
    until_at: datetime
    reason: str

    def holds(self, where: "Whereabouts", at: datetime) -> bool:
        """Say whether work is going on there at a moment; without a place it is everywhere."""
        names = {"", where.place, where.site_id, where.town_code}
        return self.place in names and self.from_at <= at < self.until_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """A place with its site and its town; what is of no one place has neither."""

    place: str
    site_id: str | None = None
    town_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """All who may hear, what they asked for, the work that goes on, and where places are."""

    zone: tzinfo
    recipients: Mapping[int, Recipient] = field(default_factory=dict)
    channels: Mapping[int, Channel] = field(default_factory=dict)
    subscriptions: tuple[Subscription, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    places: Mapping[str, Whereabouts] = field(default_factory=dict)

    def where(self, place: str) -> Whereabouts:
        """Return where a place is; one that is on no map is the district's."""
        return self.places.get(place, Whereabouts(place=place))

    def held_until(self, place: str, at: datetime) -> datetime | None:
        """Return when the work at a place ends, windows one after another joined; None: no work."""
        where, until = self.where(place), at
        while ends := [one.until_at for one in self.maintenance if one.holds(where, until)]:
            until = max(ends)
        return until if until > at else None

    def channels_of(self, one: Subscription) -> list[Channel]:
        """Return the channels in use that a subscription speaks through."""
        recipient = self.recipients.get(one.recipient_id)
        if recipient is None or not recipient.is_active:
            return []
        return [
            channel
            for channel in self.channels.values()
            if channel.is_active
            and channel.recipient_id == recipient.id
            and one.channel_id in {None, channel.id}
        ]

    def wants(
        self, one: Subscription, *, kind: IncidentKind, severity: Severity, place: str
    ) -> bool:
        """Say whether a subscription is about such a thing at such a place, whatever the hour."""
        where, recipient = self.where(place), self.recipients[one.recipient_id]
        return (
            (not one.kinds or kind in one.kinds)
            and severity.rank >= one.severity_min.rank
            and (recipient.whole_district or _is_in(where, recipient.towns, recipient.sites))
            and ((not one.towns and not one.sites) or _is_in(where, one.towns, one.sites))
        )

    def listens(self, one: Subscription, at: datetime) -> bool:
        """Say whether a subscription is on at this hour and on this day of the week."""
        local = at.astimezone(self.zone)
        return local.isoweekday() in one.weekdays and one.hours.holds(minute_of(local))


def minute_of(local: datetime) -> int:
    """Return the minute of the day."""
    return local.hour * 60 + local.minute


def quiet_until(
    recipient: Recipient, at: datetime, zone: tzinfo, *, severity: Severity
) -> datetime:
    """Return the first moment from ``at`` on at which somebody may be disturbed for this."""
    passes = recipient.critical_passes and severity is Severity.CRITICAL
    local = at.astimezone(zone)
    if recipient.quiet is None or passes or not recipient.quiet.holds(minute_of(local)):
        return at
    hour, minute = divmod(recipient.quiet.to_minute, 60)
    end = local.replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
    if end <= local:
        end = end + timedelta(days=1)  # Wall time: a day on, whatever the clocks do meanwhile.
    return max(at, end.astimezone(at.tzinfo))


def masked(kind: ChannelKind, address: str) -> str:
    """Return what may be shown of an address: what it is, and its host where that is no secret."""
    parts = urlsplit(address)
    if kind is ChannelKind.APPRISE:
        return f"{parts.scheme}://…"
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def _is_in(where: Whereabouts, towns: frozenset[str], sites: frozenset[str]) -> bool:
    return where.town_code in towns or where.site_id in sites
