"""The same story in examples: when hospitals order, and what another rule would have done."""

from typing import Any, Final

from fastapi.openapi.models import Example

_RISK: Final[dict[str, Any]] = {
    "method": "risk",
    "min_months": 1.0,
    "max_months": 2.0,
    "risk": 0.05,
    "lead_days": 2,
    "review_days": 7,
}
_TOWNSHIP: Final[dict[str, Any]] = {
    **_RISK,
    "method": "min_max",
    "lead_days": 7,
    "review_days": 14,
}
POLICY: Final[dict[str, Any]] = {
    "site_id": None,
    "kind": "hospital",
    "item": "condom-52",
    "policy": _TOWNSHIP,
}
POLICIES: Final = {
    "policies": [POLICY],
    "default": _RISK,
    "presets": [{"name": "township", "policy": _TOWNSHIP}],
}
_WAS: Final[dict[str, Any]] = {
    "stock_out_days": 61,
    "visits": 118,
    "moved_packs": 2_410,
    "lost_packs": 97.0,
}
HINDSIGHT: Final = {
    "first_day": "2026-08-22",
    "last_day": "2026-11-19",
    "places": 36,
    "places_all": 36,
    "was": _WAS,
    "now": {**_WAS, "stock_out_days": 12, "visits": 96, "lost_packs": 18.4},
    "then": {**_WAS, "stock_out_days": 4, "visits": 88, "lost_packs": 6.1},
    "assumptions_zh": "假设：有货的日子里，需求等于发放数加上缺货未领到的次数……",
    "assumptions_en": "Assumed: on days in stock people wanted what was given out and …",
}
GIVEN: Final[dict[str, Example]] = {
    "hospitals": {
        "summary": "All hospitals, one item",
        "value": {"kind": "hospital", "item": "condom-52", **_TOWNSHIP},
    }
}
WANTED: Final[dict[str, Example]] = {
    "change": {"summary": "Another rule", "value": GIVEN["hospitals"]["value"]},
    "without": {
        "summary": "What if there were no rule of its own",
        "value": {"kind": "hospital", "item": "condom-52", "method": None},
    },
}
POLICY_WRONG: Final = {
    "code": "policy_wrong",
    "message": "The most (1 months) must be above the least (2 months): change one of them.",
    "message_zh": "最高库存（1 个月）必须大于最低库存（2 个月）；请改其中一个。",
}
POLICY_UNKNOWN: Final = {
    "code": "policy_unknown",
    "message": "There is no policy for just that. /api/v1/policies lists them all.",
    "message_zh": "没有恰好针对该范围的策略。全部策略见 /api/v1/policies。",
}
GONE: Final = {"dropped": True}
BUSY: Final = {
    "code": "busy",
    "message": "Somebody else's question is being worked on. Try again in half a minute.",
    "message_zh": "正在计算他人的问题，请半分钟后重试。",
}
