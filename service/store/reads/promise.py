"""Reads person-hours by month, and the circle as it was at a past moment."""

from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import Any, Final

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from service.domain.circle import Circle, Standing, at_hour
from service.domain.clocks import NOT_BEFORE, month_days
from service.domain.coverage import item_coverage
from service.domain.promise import PromiseSums
from service.flows.reads.promise import (
    STANDING_NAMES,
    CoverageThen,
    ItemPromise,
    MonthOfItem,
    MonthPromise,
    TownPromise,
    in_hours,
)
from service.flows.reads.watch import ItemCoverageView
from service.store.promise import SqlPromises, stood_at
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.circle import PromiseDay, TimelineDue
from service.store.tables.registry import Item, Town

MONTHS_MAX: Final = 12_000
"""Months of items: more than a hundred years of eight of them."""

_DAY, _DUE = table_of(PromiseDay), table_of(TimelineDue)
_ITEM, _TOWN = table_of(Item), table_of(Town)
_SUMS: Final = tuple(func.sum(_DAY.c[name]).label(name) for name in PromiseSums._fields)


class PromiseReads(Reading):
    """Reads what was promised and kept."""

    def promise(self, month: str, item: str | None) -> MonthPromise | None:
        """Return a local month's person-hours, of all items or one; None where there is no such."""
        with self.moment() as connection:
            items = _items(connection, item)
            if items is None:
                return None
            up_to = SqlPromises(connection).due()
            rows = connection.execute(_month_by_town(month, items)).all()
        by_item: dict[str, list[Row[Any]]] = {}
        for row in rows:
            by_item.setdefault(row.item, []).append(row)
        end = datetime.combine(month_days(month)[1], time(), self.zone)
        known = [up_to[one] for one in items if one in up_to]
        return MonthPromise(
            month=month,
            timezone=str(self.zone),
            provisional=min([*known, self.now()]) < end,
            items=tuple(
                ItemPromise(
                    item=one,
                    up_to=up_to[one].astimezone(UTC),
                    total=in_hours(_total(towns)),
                    towns=tuple(map(_town, towns)),
                )
                for one, towns in sorted(by_item.items())
            ),
        )

    def promise_months(self, item: str | None) -> tuple[MonthOfItem, ...] | None:
        """Return person-hours month by month, of all items or one; None where there is no such."""
        with self.moment() as connection:
            items = _items(connection, item)
            if items is None:
                return None
            month = self._month_of_day()
            rows = (
                select(month, _DAY.c.item, *_SUMS)
                .where(_DAY.c.item.in_(items))
                .group_by(month, _DAY.c.item)
                .order_by(month, _DAY.c.item)
                .limit(MONTHS_MAX)
            )
            found = connection.execute(rows).all()
        return tuple(
            MonthOfItem(month=row.month, item=row.item, promise=in_hours(_sums(row)))
            for row in found
        )

    def _month_of_day(self) -> ColumnElement[str]:
        if self.dialect == "sqlite":
            return func.strftime("%Y-%m", _DAY.c.day).label("month")
        return func.to_char(_DAY.c.day, "YYYY-MM").label("month")

    def coverage_then(self, item: str, at: datetime) -> CoverageThen | None:
        """Return the circle of an item as it was; a moment that is still to come counts as now.

        And one before any kiosk was built as the first of theirs. None where the item is not given
        out here.
        """
        at = min(max(at, NOT_BEFORE), self.now()).astimezone(UTC)
        if self.circles is None:
            return None
        now = self.circles.now()
        with self.moment() as connection:
            if _items(connection, item) is None:
                return None
            stood = stood_at(connection, item, at)
            is_settled = connection.execute(select(_DUE).limit(1)).first() is None
        outlet_ids = now.relation.outlet_ids
        told = np.array([stood.get(one, Standing.NEVER) for one in outlet_ids], dtype=np.int8)
        raw = np.where(now.is_reported, told, now.raw[now.items.index(item)])
        standings = at_hour(raw.reshape(1, len(outlet_ids)), self.circles.open_at(at))
        far, near = (
            Circle(
                relation,
                people=now.people,
                towns=now.towns,
                town_codes=now.town_codes,
                items=(item,),
                standings=standings,
            )
            for relation in (now.relation, now.relation.within(self.walking.near_m))
        )
        near_figures = near.figures(0)
        return CoverageThen(
            at=at,
            item=item,
            estimate=now.relation.is_estimate,
            limit_m=int(self.walking.limit_m),
            near_m=int(self.walking.near_m),
            people=int(now.people.sum()),
            settled=is_settled,
            coverage=ItemCoverageView(
                **asdict(item_coverage(item, far.figures(0))),
                near_in_stock_low=near_figures.in_stock_low,
                near_in_stock_high=near_figures.in_stock_high,
            ),
            states=STANDING_NAMES,
            outlet_ids=outlet_ids,
            outlet_states=tuple(standings[0].tolist()),
            community_ids=now.relation.community_ids,
            community_states=tuple(far.best(0).tolist()),
        )


def _items(connection: Connection, item: str | None) -> list[str] | None:
    """Return all items or one, which must be given out here."""
    codes = list(connection.scalars(select(_ITEM.c.code).order_by(_ITEM.c.code)))
    if item is None:
        return codes
    return [item] if item in codes else None


def _month_by_town(month: str, items: list[str]) -> Select[Any]:
    first, following = month_days(month)
    names = (_TOWN.c.name_zh, _TOWN.c.name_en)
    return (
        select(_DAY.c.item, _DAY.c.town_code, *names, *_SUMS)
        .join(_TOWN, _TOWN.c.code == _DAY.c.town_code)
        # Item by item, since the index runs along them.
        .where(_DAY.c.item.in_(items), _DAY.c.day >= first, _DAY.c.day < following)
        .group_by(_DAY.c.item, _DAY.c.town_code, *names)
        .order_by(_DAY.c.item, _DAY.c.town_code)
    )


def _sums(row: Row[Any]) -> PromiseSums:
    return PromiseSums(*(int(getattr(row, name)) for name in PromiseSums._fields))


def _total(rows: list[Row[Any]]) -> PromiseSums:
    return PromiseSums(*(sum(column) for column in zip(*map(_sums, rows), strict=True)))


def _town(row: Row[Any]) -> TownPromise:
    return TownPromise(
        town_code=row.town_code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        promise=in_hours(_sums(row)),
    )
