"""The circle put together: who keeps it up, and what its readers are told."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.api.circle import CirclePorts
from service.api.routes.areas import AreaPorts
from service.api.routes.communities import CommunityPorts
from service.api.routes.decisions import DecisionPorts
from service.api.routes.hours import HourPorts
from service.api.routes.public import PublicPorts
from service.api.routes.siting import SitingPorts
from service.domain.circle import Standing, Standings, at_hour
from service.domain.coverage import Walking
from service.domain.outlets import are_reported
from service.domain.registry import Registry
from service.flows.circle import LiveCircle
from service.flows.circle_gaps import SeeGaps
from service.flows.circle_memory import Ground
from service.flows.ports import Books, WatchedStore
from service.flows.promise import PromiseKeeping
from service.flows.public import Guides
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.ports import StoreUnavailableError
from service.flows.watch import watch
from service.geo.areas_cached import WalkingAreas
from service.geo.network import Network
from service.geo.siting_proof import prove
from service.geo.strolls import OutletHours, Strolls
from service.geo.survey import Survey
from service.grounds import Grounds
from service.jobs.scheduler import Job
from service.settings import Settings
from service.store.reads.sql_reads import SqlReads
from service.store.sql_store import SqlStore

GO_ON_S: Final = 5.0
"""So long a job goes on at most before others, and the end of the service, have their turn."""


def circle_ports(
    circles: Circles, reads: SqlReads, network: Callable[[], Network | None], zone: ZoneInfo
) -> CirclePorts:
    """Return what the pages of the circle are answered from."""
    guides = Guides(register=reads, walks=Strolls(network), hours=OutletHours(zone))
    return CirclePorts(
        areas=AreaPorts(circles=circles, past=reads, areas=WalkingAreas(network)),
        communities=CommunityPorts(circles=circles, names=reads, gaps=reads),
        decisions=DecisionPorts(circles=circles, names=reads, supplies=reads),
        siting=SitingPorts(
            circles=circles, surveyor=Survey(circles, network), names=reads, prove=prove
        ),
        public=PublicPorts(circles=circles, guides=guides),
        hours=HourPorts(circles=circles, books=reads, zone=zone),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleRoom:
    """All of the circle that a running service needs.

    ``basis`` says what of its ground is chosen by settings.
    """

    basis: str
    walking: Walking
    grounds: Grounds
    live: LiveCircle
    kept: "KeptCircles"
    jobs: tuple[Job, ...]


def open_circle(
    engine: Engine,
    store: SqlStore,
    zone: ZoneInfo,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    is_held: Callable[[], bool],
) -> CircleRoom:
    """Return the circle of a database; nothing is reckoned before somebody asks."""
    limit_m = float(settings.walk_limit_m)
    walking = Walking(limit_m=limit_m, near_m=settings.walk_near_m, kmh=settings.walk_kmh)
    kinds = settings.circle_kinds
    grounds = Grounds(engine, zone=zone, folder=settings.walks_folder, limit_m=limit_m, kinds=kinds)
    live = LiveCircle(store, grounds, is_storage=lambda one: isinstance(one, SQLAlchemyError))
    may_go_on = partial(_for_a_while, is_held)
    basis = f"{limit_m:g} m to {','.join(kinds)}"
    promises = PromiseKeeping(store, grounds, zone=zone, may_go_on=may_go_on, basis=basis)
    return CircleRoom(
        basis=basis,
        walking=walking,
        grounds=grounds,
        live=live,
        kept=KeptCircles(store, grounds, now=now, walking=walking),
        jobs=(
            *_circle_jobs(store, live, walking, settings),
            Job(name="promises", every_s=20, run=promises.keep_up, first_after_s=10),
        ),
    )


def _circle_jobs(
    store: SqlStore, circle: LiveCircle, walking: Walking, settings: Settings
) -> list[Job]:
    see = SeeGaps(
        walking=walking,
        is_estimate=circle.is_estimate,
        rule=settings.gap_rule,
        by_item=settings.gap_rule_by_item,
    )

    def gaps_in_circle(at: datetime) -> None:
        watch(see, store=store, at=at)

    return [
        Job(name="circle", every_s=5, run=circle.look_round, first_after_s=2),
        Job(name="circle-gaps", every_s=5, run=gaps_in_circle, first_after_s=3),
    ]


def _for_a_while(is_held: Callable[[], bool]) -> Callable[[], bool]:
    """Return what says whether a long job may go on: while we have the lease, and not for ever."""
    until_s = time.monotonic() + GO_ON_S
    return lambda: is_held() and time.monotonic() < until_s


@dataclass(frozen=True, slots=True)
class _Known:
    """The circle as it was read last: of which registry, and up to which change of standings."""

    registry: Registry
    number: int
    circle: CircleNow


class KeptCircles:
    """Keeps ``flows.reads.circles.Circles``: remembers it, and reads what changed since."""

    def __init__(
        self,
        store: WatchedStore,
        grounds: Callable[[Registry], Ground],
        *,
        now: Callable[[], datetime],
        walking: Walking | None = None,
    ) -> None:
        self._store, self._grounds, self._now = store, grounds, now
        self._walking = walking or Walking()
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def now(self) -> CircleNow:
        """Return the circle as it stands now."""
        known = self._known
        with self._look() as books:
            registry, number = books.registry, books.coverage.number()
            # Numbers that run backwards are of a moment before, or of another database.
            is_known = known is not None and known.registry is registry and known.number <= number
            since = known.number if known is not None and is_known else -1
            changed = {} if number == since else books.coverage.standings(since=since)
        at, ground = self._now(), self._grounds(registry)
        if known is None or not is_known:
            circle = self._first(registry, ground, changed, at)
        else:
            circle = _followed(known.circle, changed, ground.open_at(at), at)
        with self._lock:
            if self._known is known:  # Else another has read meanwhile, and no less than we.
                self._known = _Known(registry, number, circle)
        return circle

    def _first(
        self,
        registry: Registry,
        ground: Ground,
        kept: Mapping[tuple[str, str], Standing],
        at: datetime,
    ) -> CircleNow:
        items, is_open = tuple(sorted(registry.items)), ground.open_at(at)
        raw = ground.stand(items, kept)
        return CircleNow(
            at=at,
            relation=ground.relation,
            people=ground.people,
            towns=ground.towns,
            town_codes=ground.town_codes,
            items=items,
            raw=_still(raw),
            standings=_still(at_hour(raw, is_open)),
            is_open=is_open,
            community_places=ground.community_places,
            outlet_places=ground.outlet_places,
            is_reported=are_reported(ground.relation.outlet_ids, ground.unreported),
            walking=self._walking,
        )

    def open_at(self, at: datetime) -> NDArray[np.bool_]:
        """Return, by outlet, whether it is open at any moment."""
        return self._ground().open_at(at)

    def openings(self, begin: datetime, end: datetime) -> Iterable[tuple[datetime, int, bool]]:
        """Return when outlets, by number, open (True) or close between two moments."""
        return self._ground().openings(begin, end)

    def _ground(self) -> Ground:
        with self._look() as books:
            registry = books.registry
        return self._grounds(registry)

    @contextmanager
    def _look(self) -> Iterator[Books]:
        try:
            with self._store.look() as books:
                yield books
        except (OperationalError, PoolTimeoutError) as error:
            message = "the database does not answer"
            raise StoreUnavailableError(message) from error


def _followed(
    before: CircleNow,
    changed: Mapping[tuple[str, str], Standing],
    is_open: NDArray[np.bool_],
    at: datetime,
) -> CircleNow:
    """Return the circle after some changes and at another hour; the same one where nothing is."""
    if not changed and np.array_equal(is_open, before.is_open):
        return before.still_at(at)
    raw = before.raw.copy()
    item_at = {item: index for index, item in enumerate(before.items)}
    outlet_at = {one: index for index, one in enumerate(before.relation.outlet_ids)}
    for (outlet_id, item), standing in changed.items():
        if outlet_id in outlet_at and item in item_at:
            raw[item_at[item], outlet_at[outlet_id]] = standing
    standings = _still(at_hour(raw, is_open))
    return replace(before, at=at, raw=_still(raw), standings=standings, is_open=is_open)


def _still(standings: Standings) -> Standings:
    """Return standings that nobody can change by mistake: several readers have them."""
    standings.flags.writeable = False
    return standings
