"""Writes the hours of a day as a CSV file: the whole district first, then its towns."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from service.api.csv_circle import ITEM, TOWN
from service.api.csv_promise import WHOLE
from service.api.csv_table import Value, walk_in_words, write_table
from service.flows.reads.hours import CoverageByHour, HourCoverage

_HOURS: Final = {
    "hour.begins_at": "开始 Begins at (UTC)",
    "hour.ends_at": "结束 Ends at (UTC)",
    "hour.kind": "时段 Past, current or coming",
    "people": "人口 People",
    "hour.people_installed": "装机覆盖人口 Installed",
    "hour.people_working_low": "可用覆盖下限 Working, at least",
    "hour.people_working_high": "可用覆盖上限 Working, at most",
    "hour.people_in_stock_low": "有货覆盖下限 In stock, at least",
    "hour.people_in_stock_high": "有货覆盖上限 In stock, at most",
    "hour.people_never": "无点覆盖 Never served",
    "hour.people_machine": "设备停用 Machine down",
    "hour.people_stock": "断货 Out of stock",
    "hour.people_closed": "未开放 Closed",
    "hour.people_unknown": "不确定 Unknown",
}


class _Line(NamedTuple):
    town_code: str
    name_zh: str
    name_en: str
    people: int
    hour: HourCoverage


def write_hours(view: CoverageByHour) -> bytes:
    """Return the file: a row for each place and hour."""
    of_all: dict[str, Value] = {
        ITEM: view.item,
        "日期 Day": view.day.isoformat(),
        "时区 Time zone": view.timezone,
        "步行上限（米） Walk limit (m)": view.limit_m,
        "距离 Walks": walk_in_words(is_estimate=view.is_estimate),
    }
    return write_table(_lines(view), {**TOWN, **_HOURS}, of_all)


def _lines(view: CoverageByHour) -> Iterator[_Line]:
    for hour in view.hours:
        yield _Line(*WHOLE, view.people, hour)
    for town in view.towns:
        for hour in town.hours:
            yield _Line(town.town_code, town.name_zh, town.name_en, town.people, hour)
