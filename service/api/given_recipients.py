"""What somebody may say of who hears what: each field with its bounds."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from service.domain.incidents import IncidentKind, Severity
from service.domain.recipients import (
    EVERY_DAY,
    NOTICES_AN_HOUR,
    Channel,
    ChannelKind,
    Hours,
    Language,
    Maintenance,
    Pace,
    Recipient,
    Subscription,
)

PLACES_MAX: Final = 500
_CODE: Final = r"^[A-Za-z0-9_-]{1,32}$"
_PLAIN: Final = r"^[^\x00-\x1f\x7f]+$"

Code = Annotated[str, Field(pattern=_CODE, max_length=32)]
Codes = Annotated[frozenset[Code], Field(max_length=PLACES_MAX)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=_PLAIN)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Secret = Annotated[str, Field(max_length=200, pattern=r"^$|^[\x21-\x7e]{16,200}$")]
Address = Annotated[str, Field(max_length=1_000, pattern=r"^[^\s\x00-\x1f\x7f]*$")]
Weekday = Annotated[int, Field(ge=1, le=7)]


class Given(BaseModel):
    """What is given; a field that we do not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GivenRecipient(Given):
    """A person or a group."""

    name: Name
    language: Language = "zh"
    whole_district: bool = False
    towns: Codes = frozenset()
    sites: Codes = frozenset()
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    critical_passes: bool = True
    hourly_max: Annotated[int, Field(ge=1, le=10_000)] = NOTICES_AN_HOUR
    is_active: bool = True

    @model_validator(mode="after")
    def _quiet_is_whole(self) -> "GivenRecipient":
        if (self.quiet_from is None) != (self.quiet_to is None):
            message = "quiet hours need both a begin and an end"
            raise ValueError(message)
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            message = "quiet hours cannot begin and end at the same time"
            raise ValueError(message)
        return self

    def recipient(self, number: int) -> Recipient:
        """Return it as the rules have it."""
        quiet = None
        if self.quiet_from is not None and self.quiet_to is not None:
            quiet = hours(self.quiet_from, self.quiet_to)
        return Recipient(
            id=number,
            name=self.name,
            language=self.language,
            whole_district=self.whole_district,
            towns=self.towns,
            sites=self.sites,
            quiet=quiet,
            critical_passes=self.critical_passes,
            hourly_max=self.hourly_max,
            is_active=self.is_active,
        )


class GivenChannel(Given):
    """A way to a recipient."""

    recipient_id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: ChannelKind
    name: Name
    address: Address = Field(default="", repr=False)
    secret: Secret = Field(default="", repr=False)
    is_active: bool = True

    def channel(self, number: int) -> Channel:
        """Return it as the rules have it."""
        return Channel(
            id=number,
            recipient_id=self.recipient_id,
            kind=self.kind,
            name=self.name,
            address=self.address,
            secret=self.secret,
            is_active=self.is_active,
        )


class GivenSubscription(Given):
    """What a recipient hears."""

    recipient_id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    channel_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    towns: Codes = frozenset()
    sites: Codes = frozenset()
    kinds: frozenset[IncidentKind] = frozenset()
    severity_min: Severity = Severity.WARNING
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = frozenset(EVERY_DAY)
    from_time: Clock = "00:00"
    to_time: Clock = "00:00"
    pace: Pace = Pace.AT_ONCE
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    after_minutes: Annotated[int, Field(ge=0, le=1_440)] = 0
    ends: bool = True

    def subscription(self, number: int) -> Subscription:
        """Return it as the rules have it."""
        return Subscription(
            id=number,
            recipient_id=self.recipient_id,
            channel_id=self.channel_id,
            towns=self.towns,
            sites=self.sites,
            kinds=self.kinds,
            severity_min=self.severity_min,
            weekdays=tuple(sorted(self.weekdays)),
            hours=hours(self.from_time, self.to_time),
            pace=self.pace,
            digest_hour=self.digest_hour,
            after_minutes=self.after_minutes,
            ends=self.ends,
        )


class GivenWindow(Given):
    """Work at a place."""

    place: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$", max_length=32)] = ""
    from_at: AwareDatetime
    until_at: AwareDatetime
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=_PLAIN)]

    def window(self) -> Maintenance:
        """Return it as the rules have it."""
        from_at: datetime = self.from_at
        return Maintenance(
            id=0, place=self.place, from_at=from_at, until_at=self.until_at, reason=self.reason
        )


def hours(begin: str, end: str) -> Hours:
    """Return a stretch of the day from two times as 22:00."""
    return Hours(_minute(begin), _minute(end))


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
