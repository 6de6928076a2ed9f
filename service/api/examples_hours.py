"""The same story hour by hour: an evening in which the staffed points close."""

from typing import Any, Final

from service.api.examples import ITEM_UNKNOWN

_FIRST: Final[dict[str, Any]] = {
    "begins_at": "2026-11-20T09:00:00Z",
    "ends_at": "2026-11-20T10:00:00Z",
    "kind": "past",
    "people_installed": 210_766.0,
    "people_working_low": 176_901.5,
    "people_working_high": 178_420.0,
    "people_in_stock_low": 135_612.0,
    "people_in_stock_high": 172_311.5,
    "people_never": 16_807.0,
    "people_machine": 1_024.0,
    "people_stock": 2_310.5,
    "people_closed": 35_120.0,
    "people_unknown": 36_699.5,
}
_NEXT: Final = {
    **_FIRST,
    "begins_at": "2026-11-20T10:00:00Z",
    "ends_at": "2026-11-20T11:00:00Z",
    "kind": "coming",
}
HOURS: Final = {
    "at": "2026-11-20T10:00:00Z",
    "item": "condom-52",
    "day": "2026-11-20",
    "timezone": "Asia/Shanghai",
    "limit_m": 1000,
    "is_estimate": False,
    "people": 227_573,
    "hours": [_FIRST, _NEXT],
    "towns": [
        {
            "town_code": "510105001",
            "name_zh": "河东街道",
            "name_en": "Hedong",
            "people": 31_400,
            "hours": [_FIRST, _NEXT],
        }
    ],
}
HOURS_CSV: Final = "街道乡镇编号 Town code,…\r\n,全区合计,Whole district,2026-11-20T09:00:00Z,…\r\n"
DAY_WRONG: Final = {
    "code": "parameter_wrong",
    "message": "The parameter day cannot be 2031-01-01: name a day from 2020-01-01 to 2026-12-04.",
    "message_zh": "参数 day 的值 2031-01-01 不对，请给出 2020-01-01 至 2026-12-04 之间的日期。",
}
__all__ = ["DAY_WRONG", "HOURS", "HOURS_CSV", "ITEM_UNKNOWN"]
