"""Sum up what was promised and kept, item by item, from the moment on from which it is due."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from service.domain.circle import Standing, Standings, at_hour
from service.domain.promise import (
    Neighbours,
    PeopleSeconds,
    PromiseSums,
    Seconds,
    Steps,
    integrate,
    local_days,
    moment_of,
    neighbours,
    promise_sums,
    seconds_of,
    steps_of,
)
from service.domain.registry import Registry
from service.flows.circle_memory import Ground
from service.flows.ports import WatchedStore
from service.flows.ports_timeline import Past
from service.flows.timeline import keep_timelines

OUTLET_DAYS_MAX: Final = 20_000
"""So many days × outlets are summed up at most in one go; then it goes on from there."""

GOES_MAX: Final = 1_000
"""So many goes at most in a row; what is still due then waits for the next round."""


class PromiseKeeping:
    """Follows the facts at some distance: timelines first, then person-hours."""

    def __init__(
        self,
        store: WatchedStore,
        ground_of: Callable[[Registry], Ground],
        *,
        zone: tzinfo,
        may_go_on: Callable[[], Callable[[], bool]] = lambda: lambda: True,
        basis: str = "",
    ) -> None:
        """Take the store, what gives the ground for a registry, and the zone that cuts days.

        ``may_go_on`` begins a run, and gives what says whether that has time for another go.
        ``basis`` says what of the ground is chosen by settings: with another, no sum holds.
        """
        self._basis = basis
        self._is_noted = False
        self._may_go_on = may_go_on
        self._store = store
        self._ground_of = ground_of
        self._zone = zone
        self._known: tuple[Ground, Neighbours] | None = None

    def keep_up(self, at: datetime) -> None:
        """Bring timelines and sums up to a moment.

        Sums wait as long as much of the past is still to come: it would change them again.
        """
        may_go_on = self._may_go_on()
        self._note_basis()
        if not keep_timelines(self._store, at=at):
            return
        for _ in range(GOES_MAX):
            with self._store.look() as books:
                due = books.promises.due()
            behind = {item: since for item, since in due.items() if since < _whole(at)}
            if not behind:
                return
            for item, since in sorted(behind.items()):
                if not may_go_on():
                    return
                self._sum_up(item, since, at)

    def _note_basis(self) -> None:
        """Let all sums be due where they stand on other settings; once in the life of a process."""
        if not self._is_noted:
            with self._store.begin() as books:
                books.promises.stand_on(self._basis)
            self._is_noted = True

    def _sum_up(self, item: str, since: datetime, at: datetime) -> None:
        """Sum up an item anew; who books meanwhile does not wait for it."""
        days, cuts = local_days(self._day(since), at, self._zone)
        with self._store.look() as books:
            ground = self._ground_of(books.registry)
            most = max(1, OUTLET_DAYS_MAX // max(1, len(ground.relation.outlet_ids)))
            days, cuts = days[:most], cuts[: most + 1]
            begin, end = moment_of(int(cuts[0])), moment_of(int(cuts[-1]))
            known_since = books.promises.begin(item)
            past = books.promises.past(item, begin, end)
        sums: dict[tuple[date, str], PromiseSums] = {}
        if known_since is not None:
            # Nothing was promised on the days before it was first heard of.
            from_day = self._day(known_since)
            kept = self._integrate(item, past, ground, cuts)
            sums = {
                (day, town_code): promise_sums(kept[number, town])
                for number, day in enumerate(days)
                for town, town_code in enumerate(ground.town_codes)
                if day >= from_day and kept[number, town].any()
            }
        with self._store.begin() as books:
            if books.promises.due().get(item) != since:
                return  # It is due from another moment by now, and comes again.
            if known_since is None:
                books.promises.forget(item)
            else:
                books.promises.replace(item, days, sums, upto=end)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _integrate(self, item: str, past: Past, ground: Ground, cuts: Seconds) -> PeopleSeconds:
        begin, end = moment_of(int(cuts[0])), moment_of(int(cuts[-1]))
        stood, steps = steps_in(item, past, ground, begin, end)
        if self._known is None or self._known[0] is not ground:
            crowd = neighbours(ground.relation, people=ground.people, towns=ground.towns)
            self._known = (ground, crowd)
        towns = len(ground.town_codes)
        return integrate(self._known[1], towns=towns, stood=stood, steps=steps, cuts=cuts)


def steps_in(
    item: str, past: Past, ground: Ground, begin: datetime, end: datetime
) -> tuple[Standings, dict[int, Steps]]:
    """Return how each outlet stood at the begin, and the steps of those that changed since."""
    outlets = {outlet_id: index for index, outlet_id in enumerate(ground.relation.outlet_ids)}
    kept = {(outlet_id, item): standing for outlet_id, standing in past.stood.items()}
    raw = ground.stand([item], kept)[0]
    changes: dict[int, list[tuple[int, Standing]]] = {}
    for at, outlet_id, standing in past.changes:
        if outlet_id in outlets:
            changes.setdefault(outlets[outlet_id], []).append((seconds_of(at), standing))
    openings: dict[int, list[tuple[int, bool]]] = {}
    for at, outlet, opens in ground.openings(begin, end):
        openings.setdefault(outlet, []).append((seconds_of(at), opens))
    is_open = ground.open_at(begin)
    steps = {
        outlet: steps_of(
            seconds_of(begin),
            Standing(raw[outlet]),
            changes.get(outlet, ()),
            is_open=bool(is_open[outlet]),
            openings=openings.get(outlet, ()),
        )
        for outlet in changes.keys() | openings.keys()
        # One that never carries the item may open and close.
        if outlet in changes or raw[outlet] > Standing.CLOSED
    }
    return at_hour(raw, is_open), steps


def _whole(at: datetime) -> datetime:
    return at - timedelta(microseconds=at.microsecond)
