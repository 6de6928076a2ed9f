"""The same story in examples: what was missing, late, off or refused at K0042."""

from typing import Any, Final

from fastapi.openapi.models import Example

PLACE: Final[dict[str, Any]] = {
    "kiosk_id": "K0042",
    "site_id": "S042",
    "site_name_zh": "河东学院东门",
    "site_name_en": "Hedong College East Gate",
}
GAP: Final = {
    **PLACE,
    "epoch": 7,
    "first": 10,
    "last": 12,
    "facts": 3,
    "state": "open",
    "noticed_at": "2026-11-20T09:58:00Z",
    "asks": 2,
    "next_ask_at": "2026-11-20T10:02:00Z",
}
GAPS: Final = {"gaps": [GAP], "next": "WyJLMDA0MiIsNywxMF0"}
CLOCK: Final = {
    **PLACE,
    "offset_s": -1800.0,
    "heard_at": "2026-11-20T09:59:00Z",
    "facts_aside": 2,
    "last_aside_at": "2026-11-20T09:05:00Z",
}
CLOCKS: Final = [CLOCK]
DISCREPANCY: Final = {
    **PLACE,
    "epoch": 7,
    "sequence": 1234,
    "slot": 3,
    "item": "condom-52",
    "kind": "count",
    "happened_at": "2026-11-20T08:00:00Z",
    "expected_packs": 17,
    "found_packs": 14,
    "difference_packs": -3,
}
DISCREPANCIES: Final = {"discrepancies": [DISCREPANCY], "next": None}
REASON: Final = {
    "reason": "unknown_item",
    "waiting": 2,
    "messages": 4,
    "replayable": 2,
    "last_heard_at": "2026-11-20T09:00:00Z",
}
QUALITY: Final = {
    "at": "2026-11-20T10:00:00Z",
    "timezone": "Asia/Shanghai",
    "reporting": {
        "enrolled": 43,
        "last_24h": 42,
        "days": [{"day": "2026-11-20", "kiosks": 42, "enrolled": 43}],
        "missing": [{**PLACE, "heard_at": "2026-11-18T22:10:00Z"}],
    },
    "lateness": [
        {
            "days": 7,
            "facts": 1204,
            "p50_within_s": 2,
            "p90_within_s": 10,
            "p99_within_s": 3600,
            "classes": [{"upto_s": 0, "facts": 3}, {"upto_s": None, "facts": 1}],
        }
    ],
    "gaps": {
        "open_facts": 3,
        "open_gaps": 1,
        "permanent_facts": 0,
        "permanent_gaps": 0,
        "kiosks": 1,
        "worst": [
            {
                **PLACE,
                "open_facts": 3,
                "permanent_facts": 0,
                "since": "2026-11-20T09:58:00Z",
                "asks": 2,
                "next_ask_at": "2026-11-20T10:02:00Z",
            }
        ],
    },
    "clocks": {"kiosks": 1, "worst": [CLOCK]},
    "quarantine": {"waiting": 2, "messages": 4, "settled": 1, "reasons": [REASON]},
    "discrepancies": {
        "days": 30,
        "rows": 1,
        "kiosks": 1,
        "missing_packs": 3,
        "extra_packs": 0,
        "newest": [DISCREPANCY],
    },
}
QUARANTINED: Final = {
    "id": 3,
    "reason": "unknown_item",
    "detail": "item condom-54 is not in the list of items",
    "kiosk_id": "K0042",
    "topic": "",
    "first_heard_at": "2026-11-20T09:00:00Z",
    "heard_at": "2026-11-20T09:00:00Z",
    "count": 1,
    "head": '{"data":{"item":"condom-54","outcome":"dispensed","packs":1,"slot":3,"units":10,"wh',
    "size_bytes": 172,
    "replayable": True,
    "settled_at": None,
    "fate": None,
}
QUARANTINE: Final = [QUARANTINED]
MESSAGE: Final = {
    **QUARANTINED,
    "epoch": 7,
    "sequence": 1234,
    "held": True,
    "message": '{"data":{"item":"condom-54","outcome":"dispensed","packs":1,"slot":3,"units":10,'
    '"who":"…"},"subject":"slot/3","time":"2026-11-20T17:00:00+08:00","type":"ck.dispense.v1"}',
    "message_is_text": True,
}
REPLAYED: Final = {
    "tried": 2,
    "booked": 1,
    "known": 0,
    "past": 0,
    "stays": 1,
    "next": None,
    "still": [
        {
            "id": 4,
            "reason": "unknown_item",
            "detail": "item condom-55 is not in the list of items",
        }
    ],
}
WISHES: Final[dict[str, Example]] = {
    "reason": {
        "summary": "Everything that waits for one reason",
        "value": {"reason": "unknown_item"},
    },
    "some": {"summary": "Two messages by their number", "value": {"ids": [3, 4]}},
    "all": {"summary": "Everything that waits", "value": {}},
}
MESSAGE_UNKNOWN: Final = {
    "code": "message_unknown",
    "message": "There is no message 99 in the quarantine. /api/v1/quarantine lists them.",
    "message_zh": "隔离区没有编号为 99 的消息。全部消息见 /api/v1/quarantine。",
}
REASON_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter reason cannot be "bad luck": choose too_large, not_json, ….',
    "message_zh": '参数 reason 的值 "bad luck" 不对，请用 too_large、not_json ……。',
}
WRITING_REFUSED: Final = {
    "code": "writing_refused",
    "message": "Nothing can be changed from here: until there is sign-in, this is allowed on the "
    "service's own machine alone. There, use the page, or the command line of the service.",
    "message_zh": "这里不能修改数据：在启用登录之前，只允许在服务所在的本机上操作。"
    "请在本机打开页面，或使用服务的命令行。",
}
NOT_JSON: Final = {
    "code": "not_json",
    "message": "Send JSON, with the header Content-Type: application/json.",
    "message_zh": "请以 JSON 发送，并带上请求头 Content-Type: application/json。",
}
