"""Gaps in the circle: communities that cannot have an item, why, since when, and through whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from service.domain.circle import Standing

ACTIONABLE: Final = frozenset({Standing.MACHINE, Standing.EMPTY})
"""Causes that somebody can go and mend today; the others are no reason to get up."""


class GapKey(NamedTuple):
    """One gap at most is open for a community and an item."""

    community_id: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleGap:
    """A gap of one cause; ``since`` is when the community was first outside, whatever the cause."""

    key: GapKey
    cause: Standing
    people: int
    since: datetime
    opened_at: datetime
    opened_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a community stands now, and the outlet through which it came to, where there is one."""

    key: GapKey
    standing: Standing
    people: int
    through: str | None
    at: datetime


class Closed(NamedTuple):
    """A gap that is over, when, and the outlet that closed it, where it was one."""

    gap: CircleGap
    at: datetime
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRule:
    """Which gaps are worth an incident: of so many people, and that lasted so long."""

    people_min: int = 1
    grace: timedelta = timedelta(0)

    def wants(self, gap: CircleGap, at: datetime) -> bool:
        """Say whether a gap is worth getting up for."""
        return (
            gap.cause in ACTIONABLE
            and gap.people >= self.people_min
            and at - gap.opened_at >= self.grace
        )


def move(
    seen: Iterable[Seen], still_open: Mapping[GapKey, CircleGap]
) -> tuple[list[Closed], list[CircleGap]]:
    """Return gaps to close and gaps to open.

    A gap whose cause is another is closed and opened anew; it keeps its ``since``. One that other
    people are in now is the same gap still, with its cause and its moment.
    """
    closed: list[Closed] = []
    opened: list[CircleGap] = []
    for one in seen:
        before = still_open.get(one.key)
        is_same = before is not None and before.cause == one.standing
        if before is not None and is_same and before.people == one.people:
            continue
        if before is not None:
            closed.append(Closed(before, one.at, None if is_same else one.through))
        if before is not None and is_same:
            opened.append(replace(before, people=one.people))
        elif one.standing != Standing.IN_STOCK:
            opened.append(
                CircleGap(
                    key=one.key,
                    cause=one.standing,
                    people=one.people,
                    since=one.at if before is None else before.since,
                    opened_at=one.at,
                    opened_by=one.through,
                )
            )
    return closed, opened
