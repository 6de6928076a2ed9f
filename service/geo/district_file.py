"""The district file: GeoJSON in WGS-84 with one layer for each kind of thing."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from service.domain.district import (
    CommunityPlan,
    DistrictPlan,
    ItemPlan,
    KioskPlan,
    MapLine,
    Named,
    Place,
    SitePlan,
    SlotPlan,
    TownPlan,
)

LON_MAX: Final = 180.0
LAT_MAX: Final = 90.0
FILE_BYTES_MAX: Final = 256 * 1024 * 1024
MAP_LAYERS: Final = frozenset({"boundary", "water", "railway", "street", "bridge", "town"})

Name = Annotated[str, Field(min_length=1, max_length=80)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,32}$")]
TownCode = Annotated[str, Field(pattern=r"^[0-9]{9}$")]


class DistrictFileError(ValueError):
    """The file is not a district; the text says where and why."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name_zh: Name = ""
    name_en: Name = ""

    @property
    def name(self) -> Named:
        return Named(self.name_zh, self.name_en)


class _Item(_Model):
    code: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    unit_zh: Name
    unit_en: Name
    pack_zh: Name
    pack_en: Name
    units_per_pack: Annotated[int, Field(ge=1, le=1000)]

    def plan(self) -> ItemPlan:
        return ItemPlan(
            code=self.code,
            name=self.name,
            unit=Named(self.unit_zh, self.unit_en),
            pack=Named(self.pack_zh, self.pack_en),
            units_per_pack=self.units_per_pack,
        )


class _Head(_Model):
    format: Literal["district/1"]
    region: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    timezone: str
    crs: Literal["wgs84"]
    items: Annotated[tuple[_Item, ...], Field(min_length=1, max_length=200)]

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            message = f"no time zone is called {value}"
            raise ValueError(message)
        return value


class _Town(_Model):
    code: TownCode


class _Community(_Model):
    id: Code
    town_code: TownCode
    people: Annotated[int, Field(ge=0, le=10_000_000)]


class _Site(_Model):
    id: Code
    kind: Name
    outlet: Literal["kiosk", "staffed"]
    town_code: TownCode
    opening_hours: Name
    items: tuple[str, ...]


class _Slot(_Model):
    slot: Annotated[int, Field(ge=1, le=64)]
    item: str
    capacity_packs: Annotated[int, Field(ge=1, le=10_000)]


class _Kiosk(_Model):
    id: Code
    site_id: Code
    model: Name
    slots: Annotated[tuple[_Slot, ...], Field(min_length=1, max_length=64)]


class _Geometry(BaseModel):
    model_config = ConfigDict(frozen=True)

    type: Literal["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]

    def place(self) -> Place:
        if self.type != "Point":
            message = f"a Point is needed here, not a {self.type}"
            raise DistrictFileError(message)
        lon, lat = float(self.coordinates[0]), float(self.coordinates[1])
        if abs(lon) > LON_MAX or abs(lat) > LAT_MAX:
            message = f"{lon}, {lat} is not a longitude and a latitude in degrees"
            raise DistrictFileError(message)
        return Place(lon, lat)


class _Feature(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    geometry: _Geometry
    properties: dict[str, Any]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    circle15: _Head
    features: Annotated[tuple[_Feature, ...], Field(min_length=1, max_length=1_000_000)]


def read_district(path: Path) -> DistrictPlan:
    """Return the district that a file describes; DistrictFileError says what is wrong and where."""
    if not path.is_file():
        message = f"{path} is not there; name a district file"
        raise DistrictFileError(message)
    if path.stat().st_size > FILE_BYTES_MAX:
        message = f"{path} is larger than {FILE_BYTES_MAX // 2**20} MiB"
        raise DistrictFileError(message)
    try:
        file = _File.model_validate_json(path.read_bytes())
        plan = _plan(file)
    except ValidationError as error:
        raise DistrictFileError(_in_words(path, error)) from error
    _check_links(plan)
    return plan


def read_kiosk(*, kiosk_id: str, site_id: str, slots: str) -> KioskPlan:
    """Return one kiosk from words: ``slots`` reads ``item:packs,item:packs,…`` from slot 1 on."""
    try:
        pairs = [part.split(":") for part in slots.split(",")]
        kiosk = _Kiosk(
            id=kiosk_id,
            site_id=site_id,
            model="enrolled",
            slots=tuple(
                _Slot(slot=number, item=item, capacity_packs=int(packs))
                for number, (item, packs) in enumerate(pairs, start=1)
            ),
        )
    except ValidationError as error:
        first = error.errors()[0]
        message = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise DistrictFileError(message) from error
    except ValueError as error:
        message = f"slots must read item:packs,item:packs,… and not {slots}"
        raise DistrictFileError(message) from error
    return _kiosk_plan(kiosk)


def _plan(file: _File) -> DistrictPlan:
    by_layer: dict[str, list[_Feature]] = {}
    for feature in file.features:
        by_layer.setdefault(str(feature.properties.get("layer")), []).append(feature)
    head = file.circle15
    return DistrictPlan(
        region=head.region,
        name=head.name,
        timezone=head.timezone,
        items=tuple(item.plan() for item in head.items),
        towns=tuple(_town(feature) for feature in by_layer.get("town", [])),
        communities=tuple(_community(feature) for feature in by_layer.get("community", [])),
        sites=tuple(_site(feature) for feature in by_layer.get("site", [])),
        kiosks=tuple(_kiosk(feature) for feature in by_layer.get("kiosk", [])),
        lines=tuple(_line(f) for layer in sorted(MAP_LAYERS) for f in by_layer.get(layer, [])),
    )


def _town(feature: _Feature) -> TownPlan:
    town = _Town.model_validate(feature.properties)
    return TownPlan(code=town.code, name=town.name)


def _community(feature: _Feature) -> CommunityPlan:
    one = _Community.model_validate(feature.properties)
    return CommunityPlan(
        id=one.id,
        name=one.name,
        town_code=one.town_code,
        place=feature.geometry.place(),
        people=one.people,
    )


def _site(feature: _Feature) -> SitePlan:
    one = _Site.model_validate(feature.properties)
    return SitePlan(
        id=one.id,
        name=one.name,
        kind=one.kind,
        outlet=one.outlet,
        town_code=one.town_code,
        place=feature.geometry.place(),
        opening_hours=one.opening_hours,
        items=one.items,
    )


def _kiosk(feature: _Feature) -> KioskPlan:
    return _kiosk_plan(_Kiosk.model_validate(feature.properties))


def _kiosk_plan(one: _Kiosk) -> KioskPlan:
    slots = tuple(
        SlotPlan(slot=slot.slot, item=slot.item, capacity_packs=slot.capacity_packs)
        for slot in one.slots
    )
    return KioskPlan(id=one.id, site_id=one.site_id, model=one.model, slots=slots)


def _line(feature: _Feature) -> MapLine:
    properties = {key: value for key, value in feature.properties.items() if key != "layer"}
    geometry = {"type": feature.geometry.type, "coordinates": feature.geometry.coordinates}
    return MapLine(layer=str(feature.properties["layer"]), properties=properties, geometry=geometry)


def _check_links(plan: DistrictPlan) -> None:
    towns = {town.code for town in plan.towns}
    sites = {site.id for site in plan.sites}
    items = {item.code for item in plan.items}
    for site in plan.sites:
        _must_be_there(site.town_code, towns, f"site {site.id}", "town")
        for item in site.items:
            _must_be_there(item, items, f"site {site.id}", "item")
    for community in plan.communities:
        _must_be_there(community.town_code, towns, f"community {community.id}", "town")
    for kiosk in plan.kiosks:
        _must_be_there(kiosk.site_id, sites, f"kiosk {kiosk.id}", "site")
        for slot in kiosk.slots:
            _must_be_there(slot.item, items, f"kiosk {kiosk.id} slot {slot.slot}", "item")


def _must_be_there(code: str, known: set[str], who: str, what: str) -> None:
    if code not in known:
        message = f"{who} names {what} {code}, which the file does not have"
        raise DistrictFileError(message)


def _in_words(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    where = " → ".join(str(part) for part in first["loc"])
    return f"{path} is not a district file: {where or 'the file'}: {first['msg']}"
