"""Files that were taken in, in examples: the streets and the communities of the same district."""

from typing import Any, Final

REPORT: Final[dict[str, Any]] = {
    "rows": 430,
    "people": 227_573,
    "off_street": 12,
    "outside": 1,
    "added": 3,
    "changed": 2,
    "unchanged": 425,
    "removed": 0,
    "skipped": 0,
    "is_known": False,
    "likely_crs": None,
    "warnings": [
        {
            "zh": '以下列未使用："remark"。',
            "en": 'These columns were not used: "remark".',
        }
    ],
}
IMPORTS: Final = [
    {
        "id": 2,
        "kind": "demand",
        "file_name": "小区.xlsx",
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "crs": "gcj02",
        "at": "2026-11-20T09:30:00Z",
        "report": REPORT,
    }
]
REFUSED: Final = {
    "error": {
        "code": "rows_refused",
        "message": "Nothing was imported. Mistakes, listed in rows: 1. Correct them and try again.",
        "message_zh": "没有导入任何内容：共 1 处错误，见 rows。请更正后重试。",
    },
    "rows": [
        {
            "row": 7,
            "column": "people",
            "why_zh": '人数不能为负："-3"',
            "why_en": 'people cannot be negative: "-3"',
        }
    ],
    "more": False,
}
RUNNING: Final = {
    "code": "import_running",
    "message": "Another file is being taken in at this moment. Try again when it is done.",
    "message_zh": "正在导入另一个文件，请等它完成后再试。",
}
TOO_LARGE: Final = {
    "code": "file_too_large",
    "message": "The file is too large: 256 MiB are allowed. Cut out the part that you need.",
    "message_zh": "文件太大：最多 256 MiB。请只截取需要的部分。",
}
NOT_A_FILE: Final = {
    "code": "not_a_file",
    "message": "Send the file as it is, with the header Content-Type: application/octet-stream.",
    "message_zh": "请原样发送文件，并带上请求头 Content-Type: application/octet-stream。",
}
LIMIT_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter limit cannot be "0": Input should be greater than or equal to 1.',
    "message_zh": '参数 limit 的值 "0" 不对，请更正后重试。',
}
