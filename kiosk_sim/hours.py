"""Opening hours in the part of OpenStreetMap's syntax that the district file uses."""

import re
from typing import Final

MINUTES: Final = 24 * 60
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_RULE = re.compile(
    r"^(?P<first>Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?P<last>Mo|Tu|We|Th|Fr|Sa|Su))? (?P<spans>[0-9:,-]+)$"
)
_SPAN = re.compile(r"^([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])$")

# For each weekday from Monday: the spans of minutes in which it is open.
Week = tuple[tuple[tuple[int, int], ...], ...]
ALWAYS: Final[Week] = (((0, MINUTES),),) * 7


def parse_hours(text: str) -> Week:
    """Return the week's open spans; later rules replace earlier ones for their days."""
    if text.strip() == "24/7":
        return ALWAYS
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    for rule in text.split(";"):
        found = _RULE.match(rule.strip())
        if found is None:
            message = f"opening hours {text!r}: cannot read {rule.strip()!r}"
            raise ValueError(message)
        first = _DAYS.index(found["first"])
        last = _DAYS.index(found["last"] or found["first"])
        spans = tuple(_span(part, text) for part in found["spans"].split(","))
        for day in range(first, last + 1):
            week[day] = spans
    return tuple(week)


def _span(part: str, text: str) -> tuple[int, int]:
    found = _SPAN.match(part)
    if found is None:
        message = f"opening hours {text!r}: cannot read {part!r}"
        raise ValueError(message)
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not start < end <= MINUTES:
        message = f"opening hours {text!r}: {part!r} does not end after it starts"
        raise ValueError(message)
    return start, end


def is_open(week: Week, weekday: int, minute: int) -> bool:
    """Say whether it is open at a minute of a weekday (Monday is 0)."""
    return any(start <= minute < end for start, end in week[weekday])
