"""What people forecast with today, on the same histories: each step that was seen, in a row.

They know nothing of shares: a step counts for them where at least half of it was seen. So none is
punished for empty shelves; what is judged is the forecast.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import (
    TSB,
    CrostonClassic,
    CrostonSBA,
    SimpleExponentialSmoothingOptimized,
    WindowAverage,
    ZeroModel,
)

from tests.bench.forecast_world import Floats

SEEN_LEAST = 0.5


def peers(sold: Floats, seen: Floats, *, window: int) -> Mapping[str, Floats]:
    """Return the mean per step that each peer forecasts, (series,): all of them are flat."""
    rows = {number: _row(sold[number], seen[number], window) for number in range(len(sold))}
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(list(rows), [len(row) for row in rows.values()]),
            "ds": np.concatenate([np.arange(len(row)) for row in rows.values()]),
            "y": np.concatenate(list(rows.values())),
        }
    )
    models = {
        "zero": ZeroModel(alias="zero"),
        "amc": WindowAverage(window_size=window, alias="amc"),
        "ses": SimpleExponentialSmoothingOptimized(alias="ses"),
        "croston": CrostonClassic(alias="croston"),
        "sba": CrostonSBA(alias="sba"),
        "tsb": TSB(alpha_d=0.1, alpha_p=0.1, alias="tsb"),
    }
    told = StatsForecast(models=list(models.values()), freq=1, n_jobs=1).forecast(df=frame, h=1)
    told = told.set_index("unique_id").loc[list(rows)]
    return {name: np.nan_to_num(told[name].to_numpy(dtype=np.float64)) for name in models}


def empirical(sold: Floats, seen: Floats, levels: Floats) -> Floats:
    """Return the quantiles of all the steps that were seen, (series, levels)."""
    return np.array(
        [
            np.quantile(_row(*both, 1), levels, method="inverted_cdf")
            for both in zip(sold, seen, strict=True)
        ]
    )


def _row(sold: Floats, seen: Floats, window: int) -> Floats:
    """Return the steps of a series that were seen, at least as many as the window needs."""
    kept = seen >= SEEN_LEAST
    row = sold[kept] / seen[kept]
    return np.concatenate([np.zeros(max(0, window - len(row))), row])
