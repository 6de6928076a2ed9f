"""The made-up district's fixed data: items, towns, kinds of site, and where the middle is."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

Row = dict[str, Any]

LON, LAT = 104.05, 30.62
LON_PER_M, LAT_PER_M = 1 / (111_320 * math.cos(math.radians(LAT))), 1 / 110_540
LOCAL = timezone(timedelta(hours=8))

ITEMS: list[Row] = [
    {
        "code": code,
        "name_zh": zh,
        "name_en": en,
        "unit_zh": unit_zh,
        "unit_en": unit_en,
        "pack_zh": "盒",
        "pack_en": "box",
        "units_per_pack": per_pack,
    }
    for code, zh, en, unit_zh, unit_en, per_pack in (
        ("condom-52", "避孕套", "Condom", "只", "piece", 10),
        ("n9-suppository", "壬苯醇醚栓", "Nonoxynol-9 suppository", "粒", "piece", 8),
        ("n9-gel", "壬苯醇醚凝胶", "Nonoxynol-9 gel", "支", "tube", 3),
        ("n9-film", "壬苯醇醚膜", "Nonoxynol-9 film", "张", "sheet", 10),
    )
]
TOWN_NAMES = (
    ("河东街道", "Hedong"),
    ("新桥街道", "Xinqiao"),
    ("北站街道", "Beizhan"),
    ("青石镇", "Qingshi"),
    ("柳湾镇", "Liuwan"),
    ("南塘街道", "Nantang"),
)
KINDS = (
    ("health_centre", "社区卫生服务中心", "Community Health Centre", "Mo-Su 08:00-20:00"),
    ("campus", "学院东门", "College East Gate", "24/7"),
    ("dormitory", "员工宿舍", "Staff Dormitory", "24/7"),
    ("mall", "商业广场", "Shopping Centre", "Mo-Su 10:00-22:00"),
    ("station", "地铁站", "Metro Station", "Mo-Su 06:30-23:00"),
    ("hospital", "人民医院", "People's Hospital", "Mo-Fr 08:00-17:30; Sa 08:00-12:00"),
)
# One turn of states; dealt round to the kiosks, most of them well.
STATES = (
    *("available", "available", "low", "available", "available", "empty", "available", "low"),
    *("available", "available", "silent", "available", "available", "available", "fault"),
    *("available", "available", "low", "available", "catching_up", "available", "available"),
    *("empty", "available", "available", "available", "available", "low", "available"),
)
URGENCY = {
    "empty": 90,
    "fault": 80,
    "low": 55,
    "silent": 65,
    "catching_up": 30,
    "unknown": 40,
    "available": 5,
}


def iso(at: datetime) -> str:
    """Writes a moment as the service does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def spot(east_m: float, north_m: float) -> list[float]:
    """A point so many metres from the middle of the district."""
    return [round(LON + east_m * LON_PER_M, 6), round(LAT + north_m * LAT_PER_M, 6)]
