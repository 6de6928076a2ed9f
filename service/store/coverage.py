"""The circle in SQL: how outlets stand, gaps, and a row of figures whenever they changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Row, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.circle import Standing
from service.domain.circle_gaps import CircleGap, Closed, GapKey
from service.domain.coverage import ItemCoverage
from service.domain.kiosks import KioskView
from service.store.bulk import append_rows, merge_rows
from service.store.driver import ask
from service.store.engine import dialect_of
from service.store.sql import in_chunks, table_of
from service.store.standing_views import views_of
from service.store.tables.circle import CircleGap as CircleGapRow
from service.store.tables.circle import OutletStanding
from service.store.tables.watch import CoverageRow

_COVERAGE = table_of(CoverageRow)
_STANDING = table_of(OutletStanding)
_GAP = table_of(CircleGapRow)

_FIGURE_COLUMNS: Final = ("computed_at", "people", "items")
_STANDING_COLUMNS: Final = tuple(column.name for column in _STANDING.columns)
_FIGURES: Final = tuple(one.name for one in fields(ItemCoverage))
_FIGURES_OF: Final = attrgetter(*_FIGURES)


@dataclass(frozen=True, slots=True)
class SqlCoverage:
    """Keeps the tables ``coverage``, ``outlet_standing`` and ``circle_gap``."""

    connection: Connection

    def number(self) -> int:
        """Return a number that grows with each change of how outlets stand; 0 before the first."""
        ((number,),) = ask(self.connection, _number(self.connection.dialect))
        return number or 0

    def machines(self, kiosk_ids: Collection[str], at: datetime) -> dict[str, KioskView]:
        """Return kiosks as they stand at a moment: the few that a message was about."""
        return views_of(self.connection, kiosk_ids, at)

    def save(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> bool:
        """Keep the figures if they differ from the newest kept; say whether they did."""
        newest = select(_COVERAGE).order_by(_COVERAGE.c.id.desc()).limit(1)
        before = self.connection.execute(newest).first()
        if before is not None and (before.people, before.items) == (people, _figures(items)):
            return False
        self.append(people, items, at)
        return True

    def append(self, people: int, items: Sequence[ItemCoverage], at: datetime) -> None:
        """Keep figures that are known to differ from the newest kept."""
        append_rows(self.connection, _COVERAGE, _FIGURE_COLUMNS, [(at, people, _figures(items))])

    def standings(self, *, since: int = -1) -> dict[tuple[str, str], Standing]:
        """Return how outlets stand, by (outlet, item): all, or what changed since a number."""
        columns = (_STANDING.c.outlet_id, _STANDING.c.item, _STANDING.c.standing)
        rows = self.connection.execute(select(*columns).where(_STANDING.c.change > since))
        return {(outlet_id, item): Standing(standing) for outlet_id, item, standing in rows}

    def note_standings(
        self, standings: Mapping[tuple[str, str], Standing], *, number: int, at: datetime
    ) -> None:
        """Keep how some outlets stand from now on, as the change of that number."""
        rows = [(*key, int(standing), at, number) for key, standing in sorted(standings.items())]
        merge_rows(self.connection, _STANDING, _STANDING_COLUMNS, rows, how="replace")

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


@lru_cache(maxsize=2)
def _number(dialect: Dialect) -> str:
    return str(select(func.max(_STANDING.c.change)).compile(dialect=dialect))


def _figures(items: Sequence[ItemCoverage]) -> list[dict[str, Any]]:
    return [dict(zip(_FIGURES, _FIGURES_OF(item), strict=True)) for item in items]


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
