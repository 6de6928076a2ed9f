"""The same story in examples: what July promised, and the circle as it was one evening."""

from typing import Final

from service.api.examples import COVERAGE, ITEM_UNKNOWN, MONTH_WRONG

_HOURS: Final = {
    "promised_h": 169_314_312.0,
    "kept_h": 124_902_117.25,
    "unknown_h": 1_204_410.5,
    "never_h": 38_057_832.0,
    "machine_h": 1_711_200.0,
    "stock_h": 3_438_752.25,
    "closed_h": 0.0,
    "share_kept_low": 0.737694,
    "share_kept_high": 0.744808,
}
PROMISE: Final = {
    "month": "2026-10",
    "timezone": "Asia/Shanghai",
    "provisional": False,
    "items": [
        {
            "item": "condom-52",
            "up_to": "2026-11-20T10:00:00Z",
            "total": _HOURS,
            "towns": [
                {
                    "town_code": "510105001",
                    "name_zh": "河东街道",
                    "name_en": "Hedong",
                    "promise": _HOURS,
                }
            ],
        }
    ],
}
MONTHS: Final = [{"month": "2026-10", "item": "condom-52", "promise": _HOURS}]
THEN: Final = {
    "at": "2026-10-17T12:00:00Z",
    "item": "condom-52",
    "estimate": False,
    "limit_m": 1000,
    "near_m": 800,
    "people": 227_573,
    "settled": True,
    "coverage": COVERAGE["items"][0],  # type: ignore[index]  # examples are plain JSON
    "states": ["never", "machine", "empty", "closed", "unknown", "stock_unknown", "in_stock"],
    "outlet_ids": ["K0001", "K0002"],
    "outlet_states": [6, 2],
    "community_ids": ["C001", "C002", "C003"],
    "community_states": [6, 6, 0],
}
AT_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter at cannot be "yesterday": write a moment with its zone, as '
    "2026-10-17T12:00:00Z or 2026-10-17T20:00:00%2B08:00.",
    "message_zh": '参数 at 的值 "yesterday" 不对，时刻请带时区，写成 2026-10-17T12:00:00Z 或 '
    "2026-10-17T20:00:00%2B08:00。",
}
TABLE_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter format cannot be "geojson": choose json or csv.',
    "message_zh": '参数 format 的值 "geojson" 不对，请用 json 或 csv。',
}
__all__ = ["AT_WRONG", "ITEM_UNKNOWN", "MONTHS", "MONTH_WRONG", "PROMISE", "TABLE_WRONG", "THEN"]
