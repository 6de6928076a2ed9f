"""When people come: shares of a day by hour and factors by weekday and season, by kind of site."""

from datetime import date
from functools import lru_cache
from typing import Final

from kiosk_sim.hours import Week

# Hour by hour from midnight; only the proportions matter.
_HOURS: Final[dict[str, tuple[float, ...]]] = {
    "health_centre": (1, 1, 0, 0, 0, 1, 2, 5, 9, 10, 9, 7, 6, 5, 7, 8, 9, 9, 8, 7, 5, 4, 3, 2),
    "hospital": (2, 1, 1, 1, 1, 1, 2, 5, 9, 10, 9, 7, 6, 5, 7, 8, 8, 7, 6, 5, 4, 4, 3, 2),
    "campus": (2, 1, 1, 1, 0, 1, 2, 3, 4, 5, 6, 9, 15, 8, 7, 10, 16, 16, 9, 7, 6, 6, 5, 3),
    "dormitory": (4, 2, 1, 1, 1, 2, 6, 8, 4, 2, 2, 4, 7, 4, 2, 2, 3, 6, 9, 11, 12, 12, 10, 7),
    "station": (2, 1, 1, 1, 1, 3, 7, 9, 8, 6, 5, 5, 6, 5, 5, 6, 8, 10, 10, 8, 7, 6, 5, 3),
    "mall": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 7, 8, 8, 8, 8, 9, 9, 10, 12, 12, 9, 3, 0),
}
_WEEKDAYS: Final[dict[str, tuple[float, ...]]] = {
    "health_centre": (1.05, 1.05, 1.05, 1.05, 1.10, 0.95, 0.75),
    "hospital": (1.15, 1.10, 1.05, 1.05, 1.05, 0.85, 0.75),
    "campus": (0.95, 0.95, 1.00, 1.05, 1.15, 1.00, 0.90),
    "dormitory": (1.10, 1.15, 1.15, 1.15, 1.25, 1.10, 0.10),
    "station": (0.95, 0.90, 0.90, 0.95, 1.25, 1.10, 0.95),
    "mall": (0.75, 0.75, 0.80, 0.90, 1.15, 1.55, 1.10),
}
_OTHER: Final = "health_centre"
_HOLIDAY: Final = 0.40
# Winter and summer, as month and day.
_HOLIDAYS: Final = ((115, 220), (710, 831))


def weekday_factor(kind: str, weekday: int) -> float:
    """Return how busy a weekday (Monday is 0) is against the week's mean of 1."""
    return _WEEKDAYS.get(kind, _WEEKDAYS[_OTHER])[weekday]


def season_factor(kind: str, day: date) -> float:
    """Return how busy a day of the year is; campuses empty in their holidays."""
    if kind != "campus":
        return 1.0
    key = day.month * 100 + day.day
    return _HOLIDAY if any(first <= key <= last for first, last in _HOLIDAYS) else 1.0


@lru_cache(maxsize=4096)
def open_minutes(kind: str, week: Week, weekday: int) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Return cumulative weights and the half hours they stand for; closed ones are left out."""
    hours = _HOURS.get(kind, _HOURS[_OTHER])
    total, weights, starts = 0.0, [], []
    for start in range(0, 24 * 60, 30):
        is_within = any(low <= start and start + 30 <= high for low, high in week[weekday])
        if is_within and hours[start // 60] > 0:
            total += hours[start // 60]
            weights.append(total)
            starts.append(start)
    return tuple(weights), tuple(starts)
