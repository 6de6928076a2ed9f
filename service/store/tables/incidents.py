"""Incidents, and what happened to each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class IncidentRow(SQLModel, table=True):
    """An incident. The partial index lets one stand for each kind and place, and no more."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "one_incident_per_kind_and_place",
            "kind",
            "place",
            unique=True,
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(
            "ix_incident_snoozed_until",
            "snoozed_until",
            sqlite_where=text("snoozed_until IS NOT NULL"),
            postgresql_where=text("snoozed_until IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=24, index=True)
    place: str = Field(max_length=32, index=True)
    severity: str = Field(max_length=16)
    severity_at: datetime = Field(sa_type=Instant)
    opened_at: datetime = Field(sa_type=Instant, index=True)
    numbers: dict[str, Any] = Field(sa_type=JSON)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: str | None = Field(default=None, max_length=64)
    assigned_to: str | None = Field(default=None, max_length=64)
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    snooze_reason: str | None = Field(default=None, max_length=500)
    calm_since: datetime | None = Field(default=None, sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    resolved_by: str | None = Field(default=None, max_length=64)


class IncidentEventRow(SQLModel, table=True):
    """Something that happened to an incident, written with the change itself."""

    __tablename__ = "incident_event"

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(index=True)
    at: datetime = Field(sa_type=Instant, index=True)
    what: str = Field(max_length=16)
    severity: str = Field(max_length=16)
    done_by: str | None = Field(default=None, max_length=64)
    note: str | None = Field(default=None, max_length=500)
    numbers: dict[str, Any] = Field(sa_type=JSON)
