"""The same story in examples: the depot's shelves, a delivery, and the code on a carton."""

from typing import Any, Final

from fastapi.openapi.models import Example

DEPOT: Final[dict[str, Any]] = {
    "id": "D1",
    "name_zh": "区药具站仓库",
    "name_en": "District depot",
    "lon": 104.0502,
    "lat": 30.6201,
}
DEPOTS: Final = [DEPOT]
ENTRY: Final[dict[str, Any]] = {
    "id": 17,
    "kind": "receipt",
    "item": "condom-52",
    "lot": "A1204",
    "expires_on": "2029-03-31",
    "packs": 480,
    "at": "2026-11-20T02:10:00Z",
    "note": "",
    "round_id": None,
    "reverses": None,
    "is_reversed": False,
}
STOCK: Final = {
    "depot": DEPOT,
    "lots": [
        {
            "item": "condom-52",
            "lot": "A1204",
            "expires_on": "2029-03-31",
            "packs": 480,
            "promised_packs": 96,
            "is_expired": False,
        }
    ],
    "entries": [ENTRY],
}
CARTON: Final = {
    "gtin": "09506000134352",
    "lot": "A1204",
    "expires_on": "2029-03-31",
    "item": "condom-52",
    "packs": 48,
}
RECEIVED: Final[dict[str, Example]] = {
    "delivery": {
        "summary": "Ten cartons of one lot",
        "value": {
            "kind": "receipt",
            "item": "condom-52",
            "lot": "A1204",
            "expires_on": "2029-03-31",
            "packs": 480,
        },
    }
}
SCANNED: Final[dict[str, Example]] = {
    "datamatrix": {
        "summary": "As a scanner types it",
        "value": {"code": "01095060001343521729030010A1204"},
    },
    "link": {
        "summary": "A Digital Link",
        "value": {"code": "https://id.example.org/01/09506000134352/10/A1204?17=290300"},
    },
}
DEPOT_UNKNOWN: Final = {
    "code": "depot_unknown",
    "message": "There is no depot D9. /api/v1/depots lists them all.",
    "message_zh": "没有编号为 D9 的仓库。全部仓库见 /api/v1/depots。",
}
ENTRY_WRONG: Final = {
    "code": "depot_refused",
    "message": "Lot A1204 of condom-52 has 12 packs, not 40: look at the lot and the number again.",
    "message_zh": "condom-52 批号 A1204 只有 12 盒，不足 40 盒；请核对批号和数量。",
}
CODE_WRONG: Final = {
    "code": "code_wrong",
    "message": "This is no GS1 code of a carton: scan or paste it again, whole.",
    "message_zh": "这不是药具包装上的 GS1 条码；请重新扫描或粘贴，不要漏字。",
}
