"""One story in examples: kiosk K0042 at the East Gate, as every route of the API tells it."""

from typing import Any, Final

DISTRICT: Final[dict[str, Any]] = {
    "name_zh": "清河区",
    "name_en": "Qinghe District",
    "region": "999901",
    "center": [104.05, 30.62],
    "bounds": [103.996, 30.583, 104.105, 30.658],
    "timezone": "Asia/Shanghai",
    "people": 227_573,
    "kiosks": 43,
    "free_points": 157,
    "walk_limit_m": 1000,
    "walk_kmh": 4.0,
}
ITEMS: Final = [
    {
        "code": "condom-52",
        "name_zh": "避孕套",
        "name_en": "Condom",
        "unit_zh": "只",
        "unit_en": "piece",
        "pack_zh": "盒",
        "pack_en": "box",
        "units_per_pack": 10,
    }
]
TOWNS: Final = [
    {
        "code": "999901001",
        "name_zh": "河东街道",
        "name_en": "Hedong",
        "people": 38_120,
        "kiosks": 8,
    }
]
SITES: Final = [
    {
        "id": "S042",
        "name_zh": "河东学院东门",
        "name_en": "Hedong College East Gate",
        "kind": "campus",
        "outlet": "kiosk",
        "town_code": "999901001",
        "lon": 104.0512,
        "lat": 30.6231,
        "opening_hours": "24/7",
    }
]
MAP: Final = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [[104.01, 30.61], [104.02, 30.61]]},
            "properties": {"layer": "street", "class": "main"},
        }
    ],
}
SUMMARY: Final[dict[str, Any]] = {
    "id": "K0042",
    "site_id": "S042",
    "site_name_zh": "河东学院东门",
    "site_name_en": "Hedong College East Gate",
    "site_kind": "campus",
    "town_code": "999901001",
    "lon": 104.0512,
    "lat": 30.6231,
    "state": "low",
    "state_since": "2026-11-20T10:00:31Z",
    "online": True,
    "heard_at": "2026-11-20T10:00:01.020000Z",
    "on_hand_packs": 61,
    "capacity_packs": 112,
    "slots_low": 1,
    "slots_empty": 0,
    "items": [
        {"item": "condom-52", "state": "low", "on_hand_packs": 5},
        {"item": "n9-film", "state": "available", "on_hand_packs": 56},
        {"item": "n9-gel", "state": "unknown", "on_hand_packs": None},
    ],
    "behind_facts": 0,
    "open_incidents": 1,
    "urgency": 38,
}
PROGRESS: Final = {"behind_facts": 12345, "kiosks_catching_up": 40, "facts_expected": 90210}
KIOSKS: Final = {"change_id": 4711, "progress": PROGRESS, "kiosks": [SUMMARY]}
INCIDENT: Final = {
    "id": 17,
    "kind": "low",
    "severity": "warning",
    "state": "acknowledged",
    "kiosk_id": "K0042",
    "site_id": "S042",
    "place": "K0042",
    "place_name_zh": "河东学院东门",
    "place_name_en": "Hedong College East Gate",
    "item": "condom-52",
    "opened_at": "2026-11-20T10:00:31Z",
    "acknowledged_at": "2026-11-20T10:20:00Z",
    "acknowledged_by": "duty desk",
    "assigned_to": "north crew",
    "snoozed_until": None,
    "snooze_reason": None,
    "resolved_at": None,
    "resolved_by": None,
    "why_zh": "避孕套只剩 5 盒（可装 28 盒）；请安排补货。",
    "why_en": "Condom: 5 boxes left of 28; plan a refill.",
    "facts": {
        "items": [
            {"item": "condom-52", "on_hand_packs": 5, "capacity_packs": 28, "jammed_slots": 0}
        ]
    },
}
FACT: Final = {
    "kiosk_id": "K0042",
    "site_id": "S042",
    "epoch": 7,
    "sequence": 1234,
    "kind": "dispense",
    "happened_at": "2026-11-20T10:00:00.123000Z",
    "heard_at": "2026-11-20T10:00:01.020000Z",
    "slot": 3,
    "item": "condom-52",
    "packs": 1,
    "units": 10,
    "outcome": "dispensed",
    "data": {"slot": 3, "item": "condom-52", "packs": 1, "units": 10, "outcome": "dispensed"},
}
KIOSK: Final = {
    **SUMMARY,
    "region": "999901",
    "model": "ZJ-4",
    "firmware": "2.4.1",
    "opening_hours": "24/7",
    "epoch": 7,
    "head_sequence": 1234,
    "upto_sequence": 1234,
    "clock_offset_s": -1.2,
    "slots": [
        {
            "slot": 3,
            "item": "condom-52",
            "capacity_packs": 28,
            "on_hand_packs": 5,
            "counted_at": "2026-11-19T19:00:00Z",
            "state": "low",
            "jammed": False,
        }
    ],
    "daily": [{"day": "2026-11-20", "item": "condom-52", "packs": 3, "units": 30, "empty": 0}],
    "facts": [FACT],
    "gaps": [{"epoch": 7, "first": 10, "last": 12, "state": "permanent"}],
    "incidents": [INCIDENT],
}
_CIRCLE: Final = {
    "item": "condom-52",
    "people_installed": 176_420,
    "people_working_low": 167_700,
    "people_working_high": 169_920,
    "people_in_stock_low": 160_100,
    "people_in_stock_high": 165_600,
    "people_never": 51_153,
    "people_machine": 2_300,
    "people_stock": 8_520,
    "people_closed": 0,
    "people_unknown": 5_500,
    "near_in_stock_low": 121_800,
    "near_in_stock_high": 125_900,
}
COVERAGE: Final = {
    "computed_at": "2026-11-20T10:00:05Z",
    "estimate": True,
    "method": "straight_line_x1.4",
    "limit_m": 1000,
    "near_m": 800,
    "walk_kmh": 4.0,
    "people": 227_573,
    "items": [_CIRCLE],
}
TOWN_COVERAGE: Final = [
    {
        "town_code": "510105001",
        "name_zh": "河东街道",
        "name_en": "Hedong",
        "people": 31_400,
        "coverage": _CIRCLE,
    }
]
MONTHS: Final = ["2026-09", "2026-10", "2026-11"]
TOTALS: Final = {
    "month": "2026-10",
    "by": "site",
    "timezone": "Asia/Shanghai",
    "provisional": False,
    "gaps_touching": 3,
    "gone_touching": 2,
    "rows": [
        {
            "key": "S042",
            "name_zh": "河东学院东门",
            "name_en": "Hedong College East Gate",
            "item": "condom-52",
            "dispensed_packs": 57,
            "dispensed_units": 570,
            "empty_asks": 2,
            "jams": 1,
            "refused": 0,
            "restocked_packs": 48,
            "removed_packs": 2,
            "gaps_touching": 2,
            "gone_touching": 2,
        }
    ],
}
TOTALS_CSV: Final = (
    "月份 Month,发放点 Site 编号 code,…\r\n2026-10,S042,河东学院东门,Hedong College East Gate,…\r\n"
)
FACTS: Final = {"facts": [FACT], "next": "WyJTMDQyIiwxNzYzNjMyODAwMTIzMDAwLCJLMDA0MiIsNywxMjM0XQ"}
CHECKS: Final = {"database": "ok", "broker": "ok", "inbox": "ok", "inbox_age_s": 0.3}
READY: Final = {"status": "ready", "checks": CHECKS}
NOT_READY: Final = {"status": "not_ready", "checks": {**CHECKS, "broker": "not connected"}}
CHANGES: Final = (
    "retry: 2000\r\n\r\nid: 4712\r\nevent: kiosk\r\n"
    'data: {"id":"K0042","state":"low","on_hand_packs":60,"items":[{"item":"condom-52",'
    '"state":"low","on_hand_packs":4}],"urgency":38}\r\n\r\n'
)

KIOSK_UNKNOWN: Final = {
    "code": "kiosk_unknown",
    "message": 'There is no kiosk "K9999" in this district. /api/v1/kiosks lists them all.',
    "message_zh": '本区没有编号为 "K9999" 的设备。全部设备见 /api/v1/kiosks。',
}
ITEM_UNKNOWN: Final = {
    "code": "item_unknown",
    "message": 'No item "condom-9" is given out in this district. /api/v1/items lists them all.',
    "message_zh": '本区不发放编号为 "condom-9" 的药具。全部品种见 /api/v1/items。',
}
NO_DISTRICT: Final = {
    "code": "district_missing",
    "message": "No district is laid out yet. Wait for the first start to end, then try again.",
    "message_zh": "辖区资料尚未装入。请等待首次启动完成后重试。",
}
PARAMETER_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter limit cannot be "1000000000": Input should be less than or equal '
    "to 5000.",
    "message_zh": '参数 limit 的值 "1000000000" 不对，请更正后重试。',
}
MONTH_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter month cannot be "2026-13": write a month as 2026-10.',
    "message_zh": '参数 month 的值 "2026-13" 不对，月份请写成 2026-10。',
}
CURSOR_WRONG: Final = {
    "code": "cursor_wrong",
    "message": "This cursor is not one of ours. Begin again without it, and take `next` as it "
    "comes.",
    "message_zh": "游标无效。请去掉 cursor 从头开始，并原样使用返回的 next。",
}
TOO_MANY_PAGES: Final = {
    "code": "too_many_pages",
    "message": "200 pages are listening already, as many as this service takes. Close some, or try "
    "again in half a minute.",
    "message_zh": "已有 200 个页面在接收实时变化，达到上限。请关闭一些页面，或半分钟后重试。",
}
