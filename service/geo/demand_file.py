"""Reads a demand file: communities or grid cells with their people of childbearing age.

| field | column names | what stands there |
|---|---|---|
| id | id, code, 编号, 代码, 小区编号, 格网编号, 网格编号 | letters, digits, hyphens, once each |
| name_zh | name, name_zh, 名称, 小区名称, 小区, 社区 | optional; else the id |
| name_en | name_en, 英文名, 英文名称 | optional; else name_zh |
| town_code | town_code, town, 街道代码, 乡镇代码, 镇街代码, 行政区划代码 | optional; nine digits |
| lon | lon, lng, long, longitude, x, 经度 | decimal degrees |
| lat | lat, latitude, y, 纬度 | decimal degrees |
| people | people, 人数, 育龄人数, 育龄人口, 育龄人口数 | whole, zero or more |

Of all people together (``population``, 人口) no column is taken by its name: they are not those of
childbearing age, and only whoever brings the file can say that they should stand for them. In
GeoJSON these are properties; a point gives lon and lat itself and a polygon gives its centroid.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from service.domain.coordinates import Crs
from service.domain.district import CommunityPlan, Named, Place
from service.domain.imports import DemandFile, Refused
from service.geo import fields
from service.geo.rows import Cells, Column, read_plans

NO_MAPPING: Final[Mapping[str, str]] = MappingProxyType({})

ID: Final = Column("id", ("id", "code", "编号", "代码", "小区编号", "格网编号", "网格编号"))
NAME_ZH: Final = Column(
    "name_zh", ("name", "name_zh", "名称", "小区名称", "小区", "社区"), is_required=False
)
NAME_EN: Final = Column("name_en", ("name_en", "英文名", "英文名称"), is_required=False)
TOWN_CODE: Final = Column(
    "town_code",
    ("town_code", "town", "街道代码", "乡镇代码", "镇街代码", "行政区划代码"),
    is_required=False,
)
LON: Final = Column("lon", ("lon", "lng", "long", "longitude", "x", "经度"))
LAT: Final = Column("lat", ("lat", "latitude", "y", "纬度"))
PEOPLE: Final = Column("people", ("people", "人数", "育龄人数", "育龄人口", "育龄人口数"))

COLUMNS: Final = (ID, NAME_ZH, NAME_EN, TOWN_CODE, LON, LAT, PEOPLE)


def read_demand(
    path: Path,
    *,
    crs: Crs,
    columns: Mapping[str, str] = NO_MAPPING,
    sheet: str | None = None,
) -> DemandFile | Refused:
    """Return the demand of a file, or what is wrong in which rows; then nothing of it is taken.

    ``columns`` maps a field to a foreign name, such as people to women_15_49. ImportFileError
    where the file as a whole cannot be read.
    """
    taken = read_plans(
        path, crs=crs, columns=COLUMNS, renamed=columns, sheet=sheet, build=_community
    )
    if isinstance(taken, Refused):
        return taken
    return DemandFile(
        source=taken.source,
        rows=taken.rows,
        row_numbers=taken.row_numbers,
        skipped=taken.skipped,
        warnings=taken.warnings,
        written=taken.written,
    )


def named(cells: Cells, place_id: str) -> Named:
    """Return a row's name; what is not given is taken from what is."""
    name_zh = cells.read("name_zh", fields.name, wrong="") or place_id
    return Named(name_zh, cells.read("name_en", fields.name, wrong="") or name_zh)


def placed(cells: Cells) -> Place:
    """Return a row's point as the file writes it."""
    lon = cells.read("lon", fields.longitude, wrong=0.0)
    return Place(lon, cells.read("lat", fields.latitude, wrong=0.0))


def _community(cells: Cells) -> CommunityPlan:
    community_id = cells.once("id", fields.code)
    return CommunityPlan(
        id=community_id,
        name=named(cells, community_id),
        town_code=cells.read("town_code", fields.town_code, wrong=""),
        place=placed(cells),
        people=cells.read("people", fields.people, wrong=0),
    )
