"""What depots hold, in entries that never change, and which item a carton's code stands for."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlmodel import Field, SQLModel

from service.store.types import Instant

# SQLite counts rows up by itself only for an INTEGER key.
_ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class DepotRow(SQLModel, table=True):
    """A store room from which rounds begin; places are WGS-84."""

    __tablename__ = "depot"

    id: str = Field(primary_key=True, max_length=32)
    name_zh: str = Field(max_length=100)
    name_en: str = Field(max_length=100)
    lon: float
    lat: float


class DepotEntryRow(SQLModel, table=True):
    """Packs that came (above nothing) or left; a mistake is undone by an entry that reverses it."""

    __tablename__ = "depot_entry"
    __table_args__ = (
        Index("depot_entry_by_lot", "depot_id", "item", "lot"),
        Index("depot_entry_once_reversed", "reverses", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=_ROW_NUMBER)
    depot_id: str = Field(foreign_key="depot.id", max_length=32)
    kind: str = Field(max_length=8)
    item: str = Field(max_length=32)
    lot: str = Field(max_length=32)
    expires_on: date | None = None
    packs: int
    at: datetime = Field(sa_type=Instant, index=True)
    entered_by: str = Field(default="", max_length=64)
    note: str = Field(default="", max_length=400)
    round_id: str | None = Field(default=None, max_length=32, index=True)
    reverses: int | None = Field(default=None, sa_type=BigInteger)


class ItemCodeRow(SQLModel, table=True):
    """What a carton's GTIN stands for, and how many packs are in it."""

    __tablename__ = "item_code"

    gtin: str = Field(primary_key=True, max_length=14)
    item: str = Field(max_length=32)
    packs: int
