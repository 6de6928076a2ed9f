"""A district small enough to check by eye: three kiosks, four sites, three communities."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

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

NOW: Final = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
"""Six in the evening in Shanghai."""

ZONE: Final = ZoneInfo("Asia/Shanghai")
REGION: Final = "999901"
ITEMS: Final = ("condom-52", "n9-film", "n9-gel")
KIOSKS: Final = ("K0001", "K0002", "K0003")
SITES: Final = {"K0001": "S001", "K0002": "S002", "K0003": "S002"}


def _item(code: str, units_per_pack: int) -> ItemPlan:
    unit, pack = Named("只", "piece"), Named("盒", "box")
    name = Named(code, code)
    return ItemPlan(code=code, name=name, unit=unit, pack=pack, units_per_pack=units_per_pack)


def _site(number: int, lon: float, outlet: str = "kiosk") -> SitePlan:
    return SitePlan(
        id=f"S{number:03d}",
        name=Named(f"点{number}", f"Point {number}"),
        kind="hospital",
        outlet=outlet,
        town_code="999901001",
        place=Place(lon, 30.0),
        opening_hours="24/7",
        items=ITEMS,
    )


def _community(number: int, lon: float, people: int) -> CommunityPlan:
    return CommunityPlan(
        id=f"C{number:03d}",
        name=Named(f"社区{number}", f"Community {number}"),
        town_code="999901001",
        place=Place(lon, 30.0),
        people=people,
    )


def _kiosk(kiosk_id: str) -> KioskPlan:
    held = enumerate(("condom-52", "condom-52", "n9-film"), start=1)
    slots = tuple(SlotPlan(slot=slot, item=item, capacity_packs=28) for slot, item in held)
    return KioskPlan(id=kiosk_id, site_id=SITES[kiosk_id], model="four aisles", slots=slots)


def small_district(timezone: str = "Asia/Shanghai") -> DistrictPlan:
    """Return the plan; K0002 and K0003 share a site, and a street away nobody is in reach."""
    return DistrictPlan(
        region=REGION,
        name=Named("测试区", "Test district"),
        timezone=timezone,
        items=tuple(_item(code, 10) for code in ITEMS),
        towns=(TownPlan(code="999901001", name=Named("测试镇", "Test town")),),
        communities=(
            _community(1, 105.000, 900),
            _community(2, 105.004, 400),
            _community(3, 106.0, 50),
        ),
        sites=(_site(1, 105.001), _site(2, 105.005), _site(3, 105.002, "staffed")),
        kiosks=tuple(_kiosk(kiosk_id) for kiosk_id in KIOSKS),
        lines=(
            MapLine(
                layer="street",
                properties={},
                geometry={"type": "LineString", "coordinates": [[105.0, 30.0], [105.01, 30.0]]},
            ),
        ),
    )
