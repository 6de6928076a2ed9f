"""Grounds for a circle, from who reaches what."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from service.domain.circle_gaps import GapRule
from service.domain.coverage import Walking
from service.domain.outlets import KIOSK
from service.domain.reach import relation_of
from service.flows.circle import LiveCircle
from service.flows.circle_gaps import SeeGaps
from service.flows.circle_memory import Ground
from service.flows.ports import WatchedStore
from service.flows.watch import watch
from service.grounds import Grounds
from tests.support.plans import ZONE

TOWN = "999901001"


def ground_of(
    reach: Sequence[Sequence[bool]],
    *,
    people: Sequence[int],
    kiosk_ids: Sequence[str],
    community_ids: Sequence[str],
    open_at: Callable[[datetime], NDArray[np.bool_]] | None = None,
) -> Ground:
    """Return a ground where the walks that there are take 500 m, and every hour is open."""
    communities, outlets = np.nonzero(np.array(reach, dtype=bool))
    relation = relation_of(
        (communities, outlets, np.full(communities.size, 500.0)),
        community_ids=tuple(community_ids),
        outlet_ids=tuple(kiosk_ids),
        limit_m=1_000.0,
        is_estimate=True,
    )
    always = np.ones(len(kiosk_ids), dtype=np.bool_)
    return Ground(
        relation=relation,
        people=np.array(people, dtype=np.int64),
        towns=np.zeros(len(people), dtype=np.int32),
        town_codes=(TOWN,),
        open_at=open_at or (lambda _at: always),
        openings=lambda _begin, _end: (),
        community_places=np.zeros((len(people), 2)),
        outlet_places=np.zeros((len(kiosk_ids), 2)),
    )


def live(store: WatchedStore, ground: Ground) -> LiveCircle:
    """Return the circle of a store on a ground."""
    return LiveCircle(store, lambda _registry: ground)


def watch_circle(
    circle: LiveCircle, *, store: WatchedStore, at: datetime, rule: GapRule | None = None
) -> None:
    """Look round, and flag gaps."""
    circle.look_round(at)
    see = SeeGaps(
        walking=Walking(),
        is_estimate=circle.is_estimate,
        rule=rule or GapRule(),
        by_item={},
    )
    watch(see, store=store, at=at)


def kiosks_alone(engine: Engine) -> Grounds:
    """Return the ground of a database in whose circle only kiosks count."""
    return Grounds(engine, zone=ZONE, kinds=[KIOSK])
