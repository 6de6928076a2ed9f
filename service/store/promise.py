"""Promises in SQL: people × seconds by day and town, and from which moment on they are due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, func, select

from service.domain.circle import Standing
from service.domain.promise import PromiseSums
from service.flows.ports_timeline import Past
from service.store.bulk import append_rows, merge_rows
from service.store.sql import table_of
from service.store.tables.circle import OutletChange, PromiseBasis, PromiseDay, PromiseDue
from service.store.tables.registry import Kiosk, Slot

_CHANGE, _DAY, _DUE = table_of(OutletChange), table_of(PromiseDay), table_of(PromiseDue)
_BASIS, _KIOSK, _SLOT = table_of(PromiseBasis), table_of(Kiosk), table_of(Slot)
_COLUMNS: Final = (*PromiseSums._fields, "item", "day", "town_code")


@dataclass(frozen=True, slots=True)
class SqlPromises:
    """Keeps the tables ``promise_day`` and ``promise_due``; reads ``outlet_change``."""

    connection: Connection

    def mark(self, moments: Mapping[str, datetime]) -> None:
        """Note from which moment on items are to be summed up anew; an earlier one stays."""
        rows = sorted(moments.items())
        merge_rows(self.connection, _DUE, ("item", "from_at"), rows, how="least")

    def mark_all(self) -> None:
        """Note that every item is to be summed up anew from its beginning."""
        begin = func.min(_CHANGE.c.at).label("begin")
        heard = select(_CHANGE.c.item, begin).group_by(_CHANGE.c.item)
        for rows in (heard, _enrolled()):
            self.mark({row.item: row.begin for row in self.connection.execute(rows)})

    def due(self) -> dict[str, datetime]:
        """Return up to which moment each item is summed up."""
        rows = self.connection.execute(select(_DUE.c.item, _DUE.c.from_at))
        return {row.item: row.from_at for row in rows}

    def stand_on(self, basis: str) -> None:
        """Note what all sums stand on; where that is another than before, all are due anew."""
        if self.connection.scalar(select(_BASIS.c.basis)) != basis:
            merge_rows(self.connection, _BASIS, ("id", "basis"), [(1, basis)], how="replace")
            self.mark_all()

    def begin(self, item: str) -> datetime | None:
        """Return since when an item is promised; None where it is not.

        From the first word of it on, and at the latest since the first kiosk was enrolled that is
        meant to hold it: a machine that never says a word owes us its present, too.
        """
        heard = self.connection.scalar(select(func.min(_CHANGE.c.at)).where(_CHANGE.c.item == item))
        enrolled = self.connection.execute(_enrolled().where(_SLOT.c.item == item)).first()
        known = [heard, None if enrolled is None else enrolled.begin]
        return min((one for one in known if one is not None), default=None)

    def past(self, item: str, begin: datetime, end: datetime) -> Past:
        """Return how outlets stood for an item at the begin, and changes up to before the end."""
        columns = (_CHANGE.c.at, _CHANGE.c.outlet_id, _CHANGE.c.standing)
        within = select(*columns).where(
            _CHANGE.c.item == item, _CHANGE.c.at > begin, _CHANGE.c.at < end
        )
        rows = self.connection.execute(within.order_by(_CHANGE.c.at, _CHANGE.c.outlet_id))
        return Past(
            stood=stood_at(self.connection, item, begin),
            changes=[(row.at, row.outlet_id, Standing(row.standing)) for row in rows],
        )

    def replace(
        self,
        item: str,
        days: Sequence[date],
        sums: Mapping[tuple[date, str], PromiseSums],
        *,
        upto: datetime,
    ) -> None:
        """Put sums, by day and town, in the place of some days, summed up to a moment."""
        if days:
            span = _DAY.c.day.between(min(days), max(days))
            self.connection.execute(delete(_DAY).where(_DAY.c.item == item, span))
        rows = [(*values, item, *place) for place, values in sorted(sums.items())]
        append_rows(self.connection, _DAY, _COLUMNS, rows)
        merge_rows(self.connection, _DUE, ("item", "from_at"), [(item, upto)], how="replace")

    def forget(self, item: str) -> None:
        """Let all sums of an item go, of which nothing is known after all."""
        self.connection.execute(delete(_DAY).where(_DAY.c.item == item))
        self.connection.execute(delete(_DUE).where(_DUE.c.item == item))


def _enrolled() -> Select[Any]:
    """Select items, and since when the first kiosk is enrolled that is meant to hold each."""
    first = func.min(_KIOSK.c.enrolled_at).label("begin")
    meant = select(_SLOT.c.item, first).join(_KIOSK, _KIOSK.c.id == _SLOT.c.kiosk_id)
    return meant.group_by(_SLOT.c.item)


def stood_at(connection: Connection, item: str, at: datetime) -> dict[str, Standing]:
    """Return how kiosks stood for an item at a moment; one that never carried it is left out.

    Of what a kiosk is meant to hold nothing is known before its first word: one look for each.
    """
    newest = (
        select(_CHANGE.c.standing)
        .where(_CHANGE.c.outlet_id == _KIOSK.c.id, _CHANGE.c.item == item, _CHANGE.c.at <= at)
        .order_by(_CHANGE.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(select(_KIOSK.c.id, newest))
    meant = select(_SLOT.c.kiosk_id).where(_SLOT.c.item == item).distinct()
    stood = dict.fromkeys(connection.scalars(meant), Standing.UNKNOWN)
    return stood | {row[0]: Standing(row[1]) for row in rows if row[1] is not None}
