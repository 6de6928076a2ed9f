"""Timelines and promises in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from service.domain.circle import Standing
from service.domain.district import DistrictPlan
from service.domain.facts import Fact, FactKey
from service.domain.gaps import Gap
from service.domain.kiosks import BEHIND_FACTS_MAX
from service.domain.liveness import Liveness
from service.domain.promise import PromiseSums
from service.domain.timeline import Derived, Outline, Point
from service.flows.ports_timeline import OutletItem, Past, Told
from tests.support.plans import NOW


@dataclass
class TimelinePages:
    """What is kept of the past beside facts."""

    changes: dict[tuple[str, str, datetime], Standing] = field(default_factory=dict)
    points: dict[FactKey, Point] = field(default_factory=dict)
    due: dict[str, FactKey] = field(default_factory=dict)
    promise_due: dict[str, datetime] = field(default_factory=dict)
    promises: dict[tuple[str, date, str], PromiseSums] = field(default_factory=dict)
    basis: list[str] = field(default_factory=list)

    def __copy__(self) -> "TimelinePages":
        """Return a copy with dictionaries of its own."""
        return TimelinePages(
            dict(self.changes),
            dict(self.points),
            dict(self.due),
            dict(self.promise_due),
            dict(self.promises),
            list(self.basis),
        )


@dataclass(frozen=True)
class MemoryTimeline:
    pages: TimelinePages
    plan: DistrictPlan
    facts: Mapping[FactKey, Fact]
    gaps: Mapping[tuple[str, int, int], Gap]
    liveness: Mapping[str, Liveness]

    def mark(self, keys: Collection[FactKey]) -> None:
        for key in keys:
            self.pages.due[key.kiosk_id] = min(key, self.pages.due.get(key.kiosk_id, key))

    def mark_all(self) -> None:
        self.mark([FactKey(kiosk.id, 0, 0) for kiosk in self.plan.kiosks])

    def due(self, *, most: int) -> list[FactKey]:
        return [key for _, key in sorted(self.pages.due.items())][:most]

    def outline(self, due: FactKey, *, most: int) -> Told:
        before = [key for key in self._points(due.kiosk_id) if key < due]
        start = self.pages.points[before[-1]] if before else None
        since = start.key if start else FactKey(due.kiosk_id, -1, 0)
        keys = sorted(key for key in self.facts if key.kiosk_id == due.kiosk_id and key > since)
        following = keys[most] if len(keys) > most else None
        gone = [
            (gap.epoch, gap.first)
            for gap in self.gaps.values()
            if gap.kiosk_id == due.kiosk_id and gap.permanent
        ]
        outline = Outline(
            kiosk_id=due.kiosk_id,
            planned=self._planned(due.kiosk_id),
            start=start,
            facts=[self.facts[key] for key in keys[:most]],
            gaps=[
                place
                for place in gone
                if place > since[1:] and (following is None or place < following[1:])
            ],
        )
        return Told(outline=outline, following=following)

    def replace(self, derived: Derived, *, due: FactKey | None) -> dict[str, datetime]:
        kiosk_id, start = derived.kiosk_id, derived.start
        changes = self.pages.changes
        before = {
            (at, item, standing)
            for (outlet, item, at), standing in changes.items()
            if outlet == kiosk_id and (start is None or at >= start.at)
        }
        after = {(one.at, one.item, one.standing) for one in derived.changes}
        for at, item, _ in before:
            del changes[kiosk_id, item, at]
        for at, item, standing in derived.changes:
            changes[kiosk_id, item, at] = standing
        for key in self._points(kiosk_id):
            if start is None or key >= start.key:
                del self.pages.points[key]
        self.pages.points |= {point.key: point for point in derived.points}
        self.pages.due.pop(kiosk_id)
        if due is not None:
            self.pages.due[kiosk_id] = due
        return {item: at for at, item, _ in sorted(before ^ after, reverse=True)}

    def newest(self, kiosk_id: str) -> tuple[Point, Mapping[int, str]] | None:
        points = self._points(kiosk_id)
        return (self.pages.points[points[-1]], self._planned(kiosk_id)) if points else None

    def untold(self, at: datetime) -> dict[str, datetime | None]:
        found: dict[str, datetime | None] = {}
        for kiosk_id, one in self.liveness.items():
            if one.silent_after is not None and one.silent_after <= at:
                found[kiosk_id] = one.silent_after
            missing = sum(
                gap.last - gap.first + 1
                for gap in self.gaps.values()
                if (gap.kiosk_id, gap.epoch) == (kiosk_id, one.epoch) and not gap.permanent
            )
            if missing > BEHIND_FACTS_MAX:
                found[kiosk_id] = None
        return found

    def unknown(self) -> dict[OutletItem, datetime]:
        ends = self.pages.changes.items()
        return {key[:2]: key[2] for key, standing in ends if standing == Standing.UNKNOWN}

    def end_unknown(self, gone: Collection[OutletItem], new: Mapping[OutletItem, datetime]) -> None:
        kept = self.unknown()
        for key in gone:
            del self.pages.changes[*key, kept[key]]
        self.pages.changes |= {(*key, at): Standing.UNKNOWN for key, at in new.items()}

    def _points(self, kiosk_id: str) -> list[FactKey]:
        return sorted(key for key in self.pages.points if key.kiosk_id == kiosk_id)

    def _planned(self, kiosk_id: str) -> dict[int, str]:
        [kiosk] = [one for one in self.plan.kiosks if one.id == kiosk_id]
        return {slot.slot: slot.item for slot in kiosk.slots}


@dataclass(frozen=True)
class MemoryPromises:
    pages: TimelinePages
    plan: DistrictPlan

    def mark(self, moments: Mapping[str, datetime]) -> None:
        for item, at in moments.items():
            self.pages.promise_due[item] = min(at, self.pages.promise_due.get(item, at))

    def mark_all(self) -> None:
        for _, item, at in self.pages.changes:
            self.mark({item: at})
        for item in self._meant():
            self.mark({item: NOW})

    def due(self) -> dict[str, datetime]:
        return dict(self.pages.promise_due)

    def begin(self, item: str) -> datetime | None:
        enrolled = [NOW] if item in self._meant() else []
        heard = [key[2] for key in self.pages.changes if key[1] == item]
        return min([*enrolled, *heard], default=None)

    def _meant(self) -> set[str]:
        """Return what some kiosk is meant to hold, all of them enrolled at the same moment."""
        return {slot.item for kiosk in self.plan.kiosks for slot in kiosk.slots}

    def stand_on(self, basis: str) -> None:
        if self.pages.basis != [basis]:
            self.pages.basis[:] = [basis]
            self.mark_all()

    def past(self, item: str, begin: datetime, end: datetime) -> Past:
        stood = {
            kiosk.id: Standing.UNKNOWN
            for kiosk in self.plan.kiosks
            if any(slot.item == item for slot in kiosk.slots)
        }
        changes = []
        for (outlet, of_item, at), standing in sorted(
            self.pages.changes.items(), key=lambda one: (one[0][2], one[0][0])
        ):
            if of_item == item and at <= begin:
                stood[outlet] = standing
            elif of_item == item and at < end:
                changes.append((at, outlet, standing))
        return Past(stood=stood, changes=changes)

    def replace(
        self,
        item: str,
        days: Sequence[date],
        sums: Mapping[tuple[date, str], PromiseSums],
        *,
        upto: datetime,
    ) -> None:
        for place in [one for one in self.pages.promises if one[0] == item and one[1] in days]:
            del self.pages.promises[place]
        self.pages.promises |= {(item, *place): one for place, one in sums.items()}
        self.pages.promise_due[item] = upto

    def forget(self, item: str) -> None:
        for place in [one for one in self.pages.promises if one[0] == item]:
            del self.pages.promises[place]
        self.pages.promise_due.pop(item, None)
