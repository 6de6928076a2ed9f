"""Composes the dashboard of one district out of its panels."""

import json
from pathlib import Path
from typing import Final

from dashboards import queries
from dashboards.panels import (
    DATA_SOURCE,
    Json,
    Place,
    legend,
    marker_map,
    override,
    panel,
    steady_lines,
    words_of,
)

FILE: Final = Path(__file__).parent / "district.json"
UID: Final = "circle15-district"
TIMEZONE: Final = "Asia/Shanghai"
"""The clock of days on screen. Grafana cannot read it from the database, so it is said here."""

_STATES: Final = words_of(
    {
        "fault": ("故障 · faulty", "#8a2c7a"),
        "empty": ("已空 · empty", "#c0330c"),
        "silent": ("失联 · silent", "#56626c"),
        "low": ("偏低 · running low", "#9a5b00"),
        "unknown": ("未知 · unknown", "#8f9aa3"),
        "catching_up": ("补传中 · catching up", "#1d63ad"),
        "available": ("有货 · available", "#09745a"),
    }
)
_SEVERITIES: Final = words_of(
    {
        "critical": ("严重 · critical", "#c0330c"),
        "warning": ("注意 · warning", "#9a5b00"),
        "info": ("提示 · info", "#56626c"),
    }
)
_KINDS: Final = words_of(
    {
        "silent": ("失联 · silent", "text"),
        "low": ("偏低 · running low", "text"),
        "out": ("断货 · out of stock", "text"),
        "fault": ("故障 · fault", "text"),
        "no_takers": ("无人领取 · no takers", "text"),
        "expiring": ("临近效期 · expiring", "text"),
        "expired": ("已过期 · expired", "text"),
        "discrepancy": ("账实不符 · counts differ", "text"),
        "clock": ("时钟不准 · wrong clock", "text"),
        "circle_gap": ("圈内缺货 · gap in the circle", "text"),
        "conflict": ("数据矛盾 · conflicting data", "text"),
        "month_not_closable": ("月报未齐 · month incomplete", "text"),
        "network": ("网络中断 · network down", "text"),
    }
)


def district(*, timezone: str = TIMEZONE) -> Json:
    """Return the dashboard."""
    return {
        "uid": UID,
        "title": "计生药具发放网络 · Contraceptive kiosks of the district",
        "tags": ["circle15"],
        "schemaVersion": 39,
        "timezone": timezone,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-30d", "to": "now"},
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": _variables()},
        "panels": [_by_state(), _map(), _incidents(), _by_day(), _by_month(), _coverage()],
    }


def written() -> str:
    """Return the dashboard as the text of its file."""
    return json.dumps(district(), ensure_ascii=False, indent=2) + "\n"


def _variables() -> list[Json]:
    return [
        {
            "type": "datasource",
            "name": "database",
            "label": "数据库 · database",
            "query": DATA_SOURCE["type"],
            "refresh": 1,
            "hide": 0,
        },
        {
            "type": "query",
            "name": "item",
            "label": "药具 · item",
            "datasource": DATA_SOURCE,
            "query": queries.ITEMS,
            "refresh": 1,
            "multi": True,
            "includeAll": True,
            "current": {"text": ["All"], "value": ["$__all"]},
            "hide": 0,
        },
    ]


def _by_state() -> Json:
    return panel(
        "bargauge",
        "发放机状态 · Kiosks by state",
        queries.KIOSKS_BY_STATE,
        number=1,
        place=Place(left=0, top=0, wide=8, high=12),
        description="每台只计最严重的一个状态。Each kiosk counts once, by the worst that applies.",
        options={
            "orientation": "horizontal",
            "displayMode": "basic",
            "showUnfilled": True,
            "reduceOptions": {"values": True, "calcs": [], "fields": "", "limit": 10},
        },
        defaults={"min": 0, "color": {"mode": "fixed", "fixedColor": "#0b6e66"}},
    )


def _map() -> Json:
    return panel(
        "geomap",
        "发放机分布 · Kiosks on the map",
        queries.KIOSKS_ON_MAP,
        number=2,
        place=Place(left=8, top=0, wide=16, high=12),
        description="不加载外部底图。No map is fetched from anywhere.",
        options=marker_map(colour_field="state"),
        overrides=[override("state", mappings=_STATES)],
    )


def _incidents() -> Json:
    return panel(
        "table",
        "未解除的事件 · Open incidents",
        queries.OPEN_INCIDENTS,
        number=3,
        place=Place(left=0, top=12, wide=24, high=9),
        description="最严重的在前，最多 500 条。The gravest first, 500 at most.",
        options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
        overrides=[
            override("opened_at", displayName="起始 · since"),
            override(
                "severity",
                displayName="程度 · severity",
                mappings=_SEVERITIES,
                custom__cellOptions={"type": "color-text"},
            ),
            override("kind", displayName="类别 · kind", mappings=_KINDS),
            override("place", displayName="编号 · id"),
            override("place_name_zh", displayName="地点"),
            override("place_name_en", displayName="place"),
            override("item_name_zh", displayName="药具"),
            override("item_name_en", displayName="item"),
            override("acknowledged_by", displayName="确认 · acknowledged by"),
            override("assigned_to", displayName="负责 · assigned to"),
            override("snoozed_until", displayName="搁置至 · put off until"),
        ],
    )


def _by_day() -> Json:
    return panel(
        "barchart",
        "每日发放（盒） · Boxes dispensed per day",
        queries.PACKS_BY_DAY,
        number=4,
        place=Place(left=0, top=21, wide=24, high=9),
        description=(
            "按药具并列，不相加；晚到的记录计入其发生之日。"
            "Items stand side by side, never added; late records count on the day they happened."
        ),
        form="time_series",
        options={**legend(), "stacking": "none", "showValue": "never", "xTickLabelSpacing": 100},
        defaults={"min": 0, "decimals": 0, "custom": {"fillOpacity": 80, "lineWidth": 0}},
    )


def _by_month() -> Json:
    names = {
        "month": "月份 · month",
        "standing": "状态 · standing",
        "item_name_zh": "药具",
        "item": "item",
        "dispensed_packs": "发放（盒） · packs",
        "pack_zh": "包装 · pack",
        "dispensed_units": "发放（单位） · units",
        "unit_zh": "单位 · unit",
        "empty_asks": "无货未领 · asked in vain",
        "jams": "卡货 · jams",
        "refused": "未予发放 · refused",
        "restocked_packs": "补货（盒） · restocked",
        "removed_packs": "撤出（盒） · removed",
    }
    return panel(
        "table",
        "月度合计（按药具） · Monthly totals by item",
        queries.TOTALS_BY_MONTH,
        number=5,
        place=Place(left=0, top=30, wide=24, high=9),
        description=(
            "所选时段触及的月份，整月计；各药具单位不同，不相加。"
            "Whole months that the chosen time touches; units of different items are never added."
        ),
        options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
        overrides=[override(field, displayName=name) for field, name in names.items()],
    )


def _coverage() -> Json:
    built = panel(
        "timeseries",
        "十五分钟圈内有货人数：${item:text} · People within fifteen minutes of stock",
        queries.COVERAGE_OF_ITEM,
        number=6,
        place=Place(left=0, top=39, wide=12, high=9),
        description=(
            "直线距离×1.4 的估计；区间因部分发放机状态未知。"
            "An estimate by straight line × 1.4; an interval, because some kiosks are unknown."
        ),
        options=legend(),
        defaults={"min": 0, "decimals": 0, "custom": steady_lines()},
        overrides=[
            override("low", displayName="至少 · at least"),
            override(
                "high",
                displayName="至多 · at most",
                custom__fillBelowTo="至少 · at least",
                custom__fillOpacity=25,
            ),
            override(
                "everyone",
                displayName="全部人口 · everyone",
                custom__lineStyle={"fill": "dash", "dash": [8, 8]},
                color={"mode": "fixed", "fixedColor": "#8f9aa3"},
            ),
        ],
    )
    return {**built, "repeat": "item", "repeatDirection": "h", "maxPerRow": 2}
