"""Make anew what each place is expected to be asked for, from the books, item by item."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

import numpy as np

from service.domain.demand import HORIZON_DAYS, Outlook
from service.domain.demand_days import Days, Stood, days_of, shares
from service.domain.demand_fit import Forecast, forecast
from service.domain.demand_panel import MarkOf, Panel, Step, cycles_of
from service.domain.promise import local_days, moment_of, seconds_of
from service.flows.ports import Books, WatchedStore
from service.flows.ports_timeline import Past

WINDOW_DAYS: Final = 400
"""So many whole local days back are looked at: a year, and the last Spring Festival for sure."""

PLACES_MAX: Final = 4_000
"""So many places at most are fitted as one pool; a larger fleet is cut into several."""

SAVE_MAX: Final = 1_000
"""So many outlooks at most are kept in one transaction: whoever books facts waits for it."""

MADE_EVERY: Final = timedelta(hours=1)
WHILE_CATCHING_UP: Final = timedelta(minutes=5)
"""As long as kiosks still tell their past, outlooks are made more often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the books say of an item: days by place."""

    item: str
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    days: Days


class OutlookMaking:
    """Makes outlooks, hourly, and more often while kiosks still tell their past."""

    def __init__(
        self,
        store: WatchedStore,
        *,
        zone: tzinfo,
        marks: Sequence[MarkOf] = (),
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take the store, the zone that cuts days, and what says of a day that it is special."""
        self._store, self._zone, self._marks = store, zone, marks
        self._may_go_on = may_go_on
        self._next_at: datetime | None = None

    def keep_up(self, at: datetime) -> None:
        """Make outlooks if it is time."""
        if self._next_at is not None and at < self._next_at:
            return
        with self._store.look() as books:
            is_behind = bool(books.timeline.due(most=1))
        self._next_at = at + (WHILE_CATCHING_UP if is_behind else MADE_EVERY)
        self.make(at)

    def make(self, at: datetime) -> int:
        """Make all outlooks as of a moment; return how many."""
        with self._store.look() as books:
            items = sorted(books.registry.items)
        count = 0
        for item in items:
            if not self._may_go_on():
                return count
            with self._store.look() as books:
                told = read_days(books, item, at, self._zone)
            for some in _pieces(told):
                count += self._keep(outlooks_of(some, at, self._zone, self._marks), at)
        with self._store.begin() as books:
            books.outlooks.drop_before(at)
        return count

    def _keep(self, outlooks: Sequence[Outlook], at: datetime) -> int:
        for begin in range(0, len(outlooks), SAVE_MAX):
            with self._store.begin() as books:
                books.outlooks.save(outlooks[begin : begin + SAVE_MAX], at)
        return len(outlooks)


def read_days(books: Books, item: str, at: datetime, zone: tzinfo) -> Told:
    """Return the whole local days of an item up to a moment, by place."""
    today = at.astimezone(zone).date()
    first = today - timedelta(days=WINDOW_DAYS)
    _, cuts = local_days(first, at, zone)
    cuts = cuts[: WINDOW_DAYS + 1]
    kinds = books.outlooks.kinds(item)
    places = tuple(sorted(kinds))
    number = {place: index for index, place in enumerate(places)}
    begin, end = (moment_of(int(cut)) for cut in (cuts[0], cuts[-1]))
    by_standing = shares(
        stood_in(books.promises.past(item, begin, end), number, begin), cuts, kiosks=len(places)
    )
    packs, asks = np.zeros((2, len(places), WINDOW_DAYS))
    for day in books.outlooks.wanted(item, first, today - timedelta(days=1), zone):
        if day.place in number:
            where = (number[day.place], (day.day - first).days)
            packs[where], asks[where] = day.packs, day.empty_asks
    return Told(
        item=item,
        places=places,
        kinds=tuple(kinds[place] for place in places),
        days=days_of(packs, asks, by_standing),
    )


def stood_in(past: Past, number: Mapping[str, int], begin: datetime) -> Stood:
    """Return how places stood as rows of numbers."""
    rows = [
        (number[outlet], seconds_of(begin), int(standing))
        for outlet, standing in past.stood.items()
        if outlet in number
    ]
    rows += [
        (number[outlet], seconds_of(at), int(standing))
        for at, outlet, standing in past.changes
        if outlet in number
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Stood(*columns)


def outlooks_of(told: Told, at: datetime, zone: tzinfo, marks: Sequence[MarkOf]) -> list[Outlook]:
    """Return the outlook of each place of one pool."""
    if not told.places:
        return []
    today = at.astimezone(zone).date()
    steps = told.days.wanted.shape[1]
    names, group = np.unique(np.array(told.kinds), return_inverse=True)
    cycles = cycles_of(today - timedelta(days=steps), steps + HORIZON_DAYS, Step.DAY, marks=marks)
    made: Forecast = forecast(
        Panel(
            step=Step.DAY,
            wanted=told.days.wanted,
            seen=told.days.seen,
            group=group.astype(np.int64),
            cycles=cycles,
            horizon=HORIZON_DAYS,
        )
    )
    in_stock, packs = told.days.in_stock.sum(axis=1), told.days.wanted.sum(axis=1)
    return [
        Outlook(
            place=place,
            item=told.item,
            from_day=today,
            mean_by_day=tuple(made.mean[index].tolist()),
            rate_cv2=float(made.rate_cv2[index]),
            spread=made.spread_of(index),
            window_days=steps,
            seen_days=float(in_stock[index]),
            seen_packs=float(packs[index]),
            pool=f"{told.item}/{names[group[index]]}",
        )
        for index, place in enumerate(told.places)
    ]


def _pieces(told: Told) -> list[Told]:
    """Return the places in pieces of one kind after the other, each a pool of its own."""
    if len(told.places) <= PLACES_MAX:
        return [told]
    order = sorted(range(len(told.places)), key=lambda index: (told.kinds[index], index))
    return [
        Told(
            item=told.item,
            places=tuple(told.places[index] for index in some),
            kinds=tuple(told.kinds[index] for index in some),
            days=Days(*(part[some] for part in told.days)),
        )
        for some in (order[at : at + PLACES_MAX] for at in range(0, len(order), PLACES_MAX))
    ]
