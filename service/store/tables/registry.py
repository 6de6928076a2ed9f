"""The registry: the district, its towns, communities, sites, kiosks, slots, items, and its map."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from service.store.types import Instant


class District(SQLModel, table=True):
    """The one district of this installation; ``version`` grows with each change of the registry."""

    region: str = Field(primary_key=True, max_length=6)
    name_zh: str
    name_en: str
    timezone: str
    version: int = 1


class Town(SQLModel, table=True):
    """A town or street office (街道/乡镇), by its nine-digit division code."""

    code: str = Field(primary_key=True, max_length=9)
    name_zh: str
    name_en: str


class Item(SQLModel, table=True):
    """Something that is given out, with its pack and its base unit."""

    code: str = Field(primary_key=True, max_length=32)
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    pack_zh: str
    pack_en: str
    units_per_pack: int


class Site(SQLModel, table=True):
    """A free point: a place where residents are given items, by a kiosk or by staff."""

    id: str = Field(primary_key=True, max_length=32)
    name_zh: str
    name_en: str
    kind: str
    outlet: str
    town_code: str = Field(foreign_key="town.code", index=True)
    lon: float
    lat: float
    opening_hours: str
    items: list[str] = Field(sa_type=JSON, default_factory=list)


class Kiosk(SQLModel, table=True):
    """A self-service machine at a site."""

    id: str = Field(primary_key=True, max_length=32)
    site_id: str = Field(foreign_key="site.id", index=True)
    model: str
    enrolled_at: datetime = Field(sa_type=Instant)


class Slot(SQLModel, table=True):
    """An aisle of a kiosk: what it is meant to hold and how many packs fit."""

    kiosk_id: str = Field(primary_key=True, foreign_key="kiosk.id")
    slot: int = Field(primary_key=True)
    item: str = Field(foreign_key="item.code")
    capacity_packs: int


class Community(SQLModel, table=True):
    """A residential community: a demand point with its people of childbearing age."""

    id: str = Field(primary_key=True, max_length=32)
    name_zh: str
    name_en: str
    town_code: str = Field(foreign_key="town.code", index=True)
    lon: float
    lat: float
    people: int


class MapFeature(SQLModel, table=True):
    """A line or an area of the map: streets, water, railway, towns, the boundary."""

    __tablename__ = "map_feature"

    id: int | None = Field(default=None, primary_key=True)
    layer: str
    properties: dict[str, Any] = Field(sa_type=JSON)
    geometry: dict[str, Any] = Field(sa_type=JSON)
