"""What we watch: each kiosk's presence, coverage, and the changes that pages listen to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer
from sqlmodel import Field, SQLModel

from service.store.types import Instant

# SQLite counts rows up by itself only for an INTEGER key.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class LivenessRow(SQLModel, table=True):
    """A kiosk's presence, with the stored deadline after which it counts as silent."""

    __tablename__ = "liveness"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    online: bool = False
    boot: int = 0
    epoch: int = 0
    head: int = Field(default=0, sa_type=BigInteger)
    firmware: str = Field(default="", max_length=64)
    heartbeats: bool = False
    heard_at: datetime | None = Field(default=None, sa_type=Instant)
    silent_after: datetime | None = Field(default=None, sa_type=Instant, index=True)
    clock_offset_s: float | None = None


class CoverageRow(SQLModel, table=True):
    """The circle as it was computed at one moment, for all items."""

    __tablename__ = "coverage"

    id: int | None = Field(default=None, primary_key=True)
    computed_at: datetime = Field(sa_type=Instant, index=True)
    people: int
    items: list[dict[str, Any]] = Field(sa_type=JSON)


class ChangeRow(SQLModel, table=True):
    """Something changed that a page shows; written with the change itself, read by number."""

    __tablename__ = "change"

    id: int | None = Field(default=None, primary_key=True, sa_type=_ROW_NUMBER)
    at: datetime = Field(sa_type=Instant, index=True)
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=160)
