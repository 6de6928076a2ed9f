"""The closed loop: a crew goes where a policy sends it, customers come, and both are counted.

Every policy lives through the same world and makes as many visits: on each working day it orders
all kiosks, and the crew goes to the first so many of them. In the morning the crew fills every
slot up to what the policy wants, then people come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tests.bench.loop_world import FIRST_DAY, TOLD, WARM_DAYS, Floats, Whole, World

_SATURDAY: Final = 5
_WORKING_DAYS: Final = 5 / 7


@dataclass
class Seen:
    """What the office knows: the past of each kiosk and item, as kiosks told it."""

    world: World
    on_hand: Whole
    visited: Whole
    packs: Whole
    empty_asks: Whole
    in_stock: Floats

    @classmethod
    def at_first(cls, world: World) -> "Seen":
        """Return what is known before the first day: all full, visited one after the other."""
        past = world.demand.shape
        return cls(
            world=world,
            on_hand=world.room.copy(),
            visited=np.arange(world.kiosks) - world.kiosks,
            packs=np.zeros(past, dtype=np.int64),
            empty_asks=np.zeros(past, dtype=np.int64),
            in_stock=np.zeros(past),
        )


@dataclass(frozen=True)
class Wish:
    """All kiosks, the one to go to first first, and what each item is filled up to."""

    order: Sequence[int]
    fill_to: Whole


class Planner(Protocol):
    """Somebody who says where to go."""

    name: str

    def plan(self, day: int, seen: Seen) -> Wish:
        """Return the wish of a working day, in the morning."""


class Watcher(Protocol):
    """Somebody who looks on and writes down."""

    def morning(self, day: int, seen: Seen) -> None:
        """Hear of a day before the crew sets out."""

    def visit(self, day: int, kiosk: int) -> None:
        """Hear of a visit."""


@dataclass
class Lived:
    """What came of a year."""

    visits: int = 0
    km: float = 0.0
    asked: int = 0
    lost: int = 0
    lost_to_machines: int = 0
    stock_out_days: int = 0
    person_hours_lost: float = 0.0
    stuck_days: list[int] = field(default_factory=list)


def live(
    world: World,
    planner: Planner,
    first: Planner,
    *,
    between_days: int,
    watcher: Watcher | None = None,
) -> Lived:
    """Live through the world; ``first`` plans while everybody only watches.

    A kiosk is visited every ``between_days``, on average.
    """
    seen, lived = Seen.at_first(world), Lived()
    stuck = np.full(world.room.shape, -1, dtype=np.int64)
    rng = np.random.default_rng(world.kiosks)
    due = 0.0
    for day in range(world.days):
        counts = day >= WARM_DAYS
        now = planner if counts else first
        stuck = np.where(world.sticks[:, :, day] & (stuck < 0) & (world.room > 0), day, stuck)
        if watcher is not None and counts:
            watcher.morning(day, seen)
        if (FIRST_DAY + timedelta(days=day)).weekday() < _SATURDAY:
            due += world.kiosks / (between_days * _WORKING_DAYS)
            wish = now.plan(day, seen)
            went = list(wish.order[: int(due)])
            due -= len(went)
            for kiosk in went:
                _fill(seen, wish, kiosk, day)
                if counts:
                    lived.stuck_days += [day - int(since) for since in stuck[kiosk] if since >= 0]
                if watcher is not None and counts:
                    watcher.visit(day, kiosk)
                stuck[kiosk] = -1
            if counts:
                lived.visits += len(went)
                lived.km += _tour_km(world, went)
        _customers(world, seen, stuck >= 0, day, rng, lived if counts else None)
    return lived


def _fill(seen: Seen, wish: Wish, kiosk: int, day: int) -> None:
    level = np.minimum(wish.fill_to[kiosk], seen.world.room[kiosk])
    seen.on_hand[kiosk] = np.maximum(seen.on_hand[kiosk], level)
    seen.visited[kiosk] = day


def _customers(
    world: World,
    seen: Seen,
    stuck: NDArray[np.bool_],
    day: int,
    rng: np.random.Generator,
    lived: Lived | None,
) -> None:
    wanted = world.demand[:, :, day]
    there = np.where(stuck, 0, seen.on_hand)
    sold = np.minimum(there, wanted)
    lost = np.where(stuck, 0, wanted - sold)
    part = np.where(wanted > there, (sold + 0.5) / (wanted + 1), 1.0)
    seen.packs[:, :, day] = sold
    seen.empty_asks[:, :, day] = rng.binomial(lost, TOLD)
    # A stuck aisle says that it is in stock: nobody can tell but by what it does not give.
    seen.in_stock[:, :, day] = np.where(stuck, 1.0, np.where(there > 0, part, 0.0))
    seen.on_hand -= sold
    if lived is None:
        return
    empty = (seen.on_hand == 0) & (world.room > 0)
    lived.asked += int(wanted.sum())
    lived.lost += int(lost.sum())
    lived.lost_to_machines += int(np.where(stuck, wanted, 0).sum())
    lived.stock_out_days += int(empty.sum())
    lived.person_hours_lost += 24.0 * float(world.people_without(seen.on_hand > 0).sum())


def _tour_km(world: World, went: Sequence[int]) -> float:
    """Return a day's way from the depot and back, always on to the nearest."""
    return sum(float(world.km[leg]) for leg in _legs(world, went))


def _legs(world: World, went: Sequence[int]) -> Iterator[tuple[int, int]]:
    at, left = world.kiosks, set(went)
    while left:
        nearest = min(left, key=lambda kiosk: (world.km[at, kiosk], kiosk))
        yield at, nearest
        left.remove(nearest)
        at = nearest
    if went:
        yield at, world.kiosks
