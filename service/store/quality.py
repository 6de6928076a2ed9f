"""Who reported each day and how late facts came, in SQL: added to with the facts themselves."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from service.domain.lateness import Lateness
from service.store.bulk import merge_rows
from service.store.sql import table_of
from service.store.tables.quality import LatenessTally, ReportingDay


@dataclass(frozen=True, slots=True)
class SqlQuality:
    """Keeps sums in the tables ``reporting_day`` and ``lateness_tally``."""

    connection: Connection

    def add_reporting(self, day: date, kiosks: int) -> None:
        """Count kiosks that gave their first sign of a day."""
        rows = [(day, kiosks)]
        merge_rows(self.connection, table_of(ReportingDay), ("day", "kiosks"), rows, how="add")

    def add_lateness(self, lateness: Lateness) -> None:
        """Count facts by the day on which we heard them, and by how late they came."""
        columns = ("day", "upto_s", "facts")
        rows = [(day, upto_s, facts) for (day, upto_s), facts in sorted(lateness.items())]
        merge_rows(self.connection, table_of(LatenessTally), columns, rows, how="add")
