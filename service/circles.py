"""The circle for its readers: what is kept of outlets, on the ground that it stands on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.api.circle import CirclePorts
from service.api.routes.areas import AreaPorts
from service.api.routes.communities import CommunityPorts
from service.api.routes.decisions import DecisionPorts
from service.api.routes.public import PublicPorts
from service.api.routes.siting import SitingPorts
from service.domain.circle import Standing, at_hour
from service.flows.circle_memory import Ground
from service.flows.ports import Books, WatchedStore
from service.flows.public import Guides
from service.flows.reads.circles import CircleNow, Circles
from service.flows.reads.ports import StoreUnavailableError
from service.geo.areas_cached import WalkingAreas
from service.geo.network import Network
from service.geo.siting_proof import prove
from service.geo.strolls import OutletHours, Strolls
from service.geo.survey import Survey
from service.grounds import Grounds
from service.store.reads.sql_reads import SqlReads


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


class KeptCircles:
    """Keeps ``flows.reads.circles.Circles``."""

    def __init__(
        self, store: WatchedStore, grounds: Grounds, *, now: Callable[[], datetime]
    ) -> None:
        self._store, self._grounds, self._now = store, grounds, now

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
