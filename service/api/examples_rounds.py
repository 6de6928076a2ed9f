"""The same story in examples: the best visits, a round through them, and a stop that is done."""

from typing import Any, Final

from fastapi.openapi.models import Example

_PLACE: Final[dict[str, Any]] = {
    "kiosk_id": "K0042",
    "name_zh": "河东学院东门",
    "name_en": "Hedong College East Gate",
}
_ADD: Final[dict[str, Any]] = {"slot": 1, "item": "condom-52", "packs": 24}
_WAY: Final[dict[str, Any]] = {"arrive_minutes": 9, "metres": 2_640, "pickups": 6.4}
PLAN: Final = {
    "at": "2026-11-20T01:00:00Z",
    "depot_id": "D1",
    "solver": "pyvrp",
    "is_estimate": False,
    "formula_zh": "收益（次）= 到下次补货为止可避免的缺货次数 + ……",
    "formula_en": "What a visit brings, in pick-ups = …",
    "tours": [
        {
            "minutes": 143,
            "metres": 21_400,
            "packs": 288,
            "stops": [{**_PLACE, **_WAY, "packs": 24, "adds": [_ADD]}],
        }
    ],
    "visits": [
        {
            **_PLACE,
            "pickups": 6.4,
            "avoided_packs": 5.9,
            "people_days": 1_020.5,
            "packs": 24,
            "is_unseen": False,
            "items": [
                {
                    "item": "condom-52",
                    "kept_packs": 2,
                    "order_up_to_packs": 40,
                    "add_packs": 24,
                    "is_due": True,
                    "p_stock_out": 0.97,
                    "avoided_packs": 5.9,
                    "people_days": 1_020.5,
                    "because": [
                        {
                            "code": "slots_full",
                            "zh": "货道容量有限，装不下想要的数量。",
                            "en": "The slots hold no more, though more is wanted.",
                        }
                    ],
                }
            ],
            "adds": [_ADD],
            "stays_out": None,
        }
    ],
}
_LINE: Final[dict[str, Any]] = {**_ADD, "lot": "A1204", "expires_on": "2029-03-31"}
_PICK: Final = {**{key: _LINE[key] for key in _LINE if key != "slot"}, "tour": 1}
ROUND: Final[dict[str, Any]] = {
    "id": "R261120-1",
    "depot_id": "D1",
    "for_day": "2026-11-20",
    "made_at": "2026-11-20T01:02:00Z",
    "made_by": "",
    "state": "picked",
    "picked_at": "2026-11-20T01:30:00Z",
    "done_at": None,
    "solver": "pyvrp",
    "is_estimate": False,
    "picks": [_PICK],
    "stops": [
        {
            **_PLACE,
            **_WAY,
            "stop": 1,
            "tour": 1,
            "state": "done",
            "done_at": "2026-11-20T02:00:00Z",
            "done_by": "kiosk",
            "note": "",
            "lines": [_LINE],
            "receipts": [{"slot": 1, "item": "condom-52", "heard_packs": 22, "said_packs": None}],
        }
    ],
    "differences": [
        {
            "round_id": "R261120-1",
            "stop": 1,
            "kiosk_id": "K0042",
            "slot": 1,
            "item": "condom-52",
            "picked_packs": 24,
            "received_packs": 22,
        }
    ],
}
ROUNDS: Final = [
    {
        "id": "R261120-1",
        "depot_id": "D1",
        "for_day": "2026-11-20",
        "made_at": "2026-11-20T01:02:00Z",
        "state": "picked",
        "tours": 1,
        "stops": 1,
        "stops_done": 1,
        "packs": 24,
        "differences": 1,
    }
]
PLANNED: Final[dict[str, Example]] = {
    "two": {
        "summary": "Two people for an afternoon",
        "value": {"depot_id": "D1", "people": 2, "hours": 4, "capacity_packs": 400},
    }
}
MADE: Final[dict[str, Example]] = {
    "one": {
        "summary": "One stop, as it was planned",
        "value": {
            "depot_id": "D1",
            "for_day": "2026-11-20",
            "solver": "pyvrp",
            "tours": [[{"kiosk_id": "K0042", **_WAY, "adds": [_ADD]}]],
        },
    }
}
SAID: Final[dict[str, Example]] = {
    "short": {
        "summary": "Two packs fewer than were picked",
        "value": {
            "received": [{"slot": 1, "item": "condom-52", "packs": 22}],
            "note": "two packs were damaged",
        },
    }
}
ROUND_UNKNOWN: Final = {
    "code": "round_unknown",
    "message": "There is no round R261120-9. /api/v1/rounds lists them all.",
    "message_zh": "没有编号为 R261120-9 的补货路线。全部路线见 /api/v1/rounds。",
}
ROUND_WRONG: Final = {
    "code": "round_refused",
    "message": "Slot 1 of K0042 does not hold n9-gel: plan anew.",
    "message_zh": "K0042 的 1 号货道不装 n9-gel；请重新规划。",
}
DEPOT_SHORT: Final = {
    "code": "depot_refused",
    "message": "The depot has 12 packs of condom-52 to give, not 24: take less, or enter what has "
    "come.",
    "message_zh": "仓库里 condom-52 只有 12 盒可用，不足 24 盒；请减少数量或先入库。",
}
