"""Hourly and daily sums in SQL: added to, never replaced."""

from dataclasses import dataclass

from sqlalchemy import Connection

from service.domain.totals import SUMS, Tallies
from service.store.bulk import merge_rows
from service.store.sql import table_of
from service.store.tables.books import DayTally, HourTally


@dataclass(frozen=True, slots=True)
class SqlTotals:
    """Keeps sums in the tables ``hour_tally`` and ``day_tally``."""

    connection: Connection

    def add(self, tallies: Tallies) -> None:
        """Add sums to the books, in the order of their keys: two writers cannot deadlock."""
        for model, when, sums in (
            (HourTally, "hour", tallies.hourly),
            (DayTally, "day", tallies.daily),
        ):
            columns = (*SUMS, "site_id", "item", when)
            rows = [(*tally.values(), *key) for key, tally in sorted(sums.items())]
            merge_rows(self.connection, table_of(model), columns, rows, how="add")
