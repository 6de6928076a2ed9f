"""The registry in SQL: laid out whole from a plan, read at the start of each transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select

from service.domain.district import (
    CommunityPlan,
    DistrictPlan,
    ItemPlan,
    KioskPlan,
    Named,
    SitePlan,
)
from service.domain.facts import FactKey
from service.domain.registry import Registry
from service.store.bulk import merge_rows
from service.store.promise import SqlPromises
from service.store.sql import merge, table_of
from service.store.tables.archive import ArchivedMonth
from service.store.tables.circle import TimelineDue
from service.store.tables.ledger import FactRow
from service.store.tables.registry import (
    Community,
    District,
    Item,
    Kiosk,
    MapFeature,
    Site,
    Slot,
    Town,
)

_DISTRICT, _KIOSK, _SLOT = table_of(District), table_of(Kiosk), table_of(Slot)


class DistrictRow(NamedTuple):
    """What the rest of the house needs of the district before anything else."""

    region: str
    timezone: str


class RegistryReader:
    """Reads the registry, and reads it anew only when its version is another.

    Several threads may read at once, also moments of different age: version and registry are one
    value, so that none is ever taken for the other.
    """

    def __init__(self) -> None:
        self._known = (-1, Registry(region="", site_by_kiosk={}, items=frozenset()))

    def read(self, connection: Connection) -> Registry:
        """Return the registry as it stands in this transaction."""
        district = connection.execute(select(_DISTRICT.c.region, _DISTRICT.c.version)).first()
        version, registry = self._known
        if district is not None and district.version != version:
            kiosks = select(table_of(Kiosk).c.id, table_of(Kiosk).c.site_id)
            registry = Registry(
                region=district.region,
                site_by_kiosk={row.id: row.site_id for row in connection.execute(kiosks)},
                items=frozenset(connection.scalars(select(table_of(Item).c.code))),
            )
            self._known = (district.version, registry)
        return registry


def read_district(connection: Connection) -> DistrictRow | None:
    """Return the region and the time zone of this installation; None before a district is there."""
    row = connection.execute(select(_DISTRICT.c.region, _DISTRICT.c.timezone)).first()
    return DistrictRow(row.region, row.timezone) if row is not None else None


def lay_out(connection: Connection, plan: DistrictPlan, *, at: datetime) -> None:
    """Make the registry agree with a plan: new things are added, known ones brought up to date.

    Nothing that facts may speak of is ever deleted; the lines of the map are replaced whole.
    """
    district = connection.execute(select(_DISTRICT)).first()
    if district is not None and district.region != plan.region:
        message = f"this database is of region {district.region}, the file of {plan.region}"
        raise ValueError(message)
    if district is not None and district.timezone != plan.timezone:
        _refuse_another_zone(connection, district.timezone, plan.timezone)
    merge(connection, Town, [_named(one.name, code=one.code) for one in plan.towns], "replace")
    merge(connection, Item, [_item(one) for one in plan.items], "replace")
    merge(connection, Site, [site_row(one) for one in plan.sites], "replace")
    for kiosk in plan.kiosks:
        enrol(connection, kiosk, at=at)
    merge(connection, Community, [community_row(one) for one in plan.communities], "replace")
    connection.execute(delete(table_of(MapFeature)))
    lines = [asdict(line) for line in plan.lines]
    if lines:
        connection.execute(table_of(MapFeature).insert(), lines)
    row = _named(plan.name, region=plan.region, timezone=plan.timezone)
    version = (district.version if district is not None else 0) + 1
    merge(connection, District, [row | {"version": version}], "replace")
    SqlPromises(connection).mark_all()


def _refuse_another_zone(connection: Connection, ours: str, theirs: str) -> None:
    """Let the zone be, once months were cut by it: those of another would overlap with them."""
    for table in (table_of(FactRow), table_of(ArchivedMonth)):
        if connection.execute(select(table).limit(1)).first() is not None:
            message = (
                f"the months of this database were cut by {ours}, the file says {theirs}: "
                "the time zone of a district with facts cannot be changed"
            )
            raise ValueError(message)


def enrol(connection: Connection, kiosk: KioskPlan, *, at: datetime) -> None:
    """Add a kiosk, or bring what we know of it up to date; the caller raises the version.

    It stays enrolled since it first was. Where its slots are meant to hold something else, its past
    is another: until a slot is counted it counts as holding what it is meant to.
    """
    before = connection.scalar(select(_KIOSK.c.enrolled_at).where(_KIOSK.c.id == kiosk.id))
    held = select(_SLOT.c.slot, _SLOT.c.item).where(_SLOT.c.kiosk_id == kiosk.id)
    planned = {row.slot: row.item for row in connection.execute(held)}
    row = {"id": kiosk.id, "site_id": kiosk.site_id, "model": kiosk.model}
    merge(connection, Kiosk, [row | {"enrolled_at": before or at}], "replace")
    slots = [asdict(slot) | {"kiosk_id": kiosk.id} for slot in kiosk.slots]
    connection.execute(delete(_SLOT).where(_SLOT.c.kiosk_id == kiosk.id))
    merge(connection, Slot, slots, "replace")
    if before is not None and planned != {slot.slot: slot.item for slot in kiosk.slots}:
        begin = [FactKey(kiosk.id, 0, 0)]
        merge_rows(connection, table_of(TimelineDue), FactKey._fields, begin, how="least")


def raise_version(connection: Connection) -> None:
    """Tell every reader of the registry that it changed; person-hours stand on it too."""
    connection.execute(_DISTRICT.update().values(version=_DISTRICT.c.version + 1))
    SqlPromises(connection).mark_all()


def _named(name: Named, **columns: object) -> dict[str, Any]:
    return {"name_zh": name.zh, "name_en": name.en, **columns}


def _item(item: ItemPlan) -> dict[str, Any]:
    return _named(
        item.name,
        code=item.code,
        unit_zh=item.unit.zh,
        unit_en=item.unit.en,
        pack_zh=item.pack.zh,
        pack_en=item.pack.en,
        units_per_pack=item.units_per_pack,
    )


def site_row(site: SitePlan) -> dict[str, Any]:
    """Return a site as its table has it."""
    return _named(
        site.name,
        id=site.id,
        kind=site.kind,
        outlet=site.outlet,
        town_code=site.town_code,
        lon=site.place.lon,
        lat=site.place.lat,
        opening_hours=site.opening_hours,
        items=list(site.items),
    )


def community_row(community: CommunityPlan) -> dict[str, Any]:
    """Return a community as its table has it."""
    return _named(
        community.name,
        id=community.id,
        town_code=community.town_code,
        lon=community.place.lon,
        lat=community.place.lat,
        people=community.people,
    )
