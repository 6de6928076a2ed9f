"""Reads what is expected to be asked for: of one kiosk, and of the whole district."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import numpy as np
from sqlalchemy import Connection, func, select

from service.domain.circle import Standing
from service.domain.clocks import month_days, month_of
from service.domain.consumption import AMC_MONTHS, MonthUsed
from service.domain.demand_days import Stood, shares
from service.domain.kiosks import KioskView
from service.domain.policy import resolve
from service.domain.promise import local_days, seconds_of
from service.flows.forecast import (
    FORMULA_EN,
    FORMULA_ZH,
    Holding,
    MonthsUsed,
    district_forecast,
    item_forecast,
)
from service.flows.reads.forecast import DistrictForecast, KioskForecast
from service.store.outlooks import SqlOutlooks
from service.store.policies import SqlPolicies
from service.store.reads.reading import Reading
from service.store.sql import table_of
from service.store.stock import SqlStock
from service.store.tables.circle import OutletChange
from service.store.tables.outlooks import OutlookRow
from service.store.tables.registry import Kiosk, Site

_CHANGE, _KIOSK, _SITE = table_of(OutletChange), table_of(Kiosk), table_of(Site)
_OUTLOOK = table_of(OutlookRow)


class ForecastReads(Reading):
    """Reads outlooks."""

    def forecast(self, kiosk_id: str) -> KioskForecast | None:
        """Return a kiosk's outlooks by item; None where it is not enrolled."""
        now = self.now()
        with self.moment() as connection:
            place = connection.execute(
                select(_SITE.c.id, _SITE.c.kind)
                .join(_KIOSK, _KIOSK.c.site_id == _SITE.c.id)
                .where(_KIOSK.c.id == kiosk_id)
            ).first()
            if place is None:
                return None
            view = SqlStock(connection).views(now, [kiosk_id])[kiosk_id]
            policies = SqlPolicies(connection).all()
            outlooks = SqlOutlooks(connection).of([kiosk_id])
            items = tuple(
                item_forecast(
                    Holding(outlook, on_hand(view, item)),
                    resolve(policies, site_id=place.id, kind=place.kind, item=item)[1],
                    _months_used(connection, kiosk_id, item, now, self.zone),
                )
                for (_, item), outlook in sorted(outlooks.items())
            )
            return KioskForecast(
                kiosk_id=kiosk_id,
                made_at=_made_at(connection, kiosk_id),
                formula_zh=FORMULA_ZH,
                formula_en=FORMULA_EN,
                items=items,
            )

    def forecast_of_district(self, *, days: int) -> DistrictForecast:
        """Return the outlook of all kiosks together, by item."""
        with self.moment() as connection:
            outlooks = SqlOutlooks(connection).of(None)
            views = SqlStock(connection).views(self.now())
            made_at = _made_at(connection)
        holdings: dict[str, list[Holding]] = defaultdict(list)
        for (place, item), outlook in outlooks.items():
            held = on_hand(views[place], item) if place in views else None
            holdings[item].append(Holding(outlook, held))
        return DistrictForecast(
            made_at=made_at,
            from_day=max((one.from_day for one in outlooks.values()), default=None),
            days=days,
            formula_zh=FORMULA_ZH,
            formula_en=FORMULA_EN,
            items=district_forecast(holdings, days=days),
        )


def on_hand(view: KioskView, item: str) -> int | None:
    """Return the packs in the slots that work; None where one of those was never counted."""
    held = [slot.on_hand_packs for slot in view.slots if slot.item == item and not slot.jammed]
    known = [packs for packs in held if packs is not None]
    return sum(known) if len(known) == len(held) else None


def _made_at(connection: Connection, kiosk_id: str | None = None) -> datetime | None:
    newest = select(func.max(_OUTLOOK.c.made_at))
    if kiosk_id is not None:
        newest = newest.where(_OUTLOOK.c.kiosk_id == kiosk_id)
    made_at: datetime | None = connection.scalar(newest)
    return made_at


def _months_used(
    connection: Connection, kiosk_id: str, item: str, now: datetime, zone: tzinfo
) -> MonthsUsed:
    """Return the last whole local months that began after the kiosk's first word, oldest first."""
    months = _whole_months(now.astimezone(zone).date())
    first, last = month_days(months[0])[0], month_days(months[-1])[1] - timedelta(days=1)
    packs: dict[str, int] = defaultdict(int)
    for one in SqlOutlooks(connection).wanted(item, first, last, zone, only=kiosk_id):
        packs[month_of(one.day)] += one.packs
    end = _midnight(last + timedelta(days=1), zone)
    days, cuts = local_days(first, end, zone)
    stood = _stood(connection, kiosk_id, item, end)
    empty = shares(stood, cuts, kiosks=1)[Standing.EMPTY][0]
    out: dict[str, float] = defaultdict(float)
    for day, share in zip(days, empty.tolist(), strict=True):
        out[month_of(day)] += share
    return [
        (month, MonthUsed(packs=packs[month], stock_out_days=round(out[month])))
        for month in months
        if stood.at_s.size
        and int(stood.at_s[0]) <= seconds_of(_midnight(month_days(month)[0], zone))
    ]


def _stood(connection: Connection, kiosk_id: str, item: str, end: datetime) -> Stood:
    rows = connection.execute(
        select(_CHANGE.c.at, _CHANGE.c.standing)
        .where(_CHANGE.c.outlet_id == kiosk_id, _CHANGE.c.item == item, _CHANGE.c.at < end)
        .order_by(_CHANGE.c.at)
    ).all()
    return Stood(
        kiosk=np.zeros(len(rows), dtype=np.int64),
        at_s=np.array([seconds_of(row.at) for row in rows], dtype=np.int64),
        standing=np.array([row.standing for row in rows], dtype=np.int64),
    )


def _whole_months(today: date) -> list[str]:
    first = today.replace(day=1)
    found = []
    for _ in range(AMC_MONTHS):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(month_of(first))
    return found[::-1]


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
