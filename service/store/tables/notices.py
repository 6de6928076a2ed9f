"""Who hears what, and what they were told: the notices, each written with its event."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class RecipientRow(SQLModel, table=True):
    """A person or a group that hears; quiet hours in minutes after local midnight."""

    __tablename__ = "recipient"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=80)
    language: str = Field(max_length=2)
    whole_district: bool
    towns: list[str] = Field(sa_type=JSON)
    sites: list[str] = Field(sa_type=JSON)
    quiet_from: int | None = None
    quiet_to: int | None = None
    critical_passes: bool
    hourly_max: int
    is_active: bool


class ChannelRow(SQLModel, table=True):
    """A way to a recipient; its address and secret are in nothing that we show, write or export."""

    __tablename__ = "channel"

    id: int | None = Field(default=None, primary_key=True)
    recipient_id: int = Field(foreign_key="recipient.id", index=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=80)
    address: str = Field(sa_type=Text)
    secret: str = Field(sa_type=Text)
    is_active: bool
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    trouble: str = Field(default="", max_length=300)


class SubscriptionRow(SQLModel, table=True):
    """What a recipient hears; hours in minutes after local midnight, empty lists mean all."""

    __tablename__ = "subscription"

    id: int | None = Field(default=None, primary_key=True)
    recipient_id: int = Field(foreign_key="recipient.id", index=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    towns: list[str] = Field(sa_type=JSON)
    sites: list[str] = Field(sa_type=JSON)
    kinds: list[str] = Field(sa_type=JSON)
    severity_min: str = Field(max_length=16)
    weekdays: list[int] = Field(sa_type=JSON)
    from_minute: int
    to_minute: int
    pace: str = Field(max_length=16)
    digest_hour: int
    after_minutes: int
    ends: bool


class MaintenanceRow(SQLModel, table=True):
    """Work at a place, a site or a town, or, with an empty place, in the whole district."""

    __tablename__ = "maintenance"

    id: int | None = Field(default=None, primary_key=True)
    place: str = Field(max_length=32)
    from_at: datetime = Field(sa_type=Instant)
    until_at: datetime = Field(sa_type=Instant, index=True)
    reason: str = Field(max_length=200)


class NoticeRow(SQLModel, table=True):
    """A notice: written in the transaction of its event, sent in a step of its own.

    The id is made of ``key``, so that nothing can be told twice by being planned twice.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("notice_due", "state", "due_at"),
        Index("notice_by_recipient", "recipient_id", "sent_at"),
    )

    id: str = Field(primary_key=True, max_length=32)
    key: str = Field(max_length=160, unique=True)
    recipient_id: int
    channel_id: int = Field(index=True)
    incident_id: int | None = Field(default=None, index=True)
    kind: str | None = Field(default=None, max_length=20)
    place: str = Field(max_length=32)
    severity: str = Field(max_length=16)
    what: str | None = Field(default=None, max_length=16)
    by: str | None = Field(default=None, max_length=80)
    event_at: datetime = Field(sa_type=Instant)
    since: datetime = Field(sa_type=Instant)
    numbers: dict[str, Any] = Field(sa_type=JSON)
    style: str = Field(max_length=16)
    level_minutes: int
    wants_end: bool
    made_at: datetime = Field(sa_type=Instant, index=True)
    due_at: datetime = Field(sa_type=Instant)
    state: str = Field(max_length=10)
    attempts: int
    lapses: int
    reason: str = Field(max_length=300)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    digest_id: str | None = Field(default=None, max_length=32, index=True)
    claimed_by: str | None = Field(default=None, max_length=32)
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
