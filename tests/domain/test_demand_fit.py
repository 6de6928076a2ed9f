"""The demand model: what it makes of stock-outs, silence, like machines, weekdays and changes."""

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from service.domain.demand_fit import Forecast, forecast
from service.domain.demand_panel import MarkOf, Panel, Step, cycles_of, day_at

FIRST = date(2025, 1, 6)
Floats = NDArray[np.float64]


def fit(
    wanted: Floats,
    seen: Floats | None = None,
    *,
    step: Step = Step.DAY,
    horizon: int = 14,
    group: list[int] | None = None,
    marks: tuple[MarkOf, ...] = (),
) -> Forecast:
    series, steps = wanted.shape
    return forecast(
        Panel(
            step=step,
            wanted=wanted.astype(np.float64),
            seen=np.ones_like(wanted, dtype=np.float64) if seen is None else seen,
            group=np.array(group or [0] * series, dtype=np.int64),
            cycles=cycles_of(FIRST, steps + horizon, step, marks=marks),
            horizon=horizon,
        )
    )


def poisson(rate: Floats | float, shape: tuple[int, int], seed: int = 15) -> Floats:
    return np.random.default_rng(seed).poisson(rate, shape).astype(np.float64)


def test_days_without_stock_are_not_days_without_demand() -> None:
    wanted = poisson(0.8, (20, 170))
    seen = np.ones_like(wanted)
    seen[:, 90:140] = 0.0
    sold = wanted * seen
    assert fit(sold, seen).mean.mean() == pytest.approx(0.8, rel=0.08)
    assert fit(sold).mean.mean() < 0.75


def test_a_day_partly_out_of_stock_counts_by_its_part() -> None:
    shape = (20, 170)
    seen = np.where(np.arange(170) % 2 == 0, 1.0, 0.25)[None, :].repeat(20, axis=0)
    assert fit(poisson(0.8 * seen, shape), seen).mean.mean() == pytest.approx(0.8, rel=0.08)


def test_a_new_machine_borrows_from_its_kind_and_knows_that_it_knows_little() -> None:
    rates = np.array([0.2] * 12 + [2.0] * 12)
    kinds = [0] * 12 + [1] * 12
    wanted = poisson(rates[:, None], (24, 120))
    seen = np.ones_like(wanted)
    seen[[0, 12]] = 0.0  # Neither has been there for a day.
    made = fit(wanted * seen, seen, group=kinds)
    assert made.mean[0].mean() == pytest.approx(0.2, rel=0.5)
    assert made.mean[12].mean() == pytest.approx(2.0, rel=0.3)
    assert made.rate_cv2[12] > 2 * made.rate_cv2[13]


def test_the_more_a_machine_was_seen_the_more_it_speaks_for_itself() -> None:
    wanted = np.vstack([poisson(0.5, (20, 150)), poisson(3.0, (2, 150), seed=3)])
    seen = np.ones_like(wanted)
    seen[20, :-3] = 0.0  # Of one busy machine three days are known, of the other all.
    made = fit(wanted * seen, seen).mean.mean(axis=1)
    assert 0.5 < made[20] < made[21]
    assert made[21] == pytest.approx(3.0, rel=0.15)


def test_weekdays_are_learnt_where_they_differ_and_left_flat_where_they_do_not() -> None:
    weekend = np.array([(FIRST.weekday() + n) % 7 >= 5 for n in range(252)])
    made = fit(poisson(np.where(weekend, 0.1, 1.0), (14, 252)), horizon=7).mean.mean(axis=0)
    assert made[:5].mean() == pytest.approx(1.0, rel=0.12)
    assert made[5:].mean() < 0.3
    flat = fit(poisson(0.2, (14, 252)), horizon=7).mean.mean(axis=0)
    assert flat.max() / flat.min() < 1.15


def test_marked_days_stand_out_as_they_did_before_and_may_move() -> None:
    def festival(day: date) -> str:
        moved = (date(2025, 3, 3), date(2025, 6, 9), date(2025, 9, 1))
        return "festival" if any(0 <= (day - begin).days < 7 for begin in moved) else ""

    marked = np.array([bool(festival(day_at(FIRST, n, Step.DAY))) for n in range(240)])
    wanted = poisson(np.where(marked[:235], 0.2, 1.0), (30, 235))
    made = fit(wanted, marks=(festival,)).mean.mean(axis=0)
    # From the fourth day ahead on it is there again.
    assert made[:3].mean() == pytest.approx(1.0, rel=0.15)
    assert made[3:10].mean() < 0.4


def test_after_a_change_the_new_level_is_followed() -> None:
    rate = np.where(np.arange(300) < 240, 2.0, 0.5)
    made = fit(poisson(rate, (10, 300))).mean.mean()
    assert made == pytest.approx(0.5, rel=0.2)


def test_months_follow_the_season_and_the_trend() -> None:
    month = np.arange(66)
    rate = 60 * (1 + 0.5 * np.cos(2 * np.pi * month / 12)) * 1.01**month
    made = fit(poisson(rate[:60], (20, 60)), step=Step.MONTH, horizon=6).mean.mean(axis=0)
    assert made == pytest.approx(rate[60:], rel=0.15)


def test_nothing_at_all_is_little_and_not_never() -> None:
    made = fit(np.zeros((1, 100)))
    assert np.all(made.mean > 0)
    assert made.mean.max() < 0.02
    assert np.all(np.isfinite(made.variance()))


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("steps", [1, 2, 5, 30])
def test_any_length_of_history_has_a_forecast(step: Step, steps: int) -> None:
    made = fit(poisson(1.0, (2, steps)), step=step, horizon=3)
    assert made.mean.shape == (2, 3)
    assert np.all(np.isfinite(made.mean))
    assert np.all(made.variance() >= made.mean * 0.999)


def test_nine_in_ten_counts_are_within_the_interval() -> None:
    rng = np.random.default_rng(7)
    rate = rng.lognormal(0.0, 0.6, 60)[:, None] * np.ones((60, 208))
    drawn = rng.poisson(rng.gamma(1.2, rate / 1.2)).astype(np.float64)
    made = fit(drawn[:, :180], horizon=28)
    spread = drawn[:, 180:] - made.mean
    ratio = float(np.mean(spread**2) / np.mean(made.variance()))
    assert ratio == pytest.approx(1.0, abs=0.2)


def test_a_steady_series_has_a_narrower_spread_than_a_wild_one() -> None:
    rng = np.random.default_rng(9)
    steady = rng.poisson(1.0, (20, 200))
    wild = rng.poisson(rng.gamma(0.3, 1 / 0.3, (20, 200)))
    made = fit(np.vstack([steady, wild]).astype(np.float64))
    assert made.scale[:20].mean() < made.scale[20:].mean()
    assert made.spread_of(0).scale == made.scale[0]
