"""What is wrong by signs that take days to show: counts that differ, nobody who takes anything."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import prod
from typing import Final, Protocol

from service.domain.incidents import Finding, IncidentKind, Severity, Subject

DIFFERING_FOR: Final = timedelta(days=7)
DIFFERING_PACKS_MIN: Final = 5
DIFFERING_PACKS_HOLD: Final = 3
DIFFERING_PACKS_GRAVE: Final = 20

NONE_CHANCE_MAX: Final = 0.001
"""Every pack that is taken ends a pause; of so many one is as long as this by chance alone.

At one in a hundred 43 kiosks with 50 packs a day would cry wolf every other day.
"""

QUIET_DAYS_MIN: Final = 1.0
QUIET_DAYS_MAX: Final = 60.0


class Demand(Protocol):
    """What is known of the demand for one item (``domain.demand.Outlook``)."""

    @property
    def seen_days(self) -> float:
        """Return for how many days of late the item was there to be had."""

    def p_none_in(self, days: float) -> float:
        """Return the chance that nobody takes anything in so many days."""


def differing_finding(
    kiosk_id: str, *, packs_missing: int, packs_found: int, latest_at: datetime
) -> Finding | None:
    """Return that counts differ from the books by more than a miscount or two."""
    packs = packs_missing + packs_found
    if packs < DIFFERING_PACKS_HOLD:
        return None
    return Finding(
        subject=Subject(IncidentKind.DISCREPANCY, kiosk_id),
        severity=Severity.CRITICAL if packs >= DIFFERING_PACKS_GRAVE else Severity.WARNING,
        numbers={
            "packs_missing": packs_missing,
            "packs_found": packs_found,
            "days": DIFFERING_FOR.days,
        },
        holds_only=packs < DIFFERING_PACKS_MIN,
        latest_at=latest_at,
    )


def no_takers_finding(
    kiosk_id: str, demands: Sequence[Demand], *, quiet_since: datetime, at: datetime
) -> Finding | None:
    """Return that nobody took anything for so long that it is no chance.

    ``demands`` are of the items that were there to be had. Nobody knows of a time that the outlook
    has not seen, so a pause is as long as that at most.
    """
    if not demands:
        return None
    seen = max(one.seen_days for one in demands)
    quiet = min((at - quiet_since) / timedelta(days=1), seen, QUIET_DAYS_MAX)
    if quiet < QUIET_DAYS_MIN:
        return None
    chance = prod(one.p_none_in(quiet) for one in demands)
    if chance >= NONE_CHANCE_MAX:
        return None
    return Finding(
        subject=Subject(IncidentKind.NO_TAKERS, kiosk_id),
        numbers={"days": int(quiet), "quiet_since": quiet_since.isoformat()},
    )


def month_finding(
    region: str, month: str, *, facts: int, gone: int, kiosks: Iterable[str]
) -> Finding | None:
    """Return that a month cannot be closed with whole figures, and for whom."""
    places = sorted(kiosks)
    if not places and not facts:
        return None
    return Finding(
        subject=Subject(IncidentKind.MONTH_NOT_CLOSABLE, region),
        numbers={
            "month": month,
            "facts": facts,
            "gone": gone,
            "kiosks": len(places),
            "places": places[:50],
        },
    )
