"""Reads the changes that pages follow, by number."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, or_, select

from service.flows.reads.ports import Change, ChangeSpan
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.watch import ChangeRow

POSTGRES_OVERLAP: Final = 200
"""PostgreSQL numbers rows before they are committed, so a lower number may turn up later."""

_CHANGE = table_of(ChangeRow)


class ChangeReads(Reading):
    """Reads changes."""

    def ping(self) -> None:
        """Ask the database for nothing."""
        with self.moment() as connection:
            connection.execute(select(1))

    def change_span(self) -> ChangeSpan:
        """Return which changes are kept."""
        with self.moment() as connection:
            oldest = connection.scalar(select(func.min(_CHANGE.c.id))) or 0
            newest = connection.scalar(select(func.max(_CHANGE.c.id))) or 0
        overlap = 0 if self.dialect == "sqlite" else POSTGRES_OVERLAP
        return ChangeSpan(oldest=oldest, newest=newest, overlap=overlap)

    def changes(self, after: int, *, also: Collection[int], most: int) -> tuple[Change, ...]:
        """Return changes past a number, and those with some numbers below it, by number."""
        past = _CHANGE.c.id > after
        wanted = or_(past, _CHANGE.c.id.in_(also)) if also else past
        rows = select(_CHANGE.c.id, _CHANGE.c.at, _CHANGE.c.kind, _CHANGE.c.subject).where(wanted)
        with self.moment() as connection:
            found = connection.execute(rows.order_by(_CHANGE.c.id).limit(most)).all()
        return tuple(Change(*row) for row in found)
