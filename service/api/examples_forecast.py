"""The same story in examples: what K0042 will be asked for in the coming nine days."""

from typing import Final

from service.flows.forecast import FORMULA_EN, FORMULA_ZH

_WANTED: Final = (4, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9, 9, 10, 11, 11, 12, 13, 15)
_QUANTILES: Final = [
    {"p": round(0.05 * number, 2), "packs": packs} for number, packs in enumerate(_WANTED, start=1)
]
KIOSK: Final = {
    "kiosk_id": "K0042",
    "made_at": "2026-11-20T10:00:00Z",
    "formula_zh": FORMULA_ZH,
    "formula_en": FORMULA_EN,
    "items": [
        {
            "item": "condom-52",
            "from_day": "2026-11-20",
            "days": 9,
            "packs_per_day": 0.98,
            "packs_per_day_low": 0.4444,
            "packs_per_day_high": 1.6667,
            "wanted_packs": 8.82,
            "quantiles": _QUANTILES,
            "by_day": [1.1, 0.95, 0.75, 1.05, 1.05, 1.05, 1.05, 1.1, 0.95],
            "on_hand_packs": 12,
            "days_of_cover": 12.3,
            "p_stock_out": 0.2012,
            "expected_lost_packs": 0.41,
            "risk": 0.05,
            "runs_out_on": "2026-11-26",
            "window_days": 400,
            "seen_days": 371.5,
            "seen_packs": 352.0,
            "pool": "condom-52/hospital",
            "formula": "gamma-poisson/1",
            "months": [
                {"month": "2026-08", "packs": 29, "stock_out_days": 0},
                {"month": "2026-09", "packs": 26, "stock_out_days": 3},
                {"month": "2026-10", "packs": 31, "stock_out_days": 0},
            ],
            "field": [
                {"convention": "openlmis", "amc_packs": 30, "months_of_stock": 0.4},
                {"convention": "plain", "amc_packs": 30, "months_of_stock": 0.4},
            ],
        }
    ],
}
KIOSK_CSV: Final = (
    "药具编号 Item,起始日 From,天数 Days,日均需求（盒） Packs a day,…\r\n"
    "condom-52,2026-11-20,9,0.98,…\r\n"
)
DISTRICT: Final = {
    "made_at": "2026-11-20T10:00:00Z",
    "from_day": "2026-11-20",
    "days": 9,
    "formula_zh": FORMULA_ZH,
    "formula_en": FORMULA_EN,
    "items": [
        {
            "item": "condom-52",
            "kiosks": 43,
            "packs_per_day": 39.6,
            "wanted_packs": 356.4,
            "quantiles": [{**one, "packs": one["packs"] * 40} for one in _QUANTILES],
            "on_hand_packs": 1_204,
            "kiosks_counted": 42,
            "kiosks_expected_out": 3.7,
            "expected_lost_packs": 11.2,
            "days_of_cover": 30.4,
        }
    ],
}
DISTRICT_CSV: Final = (
    "药具编号 Item,设备数 Kiosks,日均需求（盒） Packs a day,…\r\ncondom-52,43,39.6,…\r\n"
)
ID_MISSING: Final = {
    "code": "parameter_missing",
    "message": "The parameter kiosk_id is missing; add ?kiosk_id=… to the address.",
    "message_zh": "缺少参数 kiosk_id，请在地址中加上 ?kiosk_id=…。",
}
DAYS_WRONG: Final = {
    "code": "parameter_wrong",
    "message": 'The parameter days cannot be "0": give a number of days from 1 to 91.',
    "message_zh": '参数 days 的值 "0" 不对，天数请用 1 到 91。',
}
