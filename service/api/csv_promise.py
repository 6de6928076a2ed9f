"""Writes person-hours as CSV files: a month by item and town, and all months by item."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from service.api.csv_circle import ITEM, TOWN
from service.api.csv_table import Value, write_table
from service.flows.reads.promise import MonthOfItem, MonthPromise, PromiseHours

MONTH: Final = "月份 Month"
WHOLE: Final = ("", "全区合计", "Whole district")
"""Code and names that stand in the place of a town's."""

_HOURS: Final = {
    "promise.promised_h": "承诺（人时） Promised person-hours",
    "promise.kept_h": "已兑现（人时） Kept",
    "promise.unknown_h": "不确定（人时） Unknown",
    "promise.never_h": "无点覆盖（人时） Never served",
    "promise.machine_h": "设备停用（人时） Machine down",
    "promise.stock_h": "断货（人时） Out of stock",
    "promise.closed_h": "未开放（人时） Closed",
    "promise.share_kept_low": "兑现比例下限 Share kept, at least",
    "promise.share_kept_high": "兑现比例上限 Share kept, at most",
}


class _Line(NamedTuple):
    item: str
    up_to: datetime
    town_code: str
    name_zh: str
    name_en: str
    promise: PromiseHours


def write_month(view: MonthPromise) -> bytes:
    """Return the file: of each item the whole district first, then its towns."""
    columns = {"item": ITEM, **TOWN, **_HOURS, "up_to": "统计至 Summed up to (UTC)"}
    of_all: dict[str, Value] = {
        MONTH: view.month,
        "时区 Time zone": view.timezone,
        "未结 Provisional": view.provisional,
    }
    return write_table(_lines(view), columns, of_all)


def write_months(months: Iterable[MonthOfItem]) -> bytes:
    """Return the file: a row for each month and item, the newest last."""
    return write_table(months, {"month": MONTH, "item": ITEM, **_HOURS})


def _lines(view: MonthPromise) -> Iterator[_Line]:
    for one in view.items:
        yield _Line(one.item, one.up_to, *WHOLE, one.total)
        for town in one.towns:
            names = (town.town_code, town.name_zh, town.name_en)
            yield _Line(one.item, one.up_to, *names, town.promise)
