"""Outlets of the circle: which kinds count, and how those stand that report no stock."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from service.domain.circle import Standing, Standings

KIOSK: Final = "kiosk"
"""The kind of outlet that tells its stock by itself."""

OUTLET_KINDS: Final = (KIOSK, "staffed", "paid", "delivery")
"""All kinds that there are."""

CIRCLE_KINDS: Final = (KIOSK, "staffed")
"""Those that count unless set otherwise: free, and walked to."""


def standings_of(
    items: Sequence[str],
    outlet_ids: Sequence[str],
    *,
    kept: Mapping[tuple[str, str], Standing],
    unreported: Mapping[str, Collection[str]],
) -> Standings:
    """Return how outlets stand whatever the hour, shape (items, outlets).

    ``kept`` says it, by (outlet, item), of those that report. ``unreported`` are the others, with
    what each carries: staff are there, and whether they have the item nobody knows.
    """
    raw = np.full((len(items), len(outlet_ids)), Standing.NEVER, dtype=np.int8)
    item_at = {item: index for index, item in enumerate(items)}
    outlet_at = {outlet_id: index for index, outlet_id in enumerate(outlet_ids)}
    for (outlet_id, item), standing in kept.items():
        if outlet_id in outlet_at and item in item_at:
            raw[item_at[item], outlet_at[outlet_id]] = standing
    for outlet_id, carried in unreported.items():
        raw[:, outlet_at[outlet_id]] = Standing.NEVER
        for item in carried:
            if item in item_at:
                raw[item_at[item], outlet_at[outlet_id]] = Standing.STOCK_UNKNOWN
    return raw


def are_reported(
    outlet_ids: Sequence[str], unreported: Collection[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return, by outlet, whether anybody reports how it stands."""
    return np.array([one not in unreported for one in outlet_ids], dtype=np.bool_)
