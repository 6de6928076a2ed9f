"""The circle put together: who keeps it up, and what its readers are told."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from service.api.routes.public import PublicPorts
from service.api.routes.siting import SitingPorts
from service.domain.circle import Standing, at_hour
from service.domain.coverage import Walking
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
        areas=AreaPorts(circles=circles, areas=WalkingAreas(network)),
        communities=CommunityPorts(circles=circles, names=reads, gaps=reads),
        decisions=DecisionPorts(circles=circles, names=reads, supplies=reads),
        siting=SitingPorts(
            circles=circles, surveyor=Survey(circles, network), names=reads, prove=prove
        ),
        public=PublicPorts(circles=circles, guides=guides),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleRoom:
    """All of the circle that a running service needs."""

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
    grounds = Grounds(engine, zone=zone, folder=settings.walks_folder, limit_m=limit_m)
    live = LiveCircle(store, grounds, is_storage=lambda one: isinstance(one, SQLAlchemyError))
    may_go_on = partial(_for_a_while, is_held)
    promises = PromiseKeeping(store, grounds, zone=zone, may_go_on=may_go_on)
    return CircleRoom(
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


class KeptCircles:
    """Keeps ``flows.reads.circles.Circles``."""

    def __init__(
        self,
        store: WatchedStore,
        grounds: Grounds,
        *,
        now: Callable[[], datetime],
        walking: Walking | None = None,
    ) -> None:
        self._store, self._grounds, self._now = store, grounds, now
        self._walking = walking or Walking()

    def now(self) -> CircleNow:
        """Return the circle as it stands now."""
        with self._look() as books:
            registry, kept = books.registry, books.coverage.standings()
        at, ground, items = self._now(), self._grounds(registry), tuple(sorted(registry.items))
        item_at = {item: index for index, item in enumerate(items)}
        outlet_at = {one: index for index, one in enumerate(ground.relation.outlet_ids)}
        raw = np.full((len(items), len(outlet_at)), Standing.NEVER, dtype=np.int8)
        for (outlet_id, item), standing in kept.items():
            if outlet_id in outlet_at and item in item_at:
                raw[item_at[item], outlet_at[outlet_id]] = standing
        is_open = ground.open_at(at)
        return CircleNow(
            at=at,
            relation=ground.relation,
            people=ground.people,
            towns=ground.towns,
            town_codes=ground.town_codes,
            items=items,
            raw=raw,
            standings=at_hour(raw, is_open),
            is_open=is_open,
            community_places=ground.community_places,
            outlet_places=ground.outlet_places,
            walking=self._walking,
        )

    def open_at(self, at: datetime) -> NDArray[np.bool_]:
        """Return, by outlet, whether it is open at any moment."""
        return self._ground().open_at(at)

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
