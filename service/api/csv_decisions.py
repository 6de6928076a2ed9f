"""Writes decisions as CSV files: who depends on one outlet, what to do first, where to go next."""

from typing import Final

from service.api.csv_circle import ITEM, of_basis
from service.api.csv_table import Value, read, write_table
from service.flows.reads.decisions import ActionsView, DependenceRow, DependenceView, SitesView

_OUTLET: Final = {
    "outlet_id": "发放点编号 Outlet",
    "name_zh": "发放点 Name in Chinese",
    "name_en": "发放点英文名 Name in English",
}
_DEPENDENCE: Final = {
    **_OUTLET,
    "people": "单点依赖人口 People on it only",
    "communities": "社区数 Communities",
    "people_now_low": "此刻单点依赖下限 At this moment, at least",
    "people_now_high": "此刻单点依赖上限 At this moment, at most",
    "largest": "人口最多的社区 Largest communities",
}
_ACTION: Final = {
    **_OUTLET,
    "item": ITEM,
    "action": "该做什么 What to do",
    "standing": "现状 Standing",
    "is_open": "此刻开放 Open now",
    "on_hand_packs": "现有（盒） Packs on hand",
    "packs_per_day": "日均发放（盒） Packs a day",
    "days_left": "可维持天数 Days left",
    "people": "单独可挽回人口 Brings back by itself",
    "people_high": "单独可挽回人口上限 By itself, at most",
    "gain": "新增可挽回人口 Brings back beyond those above",
    "people_days": "单独可保住人日 People-days by itself",
    "people_days_high": "单独可保住人日上限 People-days, at most",
    "gain_people_days": "新增可保住人日 People-days beyond those above",
}
_SITE: Final = {
    "rank": "序号 Rank",
    "id": "候选点编号 Candidate",
    "name_zh": "候选点 Name in Chinese",
    "name_en": "候选点英文名 Name in English",
    "lon": "经度 Longitude (WGS-84)",
    "lat": "纬度 Latitude (WGS-84)",
    "gain": "新增覆盖人口 Adds",
    "people_alone": "单独覆盖人口 By itself",
    "people_so_far": "累计覆盖人口 Together",
}


def write_dependence(view: DependenceView) -> bytes:
    """Return the file: a row for each outlet that is somebody's only one."""
    of_all = {ITEM: view.item, **of_basis(view.basis)}
    return write_table(view.outlets, _DEPENDENCE, of_all, reader=_read_dependence)


def write_actions(view: ActionsView) -> bytes:
    """Return the file: a row for each outlet and item, in the order that was asked for."""
    of_all: dict[str, Value] = {
        "排序 Order": view.order,
        "人日期限（天） Days that count": view.window_days,
        **of_basis(view.basis),
    }
    return write_table(view.actions, _ACTION, of_all)


def write_sites(view: SitesView) -> bytes:
    """Return the file: a row for each new site; what was proven stands in each of them."""
    proof = view.proof
    of_all: dict[str, Value] = {
        ITEM: view.item,
        "无点覆盖人口 Never served": view.uncovered_people,
        "已证明的上限 Proven bound": None if proof is None else proof.bound_people,
        **of_basis(view.basis),
    }
    return write_table(view.sites, _SITE, of_all)


def _read_dependence(row: DependenceRow, name: str) -> Value:
    """Return what stands in a column; communities in one cell, each with its people."""
    if name != "largest":
        return read(row, name)
    return "; ".join(f"{one.id} {one.name_zh} {one.people}" for one in row.largest)
