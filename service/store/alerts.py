"""Alerts in SQL: one open for each subject, by a partial unique index."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.alerts import SEVERITY, Finding
from service.store.engine import dialect_of
from service.store.sql import in_chunks, table_of
from service.store.tables.watch import AlertRow

_ALERT = table_of(AlertRow)


@dataclass(frozen=True, slots=True)
class SqlAlerts:
    """Keeps alerts in the table ``alert``."""

    connection: Connection

    def open_subjects(self, kinds: Collection[str]) -> list[str]:
        """Return the subjects of the open alerts of some kinds."""
        subjects = select(_ALERT.c.subject).where(
            _ALERT.c.resolved_at.is_(None), _ALERT.c.kind.in_(kinds)
        )
        return list(self.connection.scalars(subjects))

    def open(self, findings: Sequence[Finding], at: datetime) -> None:
        """Open alerts; one that is already open stays as it is."""
        rows = [
            {
                "subject": finding.subject.key,
                "kind": finding.subject.kind.value,
                "severity": SEVERITY[finding.subject.kind].value,
                "place": finding.subject.place,
                "item": finding.subject.item or None,
                "slot": finding.subject.slot or None,
                "opened_at": at,
                "numbers": finding.numbers,
            }
            for finding in findings
        ]
        if not rows:
            return
        name = dialect_of(self.connection)
        insert = (sqlite.insert if name == "sqlite" else postgresql.insert)(_ALERT)
        self.connection.execute(
            insert.on_conflict_do_nothing(
                index_elements=["subject"], index_where=text("resolved_at IS NULL")
            ),
            rows,
        )

    def resolve(self, subjects: Collection[str], at: datetime) -> None:
        """Resolve open alerts."""
        for some in in_chunks(subjects):
            still_open = (_ALERT.c.subject.in_(some)) & (_ALERT.c.resolved_at.is_(None))
            self.connection.execute(update(_ALERT).where(still_open).values(resolved_at=at))
