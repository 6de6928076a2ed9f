"""The same story in examples: the area of K0042, who is outside, and what residents are told."""

from typing import Any, Final

from fastapi.openapi.models import Example

from service.api.examples import ITEMS
from service.api.examples_decisions import BASIS
from service.api.examples_formats import as_points

_SHAPE: Final[dict[str, Any]] = {
    "type": "MultiPolygon",
    "coordinates": [
        [
            [
                [104.0431, 30.6231],
                [104.0512, 30.6168],
                [104.0587, 30.6231],
                [104.0512, 30.6309],
                [104.0431, 30.6231],
            ]
        ]
    ],
}
_OF_AREA: Final[dict[str, Any]] = {
    "at": "2026-11-20T10:00:00Z",
    "limit_m": 1000,
    "is_estimate": False,
    "outlets": 1,
    "outlet_id": "K0042",
    "item": None,
    "standing": None,
}
KIOSK_AREA: Final = {"type": "Feature", "geometry": _SHAPE, "properties": _OF_AREA}
ITEM_AREA: Final = {
    **KIOSK_AREA,
    "properties": {
        **_OF_AREA,
        "outlets": 37,
        "outlet_id": None,
        "item": "condom-52",
        "standing": "in_stock",
    },
}
_COMMUNITY: Final[dict[str, Any]] = {
    "id": "C017",
    "name_zh": "学府苑",
    "name_en": "Xuefu Court",
    "town_code": "999901001",
    "lon": 104.0498,
    "lat": 30.6245,
    "people": 2_105,
    "standing": "empty",
    "cause": "stock",
    "since": "2026-11-20T08:12:40Z",
    "walk_m": None,
    "walk_minutes": None,
    "outlet_id": None,
    "outlet_name_zh": None,
    "outlet_name_en": None,
}
COMMUNITIES: Final = {
    "basis": BASIS,
    "item": "condom-52",
    "communities": [
        _COMMUNITY,
        {
            **_COMMUNITY,
            "id": "C018",
            "name_zh": "河东里",
            "name_en": "Hedongli",
            "lon": 104.0561,
            "lat": 30.6202,
            "standing": "in_stock",
            "cause": None,
            "since": None,
            "walk_m": 412,
            "walk_minutes": 7,
            "outlet_id": "K0042",
            "outlet_name_zh": "河东学院东门",
            "outlet_name_en": "Hedong College East Gate",
        },
    ],
}
_GAP: Final[dict[str, Any]] = {
    "id": 311,
    "community_id": "C017",
    **{name: _COMMUNITY[name] for name in ("name_zh", "name_en", "town_code", "lon", "lat")},
    "item": "condom-52",
    "cause": "stock",
    "people": 2_105,
    "since": "2026-11-20T08:12:40Z",
    "opened_at": "2026-11-20T08:12:40Z",
    "opened_by": "K0042",
    "closed_at": None,
    "closed_by": None,
}
GAPS: Final = {"gaps": [_GAP], "next": None}


COMMUNITIES_GEOJSON: Final = as_points(_COMMUNITY, _COMMUNITY["lon"], _COMMUNITY["lat"])
GAPS_GEOJSON: Final = as_points(_GAP, _GAP["lon"], _GAP["lat"])
COMMUNITIES_CSV: Final = "社区编号 Community,社区 Name in Chinese,…\r\nC017,学府苑,…\r\n"
GAPS_CSV: Final = "编号 Gap,社区编号 Community,…\r\n311,C017,…\r\n"

PUBLIC_ITEMS: Final = ITEMS
PLACES: Final = [
    {
        "id": "C017",
        "name_zh": "学府苑",
        "name_en": "Xuefu Court",
        "town_zh": "河东街道",
        "town_en": "Hedong",
        "lon": 104.0498,
        "lat": 30.6245,
    }
]
WISHES: Final = {
    "here": Example(
        summary="From where I am",
        value={"lon": 104.0498, "lat": 30.6245, "item": "condom-52", "limit": 5},
    )
}
NEAREST: Final = {
    "at": "2026-11-20T10:00:00Z",
    "item": "condom-52",
    "walk_kmh": 4.0,
    "is_estimate": False,
    "outlets": [
        {
            "id": "K0042",
            "name_zh": "河东学院东门",
            "name_en": "Hedong College East Gate",
            "lon": 104.0512,
            "lat": 30.6231,
            "walk_m": 412,
            "walk_minutes": 7,
            "opening_hours": "Mo-Su 08:00-21:00",
            "is_open": True,
            "opens_at": None,
            "closes_at": "2026-11-20T13:00:00Z",
        }
    ],
}
PLACE_WRONG: Final = {
    "code": "question_wrong",
    "message": "lat cannot be this: Input should be less than or equal to 90. Send a JSON object "
    "with lon and lat in degrees (WGS-84) and item.",
    "message_zh": "lat 的值不对。请以 JSON 发送 lon、lat（WGS-84 经纬度）和 item。",
}
FORMAT_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter format cannot be "xlsx": choose json, geojson or csv.',
    "message_zh": '参数 format 的值 "xlsx" 不对，请用 json、geojson 或 csv。',
}
ASKED_TOO_OFTEN: Final = {
    "code": "asked_too_often",
    "message": "Too many questions came from your address: 30 a minute are answered. Try again in "
    "2 s.",
    "message_zh": "您的地址提问过于频繁：每分钟最多 30 次。请 2 秒后重试。",
}
