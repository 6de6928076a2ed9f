"""The ledger: facts for ever, how far we have heard each journal, gaps, and what was set aside."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from service.store.types import LARGE_NUMBER, Instant


class FactRow(SQLModel, table=True):
    """A fact, append-only. Its key is the kiosk's own: nothing can be kept twice."""

    __tablename__ = "fact"
    __table_args__ = (Index("fact_by_site", "site_id", "happened_at"),)

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    site_id: str = Field(max_length=32)
    kind: str = Field(max_length=8)
    happened_at: datetime = Field(sa_type=Instant)
    heard_at: datetime = Field(sa_type=Instant)
    slot: int | None = None
    item: str | None = Field(default=None, max_length=32)
    packs: int | None = None
    units: int | None = None
    outcome: str | None = Field(default=None, max_length=16)
    reason: str | None = Field(default=None, max_length=32)
    removed_packs: int | None = None
    on_hand_after_packs: int | None = None
    counted: str | None = Field(default=None, sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    body: str = Field(sa_type=Text)


class ProgressRow(SQLModel, table=True):
    """How far a journal is settled: a contiguous watermark, and stretches beyond the first gap."""

    __tablename__ = "progress"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    upto: int = Field(sa_type=BigInteger)
    beyond: str = Field(sa_type=Text)


class GapRow(SQLModel, table=True):
    """A stretch of a journal that is missing: open, asked for, or gone for ever (``permanent``)."""

    __tablename__ = "gap"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    epoch: int = Field(primary_key=True)
    first: int = Field(primary_key=True, sa_type=BigInteger)
    last: int = Field(sa_type=BigInteger)
    noticed_at: datetime = Field(sa_type=Instant)
    permanent: bool = False
    asks: int = 0
    next_ask_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    command_id: str | None = Field(default=None, max_length=64, index=True)


class QuarantineRow(SQLModel, table=True):
    """A message that was not booked, with its reason; the same message again only counts up.

    ``epoch`` and ``sequence`` say which fact it is, where it says so plainly; ``held`` that this
    fact counts as settled. A row waits until ``settled_at``; ``fate`` is what became of it then.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        UniqueConstraint("reason", "digest"),
        Index("quarantine_by_fact", "kiosk_id", "epoch", "sequence"),
    )

    # PostgreSQL takes a number for each message, those too that only count up.
    id: int | None = Field(default=None, primary_key=True, sa_type=LARGE_NUMBER)
    reason: str = Field(max_length=32)
    detail: str = Field(max_length=400)
    topic: str = Field(max_length=256)
    kiosk_id: str | None = Field(default=None, max_length=32)
    epoch: int | None = None
    sequence: int | None = Field(default=None, sa_type=BigInteger)
    first_heard_at: datetime = Field(sa_type=Instant)
    heard_at: datetime = Field(sa_type=Instant, index=True)
    count: int = Field(default=1, sa_type=LARGE_NUMBER)
    size_bytes: int = 0
    head: str = Field(sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    payload: bytes = Field(sa_type=LargeBinary)
    held: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    settled_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    fate: str | None = Field(default=None, max_length=8)
