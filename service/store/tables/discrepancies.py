"""What is derived beside the levels, which months are closed, and how far a rebuild has come."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class DiscrepancyRow(SQLModel, table=True):
    """A machine's own figure of a slot that was not ours, with the fact that brought it."""

    __tablename__ = "discrepancy"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    slot: int = Field(primary_key=True)
    item: str = Field(primary_key=True, max_length=32)
    happened_at: datetime = Field(sa_type=Instant, index=True)
    kind: str = Field(max_length=8)
    expected_packs: int
    found_packs: int


class MonthClose(SQLModel, table=True):
    """A local month whose figures were frozen; ``month`` is its first day."""

    __tablename__ = "month_close"

    month: date = Field(primary_key=True)
    closed_at: datetime = Field(sa_type=Instant)
    closed_by: str = Field(max_length=64)
    note: str = Field(default="", max_length=400)


class RebuildStep(SQLModel, table=True):
    """How far a rebuild that was not finished has come with one kind of book."""

    __tablename__ = "rebuild_step"

    book: str = Field(primary_key=True, max_length=8)
    upto: str = Field(max_length=32)
    facts: int = Field(sa_type=BigInteger)
    started_at: datetime = Field(sa_type=Instant)
