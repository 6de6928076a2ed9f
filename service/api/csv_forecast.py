"""Writes forecasts as CSV: one row for each item."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.api.csv_table import Value, read, write_table
from service.flows.reads.forecast import DistrictForecast, KioskForecast, QuantileView

_KIOSK: Final = {
    "item": "药具编号 Item",
    "from_day": "起始日 From",
    "days": "天数 Days",
    "packs_per_day": "日均需求（盒） Packs a day",
    "packs_per_day_low": "日均下限 5% low",
    "packs_per_day_high": "日均上限 95% high",
    "wanted_packs": "期内需求（盒） Packs wanted",
    "on_hand_packs": "现有（盒） On hand",
    "days_of_cover": "可维持天数 Days of cover",
    "p_stock_out": "缺货概率 Chance of stock-out",
    "expected_lost_packs": "预计缺货未领（盒） Packs wanted in vain",
    "risk": "风险界限 Risk",
    "runs_out_on": "预计缺货日 Runs out on",
    "window_days": "回看天数 Window, days",
    "seen_days": "有效天数 Days seen",
    "seen_packs": "有效盒数 Packs seen",
    "pool": "同类 Pool",
    "formula": "公式版本 Formula",
    "openlmis.amc": "AMC OpenLMIS",
    "openlmis.mos": "MOS OpenLMIS",
    "plain.amc": "AMC LMIS",
    "plain.mos": "MOS LMIS",
}
_DISTRICT: Final = {
    "item": "药具编号 Item",
    "kiosks": "设备数 Kiosks",
    "packs_per_day": "日均需求（盒） Packs a day",
    "wanted_packs": "期内需求（盒） Packs wanted",
    "on_hand_packs": "现有（盒） On hand",
    "kiosks_counted": "库存已知设备 Kiosks counted",
    "kiosks_expected_out": "预计缺货设备 Kiosks expected out",
    "expected_lost_packs": "预计缺货未领（盒） Packs wanted in vain",
    "days_of_cover": "可维持天数 Days of cover",
}
_QUANTILE: Final = "q"


def write_kiosk(found: KioskForecast) -> bytes:
    """Return a kiosk's forecast as a file."""
    columns = {**_KIOSK, **_levels([one.quantiles for one in found.items])}
    of_all = {
        "设备 Kiosk": found.kiosk_id,
        "计算时间 Made at": found.made_at,
        "公式 Formula in words": f"{found.formula_zh} {found.formula_en}",
    }
    return write_table(found.items, columns, of_all, reader=_read)


def write_district(found: DistrictForecast) -> bytes:
    """Return the district's forecast as a file."""
    columns = {**_DISTRICT, **_levels([one.quantiles for one in found.items])}
    of_all = {
        "起始日 From": found.from_day.isoformat() if found.from_day else None,
        "天数 Days": found.days,
        "计算时间 Made at": found.made_at,
    }
    return write_table(found.items, columns, of_all, reader=_read)


def _levels(items: Sequence[Sequence[QuantileView]]) -> Mapping[str, str]:
    levels = [one.p for one in items[0]] if items else []
    return {f"{_QUANTILE}{p:g}": f"{p:.0%} 分位 quantile" for p in levels}


def _read(row: Any, path: str) -> Value:  # noqa: ANN401 - either kind of row
    name, _, rest = path.partition(".")
    if name.startswith(_QUANTILE) and name[1:2] == "0":
        return next(float(one.packs) for one in row.quantiles if f"{_QUANTILE}{one.p:g}" == path)
    if rest in ("amc", "mos"):
        figures = next(one for one in row.field if one.convention == name)
        value: Value = figures.amc_packs if rest == "amc" else figures.months_of_stock
        return value
    value = read(row, path)
    return str(value) if path in ("from_day", "runs_out_on") and value else value
