"""Tallies: what was dispensed, asked for in vain, filled and taken out, by site and item."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Final, TypeVar

from service.domain.clocks import local_hour
from service.domain.facts import Dispensed, Fact, Outcome, Restocked


@dataclass(slots=True)
class Tally:
    """Sums over some time at one site of one item; they add up in any order."""

    dispensed_packs: int = 0
    dispensed_units: int = 0
    empty_asks: int = 0
    jams: int = 0
    refusals: int = 0
    restocked_packs: int = 0
    removed_packs: int = 0

    def add(self, what: Dispensed | Restocked) -> None:
        """Count one fact."""
        if isinstance(what, Restocked):
            self.restocked_packs += what.added_packs
            self.removed_packs += what.removed_packs
        elif what.outcome is Outcome.DISPENSED:
            self.dispensed_packs += what.packs
            self.dispensed_units += what.units
        elif what.outcome is Outcome.EMPTY:
            self.empty_asks += 1
        elif what.outcome is Outcome.JAMMED:
            self.jams += 1
        else:
            self.refusals += 1

    def values(self) -> tuple[int, ...]:
        """Return the sums in the order of ``SUMS``."""
        return (
            self.dispensed_packs,
            self.dispensed_units,
            self.empty_asks,
            self.jams,
            self.refusals,
            self.restocked_packs,
            self.removed_packs,
        )


SUMS: Final = tuple(field.name for field in fields(Tally))
"""The names of the sums, in the order of ``Tally.values``."""


_TALLIED: Final = (Dispensed, Restocked)
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Tallies:
    """What some facts add to the hourly and the daily book."""

    hourly: dict[tuple[str, str, datetime], Tally]
    daily: dict[tuple[str, str, date], Tally]


def tally(facts: Iterable[Fact], *, site_of: Callable[[str], str], zone: tzinfo) -> Tallies:
    """Return what facts add to each (site, item, hour) and (site, item, local day)."""
    hourly: dict[tuple[str, str, datetime], Tally] = {}
    daily: dict[tuple[str, str, date], Tally] = {}
    for fact in facts:
        what = fact.what
        if not isinstance(what, _TALLIED):
            continue
        site_id = site_of(fact.key.kiosk_id)
        hour, day = local_hour(fact.happened_at, zone)
        _sum(hourly, (site_id, what.item, hour)).add(what)
        _sum(daily, (site_id, what.item, day)).add(what)
    return Tallies(hourly=hourly, daily=daily)


def _sum(sums: dict[Key, Tally], key: Key) -> Tally:
    found = sums.get(key)
    if found is None:
        found = sums[key] = Tally()
    return found
