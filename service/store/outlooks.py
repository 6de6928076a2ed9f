"""Outlooks in SQL, and what was wanted in the past: from the daily book, or from the facts."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Row, Select, delete, func, select

from service.domain.clocks import local_hour
from service.domain.demand import Outlook, Spread
from service.domain.facts import Outcome
from service.flows.ports_outlooks import DayWanted, PlaceItem
from service.store.bulk import merge_rows
from service.store.sql import in_chunks, table_of
from service.store.tables.books import DayTally
from service.store.tables.ledger import FactRow
from service.store.tables.outlooks import OutlookRow
from service.store.tables.registry import Kiosk, Site, Slot

_OUTLOOK, _DAY, _FACT = table_of(OutlookRow), table_of(DayTally), table_of(FactRow)
_KIOSK, _SITE, _SLOT = table_of(Kiosk), table_of(Site), table_of(Slot)
_COLUMNS: Final = tuple(_OUTLOOK.columns.keys())
_AS_BYTES: Final = np.dtype("<f4")
_RATE_DAYS: Final = 28

ROWS_AT_ONCE: Final = 10_000
"""So many days are held at once: a large fleet's year is millions of them."""


@dataclass(frozen=True, slots=True)
class SqlOutlooks:
    """Keeps the table ``outlook``; reads ``day_tally`` and, where sites are shared, ``fact``."""

    connection: Connection

    def of(self, places: Collection[str] | None) -> dict[PlaceItem, Outlook]:
        """Return the outlooks of some places, or of all; a new place may have none yet."""
        wanted: list[Select[Any]] = [select(_OUTLOOK)]
        if places is not None:
            wanted = [
                select(_OUTLOOK).where(_OUTLOOK.c.kiosk_id.in_(some))
                for some in in_chunks(sorted(places))
            ]
        rows = (row for statement in wanted for row in self.connection.execute(statement))
        return {(row.kiosk_id, row.item): to_outlook(row) for row in rows}

    def save(self, outlooks: Sequence[Outlook], at: datetime) -> None:
        """Keep outlooks made at a moment in the place of those made before."""
        in_order = sorted(outlooks, key=lambda one: (one.place, one.item))
        rows = [_to_row(outlook, at) for outlook in in_order]
        merge_rows(self.connection, _OUTLOOK, _COLUMNS, rows, how="replace")

    def drop_before(self, at: datetime) -> None:
        """Let outlooks go that were made before a moment: such places carry the item no more."""
        self.connection.execute(delete(_OUTLOOK).where(_OUTLOOK.c.made_at < at))

    def kinds(self, item: str) -> Mapping[str, str]:
        """Return the places that are meant to carry an item, with the kind of their site."""
        rows = self.connection.execute(
            select(_KIOSK.c.id, _SITE.c.kind)
            .join(_SITE, _SITE.c.id == _KIOSK.c.site_id)
            .where(_KIOSK.c.id.in_(select(_SLOT.c.kiosk_id).where(_SLOT.c.item == item)))
        )
        return {row.id: row.kind for row in rows}

    def wanted(
        self, item: str, first: date, last: date, zone: tzinfo, *, only: str | None = None
    ) -> Iterator[DayWanted]:
        """Return what was wanted of an item by place and local day; days without are left out.

        The daily book is by site: where kiosks share one, their facts tell them apart.
        """
        shared = self._shared_sites()
        alone = (
            select(_KIOSK.c.id, _DAY.c.day, _DAY.c.dispensed_packs, _DAY.c.empty_asks)
            .join(_KIOSK, _KIOSK.c.site_id == _DAY.c.site_id)
            .where(
                _DAY.c.item == item,
                _DAY.c.day.between(first, last),
                (_DAY.c.dispensed_packs > 0) | (_DAY.c.empty_asks > 0),
                _KIOSK.c.site_id.not_in(shared),
            )
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        if only is not None:
            alone = alone.where(_KIOSK.c.id == only)
            shared = shared.where(
                _KIOSK.c.site_id.in_(select(_KIOSK.c.site_id).where(_KIOSK.c.id == only))
            )
        yield from (DayWanted(*row) for row in self.connection.execute(alone))
        for some in in_chunks(sorted(self.connection.scalars(shared))):
            for day in self._from_facts(some, item, first, last, zone):
                if only is None or day.place == only:
                    yield day

    def _shared_sites(self) -> Select[Any]:
        return select(_KIOSK.c.site_id).group_by(_KIOSK.c.site_id).having(func.count() > 1)

    def _from_facts(
        self, sites: list[str], item: str, first: date, last: date, zone: tzinfo
    ) -> list[DayWanted]:
        rows = self.connection.execute(
            select(_FACT.c.kiosk_id, _FACT.c.happened_at, _FACT.c.outcome, _FACT.c.packs).where(
                _FACT.c.site_id.in_(sites),
                _FACT.c.happened_at >= _begin(first, zone),
                _FACT.c.happened_at < _begin(last + timedelta(days=1), zone),
                _FACT.c.kind == "dispense",
                _FACT.c.item == item,
                _FACT.c.outcome.in_((Outcome.DISPENSED.value, Outcome.EMPTY.value)),
            )
        )
        sums: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
        for row in rows:
            in_vain = row.outcome == Outcome.EMPTY.value
            day = sums[row.kiosk_id, local_hour(row.happened_at, zone)[1]]
            day[in_vain] += 1 if in_vain else row.packs
        return [DayWanted(place, day, *both) for (place, day), both in sorted(sums.items())]


def to_outlook(row: Row[Any]) -> Outlook:
    """Return an outlook as it was kept."""
    return Outlook(
        place=row.kiosk_id,
        item=row.item,
        from_day=row.from_day,
        mean_by_day=tuple(np.frombuffer(row.mean_by_day, dtype=_AS_BYTES).tolist()),
        rate_cv2=row.rate_cv2,
        spread=Spread(factor=row.spread_factor, power=row.spread_power, scale=row.spread_scale),
        window_days=row.window_days,
        seen_days=row.seen_days,
        seen_packs=row.seen_packs,
        pool=row.pool,
        formula=row.formula,
    )


def _to_row(outlook: Outlook, at: datetime) -> tuple[Any, ...]:
    means = np.asarray(outlook.mean_by_day, dtype=_AS_BYTES)
    return (
        outlook.place,
        outlook.item,
        at,
        outlook.from_day,
        outlook.wanted_packs(_RATE_DAYS) / _RATE_DAYS,
        means.tobytes(),
        outlook.rate_cv2,
        outlook.spread.factor,
        outlook.spread.power,
        outlook.spread.scale,
        outlook.window_days,
        outlook.seen_days,
        outlook.seen_packs,
        outlook.pool,
        outlook.formula,
    )


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
