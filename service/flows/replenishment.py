"""What each place needs: its slots, what is expected of it, and the policy that holds there."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import numpy as np

from service.domain.demand import Outlook
from service.domain.facts import Restocked
from service.domain.hindsight import Steady
from service.domain.kiosks import KioskState, KioskView, SlotView
from service.domain.lots import held
from service.domain.policy import resolve
from service.domain.priorities import DAY_MINUTES, Supply, prioritise
from service.domain.replenishment import Forecast, SlotStock
from service.domain.rounds import Need
from service.flows.ports import Books
from service.flows.reads.circles import CircleNow

FIRST_PACKS_A_DAY: Final = 0.3
"""What an item is asked for where no outlook is known at all: 1.17 boxes a machine, of four."""

LOTS_BACK: Final = timedelta(days=730)
"""What was filled in before that is no longer there."""

PlaceItem = tuple[str, str]
_UNSEEN: Final = frozenset({KioskState.SILENT, KioskState.CATCHING_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What all places need; ``unseen`` are those whose levels are of an earlier time."""

    needs: tuple[Need, ...]
    out_of_order: frozenset[str]
    unseen: frozenset[str]


def needs_of(
    books: Books,
    *,
    at: datetime,
    zone: tzinfo,
    circle: CircleNow | None = None,
    only: Collection[str] | None = None,
) -> Needs:
    """Return what places need at a moment; without a circle no people are counted."""
    views = books.stock.views(at, only)
    outlooks = books.outlooks.of(only)
    policies, on_the_way = books.policies.all(), books.rounds.on_the_way()
    restocks = books.signs.restocks(views.keys(), at - LOTS_BACK)
    today = at.astimezone(zone).date()
    items = sorted({slot.item for view in views.values() for slot in view.slots})
    kinds = {item: books.outlooks.kinds(item) for item in items}
    people_days = _people_days(circle, items, views, outlooks) if circle is not None else {}
    rates = _usual_rates(outlooks)
    needs = []
    for place, view in views.items():
        site_id = books.registry.site_by_kiosk[place]
        for item in sorted({slot.item for slot in view.slots}):
            forecast: Forecast | None = outlooks.get((place, item))
            kind = kinds[item].get(place, "")
            _, policy = resolve(policies, site_id=site_id, kind=kind, item=item)
            until = today + timedelta(days=policy.cover_days)
            slots = [slot for slot in view.slots if slot.item == item]
            needs.append(
                Need(
                    place=place,
                    item=item,
                    slots=tuple(
                        _stock(one, restocks.get((place, one.slot), []), until) for one in slots
                    ),
                    forecast=forecast or Steady(packs_per_day=rates.get(item, FIRST_PACKS_A_DAY)),
                    policy=policy,
                    on_order_packs=on_the_way.get((place, item), 0),
                    people_days=people_days.get((place, item), 0.0),
                    is_forecast=forecast is not None,
                )
            )
    return Needs(
        needs=tuple(needs),
        out_of_order=frozenset(place for place, view in views.items() if view.machine_faults),
        unseen=frozenset(place for place, view in views.items() if view.state in _UNSEEN),
    )


def _stock(slot: SlotView, newest_first: Sequence[Restocked], until: date) -> SlotStock:
    """Return a slot with the packs in it that will have expired by a day."""
    lots = held(newest_first, item=slot.item, on_hand_packs=slot.on_hand_packs or 0)
    dated = [lot for lot in lots if lot.expires_on is not None and lot.expires_on < until]
    return SlotStock(
        slot=slot.slot,
        capacity_packs=slot.capacity_packs,
        on_hand_packs=slot.on_hand_packs,
        expiring_packs=sum(lot.packs for lot in dated),
        jammed=slot.jammed,
    )


def _usual_rates(outlooks: Mapping[PlaceItem, Outlook]) -> dict[str, float]:
    """Return what an item is asked for at the places of which an outlook is known, a day."""
    sums: dict[str, list[float]] = {}
    for (_, item), one in outlooks.items():
        sums.setdefault(item, []).append(one.wanted_packs(28) / 28)
    return {item: sum(rates) / len(rates) for item, rates in sums.items()}


def _people_days(
    circle: CircleNow,
    items: Collection[str],
    views: Mapping[str, KioskView],
    outlooks: Mapping[PlaceItem, Outlook],
) -> dict[PlaceItem, float]:
    """Return the people-days of the week that restocking one place alone would keep."""
    found: dict[PlaceItem, float] = {}
    places = circle.relation.outlet_ids
    for index, item in enumerate(circle.items):
        if item not in items:
            continue
        days = [_days_left(views.get(place), outlooks.get((place, item)), item) for place in places]
        supply = Supply(
            standings=circle.raw[index],
            is_open=circle.is_open,
            days_left=np.array(days, dtype=np.float64),
        )
        for one in prioritise(circle.relation, people=circle.people, supply=supply):
            found[places[one.outlet], item] = one.people_minutes / DAY_MINUTES
    return found


def _days_left(view: KioskView | None, outlook: Outlook | None, item: str) -> float:
    if view is None or outlook is None:
        return math.nan
    held = sum(
        slot.on_hand_packs or 0 for slot in view.slots if slot.item == item and not slot.jammed
    )
    days = outlook.days_of_cover(held)
    return math.inf if days is None else days
