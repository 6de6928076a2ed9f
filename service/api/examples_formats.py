"""The same story as files: the first columns of each table, and a point on a map."""

import json
from typing import Any, Final

from service.api.examples import SITES as OUTLETS
from service.api.examples_decisions import ACTIONS, DEPENDENCE, SITES


def as_points(row: dict[str, Any], lon: float, lat: float) -> str:
    """Return a row as the one point of a GeoJSON file."""
    point = {"type": "Point", "coordinates": [lon, lat]}
    feature = {"type": "Feature", "geometry": point, "properties": row}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)


def _first(view: dict[str, Any], name: str) -> str:
    row: dict[str, Any] = view[name][0]
    return as_points(row, row.get("lon", 104.0512), row.get("lat", 30.6231))


DEPENDENCE_GEOJSON: Final = _first(DEPENDENCE, "outlets")
ACTIONS_GEOJSON: Final = _first(ACTIONS, "actions")
SITES_GEOJSON: Final = _first(SITES, "sites")
OUTLETS_GEOJSON: Final = as_points(OUTLETS[0], 104.0512, 30.6231)

COVERAGE_CSV: Final = "药具编号 Item code,装机覆盖人口 Installed,…\r\ncondom-52,176420,…\r\n"
TOWNS_COVERED_CSV: Final = "街道乡镇编号 Town code,…\r\n510105001,河东街道,Hedong,31400,…\r\n"
THEN_CSV: Final = "类别 Kind,编号 Id,当时状况 Standing then,…\r\n发放点 outlet,K0001,in_stock,…\r\n"
DEPENDENCE_CSV: Final = "发放点编号 Outlet,发放点 Name in Chinese,…\r\nK0042,河东学院东门,…\r\n"
ACTIONS_CSV: Final = "发放点编号 Outlet,发放点 Name in Chinese,…\r\nK0042,河东学院东门,…\r\n"
SITES_CSV: Final = "序号 Rank,候选点编号 Candidate,…\r\n1,C201,北苑新村,Beiyuan New Village,…\r\n"
PROMISE_CSV: Final = "药具编号 Item code,街道乡镇编号 Town code,…\r\ncondom-52,,全区合计,…\r\n"
MONTHS_CSV: Final = "月份 Month,药具编号 Item code,…\r\n2026-10,condom-52,169314312.0,…\r\n"
TOWNS_CSV: Final = "街道乡镇编号 Town code,…\r\n999901001,河东街道,Hedong,38120,8\r\n"
ITEMS_CSV: Final = "药具编号 Item code,药具 Name in Chinese,…\r\ncondom-52,…\r\n"
OUTLETS_CSV: Final = "发放点编号 Outlet,发放点 Name in Chinese,…\r\nS042,河东学院东门,…\r\n"
