"""Writes the circle as CSV files: its figures, communities, gaps, and how it stood."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from service.api.csv_table import Value, walk_in_words, write_table
from service.flows.reads.communities import CircleGapRow, CommunitiesView
from service.flows.reads.decisions import CircleBasis
from service.flows.reads.promise import CoverageThen
from service.flows.reads.watch import CoverageView, TownCoverageView

ITEM: Final = "药具编号 Item code"
LIMIT: Final = "步行上限（米） Limit in metres"
WALK: Final = "步行算法 Walk"
AT: Final = "时间 At (UTC)"
PEOPLE: Final = "育龄人口 People"
TOWN: Final = {
    "town_code": "街道乡镇编号 Town code",
    "name_zh": "街道乡镇 Town in Chinese",
    "name_en": "街道乡镇英文名 Town in English",
}

_FIGURES: Final = {
    "people_installed": "装机覆盖人口 Installed",
    "people_working_low": "可用覆盖人口下限 Working, at least",
    "people_working_high": "可用覆盖人口上限 Working, at most",
    "people_in_stock_low": "有货覆盖人口下限 In stock, at least",
    "people_in_stock_high": "有货覆盖人口上限 In stock, at most",
    "people_never": "无点覆盖人口 Never served",
    "people_machine": "设备停用人口 Machine down",
    "people_stock": "断货人口 Out of stock",
    "people_closed": "此刻未开放人口 Closed now",
    "people_unknown": "不确定人口 Unknown",
    "near_in_stock_low": "近距离有货人口下限 Nearer in stock, at least",
    "near_in_stock_high": "近距离有货人口上限 Nearer in stock, at most",
}
_PLACE: Final = {
    "name_zh": "社区 Name in Chinese",
    "name_en": "社区英文名 Name in English",
    "town_code": TOWN["town_code"],
    "lon": "经度 Longitude (WGS-84)",
    "lat": "纬度 Latitude (WGS-84)",
}
_COMMUNITY: Final = {
    "id": "社区编号 Community",
    **_PLACE,
    "people": PEOPLE,
    "standing": "现状 Standing",
    "cause": "未覆盖原因 Cause",
    "since": "未覆盖起始 Since (UTC)",
    "walk_m": "步行距离（米） Walk in metres",
    "walk_minutes": "步行时间（分钟） Walk in minutes",
    "outlet_id": "最近有货点编号 Nearest outlet with it",
    "outlet_name_zh": "最近有货点 Its name in Chinese",
    "outlet_name_en": "最近有货点英文名 Its name in English",
}
_GAP: Final = {
    "id": "编号 Gap",
    "community_id": "社区编号 Community",
    **_PLACE,
    "item": ITEM,
    "cause": "原因 Cause",
    "people": PEOPLE,
    "since": "未覆盖起始 Since (UTC)",
    "opened_at": "此原因起始 Opened (UTC)",
    "opened_by": "起因发放点 Opened by",
    "closed_at": "结束 Closed (UTC)",
    "closed_by": "结束于发放点 Closed by",
}
_STOOD: Final = {
    "kind": "类别 Kind",
    "id": "编号 Id",
    "standing": "当时状况 Standing then",
}


def write_coverage(view: CoverageView) -> bytes:
    """Return the file: a row for each item."""
    of_all: dict[str, Value] = {
        PEOPLE: view.people,
        LIMIT: view.limit_m,
        "近距离上限（米） Nearer limit in metres": view.near_m,
        "步行速度（千米/时） Walk in km/h": view.walk_kmh,
        WALK: walk_in_words(is_estimate=view.estimate),
        AT: view.computed_at,
    }
    return write_table(view.items, {"item": ITEM, **_FIGURES}, of_all)


def write_coverage_by_town(towns: Iterable[TownCoverageView]) -> bytes:
    """Return the file: a row for each town, all of one item."""
    figures = {f"coverage.{name}": heading for name, heading in _FIGURES.items()}
    return write_table(towns, {**TOWN, "people": PEOPLE, "coverage.item": ITEM, **figures})


def write_communities(view: CommunitiesView) -> bytes:
    """Return the file; item, limit and kind of walk stand in each row, beside what they are of."""
    return write_table(view.communities, _COMMUNITY, {ITEM: view.item, **of_basis(view.basis)})


def write_gaps(gaps: Iterable[CircleGapRow]) -> bytes:
    """Return the file."""
    return write_table(gaps, _GAP)


def write_coverage_then(view: CoverageThen) -> bytes:
    """Return the file: outlets first, then communities, each with how it stood at the moment."""
    outlets = zip(view.outlet_ids, view.outlet_states, strict=True)
    communities = zip(view.community_ids, view.community_states, strict=True)
    rows = [
        *(_Stood("发放点 outlet", one, view.states[state]) for one, state in outlets),
        *(_Stood("社区 community", one, view.states[state]) for one, state in communities),
    ]
    of_all: dict[str, Value] = {
        ITEM: view.item,
        LIMIT: view.limit_m,
        WALK: walk_in_words(is_estimate=view.estimate),
        AT: view.at,
        "已全部计入 Settled": view.settled,
    }
    return write_table(rows, _STOOD, of_all)


def of_basis(basis: CircleBasis) -> dict[str, Value]:
    """Return what figures of the circle stand on, by heading."""
    return {
        LIMIT: basis.limit_m,
        WALK: walk_in_words(is_estimate=basis.is_estimate),
        AT: basis.at,
    }


class _Stood(NamedTuple):
    kind: str
    id: str
    standing: str
