"""Timelines in SQL: changes of outlets over time, points to depart from, and what is due."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import merge as in_order
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, func, literal_column, select, tuple_

from service.domain.archive import ArchiveError
from service.domain.circle import Standing
from service.domain.facts import Fact, FactKey
from service.domain.kiosks import BEHIND_FACTS_MAX
from service.domain.timeline import Derived, Outline, Point, SlotAt
from service.flows.ports_timeline import OutletItem, Told
from service.store.archived import ArchiveReader, KeptFact, archived_facts, is_archived_since
from service.store.bulk import append_rows, merge_rows
from service.store.facts import to_fact
from service.store.sql import in_chunks, table_of
from service.store.tables.circle import OutletChange, TimelineDue, TimelinePoint
from service.store.tables.ledger import FactRow, GapRow
from service.store.tables.registry import Item, Kiosk, Slot
from service.store.tables.watch import LivenessRow

_FACT, _GAP, _LIVENESS = table_of(FactRow), table_of(GapRow), table_of(LivenessRow)
_CHANGE, _DUE, _POINT = table_of(OutletChange), table_of(TimelineDue), table_of(TimelinePoint)
_ITEM, _KIOSK, _SLOT = table_of(Item), table_of(Kiosk), table_of(Slot)
_PLACE: Final = tuple_(_POINT.c.epoch, _POINT.c.sequence)
# In plain figures, as in the index that it makes use of.
_IS_UNKNOWN: Final = _CHANGE.c.standing == literal_column(str(int(Standing.UNKNOWN)))


@dataclass(frozen=True, slots=True)
class SqlTimeline:
    """Keeps the tables ``outlet_change``, ``timeline_point`` and ``timeline_due``."""

    connection: Connection
    archive: ArchiveReader | None = None

    def mark(self, keys: Collection[FactKey]) -> None:
        """Note facts from which timelines are to be derived anew; an earlier one stays."""
        merge_rows(self.connection, _DUE, FactKey._fields, sorted(keys), how="least")

    def mark_all(self) -> None:
        """Note that every timeline is to be derived anew from its beginning."""
        kiosks = self.connection.scalars(select(_KIOSK.c.id).order_by(_KIOSK.c.id))
        self.mark([FactKey(kiosk_id, 0, 0) for kiosk_id in kiosks])

    def due(self, *, most: int) -> list[FactKey]:
        """Return, of some kiosks, from which fact their timelines are to be derived anew."""
        rows = self.connection.execute(select(_DUE).order_by(_DUE.c.kiosk_id).limit(most))
        return [FactKey(*row) for row in rows]

    def outline(self, due: FactKey, *, most: int) -> Told:
        """Return what a timeline is derived from: the last point before a fact, and facts on."""
        kiosk_id = due.kiosk_id
        start = self._point(kiosk_id, (due.epoch, due.sequence) > _PLACE)
        since = start.key if start is not None else FactKey(kiosk_id, -1, 0)
        facts = self._facts_after(since, most=most + 1)
        following = facts[most].key if len(facts) > most else None
        outline = Outline(
            kiosk_id=kiosk_id,
            planned=self._planned(kiosk_id),
            start=start,
            facts=facts[:most],
            gaps=self._gone(since, following),
        )
        return Told(outline=outline, following=following)

    def newest(self, kiosk_id: str) -> tuple[Point, Mapping[int, str]] | None:
        """Return a kiosk's newest point and what its slots are meant to hold."""
        point = self._point(kiosk_id)
        return None if point is None else (point, self._planned(kiosk_id))

    def _point(self, kiosk_id: str, *conditions: Any) -> Point | None:  # noqa: ANN401 - SQL's own
        newest = select(_POINT).where(_POINT.c.kiosk_id == kiosk_id, *conditions)
        newest = newest.order_by(_POINT.c.epoch.desc(), _POINT.c.sequence.desc()).limit(1)
        row = self.connection.execute(newest).first()
        return None if row is None else to_point(row)

    def _planned(self, kiosk_id: str) -> dict[int, str]:
        rows = select(_SLOT.c.slot, _SLOT.c.item).where(_SLOT.c.kiosk_id == kiosk_id)
        return {row.slot: row.item for row in self.connection.execute(rows)}

    def _gone(self, since: FactKey, before: FactKey | None) -> list[tuple[int, int]]:
        place = tuple_(_GAP.c.epoch, _GAP.c.first)
        gone = select(_GAP.c.epoch, _GAP.c.first).where(
            _GAP.c.kiosk_id == since.kiosk_id, _GAP.c.permanent.is_(True), place > since[1:]
        )
        if before is not None:
            gone = gone.where(place < before[1:])
        return [(epoch, first) for epoch, first in self.connection.execute(gone)]

    def _facts_after(self, since: FactKey, *, most: int) -> list[Fact]:
        place = tuple_(_FACT.c.epoch, _FACT.c.sequence)
        mine = select(_FACT).where(_FACT.c.kiosk_id == since.kiosk_id, place > since[1:])
        rows = mine.order_by(_FACT.c.epoch, _FACT.c.sequence).limit(most)
        here = self.connection.execute(rows).all()
        if not is_archived_since(self.connection, since):
            return [to_fact(row) for row in here]
        if self.archive is None:
            message = f"The past of {since.kiosk_id} is in the archive, and no archive is at hand."
            raise ArchiveError(message)
        there = archived_facts(self.connection, self.archive, kiosk_id=since.kiosk_id, since=since)
        behind: Iterator[Row[Any] | KeptFact] = (row for row in there if row[:3] > since)
        both = in_order(here, behind, key=lambda row: (row.epoch, row.sequence))
        return [to_fact(row) for row in islice(both, most)]

    def replace(self, derived: Derived, *, due: FactKey | None) -> dict[str, datetime]:
        """Put what was derived in the place of all since; return, by item, what differs first."""
        kiosk_id, start = derived.kiosk_id, derived.start
        # Item by item, since the index runs along them.
        mine = and_(_CHANGE.c.outlet_id == kiosk_id, _CHANGE.c.item.in_(select(_ITEM.c.code)))
        points = _POINT.c.kiosk_id == kiosk_id
        if start is not None:
            mine = and_(mine, _CHANGE.c.at >= start.at)
            points = and_(points, start.key[1:] <= _PLACE)
        columns = (_CHANGE.c.at, _CHANGE.c.item, _CHANGE.c.standing)
        kept = self.connection.execute(select(*columns).where(mine))
        before = {(row.at, row.item, row.standing) for row in kept}
        after = {(at, item, int(standing)) for at, item, standing in derived.changes}
        if before != after:
            self.connection.execute(delete(_CHANGE).where(mine))
            rows = [(kiosk_id, item, at, int(standing)) for at, item, standing in derived.changes]
            append_rows(self.connection, _CHANGE, tuple(_CHANGE.columns.keys()), rows)
        self.connection.execute(delete(_POINT).where(points))
        rows = [_to_row(point) for point in derived.points]
        append_rows(self.connection, _POINT, tuple(_POINT.columns.keys()), rows)
        if due is None:
            self.connection.execute(delete(_DUE).where(_DUE.c.kiosk_id == kiosk_id))
        else:
            merge_rows(self.connection, _DUE, FactKey._fields, [due], how="replace")
        return {item: at for at, item, _ in sorted(before ^ after, reverse=True)}

    def untold(self, at: datetime) -> dict[str, datetime | None]:
        """Return the kiosks that owe us their present, and since when; None: their newest fact."""
        missing = func.sum(_GAP.c.last - _GAP.c.first + 1)
        behind = (
            select(_GAP.c.kiosk_id)
            .join(
                _LIVENESS,
                and_(_LIVENESS.c.kiosk_id == _GAP.c.kiosk_id, _LIVENESS.c.epoch == _GAP.c.epoch),
            )
            .where(_GAP.c.permanent.is_(False))
            .group_by(_GAP.c.kiosk_id)
            .having(missing > BEHIND_FACTS_MAX)
        )
        silent = select(_LIVENESS.c.kiosk_id, _LIVENESS.c.silent_after).where(
            _LIVENESS.c.silent_after <= at
        )
        found: dict[str, datetime | None] = dict.fromkeys(self.connection.scalars(behind))
        return {row.kiosk_id: row.silent_after for row in self.connection.execute(silent)} | found

    def unknown(self) -> dict[OutletItem, datetime]:
        """Return the timelines that end with nothing known, and since when."""
        columns = (_CHANGE.c.outlet_id, _CHANGE.c.item, _CHANGE.c.at)
        rows = self.connection.execute(select(*columns).where(_IS_UNKNOWN))
        return {(row.outlet_id, row.item): row.at for row in rows}

    def end_unknown(self, gone: Collection[OutletItem], new: Mapping[OutletItem, datetime]) -> None:
        """Take such ends off some timelines, and put others on."""
        outlet_item = tuple_(_CHANGE.c.outlet_id, _CHANGE.c.item)
        for some in in_chunks(gone):
            self.connection.execute(delete(_CHANGE).where(outlet_item.in_(some), _IS_UNKNOWN))
        rows = [(*key, at, int(Standing.UNKNOWN)) for key, at in sorted(new.items())]
        append_rows(self.connection, _CHANGE, tuple(_CHANGE.columns.keys()), rows)


def to_point(row: Row[Any]) -> Point:
    """Return a row as the point from which a timeline can be taken up again."""
    state = row.state
    return Point(
        key=FactKey(row.kiosk_id, row.epoch, row.sequence),
        facts=row.facts,
        at=row.at,
        slots=tuple(SlotAt(*slot) for slot in state["slots"]),
        raised=tuple((code, slot) for code, slot in state["raised"]),
        stood=tuple((item, Standing(standing)) for item, standing in state["stood"]),
    )


def _to_row(point: Point) -> tuple[Any, ...]:
    state = {"slots": point.slots, "raised": point.raised, "stood": point.stood}
    return (*point.key, point.facts, point.at, state)
