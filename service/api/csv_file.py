"""Writes a month's totals as a CSV file that opens rightly, and harmlessly, in a spreadsheet."""

import csv
import io
from collections.abc import Mapping
from typing import Final

from service.flows.reads.places import ItemView
from service.flows.reads.totals import MonthTotals

BOM: Final = "\ufeff"
"""Without it a spreadsheet in Chinese reads the file as GBK."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_GROUPS: Final = {"site": "发放点 Site", "item": "药具 Item", "town": "街道乡镇 Town"}
_SUMS: Final = {
    "dispensed_packs": "发放（盒） Dispensed packs",
    "dispensed_units": "发放（基本单位） Dispensed units",
    "empty_asks": "缺货未领到（次） Asked in vain",
    "jams": "卡货（次） Jams",
    "refused": "拒发（次） Refused",
    "restocked_packs": "补货（盒） Restocked packs",
    "removed_packs": "取出（盒） Removed packs",
}


def write_totals(totals: MonthTotals, items: Mapping[str, ItemView]) -> bytes:
    """Return the file: one heading, then one row for each key and item."""
    text = io.StringIO()
    text.write(BOM)
    rows = csv.writer(text, lineterminator="\r\n")
    group = _GROUPS[totals.by]
    rows.writerow(
        [
            "月份 Month",
            f"{group} 编号 code",
            f"{group} 中文名 name in Chinese",
            f"{group} 英文名 name in English",
            "药具编号 Item code",
            "药具 Item",
            "基本单位 Unit",
            *_SUMS.values(),
            "未结 Provisional",
            "本月可能缺失的记录 Missing facts",
            "本行可能缺失 Missing here",
            "其中永久缺失 Gone for ever",
        ]
    )
    state = "是 yes" if totals.provisional else "否 no"
    for row in totals.rows:
        item = items.get(row.item)
        names = (row.key, row.name_zh, row.name_en, row.item)
        units = (
            (f"{item.name_zh} {item.name_en}", f"{item.unit_zh} {item.unit_en}")
            if item
            else ("", "")
        )
        rows.writerow(
            [
                totals.month,
                *(harmless(name) for name in (*names, *units)),
                *(getattr(row, name) for name in _SUMS),
                state,
                totals.gaps_touching,
                row.gaps_touching,
                row.gone_touching,
            ]
        )
    return text.getvalue().encode()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
