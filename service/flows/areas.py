"""Give the circle of an item as it was, for whoever draws what was in reach then."""

from dataclasses import replace

import numpy as np

from service.domain.circle import Standing
from service.flows.reads.circles import CircleNow
from service.flows.reads.promise import CoverageThen


def stood_then(circle: CircleNow, then: CoverageThen) -> CircleNow:
    """Return a circle of one item alone, whose outlets stand as they did, opening hours included.

    Streets, places and people are today's. An outlet of which the past does not know carried
    nothing.
    """
    states = dict(zip(then.outlet_ids, then.outlet_states, strict=True))
    stood = [states.get(one, int(Standing.NEVER)) for one in circle.relation.outlet_ids]
    standings = np.array([stood], dtype=np.int8).reshape(1, len(stood))
    return replace(circle, at=then.at, items=(then.item,), raw=standings, standings=standings)
