"""What is special about a day: holidays of a country, the Spring Festival, and campus holidays.

The rules take plain words of a day; only here is it known where they come from.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from service.domain.demand_panel import MarkOf

CAMPUS_BREAKS: Final = "01-15..02-20,07-10..08-31"
"""When campuses are empty unless told otherwise: the usual winter and summer holidays."""

SPRING_FESTIVAL_DAYS: Final = range(-2, 8)
"""Counted from the first day of the lunar year: people leave before it and come back after it."""

BRIDGE_DAYS_MAX: Final = 2
"""So many plain days between two holidays are holidays, too: the weekend between them."""

_LUNAR: Final = ("Chinese New Year", "Lunar New Year", "Spring Festival")
_NOT_THE_DAY: Final = ("Eve", "observed", "substituted", "holiday")
_YEARS: Final = range(1990, 2101)
_MONTH_AND_DAY: Final = len("MM-DD")
_LEAP: Final = 2000


class CalendarError(ValueError):
    """A calendar was named that there is not; the sentence says which and what to do."""


def marks(country: str, breaks: str) -> tuple[MarkOf, ...]:
    """Return what says of a day whether it is a holiday, and whether campuses are empty.

    ``country`` is a two-letter code, empty for none. ``breaks`` are stretches of days by commas,
    each year's ``MM-DD..MM-DD`` or one ``YYYY-MM-DD..YYYY-MM-DD``.
    """
    found: list[MarkOf] = []
    if country:
        _years_holidays(country, 2026)
        found.append(_holiday_marks(country))
    stretches = tuple(_stretch(text) for text in breaks.split(",") if text)
    if stretches:
        found.append(_break_marks(stretches))
    return tuple(found)


def _holiday_marks(country: str) -> MarkOf:
    def mark(day: date) -> str:
        if day.year not in _YEARS:
            return ""
        return _marked_days(country, day.year).get(day, "")

    return mark


def _break_marks(stretches: tuple[Callable[[date], bool], ...]) -> MarkOf:
    def mark(day: date) -> str:
        return "campus_break" if any(is_within(day) for is_within in stretches) else ""

    return mark


@lru_cache(maxsize=512)
def _marked_days(country: str, year: int) -> dict[date, str]:
    """Return the days of a year that are special, each with its word."""
    around = {
        day: name
        for one in (year - 1, year, year + 1)
        for day, name in _years_holidays(country, one).items()
    }
    found: dict[date, str] = {}
    days = sorted(around)
    for first, following in zip(days, [*days[1:], days[-1]], strict=True):
        found[first] = "holiday"
        between = (following - first).days - 1
        if 0 < between <= BRIDGE_DAYS_MAX:
            found |= {first + timedelta(days=n): "holiday" for n in range(1, between + 1)}
    new_years = [
        day
        for day, name in around.items()
        if any(word in name for word in _LUNAR) and not any(word in name for word in _NOT_THE_DAY)
    ]
    for new_year in {min(d for d in new_years if d.year == one.year) for one in new_years}:
        found |= {new_year + timedelta(days=n): "spring_festival" for n in SPRING_FESTIVAL_DAYS}
    return {day: word for day, word in found.items() if day.year == year}


@lru_cache(maxsize=512)
def _years_holidays(country: str, year: int) -> dict[date, str]:
    try:
        return dict(holidays.country_holidays(country, years=year, language="en_US").items())
    except NotImplementedError:
        message = (
            f"There is no calendar of holidays for {country}; give a country's two letters, "
            "as CN, or nothing for none."
        )
        raise CalendarError(message) from None


def _stretch(text: str) -> Callable[[date], bool]:
    """Return what says whether a day is in a stretch; one may reach over the end of the year."""
    first, _, last = text.partition("..")
    try:
        if len(first) > _MONTH_AND_DAY or len(last) > _MONTH_AND_DAY:
            begin, end = date.fromisoformat(first), date.fromisoformat(last)
            return lambda day: begin <= day <= end
        low, high = ((d.month, d.day) for d in (_of_any_year(first), _of_any_year(last)))
    except ValueError as error:
        message = f"{text} is no stretch of days: write MM-DD..MM-DD or YYYY-MM-DD..YYYY-MM-DD."
        raise CalendarError(message) from error
    if low <= high:
        return lambda day: low <= (day.month, day.day) <= high
    return lambda day: (day.month, day.day) >= low or (day.month, day.day) <= high


def _of_any_year(text: str) -> date:
    return date.fromisoformat(f"{_LEAP}-{text}")
