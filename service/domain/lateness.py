"""How late facts arrive: what lies between a kiosk's own time and our hearing of it, in classes."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from functools import partial
from operator import attrgetter
from typing import Final

from service.domain.facts import Fact

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LATER_S: Final = 2**31 - 1
"""The class of whatever came later than all edges."""

CLASSES_S: Final = (
    *(0, 1, 2, 5, 10, 30),
    *(MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 7 * DAY, 30 * DAY, LATER_S),
)
"""A class by its upper edge, which belongs to it. The first holds what a clock ahead of ours said
before we heard it: no fact is early."""

_EDGES: Final = tuple(timedelta(seconds=seconds) for seconds in CLASSES_S[:-1])
_HEARD_AT: Final = attrgetter("heard_at")
_HAPPENED_AT: Final = attrgetter("happened_at")

Lateness = Mapping[tuple[date, int], int]
"""Facts by the local day on which we heard them, and by class."""


def tally_lateness(facts: Sequence[Fact], zone: tzinfo) -> Lateness:
    """Return how many facts came how late."""
    if not facts:
        return {}
    heard_at = facts[0].heard_at
    heard = list(map(_HEARD_AT, facts))
    if heard.count(heard_at) == len(heard):
        # A batch is heard at one moment: nothing is subtracted for each single fact.
        since = [heard_at - edge for edge in reversed(_EDGES)]
        places = Counter(map(partial(bisect_right, since), map(_HAPPENED_AT, facts)))
        day, beyond = heard_at.astimezone(zone).date(), len(_EDGES)
        return {(day, CLASSES_S[beyond - place]): number for place, number in places.items()}
    return Counter(
        (
            fact.heard_at.astimezone(zone).date(),
            CLASSES_S[bisect_left(_EDGES, fact.heard_at - fact.happened_at)],
        )
        for fact in facts
    )


def within_s(classes: Mapping[int, int], share: float) -> int | None:
    """Return within how many seconds a share of the facts came; None where no edge says so."""
    wanted = share * sum(classes.values())
    if wanted <= 0:
        return None
    so_far = 0
    for upto_s in CLASSES_S[:-1]:
        so_far += classes.get(upto_s, 0)
        if so_far >= wanted:
            return upto_s
    return None
