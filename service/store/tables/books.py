"""The books, derived from facts in the same transaction: levels, faults, hourly and daily sums."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class LevelRow(SQLModel, table=True):
    """A slot's stock: the last count less what left since."""

    __tablename__ = "level"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    slot: int = Field(primary_key=True)
    item: str = Field(max_length=32)
    counted_packs: int | None = None
    counted_at: datetime | None = Field(default=None, sa_type=Instant)
    left_packs: int
    epoch: int
    sequence: int = Field(sa_type=BigInteger)


class FaultRow(SQLModel, table=True):
    """The newest word of a kiosk on one of its faults; slot 0 is the whole machine."""

    __tablename__ = "fault"

    kiosk_id: str = Field(primary_key=True, max_length=32)
    code: str = Field(primary_key=True, max_length=32)
    slot: int = Field(primary_key=True)
    raised: bool
    since: datetime = Field(sa_type=Instant)
    epoch: int
    sequence: int = Field(sa_type=BigInteger)


class TallyColumns(SQLModel):
    """The sums that both books keep, in the order of ``domain.totals.Tally``."""

    dispensed_packs: int = Field(default=0, sa_type=BigInteger)
    dispensed_units: int = Field(default=0, sa_type=BigInteger)
    empty_asks: int = Field(default=0, sa_type=BigInteger)
    jams: int = Field(default=0, sa_type=BigInteger)
    refusals: int = Field(default=0, sa_type=BigInteger)
    restocked_packs: int = Field(default=0, sa_type=BigInteger)
    removed_packs: int = Field(default=0, sa_type=BigInteger)


class HourTally(TallyColumns, table=True):
    """What happened at a site with an item in one clock hour of the district."""

    __tablename__ = "hour_tally"

    site_id: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    hour: datetime = Field(primary_key=True, sa_type=Instant)


class DayTally(TallyColumns, table=True):
    """What happened at a site with an item in one local day of the district."""

    __tablename__ = "day_tally"

    site_id: str = Field(primary_key=True, max_length=32)
    item: str = Field(primary_key=True, max_length=32)
    day: date = Field(primary_key=True, index=True)
