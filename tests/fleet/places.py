"""A district of any number of kiosks, as the simulator and as the service know it."""

from typing import Final

from kiosk_sim.hours import ALWAYS
from kiosk_sim.spec import KioskSpec, Slot
from service.domain.district import (
    CommunityPlan,
    DistrictPlan,
    ItemPlan,
    KioskPlan,
    Named,
    Place,
    SitePlan,
    SlotPlan,
    TownPlan,
)
from service.flows.circle_memory import Ground
from tests.support.ground import ground_of

REGION: Final = "999901"
UNITS: Final = {"condom-52": 10, "n9-suppository": 10, "n9-gel": 3, "n9-film": 12}
_TOWN: Final = "999901001"
_PEOPLE: Final = 400


def specs_of(kiosks: int) -> list[KioskSpec]:
    """Return so many kiosks; every third shares a site with the one before it."""
    return [_spec(number) for number in range(1, kiosks + 1)]


def _spec(number: int) -> KioskSpec:
    items = list(UNITS)[: 2 + number % 3]
    slots = [Slot(one, items[(one - 1) % len(items)], 12 + number % 9) for one in range(1, 6)]
    return KioskSpec(
        region=REGION,
        id=f"K{number:04d}",
        site_id=f"S{number - (number % 3 == 0):04d}",
        site_kind=("mall", "station", "campus", "hospital")[number % 4],
        slots=tuple(slots),
        hours=ALWAYS,
        custom=0.8 + number % 5 / 10,
        units_per_pack=UNITS,
    )


def district_of(specs: list[KioskSpec]) -> DistrictPlan:
    """Return the same kiosks as the service lays them out."""
    sites = sorted({spec.site_id for spec in specs})
    return DistrictPlan(
        region=REGION,
        name=Named("测试区", "Test district"),
        timezone="Asia/Shanghai",
        items=tuple(_item(code, units) for code, units in UNITS.items()),
        towns=(TownPlan(code=_TOWN, name=Named("测试镇", "Test town")),),
        communities=tuple(_community(index) for index in range(len(sites))),
        sites=tuple(_site(site_id, index) for index, site_id in enumerate(sites)),
        kiosks=tuple(_kiosk(spec) for spec in specs),
        lines=(),
    )


def circle_of(specs: list[KioskSpec]) -> Ground:
    """Return who reaches what: each community the kiosks of its own site and of the next."""
    sites = sorted({spec.site_id for spec in specs})
    reach = [
        [spec.site_id in {site, sites[(index + 1) % len(sites)]} for spec in specs]
        for index, site in enumerate(sites)
    ]
    return ground_of(
        reach,
        people=[_PEOPLE] * len(sites),
        kiosk_ids=[spec.id for spec in specs],
        community_ids=[f"C{index:04d}" for index in range(len(sites))],
    )


def _item(code: str, units: int) -> ItemPlan:
    unit, pack = Named("只", "piece"), Named("盒", "box")
    return ItemPlan(code=code, name=Named(code, code), unit=unit, pack=pack, units_per_pack=units)


def _community(index: int) -> CommunityPlan:
    return CommunityPlan(
        id=f"C{index:04d}",
        name=Named(f"社区{index}", f"Community {index}"),
        town_code=_TOWN,
        place=Place(105.0 + index / 100, 30.0),
        people=_PEOPLE,
    )


def _site(site_id: str, index: int) -> SitePlan:
    return SitePlan(
        id=site_id,
        name=Named(f"点{site_id}", f"Point {site_id}"),
        kind="hospital",
        outlet="kiosk",
        town_code=_TOWN,
        place=Place(105.001 + index / 100, 30.0),
        opening_hours="24/7",
        items=tuple(UNITS),
    )


def _kiosk(spec: KioskSpec) -> KioskPlan:
    slots = tuple(
        SlotPlan(slot=slot.number, item=slot.item, capacity_packs=slot.capacity_packs)
        for slot in spec.slots
    )
    return KioskPlan(id=spec.id, site_id=spec.site_id, model="five aisles", slots=slots)
