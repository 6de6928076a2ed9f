"""Say what an outlook means: for what is on hand, until the next visit, and for the district."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from service.domain.consumption import Convention, MonthUsed, amc, months_of_stock
from service.domain.demand import Outlook
from service.domain.demand_counts import quantiles, shortfalls
from service.domain.policy import Policy
from service.flows.reads.forecast import (
    DistrictItemForecast,
    FieldFigures,
    ItemForecast,
    MonthUsedView,
    QuantileView,
)

LEVELS: Final = np.round(np.arange(0.05, 0.951, 0.05), 2)
"""The quantiles that are told."""

FORMULA_EN: Final = (
    "Packs wanted a day = (pool's mean × pull + own rate × days seen) ÷ (pull + days seen), times "
    "factors of the weekday, holidays and term. Own rate = (packs given out + asked in vain) ÷ "
    "days in stock and heard of, what is long past counting less; the pool are kiosks of the same "
    "item and kind of site. The sum over days is negative binomial with variance = Σ daily "
    "variance + (sum × uncertainty of the rate)²; daily variance = factor × mean^power, "
    "learnt per item."
)
FORMULA_ZH: Final = (
    "日均需求 =（同类均值 × 权重 + 本机速率 × 有效天数）÷（权重 + 有效天数），"
    "再乘以星期、节假日和学期系数。本机速率 =（发放盒数 + 缺货时的求取次数）÷ 有货且在线的天数，"
    "越久远的数据权重越小；同类指同一药具、同类站点的设备。"
    "多日合计服从负二项分布，方差 = 各日方差之和 +（合计 × 速率不确定度）²；"
    "各日方差 = 系数 × 均值^幂，按药具从数据学得。"
)

MonthsUsed = Sequence[tuple[str, MonthUsed]]


class Holding(NamedTuple):
    """An outlook and what is on hand; None where nobody has counted."""

    outlook: Outlook
    on_hand_packs: int | None


def item_forecast(holding: Holding, policy: Policy, months: MonthsUsed) -> ItemForecast:
    """Return what an outlook means for one kiosk and item until the next delivery is there."""
    outlook, on_hand = holding
    days = max(1, policy.cover_days)
    wanted = [outlook.quantile_packs(float(p), days=days) for p in LEVELS]
    mean = outlook.wanted_packs(days)
    is_known = on_hand is not None
    held = on_hand or 0
    return ItemForecast(
        item=outlook.item,
        from_day=outlook.from_day,
        days=days,
        packs_per_day=mean / days,
        packs_per_day_low=wanted[0] / days,
        packs_per_day_high=wanted[-1] / days,
        wanted_packs=mean,
        quantiles=_quantiles(wanted),
        by_day=tuple(round(one, 4) for one in outlook.mean_by_day[:days]),
        on_hand_packs=on_hand,
        days_of_cover=outlook.days_of_cover(held) if is_known else None,
        p_stock_out=outlook.p_stock_out(held, days=days) if is_known else None,
        expected_lost_packs=outlook.expected_lost_packs(held, days=days) if is_known else None,
        risk=policy.risk,
        runs_out_on=outlook.runs_out_on(held, risk=policy.risk) if is_known else None,
        window_days=outlook.window_days,
        seen_days=outlook.seen_days,
        seen_packs=outlook.seen_packs,
        pool=outlook.pool,
        formula=outlook.formula,
        months=tuple(
            MonthUsedView(month=name, packs=used.packs, stock_out_days=used.stock_out_days)
            for name, used in months
        ),
        field=tuple(_field(convention, months, on_hand) for convention in Convention),
    )


def district_forecast(
    by_item: Mapping[str, Sequence[Holding]], *, days: int
) -> tuple[DistrictItemForecast, ...]:
    """Return what all outlooks of each item mean together; kiosks are taken as independent."""
    return tuple(_of_item(item, holdings, days) for item, holdings in sorted(by_item.items()))


def _of_item(item: str, holdings: Sequence[Holding], days: int) -> DistrictItemForecast:
    sums = np.array([one.outlook.mean_and_variance(days) for one in holdings]).reshape(-1, 2)
    counted = np.array([one.on_hand_packs is not None for one in holdings], dtype=np.bool_)
    on_hand = np.array([one.on_hand_packs or 0 for one in holdings], dtype=np.int64)
    empty, lost = shortfalls(on_hand[counted], sums[counted, 0], sums[counted, 1])
    mean, variance = sums.sum(axis=0)
    wanted = quantiles(np.array([mean]), np.array([max(mean, variance)]), LEVELS)[0]
    rate = float(mean) / days
    return DistrictItemForecast(
        item=item,
        kiosks=len(holdings),
        packs_per_day=rate,
        wanted_packs=float(mean),
        quantiles=_quantiles([int(one) for one in wanted]),
        on_hand_packs=int(on_hand.sum()),
        kiosks_counted=int(counted.sum()),
        kiosks_expected_out=float(empty.sum()),
        expected_lost_packs=float(lost.sum()),
        days_of_cover=float(on_hand.sum()) / rate if rate > 0 else None,
    )


def _field(convention: Convention, months: MonthsUsed, on_hand: int | None) -> FieldFigures:
    average = amc([used for _, used in months], convention)
    lasts = None if on_hand is None else months_of_stock(on_hand, average)
    return FieldFigures(convention=convention, amc_packs=average, months_of_stock=lasts)


def _quantiles(wanted: Sequence[int]) -> tuple[QuantileView, ...]:
    return tuple(
        QuantileView(p=float(p), packs=packs) for p, packs in zip(LEVELS, wanted, strict=True)
    )
