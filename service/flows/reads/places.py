"""What a page sees of the district: towns, items, sites, and the map below them."""

from dataclasses import dataclass
from typing import Any, Literal

Outlet = Literal["kiosk", "staffed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictView:
    """The district as a whole; ``bounds`` is west, south, east, north in degrees, WGS-84."""

    name_zh: str
    name_en: str
    region: str
    center: tuple[float, float]
    bounds: tuple[float, float, float, float]
    timezone: str
    people: int
    kiosks: int
    free_points: int
    walk_limit_m: int
    walk_kmh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """Something that is given out: a pack holds so many base units."""

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    pack_zh: str
    pack_en: str
    units_per_pack: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TownView:
    """A town or street office with its people of childbearing age and its kiosks."""

    code: str
    name_zh: str
    name_en: str
    people: int
    kiosks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """A free point: a kiosk, or staff who hand things out."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    outlet: Outlet
    town_code: str
    lon: float
    lat: float
    opening_hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFeatureView:
    """A GeoJSON feature; ``properties.layer`` says what it is."""

    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any]
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """The map of the district as GeoJSON."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[MapFeatureView, ...]
