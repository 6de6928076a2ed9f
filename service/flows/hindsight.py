"""What really happened on the last days, by kiosk and item, for policies to be replayed on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from service.domain.circle import Standing
from service.domain.hindsight import PastDay, PlacePast
from service.domain.kiosks import KioskView
from service.domain.policy import Scope
from service.flows.ports import Books
from service.flows.ports_timeline import Past

IN_STOCK_SHARE_MIN: Final = 0.5
"""A day on which the item was there for less than this tells nothing of what was wanted."""

_DAY: Final = timedelta(days=1)

PlaceItem = tuple[str, str]


def touched_by(books: Books, scope: Scope, at: datetime) -> list[PlaceItem]:
    """Return the kiosks and items that a scope is for."""
    sites, views = books.registry.site_by_kiosk, books.stock.views(at)
    carried = {(place, slot.item) for place, view in views.items() for slot in view.slots}
    kinds = {item: books.outlooks.kinds(item) for item in {item for _, item in carried}}
    return sorted(
        (place, item)
        for place, item in carried
        if scope.item in {"", item}
        and scope.site_id in {"", sites[place]}
        and scope.kind in {"", kinds[item].get(place, "")}
    )


def past_of(
    books: Books,
    places: Sequence[PlaceItem],
    *,
    first: date,
    last: date,
    at: datetime,
    zone: tzinfo,
) -> dict[PlaceItem, PlacePast]:
    """Return the days of some kiosks and items."""
    views = books.stock.views(at)
    brought = _by_kiosk(books, first, last)
    found: dict[PlaceItem, PlacePast] = {}
    for item in sorted({item for _, item in places}):
        wanted = {
            (one.place, one.day): (one.packs, one.empty_asks)
            for one in books.outlooks.wanted(item, first, last, zone)
        }
        stood = books.promises.past(item, _begin(first, zone), _begin(last + _DAY, zone))
        shares = _shares(stood, {place for place, _ in places}, first, last, zone)
        for place in (place for place, of in places if of == item):
            days = [
                _day(
                    wanted.get((place, day), (0, 0)),
                    shares.get((place, day), {}),
                    brought.get((place, item, day), (0, 0)),
                )
                for day in _days(first, last)
            ]
            left = sum(wanted.get((place, day), (0, 0))[0] for day in _days(first, last))
            both = [brought.get((place, item, day), (0, 0)) for day in _days(first, last)]
            net = sum(came - gone for came, gone in both) - left
            found[place, item] = _place_past(views[place], item, days, net)
    return found


def _by_kiosk(
    books: Books, first: date, last: date
) -> dict[tuple[str, str, date], tuple[int, int]]:
    """Return what was brought and taken out; where kiosks share a site, it is told of the first."""
    kiosks: dict[str, str] = {}
    for kiosk_id, site_id in sorted(books.registry.site_by_kiosk.items()):
        kiosks.setdefault(site_id, kiosk_id)
    return {
        (kiosks[site_id], item, day): both
        for (site_id, item, day), both in books.policies.brought(first, last).items()
        if site_id in kiosks
    }


def _day(
    wanted: tuple[int, int], share: Mapping[Standing, float], brought: tuple[int, int]
) -> PastDay:
    given_out, in_vain = wanted
    is_known = share.get(Standing.IN_STOCK, 0.0) >= IN_STOCK_SHARE_MIN
    return PastDay(
        wanted_packs=given_out + in_vain if is_known else None,
        was_out=share.get(Standing.EMPTY, 0.0) >= IN_STOCK_SHARE_MIN,
        was_visited=brought[0] > 0,
        brought_packs=brought[0],
        lost_packs=in_vain,
    )


def _place_past(view: KioskView, item: str, days: list[PastDay], net_packs: int) -> PlacePast:
    slots = [slot for slot in view.slots if slot.item == item]
    capacity = sum(slot.capacity_packs for slot in slots)
    counted = [slot.on_hand_packs for slot in slots if slot.on_hand_packs is not None]
    held = sum(counted) - net_packs if counted else capacity
    return PlacePast(days=days, held_packs=min(capacity, max(0, held)), capacity_packs=capacity)


def _shares(
    past: Past, only: set[str], first: date, last: date, zone: tzinfo
) -> dict[tuple[str, date], dict[Standing, float]]:
    """Return which share of each local day some outlets stood how."""
    found: dict[tuple[str, date], dict[Standing, float]] = {}
    turns: dict[str, list[tuple[datetime, Standing]]] = {
        outlet: [(_begin(first, zone), standing)]
        for outlet, standing in past.stood.items()
        if outlet in only
    }
    for at, outlet, standing in past.changes:
        if outlet in only:
            turns.setdefault(outlet, []).append((at, standing))
    end = _begin(last + _DAY, zone)
    for outlet, some in turns.items():
        for (at, standing), until in zip(some, [*(a for a, _ in some[1:]), end], strict=True):
            _spread(found, outlet, standing, at, min(until, end), zone)
    return found


def _spread(
    found: dict[tuple[str, date], dict[Standing, float]],
    outlet: str,
    standing: Standing,
    begin: datetime,
    end: datetime,
    zone: tzinfo,
) -> None:
    """Add a stretch of one standing to the days that it lies in."""
    day = begin.astimezone(zone).date()
    while begin < end:
        next_begin = _begin(day + _DAY, zone)
        until = min(end, next_begin)
        whole = next_begin - _begin(day, zone)
        shares = found.setdefault((outlet, day), {})
        shares[standing] = shares.get(standing, 0.0) + (until - begin) / whole
        begin, day = until, day + _DAY


def _days(first: date, last: date) -> list[date]:
    return [first + number * _DAY for number in range((last - first).days + 1)]


def _begin(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
