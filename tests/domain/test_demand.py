"""Outlooks: packs wanted, how long a stock lasts, and the arithmetic of counts below them."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.demand import LOOK_AHEAD_DAYS_MAX, Outlook, Spread
from service.domain.demand_counts import chances, log_chance, log_gamma, quantiles, shortfalls

FROM = date(2026, 11, 20)
OUTLOOK = Outlook(
    place="K0001", item="condom-52", from_day=FROM, mean_by_day=(0.9,) * 91, rate_cv2=0.05
)

means = st.floats(0.01, 60)
surpluses = st.floats(0.0, 5.0)
stocks = st.integers(0, 80)
spans = st.floats(0, 120)


def outlook(mean: float, cv2: float = 0.05) -> Outlook:
    return replace(OUTLOOK, mean_by_day=(mean,) * 91, rate_cv2=cv2)


@pytest.mark.parametrize("x", [1e-6, 0.5, 1.0, 7.999, 8.0, 123.4, 1e6])
def test_the_logarithm_of_gamma_is_that_of_the_library(x: float) -> None:
    assert log_gamma(np.array([x]))[0] == pytest.approx(math.lgamma(x), rel=1e-10, abs=1e-10)


@given(mean=means, surplus=surpluses)
@settings(deadline=None, max_examples=30)
def test_chances_add_up_and_have_their_mean_and_variance(mean: float, surplus: float) -> None:
    variance = mean * (1 + surplus)
    found = chances(mean, variance, upto=3_000)
    counts = np.arange(found.size)
    assert found.sum() == pytest.approx(1.0, abs=1e-6)
    assert found @ counts == pytest.approx(mean, rel=1e-3)
    assert found @ (counts - mean) ** 2 == pytest.approx(variance, rel=1e-2)


def test_without_surplus_a_count_is_poisson() -> None:
    assert chances(2.0, 2.0, upto=1) == pytest.approx([math.exp(-2), 2 * math.exp(-2)], rel=1e-5)
    assert log_chance(np.array([400.0]), np.array([400.0]), np.array([400.0]))[0] == pytest.approx(
        400 * math.log(400) - 400 - math.lgamma(401), abs=1e-3
    )


@given(mean=means, surplus=surpluses, p=st.floats(0.02, 0.98))
@settings(deadline=None, max_examples=30)
def test_a_quantile_is_the_least_count_that_suffices(mean: float, surplus: float, p: float) -> None:
    variance = mean * (1 + surplus)
    [[found]] = quantiles(np.array([mean]), np.array([variance]), np.array([p]))
    below = np.cumsum(chances(mean, variance, upto=int(found)))
    assert below[-1] >= p - 1e-9
    assert found == 0 or below[-2] < p + 1e-9


@pytest.mark.parametrize(("mean", "variance"), [(5e3, 5e3), (5e3, 1e6), (1e6, 1e10)])
def test_quantiles_of_large_counts_are_reckoned_in_coarser_units(
    mean: float, variance: float
) -> None:
    levels = np.array([0.05, 0.5, 0.95])
    low, middle, high = quantiles(np.array([mean]), np.array([variance]), levels)[0]
    deviation = math.sqrt(variance)
    assert middle == pytest.approx(mean, abs=0.2 * deviation)
    assert high - low == pytest.approx(3.29 * deviation, rel=0.03)


@given(held=stocks, mean=means, surplus=surpluses)
@settings(deadline=None, max_examples=30)
def test_many_stocks_at_once_fare_as_each_alone(held: int, mean: float, surplus: float) -> None:
    variance = mean * (1 + surplus)
    empty, lost = shortfalls(np.array([held]), np.array([mean]), np.array([variance]))
    below = chances(mean, variance, upto=max(0, held - 1)) if held else np.zeros(1)
    assert empty[0] == pytest.approx(1 - below.sum(), abs=1e-6)
    assert max(0.0, mean - held) - 1e-6 <= lost[0] <= mean + 1e-9


def test_what_is_wanted_grows_with_the_days_and_part_of_a_day_counts() -> None:
    assert OUTLOOK.wanted_packs(0) == 0
    assert OUTLOOK.wanted_packs(10.5) == pytest.approx(9.45)
    assert OUTLOOK.wanted_packs(365) == pytest.approx(0.9 * 365)


def test_weekdays_go_on_after_the_days_that_are_laid_out() -> None:
    week = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
    weekly = replace(OUTLOOK, mean_by_day=week * 13)
    assert weekly.wanted_packs(7 * 20) == pytest.approx(100)
    assert weekly.wanted_packs(7 * 20 + 5) == pytest.approx(105)


@given(mean=means, stock=stocks, days=spans, later=spans)
@settings(deadline=None, max_examples=30)
def test_waiting_longer_never_makes_an_empty_shelf_less_likely(
    mean: float, stock: int, days: float, later: float
) -> None:
    one = outlook(mean)
    soon, late = sorted((days, later))
    assert one.p_stock_out(stock, days=soon) <= one.p_stock_out(stock, days=late) + 1e-9
    assert one.expected_lost_packs(stock, days=soon) <= (
        one.expected_lost_packs(stock, days=late) + 1e-6
    )
    assert one.p_stock_out(stock + 1, days=late) <= one.p_stock_out(stock, days=late) + 1e-9


@given(mean=means, stock=st.integers(1, 80), risk=st.floats(0.01, 0.9))
@settings(deadline=None, max_examples=20)
def test_the_day_it_runs_out_is_the_first_on_which_the_risk_is_reached(
    mean: float, stock: int, risk: float
) -> None:
    one = outlook(mean)
    day = one.runs_out_on(stock, risk=risk)
    if day is None:
        assert one.p_stock_out(stock, days=LOOK_AHEAD_DAYS_MAX) < risk
        return
    ends = (day - FROM).days + 1
    assert one.p_stock_out(stock, days=ends) >= risk
    assert one.p_stock_out(stock, days=ends - 1) < risk


def test_an_empty_shelf_has_run_out_today_and_loses_everything() -> None:
    assert OUTLOOK.runs_out_on(0, risk=0.05) == FROM
    assert OUTLOOK.p_stock_out(0, days=0) == 1.0
    assert OUTLOOK.days_of_cover(0) == 0.0
    assert OUTLOOK.expected_lost_packs(0, days=10) == pytest.approx(9.0)


def test_where_nobody_asks_for_anything_a_stock_lasts_for_ever() -> None:
    quiet = outlook(0.0)
    assert quiet.days_of_cover(1) is None
    assert quiet.runs_out_on(1, risk=0.01) is None
    assert (quiet.p_stock_out(1, days=700), quiet.p_none_in(700)) == (0.0, 1.0)
    assert quiet.quantile_packs(0.95, days=700) == 0


def test_days_of_cover_follow_the_days_as_they_come() -> None:
    assert OUTLOOK.days_of_cover(9) == pytest.approx(10.0)
    assert replace(OUTLOOK, mean_by_day=(0.0,) * 7 + (2.0,) * 84).days_of_cover(3) == 8.5


def test_a_rate_that_is_not_known_makes_the_sum_wider_and_silence_likelier() -> None:
    sure, unsure = outlook(0.9, 0.0), outlook(0.9, 0.5)
    assert sure.quantile_packs(0.95, days=60) < unsure.quantile_packs(0.95, days=60)
    assert sure.p_none_in(7) < unsure.p_none_in(7)
    assert sure.wanted_packs(60) == unsure.wanted_packs(60)


def test_the_sum_s_chances_are_those_of_days_drawn_one_by_one() -> None:
    rng = np.random.default_rng(15)
    one = outlook(0.9, 0.1)
    variance = float(one.spread.variance(np.array([0.9]))[0])
    # The rate is drawn once for all days, each day's own whim anew.
    rate = rng.gamma(1 / 0.1, 0.1, 100_000)[:, None] * 0.9
    shape = 0.81 / (variance - 0.9)
    drawn = rng.poisson(rate * rng.gamma(shape, 1 / shape, (100_000, 14))).sum(axis=1)
    for p in (0.05, 0.5, 0.95):
        assert one.quantile_packs(p, days=14) == pytest.approx(np.quantile(drawn, p), abs=1)
    assert one.p_stock_out(20, days=14) == pytest.approx(np.mean(drawn >= 20), abs=0.01)
    lost = np.maximum(0, drawn - 20).mean()
    assert one.expected_lost_packs(20, days=14) == pytest.approx(lost, rel=0.05)


def test_the_published_spread_is_never_under_poisson_s() -> None:
    found = Spread().variance(np.array([0.0, 0.05, 0.2, 1.0, 2.5]))
    assert found == pytest.approx([0.0, 0.05, 1.85 * 0.2**1.26, 1.85, 1.85 * 2.5**1.26])
