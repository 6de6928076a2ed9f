"""Answer a resident: where is it to be had now, how far is that, and how long is it open."""

import math
from dataclasses import dataclass

import numpy as np

from service.domain.circle import Standing
from service.flows.communities import minutes_of
from service.flows.reads.circles import CircleNow
from service.flows.reads.public import (
    NearestOutlet,
    NearestView,
    NearestWish,
    OpeningHours,
    PublicRegister,
    Walks,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guides:
    """What an answer to a resident is made of."""

    register: PublicRegister
    walks: Walks
    hours: OpeningHours


def nearest(circle: CircleNow, guides: Guides, wish: NearestWish) -> NearestView:
    """Return the nearest outlets that have an item, which the circle knows.

    One that is shut comes after all that are open: it has the item, and cannot give it now. One
    that has not been heard of is left out: nobody is sent on a walk on a guess.
    """
    having = np.flatnonzero(circle.raw[circle.items.index(wish.item)] == Standing.IN_STOCK)
    is_open = circle.is_open[having]
    there = guides.walks.walks_from(
        wish.lon, wish.lat, circle.outlet_places[having], wanted=is_open, enough=wish.most
    )
    order = np.lexsort((having, there.metres, ~is_open))
    chosen = [one for one in order.tolist() if np.isfinite(there.metres[one])][: wish.most]
    ids = {one: circle.relation.outlet_ids[having[one]] for one in chosen}
    cards = guides.register.outlet_cards(ids.values())
    outlets = []
    for one in chosen:
        card = cards.get(ids[one])
        if card is None:
            continue
        lon, lat = circle.outlet_places[having[one]].tolist()
        changes_at = guides.hours.next_change(card.opening_hours, circle.at)
        outlets.append(
            NearestOutlet(
                id=ids[one],
                name_zh=card.name.zh,
                name_en=card.name.en,
                lon=lon,
                lat=lat,
                walk_m=math.ceil(there.metres[one]),
                walk_minutes=minutes_of(float(there.metres[one]), circle.walking),
                opening_hours=card.opening_hours,
                is_open=bool(is_open[one]),
                opens_at=None if is_open[one] else changes_at,
                closes_at=changes_at if is_open[one] else None,
            )
        )
    return NearestView(
        at=circle.at,
        item=wish.item,
        walk_kmh=circle.walking.kmh,
        is_estimate=there.is_estimate,
        outlets=tuple(outlets),
    )
