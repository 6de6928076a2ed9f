"""Where people live: residential communities in the blocks, adding up to the district's total."""

import random
from dataclasses import dataclass
from typing import Final

from kiosk_sim.district.frame import Point
from kiosk_sim.district.names import Name, Namer
from kiosk_sim.district.plan import Box, Plan
from kiosk_sim.district.streets import Block

# People of childbearing age (15 to 49, women and men) in the reference district.
PEOPLE_OF_REFERENCE: Final = 227_573
COMMUNITIES_OF_REFERENCE: Final = 430
_URBAN_WITHIN_M: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Community:
    """A residential community: a demand point."""

    id: str
    name: Name
    at: Point
    town: int
    people: int
    block: Block


def settle(
    plan: Plan, blocks: list[Block], towns: list[Box], namer: Namer, rng: random.Random
) -> list[Community]:
    """Choose the blocks where people live and share the district's people among them."""
    count = min(round(COMMUNITIES_OF_REFERENCE * plan.scale**2), len(blocks))
    # A weighted draw without putting back: the largest of random()^(1/weight) win.
    drawn = sorted(
        (
            (rng.random() ** (1 / _room(plan, block.box)), index)
            for index, block in enumerate(blocks)
        ),
        reverse=True,
    )[:count]
    chosen = [blocks[index] for index in sorted(index for _, index in drawn)]
    weights = [_room(plan, block.box) ** 0.8 * rng.lognormvariate(0, 0.45) for block in chosen]
    people = share_out(round(PEOPLE_OF_REFERENCE * plan.scale**2), weights)
    communities = []
    for number, (block, heads) in enumerate(zip(chosen, people, strict=True), start=1):
        box = block.box
        u = box.west + (box.east - box.west) * rng.uniform(0.32, 0.68)
        v = box.south + (box.north - box.south) * rng.uniform(0.32, 0.68)
        town = next(index for index, area in enumerate(towns) if area.holds(u, v))
        name = namer.community(urban=plan.remoteness_m(u, v) < _URBAN_WITHIN_M)
        communities.append(Community(f"C{number:04d}", name, (u, v), town, heads, block))
    return communities


def _room(plan: Plan, box: Box) -> float:
    area_ha = (box.east - box.west) * (box.north - box.south) / 10_000
    return area_ha * plan.density(*box.middle)


def share_out(total: int, weights: list[float]) -> list[int]:
    """Share a whole number by weight, exactly: the largest remainders get the last ones."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [int(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_rest[: total - sum(shares)]:
        shares[index] += 1
    return shares
