"""Changes in SQL: short-lived rows by number, for the pages that listen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from service.store.sql import table_of
from service.store.tables.watch import ChangeRow

_CHANGE = table_of(ChangeRow)


@dataclass(frozen=True, slots=True)
class SqlChanges:
    """Keeps changes in the table ``change``."""

    connection: Connection

    def note(self, kind: str, subjects: Iterable[str], at: datetime) -> None:
        """Note that some subjects of a kind changed."""
        rows = [{"at": at, "kind": kind, "subject": subject} for subject in subjects]
        if rows:
            self.connection.execute(insert(_CHANGE), rows)
