"""Changes in SQL: short-lived rows by number, for the pages that listen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from service.store.bulk import append_rows
from service.store.sql import table_of
from service.store.tables.watch import ChangeRow

_CHANGE = table_of(ChangeRow)
_COLUMNS: Final = ("at", "kind", "subject")


@dataclass(frozen=True, slots=True)
class SqlChanges:
    """Keeps changes in the table ``change``."""

    connection: Connection

    def note(self, kind: str, subjects: Iterable[str], at: datetime) -> None:
        """Note that some subjects of a kind changed."""
        rows = [(at, kind, subject) for subject in subjects]
        append_rows(self.connection, _CHANGE, _COLUMNS, rows)
