"""Opening hours in OpenStreetMap's syntax, asked in the district's time zone."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, State, validate

from service.domain.district import Named
from service.geo.fields import FieldError, plain
from service.geo.table import said

ALWAYS: Final = "24/7"
TEXT_CHARS_MAX: Final = 255
"""As long as a value may be in OpenStreetMap."""

HOLIDAYS_OF: Final = "CN"
"""Whose public holidays ``PH`` means: the statutory days; swapped working days are not known."""

HORIZON_DAYS: Final = 1_500
"""A state that holds for longer counts as holding for ever: leap days are still found."""

CHANGES_MAX: Final = 5_000
"""So many changes of a remark are passed over in search of a change of hours."""

READ_KEPT: Final = 4_096
"""So many different texts are kept read."""

SPANS_KEPT: Final = 512
"""So many answers of ``open_spans`` are kept: outlets share texts, and months are asked again."""

_DASHES: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\u301c~至到", "-")
)
_SUN: Final = re.compile(r"sunrise|sunset|dawn|dusk", re.IGNORECASE)
_ALL_DAY: Final = frozenset({"24小时", "全天", "全天开放", "24小时开放", "24h", "24 hours"})


@dataclass(frozen=True, slots=True)
class Hours:
    """When a place is open. Only what is surely open counts: ``unknown`` in the text does not.

    ``is_assumed``: nothing is known of the hours, and the place is taken as always open.
    """

    text: str
    zone: ZoneInfo
    is_assumed: bool
    _rule: OpeningHours | None = field(repr=False, compare=False)

    @staticmethod
    def read(text: str, zone: ZoneInfo) -> "Hours":
        """Return the hours that a text means; FieldError where it cannot be read."""
        return _read(normal(text), zone)

    @property
    def is_always(self) -> bool:
        """Whether it never closes, known without asking the hour."""
        return self._rule is None

    def is_open(self, at: datetime) -> bool:
        """Say whether it is open at an instant of any zone."""
        assert at.tzinfo is not None
        return self._rule is None or bool(self._rule.is_open(at.astimezone(self.zone)))

    def next_change(self, at: datetime) -> datetime | None:
        """Return when it next opens or closes, in UTC; None where it never does within years."""
        assert at.tzinfo is not None
        if self._rule is None:
            return None
        changed: datetime | None = at.astimezone(self.zone)
        was_open = self._rule.is_open(changed)
        for _ in range(CHANGES_MAX):
            changed = self._rule.next_change(changed)
            if changed is None or self._rule.is_open(changed) != was_open:
                break
        else:
            return None
        return changed and changed.astimezone(UTC)

    def open_spans(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """Return the spans of a stretch in which it is open, in UTC, ascending and apart."""
        assert start.tzinfo is not None
        assert end.tzinfo is not None
        if start >= end:
            return ()
        if self._rule is None:
            return ((start.astimezone(UTC), end.astimezone(UTC)),)
        return _open_spans(self, start.astimezone(UTC), end.astimezone(UTC))


def normal(text: str) -> str:
    """Return hours as the syntax writes them, empty where nothing is known; FieldError if unread.

    Full-width signs, long dashes and the Chinese words for round the clock are understood.
    """
    written = " ".join(plain(text).translate(_DASHES).split())
    if not written or written in _ALL_DAY:
        return written and ALWAYS
    if len(written) > TEXT_CHARS_MAX or not validate(written):
        raise FieldError(
            Named(
                f"看不懂营业时间 {said(text)}；请按 OpenStreetMap 的写法，如 Mo-Fr 08:30-17:30; "
                "Sa 09:00-12:00，全天开放写 24/7",
                f"the opening hours {said(text)} are not understood; write them as OpenStreetMap "
                "does, such as Mo-Fr 08:30-17:30; Sa 09:00-12:00, or 24/7",
            )
        )
    if _SUN.search(written):
        raise FieldError(
            Named(
                f"营业时间 {said(text)} 随日出日落变化；请写成固定时间",
                f"the opening hours {said(text)} move with the sun; write hours of the clock",
            )
        )
    return written


@lru_cache(maxsize=READ_KEPT)
def _read(written: str, zone: ZoneInfo) -> Hours:
    if written in {"", ALWAYS}:
        return Hours(text=written, zone=zone, is_assumed=not written, _rule=None)
    rule = OpeningHours(
        written,
        timezone=zone,
        country=HOLIDAYS_OF,
        auto_country=False,
        auto_timezone=False,
        max_interval_days=HORIZON_DAYS,
    )
    return Hours(text=written, zone=zone, is_assumed=False, _rule=rule)


@lru_cache(maxsize=SPANS_KEPT)
def _open_spans(
    hours: Hours, start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """Return open spans; those that touch, with another remark, are one."""
    assert hours._rule is not None  # noqa: SLF001 - the class's own other half
    spans: list[tuple[datetime, datetime]] = []
    zone = hours.zone
    for since, until, state, _ in hours._rule.intervals(  # noqa: SLF001 - as above
        start.astimezone(zone), end.astimezone(zone)
    ):
        if state is not State.OPEN:
            continue
        opens, closes = since.astimezone(UTC), until.astimezone(UTC)
        if spans and spans[-1][1] >= opens:
            opens = spans.pop()[0]
        spans.append((opens, closes))
    return tuple(spans)
