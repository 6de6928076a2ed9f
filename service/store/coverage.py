"""The circle in SQL: how outlets stand, gaps, and a row of figures whenever they changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.circle import Standing
from service.domain.circle_gaps import CircleGap, Closed, GapKey
from service.domain.coverage import ItemCoverage
from service.store.engine import dialect_of
from service.store.sql import in_chunks, merge, table_of
from service.store.tables.circle import CircleGap as CircleGapRow
from service.store.tables.circle import OutletStanding
from service.store.tables.watch import CoverageRow

_COVERAGE = table_of(CoverageRow)
_STANDING = table_of(OutletStanding)
_GAP = table_of(CircleGapRow)


@dataclass(frozen=True, slots=True)
class SqlCoverage:
    """Keeps the tables ``coverage``, ``outlet_standing`` and ``circle_gap``."""

    connection: Connection

    def newest(self) -> int | None:
        """Return the number of the newest figures kept; None before the first."""
        newest: int | None = self.connection.scalar(select(func.max(_COVERAGE.c.id)))
        return newest

    def save(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> bool:
        """Keep the figures if they differ from the newest kept; say whether they did."""
        figures = [asdict(item) for item in items]
        newest = select(_COVERAGE).order_by(_COVERAGE.c.id.desc()).limit(1)
        before = self.connection.execute(newest).first()
        if before is not None and (before.people, before.items) == (people, figures):
            return False
        row = {"computed_at": at, "people": people, "items": figures}
        self.connection.execute(insert(_COVERAGE), [row])
        return True

    def standings(self) -> dict[tuple[str, str], Standing]:
        """Return how every outlet stands for every item, by (outlet, item)."""
        rows = self.connection.execute(
            select(_STANDING.c.outlet_id, _STANDING.c.item, _STANDING.c.standing)
        )
        return {(row.outlet_id, row.item): Standing(row.standing) for row in rows}

    def note_standings(self, standings: Mapping[tuple[str, str], Standing], at: datetime) -> None:
        """Keep how some outlets stand from now on."""
        rows = [
            {"outlet_id": outlet_id, "item": item, "standing": int(standing), "since": at}
            for (outlet_id, item), standing in sorted(standings.items())
        ]
        merge(self.connection, OutletStanding, rows, "replace")

    def gaps(self, keys: Collection[GapKey] | None) -> dict[GapKey, CircleGap]:
        """Return the open gaps, all or some."""
        if keys is None:
            return self._open_gaps()
        wanted = set(keys)
        found: dict[GapKey, CircleGap] = {}
        for some in in_chunks(sorted({key.community_id for key in wanted})):
            found |= self._open_gaps(_GAP.c.community_id.in_(some))
        return {key: gap for key, gap in found.items() if key in wanted}

    def gaps_because(self, causes: Collection[Standing]) -> dict[GapKey, CircleGap]:
        """Return the open gaps of some causes."""
        return self._open_gaps(_GAP.c.cause.in_(sorted(int(cause) for cause in causes)))

    def _open_gaps(self, *conditions: Any) -> dict[GapKey, CircleGap]:  # noqa: ANN401 - SQL's own
        rows = select(_GAP).where(_GAP.c.closed_at.is_(None), *conditions)
        return {gap.key: gap for gap in map(_to_gap, self.connection.execute(rows))}

    def move_gaps(self, closed: Sequence[Closed], opened: Sequence[CircleGap]) -> None:
        """Close gaps, and open others."""
        if closed:
            close = (
                update(_GAP)
                .where(
                    _GAP.c.community_id == bindparam("of_community"),
                    _GAP.c.item == bindparam("of_item"),
                    _GAP.c.closed_at.is_(None),
                )
                .values(closed_at=bindparam("over_at"), closed_by=bindparam("by"))
            )
            self.connection.execute(
                close,
                [
                    {
                        "of_community": gap.key.community_id,
                        "of_item": gap.key.item,
                        "over_at": at,
                        "by": by,
                    }
                    for gap, at, by in sorted(closed, key=lambda one: one.gap.key)
                ],
            )
        if opened:
            dialect = sqlite if dialect_of(self.connection) == "sqlite" else postgresql
            # A second worker, there by mistake, may have opened it at the same moment.
            open_gap = dialect.insert(_GAP).on_conflict_do_nothing()
            rows = [_to_row(gap) for gap in sorted(opened, key=lambda gap: gap.key)]
            self.connection.execute(open_gap, rows)


def _to_gap(row: Row[Any]) -> CircleGap:
    return CircleGap(
        key=GapKey(row.community_id, row.item),
        cause=Standing(row.cause),
        people=row.people,
        since=row.since,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
    )


def _to_row(gap: CircleGap) -> dict[str, Any]:
    return {
        **gap.key._asdict(),
        "cause": int(gap.cause),
        "people": gap.people,
        "since": gap.since,
        "opened_at": gap.opened_at,
        "opened_by": gap.opened_by,
    }
