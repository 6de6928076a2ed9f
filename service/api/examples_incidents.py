"""What the document shows of incidents."""

from typing import Final

from service.api.examples import INCIDENT

INCIDENTS: Final = [INCIDENT]
INCIDENT_DETAIL: Final = {
    "incident": INCIDENT,
    "events": [
        {
            "at": "2026-11-20T10:20:00Z",
            "what": "acknowledged",
            "severity": "warning",
            "by": "duty desk",
            "note": None,
            "numbers": INCIDENT["facts"],
        },
        {
            "at": "2026-11-20T10:00:31Z",
            "what": "opened",
            "severity": "warning",
            "by": None,
            "note": None,
            "numbers": INCIDENT["facts"],
        },
    ],
}
INCIDENT_UNKNOWN: Final = {
    "code": "incident_unknown",
    "message": "There is no incident 17. /api/v1/incidents?state=all lists them all.",
    "message_zh": "没有编号为 17 的事件。全部事件见 /api/v1/incidents?state=all。",
}
INCIDENT_RESOLVED: Final = {
    "code": "incident_resolved",
    "message": "It is resolved meanwhile, so nothing is left to do; only notes can be added. "
    "Read it anew to see by whom.",
    "message_zh": "该事件已经解除，无需再处理，只能添加备注。请刷新查看由谁解除。",
}
WISH_WRONG: Final = {
    "code": "snooze_past",
    "message": "until is in the past; give a moment that is still to come.",
    "message_zh": "until 已经过去，请填写将来的时刻。",
}
_BY: Final = {"by": "duty desk"}
BY: Final = {"by a name": {"value": _BY}}
ASSIGN: Final = {
    "to somebody": {"value": {**_BY, "to": "north crew"}},
    "to nobody": {"value": {**_BY, "to": None}},
}
SNOOZE: Final = {
    "over the holidays": {
        "value": {**_BY, "until": "2026-12-01T08:00:00+08:00", "reason": "the school is closed"}
    }
}
NOTE: Final = {"a note": {"value": {**_BY, "text": "The caretaker has the key."}}}
RESOLVE: Final = {"done": {"value": {**_BY, "note": "The clock was set."}}}
