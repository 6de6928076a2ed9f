"""Bring timelines up to date with the facts: a bounded number of facts in each transaction."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from service.domain.timeline import derive, standings_at
from service.flows.ports import Books, Store
from service.flows.ports_timeline import OutletItem, TimelineKeeper

FACTS_MAX: Final = 500
"""So many facts are read at most while others wait to write."""

KIOSKS_MAX: Final = 40
"""So many kiosks at most: each takes a millisecond, whatever it has told."""

TURNS_MAX: Final = 100
"""So many transactions at most in a row; what is still due then waits for the next round."""

_SECOND: Final = timedelta(seconds=1)


def keep_timelines(store: Store, *, at: datetime) -> bool:
    """Bring timelines up to date, in several transactions; say whether that was all."""
    for _ in range(TURNS_MAX):
        with store.begin() as books:
            if not bring_up_to_date(books=books, at=at):
                return True
    return False


def bring_up_to_date(*, books: Books, at: datetime, most: int = FACTS_MAX) -> bool:
    """Derive anew what is due, in a transaction that is open; say whether anything is left.

    Of each kiosk from the last point before the earliest fact that is new: what a late fact changes
    is what it would have been, had it come in time.
    """
    begins: list[tuple[str, datetime]] = []
    left = most
    for due in books.timeline.due(most=KIOSKS_MAX):
        told = books.timeline.outline(due, most=max(left, 1))
        differing = books.timeline.replace(derive(told.outline), due=told.following)
        begins += differing.items()
        left -= len(told.outline.facts)
        if left <= 0:
            break
    is_left = bool(books.timeline.due(most=1))
    if not is_left:
        begins += _end_unknown(books.timeline, at)
    if begins:
        books.promises.mark(_earliest(begins))
    return is_left


def _end_unknown(timeline: TimelineKeeper, at: datetime) -> Iterable[tuple[str, datetime]]:
    """Let the timelines of kiosks that owe us their present end with nothing known, and no others.

    Yield items, and from when on they stand otherwise for it.
    """
    kept = timeline.unknown()
    wanted = _unknown_ends(timeline, kept, at)
    gone = [key for key, since in kept.items() if wanted.get(key) != since]
    new = {key: since for key, since in wanted.items() if kept.get(key) != since}
    timeline.end_unknown(gone, new)
    yield from ((key[1], kept[key]) for key in gone)
    yield from ((key[1], since) for key, since in new.items())


def _unknown_ends(
    timeline: TimelineKeeper, kept: dict[OutletItem, datetime], at: datetime
) -> dict[OutletItem, datetime]:
    ends: dict[str, dict[OutletItem, datetime]] = {}
    for key, end in kept.items():
        ends.setdefault(key[0], {})[key] = end
    wanted: dict[OutletItem, datetime] = {}
    for kiosk_id, silent_after in timeline.untold(at).items():
        since = None if silent_after is None else silent_after.replace(microsecond=0)
        mine = ends.get(kiosk_id, {})
        if mine and set(mine.values()) == {since}:
            wanted |= mine  # Whatever is derived anew loses its end: this one still stands.
            continue
        newest = timeline.newest(kiosk_id)
        if newest is None:
            continue  # Of a kiosk without a fact nothing is known anyway.
        point, planned = newest
        after = point.at + _SECOND
        begin = after if since is None else max(since, after)
        wanted |= dict.fromkeys(((kiosk_id, item) for item in standings_at(point, planned)), begin)
    return wanted


def _earliest(begins: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    earliest: dict[str, datetime] = {}
    for item, at in begins:
        earliest[item] = min(at, earliest.get(item, at))
    return earliest
