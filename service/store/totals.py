"""Hourly and daily sums in SQL: added to, never replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.totals import SUMS, Tallies, Tally
from service.store.sql import merge
from service.store.tables.books import DayTally, HourTally


@dataclass(frozen=True, slots=True)
class SqlTotals:
    """Keeps sums in the tables ``hour_tally`` and ``day_tally``."""

    connection: Connection

    def add(self, tallies: Tallies) -> None:
        """Add sums to the books, in the order of their keys: two writers cannot deadlock."""
        merge(self.connection, HourTally, _rows(tallies.hourly, "hour"), "add")
        merge(self.connection, DayTally, _rows(tallies.daily, "day"), "add")


def _rows(
    sums: Mapping[tuple[str, str, datetime], Tally] | Mapping[tuple[str, str, date], Tally],
    when: str,
) -> list[dict[str, Any]]:
    return [
        {"site_id": key[0], "item": key[1], when: key[2]}
        | dict(zip(SUMS, tally.values(), strict=True))
        for key, tally in sorted(sums.items())
    ]
