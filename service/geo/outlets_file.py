"""Reads an outlets file: kiosks, staffed points, paid outlets and delivery bases.

Fields id, name_zh, name_en, town_code, lon and lat are those of the demand file, and:

| field | column names | what stands there |
|---|---|---|
| outlet | outlet, type, outlet_type, 类型, 网点类型, 发放类型 | a word of the table below |
| kind | kind, site_kind, 场所, 场所类型 | optional; else ``other`` |
| opening_hours | opening_hours, hours, 营业时间, 开放时间 | optional; OpenStreetMap's syntax |
| items | items, item, 物品, 物品代码, 药具, 药具代码 | codes with ; or , between |

| outlet | words |
|---|---|
| kiosk | kiosk, 自助机, 自助发放机, 发放机, 智能发放机 |
| staffed | staffed, 人工, 人工发放点, 发放点 |
| paid | paid, 付费, 付费点, 销售点, 药店 |
| delivery | delivery, 配送, 配送点, 配送站 |
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from service.domain.coordinates import Crs
from service.domain.district import Named, SitePlan
from service.domain.imports import OutletsFile, Refused
from service.geo import fields
from service.geo.demand_file import (
    ID,
    LAT,
    LON,
    NAME_EN,
    NAME_ZH,
    NO_MAPPING,
    TOWN_CODE,
    named,
    placed,
)
from service.geo.hours import normal
from service.geo.rows import Cells, Column, read_plans

OTHER_KIND: Final = "other"

OUTLET_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kiosk": ("kiosk", "自助机", "自助发放机", "发放机", "智能发放机"),
    "staffed": ("staffed", "人工", "人工发放点", "发放点"),
    "paid": ("paid", "付费", "付费点", "销售点", "药店"),
    "delivery": ("delivery", "配送", "配送点", "配送站"),
}

COLUMNS: Final = (
    Column(ID.key, (*ID.names, "网点编号", "设备编号")),
    Column(NAME_ZH.key, (*NAME_ZH.names, "网点名称", "站点名称"), is_required=False),
    NAME_EN,
    TOWN_CODE,
    LON,
    LAT,
    Column("outlet", ("outlet", "type", "outlet_type", "类型", "网点类型", "发放类型")),
    Column("kind", ("kind", "site_kind", "场所", "场所类型"), is_required=False),
    Column(
        "opening_hours",
        ("opening_hours", "hours", "营业时间", "开放时间"),
        is_required=False,
    ),
    Column("items", ("items", "item", "物品", "物品代码", "药具", "药具代码")),
)

_OUTLETS: Final = {word: outlet for outlet, words in OUTLET_WORDS.items() for word in words}
_OUTLET: Final = Named("网点类型", "the kind of outlet")


def read_outlets(
    path: Path,
    *,
    crs: Crs,
    columns: Mapping[str, str] = NO_MAPPING,
    sheet: str | None = None,
) -> OutletsFile | Refused:
    """Return the outlets of a file, or what is wrong in which rows; then nothing of it is taken.

    ``columns`` maps a field to a foreign name. ImportFileError where the file as a whole cannot
    be read.
    """
    taken = read_plans(path, crs=crs, columns=COLUMNS, renamed=columns, sheet=sheet, build=_outlet)
    if isinstance(taken, Refused):
        return taken
    return OutletsFile(
        source=taken.source,
        rows=taken.rows,
        row_numbers=taken.row_numbers,
        skipped=taken.skipped,
        warnings=(*taken.warnings, *_assumed(taken.rows)),
        written=taken.written,
    )


def _outlet(cells: Cells) -> SitePlan:
    outlet_id = cells.once("id", fields.code)
    return SitePlan(
        id=outlet_id,
        name=named(cells, outlet_id),
        kind=cells.read("kind", fields.name, wrong="") or OTHER_KIND,
        outlet=cells.read("outlet", _kind_of_outlet, wrong=""),
        town_code=cells.read("town_code", fields.town_code, wrong=""),
        place=placed(cells),
        opening_hours=cells.read("opening_hours", normal, wrong=""),
        items=cells.read("items", fields.items, wrong=()),
    )


def _kind_of_outlet(cell: str) -> str:
    return fields.choice(cell, _OUTLETS, _OUTLET)


def _assumed(rows: tuple[SitePlan, ...]) -> tuple[Named, ...]:
    """Return a word on the outlets whose hours are not known."""
    count = sum(not row.opening_hours for row in rows)
    if not count:
        return ()
    return (
        Named(
            f"{count} 个网点没有营业时间，按全天开放计算。",
            f"Outlets without opening hours are taken as always open: {count}.",
        ),
    )
