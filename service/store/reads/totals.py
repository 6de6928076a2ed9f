"""Reads a month: its totals by site, item or town, and the facts behind one figure."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_

from service.domain.clocks import month_days, month_of
from service.flows.reads.totals import (
    FactPlace,
    FactsFound,
    FactsWanted,
    Grouping,
    MonthTotals,
    TotalsRow,
)
from service.store.reads.facts import COLUMNS, FACT, to_fact_view
from service.store.reads.missing import Touching, by_key, missing_facts, touching
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.tables.books import DayTally
from service.store.tables.registry import District, Item, Site, Town

MONTHS_MAX: Final = 1_200
ROWS_MAX: Final = 200_000

_DAY, _SITE, _TOWN, _ITEM = (table_of(one) for one in (DayTally, Site, Town, Item))
_DISTRICT = table_of(District)
_SUMS: Final = {
    "dispensed_packs": "dispensed_packs",
    "dispensed_units": "dispensed_units",
    "empty_asks": "empty_asks",
    "jams": "jams",
    "refused": "refusals",
    "restocked_packs": "restocked_packs",
    "removed_packs": "removed_packs",
}


class TotalsReads(Reading):
    """Reads totals."""

    def months(self) -> tuple[str, ...]:
        """Return the local months in which something happened, newest last.

        One indexed step for each month, however many days are kept.
        """
        found: list[str] = []
        after = date.min
        with self.moment() as connection:
            while len(found) < MONTHS_MAX:
                day = connection.scalar(select(func.min(_DAY.c.day)).where(_DAY.c.day >= after))
                if day is None:
                    break
                found.append(month_of(day))
                after = month_days(found[-1])[1]
        return tuple(found)

    def totals(self, month: str, by: Grouping) -> MonthTotals:
        """Return the totals of a local month."""
        today = self.now().astimezone(self.zone).date()
        with self.moment() as connection:
            rows = connection.execute(_sums_of(month, by).limit(ROWS_MAX)).mappings().all()
            timezone = connection.scalar(select(_DISTRICT.c.timezone)) or str(self.zone)
            missing = missing_facts(connection, *_instants(month, self.zone))
            touched = by_key(connection, missing, by)
        of_all = touching(missing)
        of_other = of_all if by == "item" else Touching()
        return MonthTotals(
            month=month,
            by=by,
            timezone=timezone,
            provisional=month >= month_of(today),
            gaps_touching=of_all.facts,
            gone_touching=of_all.gone,
            rows=tuple(_to_row(row, touched.get(row["key"], of_other)) for row in rows),
        )

    def facts(self, wanted: FactsWanted) -> FactsFound:
        """Return a page of facts, site by site: each step runs along one index."""
        found: list[Row[Any]] = []
        begin, end = _instants(wanted.month, self.zone)
        with self.moment() as connection:
            for site_id in connection.scalars(_sites_of(wanted)).all():
                rows = _facts_of(site_id, wanted, begin, end).limit(wanted.most + 1 - len(found))
                found += connection.execute(rows).all()
                if len(found) > wanted.most:
                    break
        facts = tuple(to_fact_view(row) for row in found[: wanted.most])
        if len(found) <= wanted.most:
            return FactsFound(facts, None)
        last = facts[-1]
        place = FactPlace(last.site_id, last.happened_at, last.kiosk_id, last.epoch, last.sequence)
        return FactsFound(facts, place)


def _instants(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the moments at which a local month begins and ends."""
    first, following = month_days(month)
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(following, time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def _sums_of(month: str, by: Grouping) -> Select[Any]:
    first, following = month_days(month)
    key, name_zh, name_en = _names(by)
    joined = _DAY.join(_SITE, _SITE.c.id == _DAY.c.site_id)
    joined = joined.join(_TOWN, _TOWN.c.code == _SITE.c.town_code)
    joined = joined.join(_ITEM, _ITEM.c.code == _DAY.c.item)
    names = (key.label("key"), name_zh.label("name_zh"), name_en.label("name_en"), _DAY.c.item)
    sums = (func.sum(_DAY.c[column]).label(name) for name, column in _SUMS.items())
    return (
        select(*names, *sums)
        .select_from(joined)
        .where(_DAY.c.day >= first, _DAY.c.day < following)
        .group_by(key, name_zh, name_en, _DAY.c.item)
        .order_by(key, _DAY.c.item)
    )


def _names(by: Grouping) -> tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]:
    if by == "site":
        return _SITE.c.id, _SITE.c.name_zh, _SITE.c.name_en
    if by == "town":
        return _TOWN.c.code, _TOWN.c.name_zh, _TOWN.c.name_en
    return _ITEM.c.code, _ITEM.c.name_zh, _ITEM.c.name_en


def _to_row(row: Any, missing: Touching) -> TotalsRow:  # noqa: ANN401 - a mapping of SQLAlchemy
    columns: dict[str, Any] = {name: row[name] for name in ("key", "name_zh", "name_en", "item")}
    columns |= {name: int(row[name]) for name in _SUMS}
    return TotalsRow(**columns, gaps_touching=missing.facts, gone_touching=missing.gone)


def _sites_of(wanted: FactsWanted) -> Select[Any]:
    """Select the sites that have such facts: the tally knows, so none is looked at in vain."""
    first, following = month_days(wanted.month)
    tallied = select(_DAY.c.site_id).where(_DAY.c.day >= first, _DAY.c.day < following)
    if wanted.item is not None:
        tallied = tallied.where(_DAY.c.item == wanted.item)
    sites = select(_SITE.c.id).where(_SITE.c.id.in_(tallied)).order_by(_SITE.c.id)
    if wanted.site_id is not None:
        sites = sites.where(_SITE.c.id == wanted.site_id)
    if wanted.town_code is not None:
        sites = sites.where(_SITE.c.town_code == wanted.town_code)
    if wanted.after is not None:
        sites = sites.where(_SITE.c.id >= wanted.after.site_id)
    return sites


def _facts_of(site_id: str, wanted: FactsWanted, begin: datetime, end: datetime) -> Select[Any]:
    order = (FACT.c.happened_at, FACT.c.kiosk_id, FACT.c.epoch, FACT.c.sequence)
    rows = select(*COLUMNS).where(
        FACT.c.site_id == site_id,
        FACT.c.happened_at >= begin,
        FACT.c.happened_at < end,
        FACT.c.kind.in_(("dispense", "restock")),
    )
    if wanted.item is not None:
        rows = rows.where(FACT.c.item == wanted.item)
    after = wanted.after
    if after is not None and after.site_id == site_id:
        place = (after.happened_at, after.kiosk_id, after.epoch, after.sequence)
        # Said twice: the index runs along the first, the second settles ties.
        rows = rows.where(FACT.c.happened_at >= after.happened_at, tuple_(*order) > place)
    return rows.order_by(*order)
