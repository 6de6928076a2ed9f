"""Keep what is short-lived short: changes, coverage, what was settled. Facts are never trimmed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, select

from service.store.sql import table_of
from service.store.tables.circle import CircleGap
from service.store.tables.ledger import QuarantineRow
from service.store.tables.notices import NoticeRow
from service.store.tables.watch import ChangeRow, CoverageRow

CHANGES_FOR: Final = timedelta(hours=24)
COVERAGE_FOR: Final = timedelta(days=400)
SETTLED_FOR: Final = timedelta(days=90)
"""What left the quarantine is a fact, or was never one; what waits there stays."""

TOLD_FOR: Final = timedelta(days=180)
"""What was told, or was not to be, stays on record so long; what waits or failed stays."""


def trim(connection: Connection, at: datetime) -> None:
    """Delete what is older than it is kept for."""
    change, coverage = table_of(ChangeRow), table_of(CoverageRow)
    aside, gap = table_of(QuarantineRow), table_of(CircleGap)
    # The newest stays: SQLite would count from 1 again, and pages would wait for what is past.
    newest = select(func.max(change.c.id)).scalar_subquery()
    old = (change.c.at < at - CHANGES_FOR) & (change.c.id < newest)
    connection.execute(delete(change).where(old))
    connection.execute(delete(coverage).where(coverage.c.computed_at < at - COVERAGE_FOR))
    connection.execute(delete(gap).where(gap.c.closed_at < at - COVERAGE_FOR))
    connection.execute(delete(aside).where(aside.c.settled_at < at - SETTLED_FOR))
    notice = table_of(NoticeRow)
    over = notice.c.state.in_(["sent", "gathered", "dropped"])
    connection.execute(delete(notice).where(notice.c.made_at < at - TOLD_FOR, over))
