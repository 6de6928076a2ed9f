"""Rounds: what was decided, its stops, what is picked for each slot, and what came into it."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class RoundRow(SQLModel, table=True):
    """A round (``domain.picking.Round``)."""

    __tablename__ = "round"
    __table_args__ = (Index("round_by_state", "state", "for_day"),)

    id: str = Field(primary_key=True, max_length=32)
    depot_id: str = Field(foreign_key="depot.id", max_length=32)
    for_day: date
    made_at: datetime = Field(sa_type=Instant, index=True)
    made_by: str = Field(default="", max_length=64)
    state: str = Field(max_length=9)
    picked_at: datetime | None = Field(default=None, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    solver: str = Field(default="", max_length=16)
    is_estimate: bool = False


class RoundStopRow(SQLModel, table=True):
    """A kiosk on a tour of a round; ``stop`` counts through the whole round."""

    __tablename__ = "round_stop"

    round_id: str = Field(primary_key=True, foreign_key="round.id", max_length=32)
    stop: int = Field(primary_key=True)
    tour: int
    kiosk_id: str = Field(foreign_key="kiosk.id", max_length=32, index=True)
    arrive_minutes: int
    metres: int
    pickups: float
    state: str = Field(max_length=9)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    done_by: str | None = Field(default=None, max_length=8)
    note: str = Field(default="", max_length=400)


class PickLineRow(SQLModel, table=True):
    """Packs of one lot for one slot of a stop."""

    __tablename__ = "pick_line"

    round_id: str = Field(primary_key=True, foreign_key="round.id", max_length=32)
    line: int = Field(primary_key=True)
    stop: int
    slot: int
    item: str = Field(max_length=32)
    lot: str = Field(max_length=32)
    expires_on: date | None = None
    packs: int


class RoundReceiptRow(SQLModel, table=True):
    """What came into a slot at a stop: as the kiosk tells it, and as somebody said."""

    __tablename__ = "round_receipt"

    round_id: str = Field(primary_key=True, foreign_key="round.id", max_length=32)
    stop: int = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    item: str = Field(primary_key=True, max_length=32)
    heard_packs: int | None = None
    said_packs: int | None = None


class RoundDifferenceRow(SQLModel, table=True):
    """A slot that did not receive what was picked for it, for those who sent the packs."""

    __tablename__ = "round_difference"

    round_id: str = Field(primary_key=True, foreign_key="round.id", max_length=32)
    stop: int = Field(primary_key=True)
    slot: int = Field(primary_key=True)
    item: str = Field(primary_key=True, max_length=32)
    kiosk_id: str = Field(max_length=32, index=True)
    picked_packs: int
    received_packs: int
    noticed_at: datetime = Field(sa_type=Instant, index=True)
