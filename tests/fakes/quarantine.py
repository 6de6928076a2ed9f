"""What was set aside, who reported and how late facts came, in dictionaries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from service.domain.facts import FactKey
from service.domain.lateness import Lateness
from service.domain.quarantine import Fate, Reason, SetAside, Waiting, Wanted

QUARANTINE_MAX = 20_000
AsideKey = tuple[str, str, str | None, FactKey | None, bytes]


@dataclass(frozen=True)
class MemoryQuarantine:
    rows: dict[AsideKey, tuple[SetAside, int]]
    first: dict[AsideKey, tuple[int, datetime]]
    fates: dict[AsideKey, Fate]
    numbers: list[int]

    def add(self, messages: Sequence[SetAside]) -> int:
        full, no_room = len(self.rows) >= QUARANTINE_MAX, 0
        for message in messages:
            one = message
            if full and message.key is None:
                one = replace(message, topic="", kiosk_id=None, payload=b"")
                no_room += 1
            place = _place_of(one)
            first, count = self.rows.get(place, (one, 0))
            held = replace(first, heard_at=one.heard_at, key=first.key or one.key)
            self.rows[place] = (held, count + 1)
            if place not in self.first:
                self.numbers.append(len(self.numbers) + 1)
                self.first[place] = (self.numbers[-1], one.heard_at)
            self.fates.pop(place, None)
        return no_room

    def recent(self, reasons: Collection[str], since: datetime) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for aside, (one, count) in self.rows.items():
            if (
                aside not in self.fates
                and one.reason.value in reasons
                and one.kiosk_id is not None
                and one.heard_at >= since
            ):
                place = (one.reason.value, one.kiosk_id)
                found[place] = found.get(place, 0) + count
        return found

    def latest(self, reasons: Collection[str], since: datetime) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for aside, (one, _) in self.rows.items():
            is_one = aside not in self.fates and one.reason.value in reasons
            if is_one and one.kiosk_id is not None and one.heard_at >= since:
                found[one.kiosk_id] = max(found.get(one.kiosk_id, since), one.heard_at)
        return found

    def waiting(self, wanted: Wanted) -> list[Waiting]:
        found = [
            Waiting(id=self.first[place][0], message=replace(one, heard_at=self.first[place][1]))
            for place, (one, _) in self.rows.items()
            if place not in self.fates
            and (one.topic or one.identity)
            and (wanted.reason is None or one.reason is wanted.reason)
        ]
        wished = (one for one in found if wanted.ids is None or one.id in wanted.ids)
        later = sorted((one for one in wished if one.id > wanted.after), key=lambda one: one.id)
        return later[: wanted.most]

    def held(self, keys: Collection[FactKey]) -> dict[FactKey, Waiting]:
        found: dict[FactKey, Waiting] = {}
        for one in self.waiting(Wanted(most=len(self.rows))) if keys else ():
            key = one.message.key
            if key in keys and key is not None and one.message.reason is not Reason.CONFLICT:
                found.setdefault(key, one)
        return found

    def settle(self, fates: dict[int, Fate], at: datetime) -> None:  # noqa: ARG002 - the port's word
        for place, (number, _) in self.first.items():
            if number in fates:
                self.fates.setdefault(place, fates[number])

    def refuse_again(self, number: int, message: SetAside, at: datetime) -> None:
        for place in [place for place, (mine, _) in self.first.items() if mine == number]:
            first, (one, count) = self.first.pop(place), self.rows.pop(place)
            again = replace(
                one,
                reason=message.reason,
                detail=message.detail,
                key=one.key or message.key,
                heard_at=one.heard_at if one.reason is message.reason else at,
            )
            twin = self.rows.pop(_place_of(again), (again, 0))
            self.first[_place_of(again)] = first
            self.rows[_place_of(again)] = (again, count + twin[1])


def _place_of(one: SetAside) -> AsideKey:
    return one.reason.value, one.topic, one.kiosk_id, one.identity, one.payload


@dataclass(frozen=True)
class MemoryQuality:
    reporting: dict[date, int]
    lateness: dict[tuple[date, int], int]

    def add_reporting(self, day: date, kiosks: int) -> None:
        self.reporting[day] = self.reporting.get(day, 0) + kiosks

    def add_lateness(self, lateness: Lateness) -> None:
        for place, facts in lateness.items():
            self.lateness[place] = self.lateness.get(place, 0) + facts
