"""Writes the district's towns, items and outlets as CSV files."""

from collections.abc import Iterable
from typing import Final

from service.api.csv_circle import ITEM, PEOPLE
from service.api.csv_table import write_table
from service.flows.reads.places import ItemView, SiteView, TownView

_TOWN: Final = {
    "code": "街道乡镇编号 Town code",
    "name_zh": "街道乡镇 Town in Chinese",
    "name_en": "街道乡镇英文名 Town in English",
    "people": PEOPLE,
    "kiosks": "自助机数 Kiosks",
}
_ITEM: Final = {
    "code": ITEM,
    "name_zh": "药具 Name in Chinese",
    "name_en": "药具英文名 Name in English",
    "unit_zh": "基本单位 Unit in Chinese",
    "unit_en": "基本单位英文名 Unit in English",
    "pack_zh": "包装 Pack in Chinese",
    "pack_en": "包装英文名 Pack in English",
    "units_per_pack": "每盒单位数 Units in a pack",
}
_SITE: Final = {
    "id": "发放点编号 Outlet",
    "name_zh": "发放点 Name in Chinese",
    "name_en": "发放点英文名 Name in English",
    "outlet": "类型 Kind of outlet",
    "kind": "场所 Kind of place",
    "town_code": "街道乡镇编号 Town code",
    "lon": "经度 Longitude (WGS-84)",
    "lat": "纬度 Latitude (WGS-84)",
    "opening_hours": "开放时间 Opening hours",
}


def write_towns(towns: Iterable[TownView]) -> bytes:
    """Return the file."""
    return write_table(towns, _TOWN)


def write_items(items: Iterable[ItemView]) -> bytes:
    """Return the file."""
    return write_table(items, _ITEM)


def write_outlets(sites: Iterable[SiteView]) -> bytes:
    """Return the file."""
    return write_table(sites, _SITE)
