"""The same story in examples: who depends on K0042, what to do first, where the next sites go."""

from typing import Any, Final

from fastapi.openapi.models import Example

BASIS: Final[dict[str, Any]] = {
    "at": "2026-11-20T10:00:00Z",
    "limit_m": 1000,
    "is_estimate": False,
    "people": 227_573,
}
OUTLET: Final[dict[str, Any]] = {
    "outlet_id": "K0042",
    "name_zh": "河东学院东门",
    "name_en": "Hedong College East Gate",
}
DEPENDENCE: Final = {
    "basis": BASIS,
    "item": "condom-52",
    "people_on_one": 61_240,
    "people_now_low": 58_900,
    "people_now_high": 66_310,
    "outlets": [
        {
            **OUTLET,
            "people": 4_310,
            "communities": 3,
            "people_now_low": 4_310,
            "people_now_high": 5_120,
            "largest": [
                {"id": "C017", "name_zh": "学府苑", "name_en": "Xuefu Court", "people": 2_105}
            ],
        }
    ],
}
ACTIONS: Final = {
    "basis": BASIS,
    "order": "now",
    "window_days": 7,
    "rate_days": 28,
    "formula_zh": "未来 7 天可保住的人日 = 可达人数 ×（7 − ……）。",
    "formula_en": "People-days kept in the next 7 days = people in reach × (7 − …).",
    "rows_all": 9,
    "actions": [
        {
            **OUTLET,
            "item": "condom-52",
            "action": "restock",
            "standing": "empty",
            "is_open": True,
            "on_hand_packs": 0,
            "packs_per_day": 2.107,
            "days_left": 0.0,
            "people": 4_310,
            "people_high": 5_120,
            "gain": 4_310,
            "people_days": 31_420.5,
            "people_days_high": 35_840.0,
            "gain_people_days": 31_420.5,
        }
    ],
}
SITES: Final = {
    "basis": BASIS,
    "item": "condom-52",
    "candidates_are": "communities",
    "candidates": 312,
    "candidates_left_out": 0,
    "uncovered_people": 51_153,
    "reachable_people": 51_153,
    "gained_people": 9_870,
    "greedy_people": 9_870,
    "swaps": 0,
    "sites": [
        {
            "rank": 1,
            "id": "C201",
            "name_zh": "北苑新村",
            "name_en": "Beiyuan New Village",
            "lon": 104.0311,
            "lat": 30.6502,
            "gain": 9_870,
            "people_alone": 9_870,
            "people_so_far": 9_870,
        }
    ],
    "proof": {"bound_people": 9_870, "gap": 0.0, "is_optimal": True, "seconds": 0.21},
}
GIVEN: Final[dict[str, Example]] = {
    "two": {
        "summary": "Two places from a web map that writes GCJ-02",
        "value": {
            "crs": "gcj02",
            "candidates": [
                {"id": "P1", "lon": 104.0337, "lat": 30.6478, "name_zh": "北苑菜市场"},
                {"id": "P2", "lon": 104.0629, "lat": 30.6184},
            ],
        },
    }
}
COUNT_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter count cannot be "0": Input should be greater than or equal to 1.',
    "message_zh": '参数 count 的值 "0" 不对，请更正后重试。',
}
