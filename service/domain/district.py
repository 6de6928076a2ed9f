"""A district as it is laid out: towns, communities, items, sites, kiosks and lines of its map."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Named:
    """A name in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point: longitude and latitude in degrees, WGS-84."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TownPlan:
    """A town or street office by its nine-digit division code."""

    code: str
    name: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPlan:
    """An item with its base unit and its pack."""

    code: str
    name: Named
    unit: Named
    pack: Named
    units_per_pack: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityPlan:
    """A residential community with its people of childbearing age."""

    id: str
    name: Named
    town_code: str
    place: Place
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """A free point; ``outlet`` is ``kiosk`` or ``staffed``."""

    id: str
    name: Named
    kind: str
    outlet: str
    town_code: str
    place: Place
    opening_hours: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPlan:
    """An aisle: what it is meant to hold and how many packs fit."""

    slot: int
    item: str
    capacity_packs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskPlan:
    """A machine at a site."""

    id: str
    site_id: str
    model: str
    slots: tuple[SlotPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLine:
    """A feature of the map as GeoJSON has it."""

    layer: str
    properties: dict[str, Any]
    geometry: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictPlan:
    """The whole district."""

    region: str
    name: Named
    timezone: str
    items: tuple[ItemPlan, ...]
    towns: tuple[TownPlan, ...]
    communities: tuple[CommunityPlan, ...]
    sites: tuple[SitePlan, ...]
    kiosks: tuple[KioskPlan, ...]
    lines: tuple[MapLine, ...]
