"""Reads the district: towns, items, sites, and the map below them."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import func, select

from service.flows.reads.places import (
    DistrictView,
    ItemView,
    MapFeatureView,
    MapView,
    Outlet,
    SiteView,
    TownView,
)
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.registry import (
    Community,
    District,
    Item,
    Kiosk,
    MapFeature,
    Site,
    Town,
)

SITES_MAX: Final = 50_000
FEATURES_MAX: Final = 200_000
_DISTRICT, _TOWN, _ITEM, _SITE = (table_of(one) for one in (District, Town, Item, Site))
_KIOSK, _COMMUNITY, _MAP = (table_of(one) for one in (Kiosk, Community, MapFeature))

Bounds = tuple[float, float, float, float]


class PlaceReads(Reading):
    """Reads the registry."""

    def version(self) -> int:
        """Return a number that grows with each change of the registry."""
        with self.moment() as connection:
            return connection.scalar(select(_DISTRICT.c.version)) or 0

    def district(self) -> DistrictView | None:
        """Return the district; None where none is laid out yet."""
        with self.moment() as connection:
            row = connection.execute(select(_DISTRICT)).first()
            if row is None:
                return None
            people = connection.scalar(select(func.sum(_COMMUNITY.c.people)))
            kiosks = connection.scalar(select(func.count()).select_from(_KIOSK))
            points = connection.scalar(select(func.count()).select_from(_SITE))
            edge = select(_MAP.c.geometry).where(_MAP.c.layer == "boundary").limit(100)
            corners = [spot for one in connection.scalars(edge) for spot in _spots(one)]
            for table in (_SITE, _COMMUNITY):
                if not corners:
                    spots = select(table.c.lon, table.c.lat).limit(SITES_MAX)
                    corners = [(spot.lon, spot.lat) for spot in connection.execute(spots)]
        west, south, east, north = _bounds(corners)
        return DistrictView(
            name_zh=row.name_zh,
            name_en=row.name_en,
            region=row.region,
            center=(round((west + east) / 2, 6), round((south + north) / 2, 6)),
            bounds=(west, south, east, north),
            timezone=row.timezone,
            people=int(people or 0),
            kiosks=kiosks or 0,
            free_points=points or 0,
            walk_limit_m=int(self.walking.limit_m),
            walk_kmh=self.walking.kmh,
        )

    def items(self) -> tuple[ItemView, ...]:
        """Return all items by code."""
        with self.moment() as connection:
            rows = connection.execute(select(_ITEM).order_by(_ITEM.c.code).limit(1_000))
            return tuple(ItemView(**row) for row in rows.mappings())

    def towns(self) -> tuple[TownView, ...]:
        """Return all towns by code."""
        people = (
            select(func.coalesce(func.sum(_COMMUNITY.c.people), 0))
            .where(_COMMUNITY.c.town_code == _TOWN.c.code)
            .scalar_subquery()
        )
        kiosks = (
            select(func.count(_KIOSK.c.id))
            .join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
            .where(_SITE.c.town_code == _TOWN.c.code)
            .scalar_subquery()
        )
        names = (_TOWN.c.code, _TOWN.c.name_zh, _TOWN.c.name_en)
        towns = select(*names, people.label("people"), kiosks.label("kiosks"))
        with self.moment() as connection:
            rows = connection.execute(towns.order_by(_TOWN.c.code).limit(1_000)).all()
        return tuple(
            TownView(
                code=row.code,
                name_zh=row.name_zh,
                name_en=row.name_en,
                people=int(row.people),
                kiosks=int(row.kiosks),
            )
            for row in rows
        )

    def sites(
        self, *, kind: str | None, town_code: str | None, outlet: Outlet | None
    ) -> tuple[SiteView, ...]:
        """Return sites by id, all or only some."""
        columns = [column for column in _SITE.columns if column.name != "items"]
        sites = select(*columns).order_by(_SITE.c.id).limit(SITES_MAX)
        for column, value in (
            (_SITE.c.kind, kind),
            (_SITE.c.town_code, town_code),
            (_SITE.c.outlet, outlet),
        ):
            if value is not None:
                sites = sites.where(column == value)
        with self.moment() as connection:
            return tuple(SiteView(**row) for row in connection.execute(sites).mappings())

    def map_base(self) -> MapView:
        """Return the lines of the map, then the communities as points."""
        with self.moment() as connection:
            lines = connection.execute(select(_MAP).order_by(_MAP.c.id).limit(FEATURES_MAX)).all()
            spots = select(_COMMUNITY).order_by(_COMMUNITY.c.id).limit(SITES_MAX)
            communities = connection.execute(spots).all()
        features = [
            MapFeatureView(geometry=row.geometry, properties={**row.properties, "layer": row.layer})
            for row in lines
        ]
        features += [
            MapFeatureView(
                geometry={"type": "Point", "coordinates": [row.lon, row.lat]},
                properties={
                    "layer": "community",
                    "id": row.id,
                    "name_zh": row.name_zh,
                    "name_en": row.name_en,
                    "people": row.people,
                },
            )
            for row in communities
        ]
        return MapView(features=tuple(features))


def _spots(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Yield every corner of a GeoJSON geometry, however deep its lists lie."""
    waiting: list[Any] = [geometry.get("coordinates", [])]
    while waiting:
        one = waiting.pop()
        if one and isinstance(one[0], int | float):
            yield float(one[0]), float(one[1])
        else:
            waiting += one


def _bounds(corners: list[tuple[float, float]]) -> Bounds:
    if not corners:
        return (-180.0, -90.0, 180.0, 90.0)
    longitudes, latitudes = [lon for lon, _ in corners], [lat for _, lat in corners]
    return (min(longitudes), min(latitudes), max(longitudes), max(latitudes))
