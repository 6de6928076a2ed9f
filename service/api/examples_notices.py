"""The same story in examples: who heard that K0042 had run out, and how."""

from typing import Any, Final

from fastapi.openapi.models import Example

_ID: Final = "5f1c2a7e9b3d48f60a1b2c3d4e5f6071"
RECIPIENT: Final = {
    "id": 3,
    "name": "河东街道药具管理员",
    "language": "zh",
    "whole_district": False,
    "towns": ["999901001"],
    "sites": [],
    "quiet_from": "22:00",
    "quiet_to": "07:00",
    "critical_passes": True,
    "hourly_max": 30,
    "is_active": True,
}
RECIPIENTS: Final = [RECIPIENT]
CHANNELS: Final = [
    {
        "id": 5,
        "recipient_id": 3,
        "kind": "apprise",
        "name": "钉钉群",
        "address": "dingtalk://…",
        "has_secret": False,
        "is_active": True,
        "failing_since": None,
        "trouble": "",
    }
]
SUBSCRIPTIONS: Final = [
    {
        "id": 7,
        "recipient_id": 3,
        "channel_id": None,
        "towns": [],
        "sites": [],
        "kinds": ["out", "fault"],
        "severity_min": "warning",
        "weekdays": [1, 2, 3, 4, 5],
        "from_time": "00:00",
        "to_time": "00:00",
        "pace": "at_once",
        "digest_hour": 8,
        "after_minutes": 0,
        "ends": True,
    }
]
WINDOWS: Final = [
    {
        "id": 2,
        "place": "S042",
        "place_name_zh": "河东学院东门",
        "place_name_en": "Hedong College East Gate",
        "from_at": "2026-11-20T00:00:00Z",
        "until_at": "2026-11-21T10:00:00Z",
        "reason": "东门停电检修",
        "state": "running",
    }
]
NOTICE: Final = {
    "id": _ID,
    "state": "sent",
    "style": "at_once",
    "recipient_id": 3,
    "recipient_name": "河东街道药具管理员",
    "channel_id": 5,
    "channel_name": "钉钉群",
    "channel_kind": "apprise",
    "incident_id": 17,
    "kind": "out",
    "place": "K0042",
    "place_name_zh": "河东学院东门",
    "place_name_en": "Hedong College East Gate",
    "severity": "critical",
    "what": "opened",
    "level_minutes": 0,
    "event_at": "2026-11-20T09:30:00Z",
    "made_at": "2026-11-20T09:30:02Z",
    "due_at": "2026-11-20T09:30:02Z",
    "sent_at": "2026-11-20T09:30:04Z",
    "attempts": 1,
    "reason": "",
    "digest_id": None,
}
NOTICES: Final = [
    NOTICE,
    {
        **NOTICE,
        "id": "0a1b2c3d4e5f60715f1c2a7e9b3d48f6",
        "state": "failed",
        "sent_at": None,
        "reason": "it answered 410: the receiver refuses it as it is",
    },
]
KEPT: Final = {"id": 3}
REMOVED: Final = {"removed": True}
ASKED: Final = {"notice_id": _ID}
GIVEN_RECIPIENT: Final[dict[str, Example]] = {
    "town": {
        "summary": "Who keeps a town's kiosks filled",
        "value": {
            "name": "河东街道药具管理员",
            "towns": ["999901001"],
            "quiet_from": "22:00",
            "quiet_to": "07:00",
        },
    },
    "district": {
        "summary": "District staff hear about their whole district",
        "value": {"name": "区药具站", "whole_district": True},
    },
}
GIVEN_CHANNEL: Final[dict[str, Example]] = {
    "mail": {
        "summary": "Mail",
        "value": {
            "recipient_id": 3,
            "kind": "apprise",
            "name": "邮箱",
            "address": "mailtos://user:password@example.org?to=manager@example.org",
        },
    },
    "webhook": {
        "summary": "Our signed webhook",
        "value": {
            "recipient_id": 3,
            "kind": "webhook",
            "name": "网关",
            "address": "https://gateway.example.org/circle15",
            "secret": "0123456789abcdef0123456789abcdef",
        },
    },
}
GIVEN_SUBSCRIPTION: Final[dict[str, Example]] = {
    "at_once": {
        "summary": "What is critical, at once",
        "value": {"recipient_id": 3, "severity_min": "critical"},
    },
    "digest": {
        "summary": "All else, each morning",
        "value": {"recipient_id": 3, "severity_min": "info", "pace": "daily", "digest_hour": 8},
    },
    "escalation": {
        "summary": "Where nobody took it up for an hour",
        "value": {"recipient_id": 3, "severity_min": "critical", "after_minutes": 60},
    },
}
GIVEN_WINDOW: Final[dict[str, Example]] = {
    "site": {
        "summary": "Work at a site",
        "value": {
            "place": "S042",
            "from_at": "2026-11-20T08:00:00+08:00",
            "until_at": "2026-11-21T18:00:00+08:00",
            "reason": "东门停电检修",
        },
    }
}
SCOPE_MISSING: Final = {
    "code": "scope_missing",
    "message": "Choose the whole district, or one town or site at least.",
    "message_zh": "请选择全区，或至少一个镇（街道）或网点。",
}
RECIPIENT_UNKNOWN: Final = {
    "code": "recipient_unknown",
    "message": "There is no such recipient; it may be gone.",
    "message_zh": "没有这个接收人，可能已删除。",
}
NOTICE_UNKNOWN: Final = {
    "code": "notice_unknown",
    "message": "There is no such notice; it may be gone.",
    "message_zh": "没有这个提醒，可能已删除。",
}
NOT_FAILED: Final = {
    "code": "not_failed",
    "message": "Only a notice that failed is sent again.",
    "message_zh": "只有发送失败的提醒可以重发。",
}
STATE_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter state cannot be "lost": choose waiting, sent, failed, ….',
    "message_zh": '参数 state 的值 "lost" 不对，请用 waiting、sent、failed ……。',
}
NUMBER_WRONG: Final[dict[str, Any]] = {
    "code": "parameter_wrong",
    "message": 'The parameter number cannot be "x": Input should be a valid integer.',
    "message_zh": '参数 number 的值 "x" 不对，请更正后重试。',
}
