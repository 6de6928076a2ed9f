"""Keep the fifteen-minute circle up to date: people covered for each item, and where it breaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from service.domain.alerts import AlertKind, Finding, Subject
from service.domain.coverage import WALK_LIMIT_M, ItemCoverage, Reach, Standing, cover, gaps
from service.domain.kiosks import KioskState, KioskView, SlotState
from service.flows.ports import Books
from service.flows.watch import Sight, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleMap:
    """Who lives where and which kiosk is in reach; ``reach`` is communities × kiosks."""

    community_ids: tuple[str, ...]
    people: NDArray[np.int64]
    kiosk_ids: tuple[str, ...]
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleSight:
    """The circle as it was seen: people covered for each item, and where it breaks."""

    people: int
    items: tuple[ItemCoverage, ...]
    broken: Sight


def watch_circle(circle: CircleMap, *, books: Books, at: datetime) -> None:
    """Compute coverage and keep what changed, in a transaction that is open already."""
    keep_circle(see_circle(circle, books=books, at=at), books=books, at=at)


def see_circle(circle: CircleMap, *, books: Books, at: datetime) -> CircleSight:
    """Compute coverage for every item, and find the communities where it breaks; write nothing."""
    views = books.stock.views(at)
    results: list[ItemCoverage] = []
    findings: list[Finding] = []
    for item in sorted(books.registry.items):
        working, in_stock = standings(circle, views, item)
        result = cover(
            item, reach=circle.reach, people=circle.people, working=working, in_stock=in_stock
        )
        results.append(result)
        for index in np.flatnonzero(gaps(reach=circle.reach, in_stock=in_stock)):
            subject = Subject(AlertKind.CIRCLE_GAP, circle.community_ids[index], item)
            numbers = {"people": int(circle.people[index]), "walk_limit_m": WALK_LIMIT_M}
            findings.append(Finding(subject, dict(numbers)))
    broken = Sight(kinds=(AlertKind.CIRCLE_GAP,), findings=tuple(findings))
    return CircleSight(people=int(circle.people.sum()), items=tuple(results), broken=broken)


def keep_circle(seen: CircleSight, *, books: Books, at: datetime) -> None:
    """Keep coverage when it changed, and flag gaps by community."""
    if books.coverage.save(seen.people, seen.items, at):
        books.changes.note("coverage", ["circle"], at)
    settle(seen.broken, books=books, at=at)


def standings(
    circle: CircleMap, views: Mapping[str, KioskView], item: str
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return, per kiosk, whether it works for an item, and whether it has it in stock."""
    working = np.zeros(len(circle.kiosk_ids), dtype=np.int8)
    in_stock = np.zeros(len(circle.kiosk_ids), dtype=np.int8)
    for index, kiosk_id in enumerate(circle.kiosk_ids):
        view = views.get(kiosk_id)
        if view is None or item not in {name for name, _ in view.items}:
            continue
        working[index], in_stock[index] = _standing(view, item)
    return working, in_stock


def _standing(view: KioskView, item: str) -> tuple[Standing, Standing]:
    if view.state in {KioskState.SILENT, KioskState.CATCHING_UP}:
        return Standing.UNKNOWN, Standing.UNKNOWN
    slots = [slot for slot in view.slots if slot.item == item]
    if view.machine_faults > 0 or all(slot.jammed for slot in slots):
        return Standing.NO, Standing.NO
    state = view.item_state(item)
    if state is SlotState.UNKNOWN:
        return Standing.YES, Standing.UNKNOWN
    return Standing.YES, Standing.NO if state is SlotState.EMPTY else Standing.YES
