"""Answer what to decide today: who depends on one outlet, and what to do first."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np

from service.domain.circle import Standing
from service.domain.dependence import Sole, depend
from service.domain.district import Named
from service.domain.lasting import RATE_DAYS, Lasting
from service.domain.priorities import (
    DAY_MINUTES,
    WINDOW_DAYS,
    Priority,
    Supply,
    prioritise,
    rank_now,
    rank_week,
)
from service.flows.reads.circles import CircleNow
from service.flows.reads.decisions import (
    ActionOrder,
    ActionRow,
    ActionsView,
    CircleBasis,
    DependenceRow,
    DependenceView,
    DependentCommunity,
    OutletStanding,
    PlaceNames,
    Supplies,
)

LARGEST_MAX: Final = 20
"""So many communities of an outlet are named."""

FORMULA_EN: Final = (
    f"People-days kept in the next {WINDOW_DAYS} days = people in reach × ({WINDOW_DAYS} − the "
    "longest that any outlet in their reach still has the item, in days). Days = packs on hand ÷ "
    f"packs given out per day in stock over the last {RATE_DAYS} local days; 0 where empty or out "
    f"of order, {WINDOW_DAYS} where no rate is known."
)
FORMULA_ZH: Final = (
    f"未来 {WINDOW_DAYS} 天可保住的人日 = 可达人数 ×（{WINDOW_DAYS} − 其可达发放点中药具还能维持的"
    f"最长天数）。天数 = 现有盒数 ÷ 近 {RATE_DAYS} 天有货期间的日均发放盒数；缺货或故障为 0，"
    f"没有数据时按 {WINDOW_DAYS} 天计。"
)

_STANDINGS: Final[Mapping[Standing, OutletStanding]] = {
    Standing.MACHINE: "machine",
    Standing.EMPTY: "empty",
    Standing.IN_STOCK: "in_stock",
}


def who_depends(circle: CircleNow, names: PlaceNames, item: str, *, most: int) -> DependenceView:
    """Return who depends on one outlet only."""
    standings = circle.standings[circle.items.index(item)]
    found = depend(circle.relation, people=circle.people, standings=standings)
    people, now = found.carried.people, found.now.people
    order = np.lexsort((np.arange(people.size), -now, -people))[:most]
    shown = [outlet for outlet in order.tolist() if people[outlet] or now[outlet]]
    largest = {outlet: _largest(circle, found.carried, outlet) for outlet in shown}
    communities = _communities(circle, names, [one for some in largest.values() for one in some])
    outlets = names.outlet_names([circle.relation.outlet_ids[outlet] for outlet in shown])
    rows = [
        DependenceRow(
            **named(circle.relation.outlet_ids[outlet], outlets, key="outlet_id"),
            people=int(people[outlet]),
            communities=int(found.carried.communities[outlet]),
            people_now_low=int(found.now_surely.people[outlet]),
            people_now_high=int(now[outlet]),
            largest=tuple(communities[one] for one in largest[outlet]),
        )
        for outlet in shown
    ]
    return DependenceView(
        basis=basis_of(circle),
        item=item,
        people_on_one=found.carried.all_people,
        people_now_low=found.now_surely.all_people,
        people_now_high=found.now.all_people,
        outlets=tuple(rows),
    )


def what_to_do(
    circle: CircleNow,
    names: PlaceNames,
    supplies: Supplies,
    items: Collection[str],
    *,
    order: ActionOrder,
    most: int,
) -> ActionsView:
    """Return the outlets to act on first, for one item or for several."""
    lasting = supplies.lasting(items)
    rank = rank_now if order == "now" else rank_week
    found = [
        (rank(one), item, one)
        for item in items
        for one in prioritise(
            circle.relation, people=circle.people, supply=_supply(circle, item, lasting)
        )
    ]
    found.sort(key=lambda one: one[:2])
    ids = circle.relation.outlet_ids
    outlets = names.outlet_names({ids[one.outlet] for _, _, one in found[:most]})
    return ActionsView(
        basis=basis_of(circle),
        order=order,
        window_days=WINDOW_DAYS,
        rate_days=RATE_DAYS,
        formula_zh=FORMULA_ZH,
        formula_en=FORMULA_EN,
        rows_all=len(found),
        actions=tuple(
            _action(circle, item, one, outlets, lasting) for _, item, one in found[:most]
        ),
    )


def basis_of(circle: CircleNow) -> CircleBasis:
    """Return what figures of the circle stand on."""
    return CircleBasis(
        at=circle.at,
        limit_m=round(circle.relation.limit_m),
        is_estimate=circle.relation.is_estimate,
        people=int(circle.people.sum()),
    )


def named(place_id: str, names: Mapping[str, Named], *, key: str = "id") -> dict[str, Any]:
    """Return a place's id and names as a row has them; without a name its id stands for it."""
    name = names.get(place_id, Named(place_id, place_id))
    return {key: place_id, "name_zh": name.zh, "name_en": name.en}


def _largest(circle: CircleNow, sole: Sole, outlet: int) -> list[int]:
    communities = sole.of(outlet)
    order = np.argsort(-circle.people[communities], kind="stable")[:LARGEST_MAX]
    found: list[int] = communities[order].tolist()
    return found


def _communities(
    circle: CircleNow, names: PlaceNames, communities: list[int]
) -> dict[int, DependentCommunity]:
    ids = {one: circle.relation.community_ids[one] for one in communities}
    known = names.community_names(ids.values())
    return {
        one: DependentCommunity(**named(place_id, known), people=int(circle.people[one]))
        for one, place_id in ids.items()
    }


def _supply(circle: CircleNow, item: str, lasting: Mapping[tuple[str, str], Lasting]) -> Supply:
    days = [
        known.days_left if known is not None and known.days_left is not None else math.nan
        for known in (lasting.get((outlet, item)) for outlet in circle.relation.outlet_ids)
    ]
    return Supply(
        standings=circle.raw[circle.items.index(item)],
        is_open=circle.is_open,
        days_left=np.array(days, dtype=np.float64),
    )


def _action(
    circle: CircleNow,
    item: str,
    one: Priority,
    outlets: Mapping[str, Named],
    lasting: Mapping[tuple[str, str], Lasting],
) -> ActionRow:
    outlet_id = circle.relation.outlet_ids[one.outlet]
    known = lasting.get((outlet_id, item), Lasting())
    rate, days = known.packs_per_day, known.days_left
    return ActionRow(
        **named(outlet_id, outlets, key="outlet_id"),
        item=item,
        action=one.action,
        standing=_STANDINGS[one.standing],
        is_open=bool(circle.is_open[one.outlet]),
        on_hand_packs=known.on_hand_packs,
        packs_per_day=None if rate is None else round(rate, 3),
        days_left=None if days is None or math.isinf(days) else round(days, 2),
        people=one.people,
        people_high=one.people_high,
        gain=one.gain,
        people_days=_days(one.people_minutes),
        people_days_high=_days(one.people_minutes_high),
        gain_people_days=_days(one.gain_minutes),
    )


def _days(minutes: int) -> float:
    return round(minutes / DAY_MINUTES, 1)
