"""Writes communities and gaps of the circle as CSV files that a spreadsheet opens rightly."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from service.api.csv_file import BOM, harmless
from service.flows.reads.communities import CircleGapRow, CommunitiesView, CommunityRow

_PLACE: Final = {
    "name_zh": "社区 Name in Chinese",
    "name_en": "社区英文名 Name in English",
    "town_code": "街道乡镇编号 Town code",
    "lon": "经度 Longitude (WGS-84)",
    "lat": "纬度 Latitude (WGS-84)",
}
_COMMUNITY: Final = {
    "id": "社区编号 Community",
    **_PLACE,
    "people": "育龄人口 People",
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
    "item": "药具编号 Item code",
    "cause": "原因 Cause",
    "people": "育龄人口 People",
    "since": "未覆盖起始 Since (UTC)",
    "opened_at": "此原因起始 Opened (UTC)",
    "opened_by": "起因发放点 Opened by",
    "closed_at": "结束 Closed (UTC)",
    "closed_by": "结束于发放点 Closed by",
}


def write_communities(view: CommunitiesView) -> bytes:
    """Return the file; item, limit and kind of walk stand in each row, beside what they are of."""
    basis = view.basis
    walk = "直线×1.4估算 estimate, straight line x 1.4" if basis.is_estimate else "沿街道 streets"
    of_all = {
        "药具编号 Item code": view.item,
        "步行上限（米） Limit in metres": str(basis.limit_m),
        "步行算法 Walk": walk,
        "时间 At (UTC)": _cell(basis.at),
    }
    return _write(view.communities, _COMMUNITY, of_all)


def write_gaps(gaps: Iterable[CircleGapRow]) -> bytes:
    """Return the file."""
    return _write(gaps, _GAP, {})


def _write(
    rows: Iterable[CommunityRow | CircleGapRow],
    columns: Mapping[str, str],
    of_all: Mapping[str, str],
) -> bytes:
    text = io.StringIO()
    text.write(BOM)
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow([*columns.values(), *of_all])
    for row in rows:
        lines.writerow([*(_cell(getattr(row, name)) for name in columns), *of_all.values()])
    return text.getvalue().encode()


def _cell(value: str | float | datetime | None) -> str:
    """Return what stands in a cell: a number as it is, a text harmless, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return harmless(value) if isinstance(value, str) else str(value)
