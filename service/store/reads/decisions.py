"""Reads what decisions need beside the circle: how long stock lasts, and the names of places."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, func, select

from service.domain.circle import Standing
from service.domain.district import Named
from service.domain.kiosks import KioskView
from service.domain.lasting import RATE_DAYS, Lasting, Turn, in_stock_days, last
from service.store.reads.reading import Reading
from service.store.sql import in_chunks, table_of
from service.store.stock import SqlStock
from service.store.tables.books import DayTally
from service.store.tables.circle import OutletChange
from service.store.tables.registry import Community, Kiosk, Site

_DAY, _CHANGE = table_of(DayTally), table_of(OutletChange)
_COMMUNITY, _KIOSK, _SITE = table_of(Community), table_of(Kiosk), table_of(Site)
_NEXT_DAY: Final = timedelta(days=1)

SiteItem = tuple[str, str]


class DecisionReads(Reading):
    """Reads for decisions; keeps ``flows.reads.decisions.Supplies`` and ``PlaceNames``."""

    def lasting(self, items: Collection[str]) -> Mapping[tuple[str, str], Lasting]:
        """Return how long some items last at their recent rate, by (outlet, item).

        What is given out is known by site: kiosks that share one share their rate and their stock.
        """
        now = self.now()
        first_day = now.astimezone(self.zone).date() - timedelta(days=RATE_DAYS - 1)
        begin = _begin_of(first_day, self.zone)
        with self.moment() as connection:
            views = SqlStock(connection).views(now)
            sites: dict[str, str] = dict(
                connection.execute(select(_KIOSK.c.id, _KIOSK.c.site_id)).all()
            )
            packs = _packs(connection, items, first_day)
            turns = _turns(connection, items, sites, begin=begin, end=now)
        on_hand = {
            (kiosk_id, item): _on_hand(view, item)
            for kiosk_id, view in views.items()
            for item in {slot.item for slot in view.slots} & set(items)
        }
        of_site: dict[SiteItem, int] = defaultdict(int)
        for (kiosk_id, item), held in on_hand.items():
            if held is not None and not views[kiosk_id].machine_faults:
                of_site[sites[kiosk_id], item] += held
        found = {}
        for (kiosk_id, item), held in on_hand.items():
            place = (sites[kiosk_id], item)
            days, given_out = _lately(
                turns.get(place, []), packs.get(place, {}), begin, now, self.zone
            )
            together = None if held is None else of_site[place]
            shared = last(on_hand_packs=together, packs=given_out, in_stock_days=days)
            found[kiosk_id, item] = Lasting(
                on_hand_packs=held,
                packs_per_day=shared.packs_per_day,
                # Whatever the machine beside it holds.
                days_left=0.0 if held == 0 else shared.days_left,
            )
        return found

    def community_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        """Return the names of communities."""
        with self.moment() as connection:
            return _names(connection, _COMMUNITY, ids)

    def outlet_names(self, ids: Collection[str]) -> Mapping[str, Named]:
        """Return the names of the sites of kiosks, and of the sites that are outlets themselves."""
        named = select(_KIOSK.c.id, _SITE.c.name_zh, _SITE.c.name_en)
        named = named.join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
        with self.moment() as connection:
            found = _names(connection, _SITE, ids)
            for some in in_chunks(ids):
                for row in connection.execute(named.where(_KIOSK.c.id.in_(some))):
                    found[row.id] = Named(row.name_zh, row.name_en)
        return found


def _names(connection: Connection, table: Table, ids: Collection[str]) -> dict[str, Named]:
    named = select(table.c.id, table.c.name_zh, table.c.name_en)
    rows = chain.from_iterable(
        connection.execute(named.where(table.c.id.in_(some))) for some in in_chunks(ids)
    )
    return {row.id: Named(row.name_zh, row.name_en) for row in rows}


def _on_hand(view: KioskView, item: str) -> int | None:
    """Return what can be had; where every aisle is jammed, what is stuck in them."""
    slots = [slot for slot in view.slots if slot.item == item]
    slots = [slot for slot in slots if not slot.jammed] or slots
    counted = [slot.on_hand_packs for slot in slots if slot.on_hand_packs is not None]
    return sum(counted) if counted else None


def _packs(
    connection: Connection, items: Collection[str], first_day: date
) -> dict[SiteItem, dict[date, int]]:
    """Return the packs that each site gave out on each local day."""
    rows = select(_DAY.c.site_id, _DAY.c.item, _DAY.c.day, _DAY.c.dispensed_packs).where(
        _DAY.c.day >= first_day, _DAY.c.item.in_(items), _DAY.c.dispensed_packs > 0
    )
    found: dict[SiteItem, dict[date, int]] = defaultdict(dict)
    for row in connection.execute(rows):
        found[row.site_id, row.item][row.day] = int(row.dispensed_packs)
    return found


def _turns(
    connection: Connection,
    items: Collection[str],
    sites: Mapping[str, str],
    *,
    begin: datetime,
    end: datetime,
) -> dict[SiteItem, list[Turn]]:
    """Return how the outlets of each site stood since a moment, oldest first."""
    since = select(_CHANGE).where(
        _CHANGE.c.item.in_(items), _CHANGE.c.at > begin, _CHANGE.c.at <= end
    )
    found: dict[SiteItem, list[Turn]] = defaultdict(list)
    for rows in (_standing_at(items, begin), since.order_by(_CHANGE.c.at)):
        for row in connection.execute(rows):
            if row.outlet_id in sites:
                turn = Turn(row.at, row.outlet_id, Standing(row.standing))
                found[sites[row.outlet_id], row.item].append(turn)
    return found


def _standing_at(items: Collection[str], at: datetime) -> Select[Any]:
    """Select the change by which each outlet stood at a moment."""
    key = (_CHANGE.c.outlet_id, _CHANGE.c.item)
    newest = (
        select(*key, func.max(_CHANGE.c.at).label("at"))
        .where(_CHANGE.c.item.in_(items), _CHANGE.c.at <= at)
        .group_by(*key)
        .subquery()
    )
    same = (
        (newest.c.outlet_id == _CHANGE.c.outlet_id)
        & (newest.c.item == _CHANGE.c.item)
        & (newest.c.at == _CHANGE.c.at)
    )
    return select(_CHANGE).join(newest, same).order_by(_CHANGE.c.at)


def _lately(
    turns: list[Turn], packs: Mapping[date, int], begin: datetime, end: datetime, zone: tzinfo
) -> tuple[float, int]:
    """Return the days in stock and the packs given out, both since the timeline is known."""
    if not turns:
        return 0.0, 0
    if turns[0].at > begin:
        # The local day in which the timeline begins is known in part: the next one is the first.
        first = turns[0].at.astimezone(zone).date() + _NEXT_DAY
        begin = min(_begin_of(first, zone), end)
    else:
        first = begin.astimezone(zone).date()
    days = in_stock_days(turns, begin=begin, end=end)
    return days, _sum_since(packs.items(), first)


def _sum_since(packs: Iterable[tuple[date, int]], first: date) -> int:
    return sum(count for day, count in packs if day >= first)


def _begin_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
