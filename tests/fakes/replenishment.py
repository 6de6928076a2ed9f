"""Policies, depots and rounds in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from service.domain.depots import Carton, Depot, Entry, Held, Written
from service.domain.picking import Difference, Round, RoundState, differences
from service.domain.policy import Policies, Policy, Scope
from service.domain.totals import Tally


@dataclass
class ReplenishmentPages:
    """All that is kept of them; what is in it never changes in place."""

    policies: dict[Scope, Policy] = field(default_factory=dict)
    depots: dict[str, Depot] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    cartons: dict[str, Carton] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    noticed: dict[Difference, datetime] = field(default_factory=dict)

    def __copy__(self) -> "ReplenishmentPages":
        return ReplenishmentPages(
            policies=dict(self.policies),
            depots=dict(self.depots),
            entries=list(self.entries),
            cartons=dict(self.cartons),
            rounds=dict(self.rounds),
            noticed=dict(self.noticed),
        )


@dataclass(frozen=True)
class MemoryPolicies:
    pages: ReplenishmentPages
    daily: Mapping[tuple[str, str, date], Tally]

    def all(self) -> Policies:
        return dict(self.pages.policies)

    def save(self, scope: Scope, policy: Policy, *, at: datetime, by: str) -> None:  # noqa: ARG002 - the port's words
        self.pages.policies[scope] = policy

    def drop(self, scope: Scope) -> bool:
        return self.pages.policies.pop(scope, None) is not None

    def brought(self, first: date, last: date) -> Mapping[tuple[str, str, date], tuple[int, int]]:
        return {
            key: (tally.restocked_packs, tally.removed_packs)
            for key, tally in self.daily.items()
            if first <= key[2] <= last and (tally.restocked_packs or tally.removed_packs)
        }


@dataclass(frozen=True)
class MemoryDepots:
    pages: ReplenishmentPages

    def all(self) -> tuple[Depot, ...]:
        return tuple(self.pages.depots[one] for one in sorted(self.pages.depots))

    def save(self, depot: Depot) -> None:
        self.pages.depots[depot.id] = depot

    def entries(self, depot_id: str, *, items: Collection[str] | None = None) -> list[Written]:
        return [
            Written(number, one)
            for number, one in enumerate(self.pages.entries, start=1)
            if one.depot_id == depot_id and (items is None or one.lot.item in items)
        ]

    def entry(self, number: int) -> Written | None:
        there = 0 < number <= len(self.pages.entries)
        return Written(number, self.pages.entries[number - 1]) if there else None

    def write(self, entries: Sequence[Entry]) -> list[int]:
        first = len(self.pages.entries) + 1
        self.pages.entries.extend(entries)
        return list(range(first, first + len(entries)))

    def carton(self, gtin: str) -> Carton | None:
        return self.pages.cartons.get(gtin)

    def name_carton(self, carton: Carton) -> None:
        self.pages.cartons[carton.gtin] = carton


@dataclass(frozen=True)
class MemoryRounds:
    pages: ReplenishmentPages

    def of(self, round_ids: Collection[str]) -> dict[str, Round]:
        return {name: one for name, one in self.pages.rounds.items() if name in round_ids}

    def newest(self, *, most: int) -> list[Round]:
        found = sorted(self.pages.rounds.values(), key=lambda one: (one.made_at, one.id))
        return found[::-1][:most]

    def made_on(self, day: date) -> int:
        return sum(one.for_day == day for one in self.pages.rounds.values())

    def add(self, one: Round) -> None:
        self.pages.rounds[one.id] = one

    def save(self, one: Round, *, at: datetime) -> tuple[Difference, ...]:
        before = {it for it in self.pages.noticed if it.round_id == one.id}
        now = set(differences(one))
        for gone in before - now:
            del self.pages.noticed[gone]
        fresh = sorted(now - before, key=lambda it: (it.stop, it.slot, it.item))
        self.pages.noticed.update(dict.fromkeys(fresh, at))
        self.pages.rounds[one.id] = one
        return tuple(fresh)

    def promised(self, depot_id: str) -> Held:
        found: Held = {}
        for one in self.pages.rounds.values():
            if one.depot_id == depot_id and one.state is RoundState.PLANNED:
                for line in one.lines:
                    found[line.lot] = found.get(line.lot, 0) + line.packs
        return found

    def on_the_way(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for one in self.pages.rounds.values():
            for stop in one.stops:
                if stop.state not in {RoundState.PLANNED, RoundState.PICKED}:
                    continue
                for line in one.lines_of(stop.number):
                    key = (stop.kiosk_id, line.lot.item)
                    found[key] = found.get(key, 0) + line.packs
        return found

    def differences(self, since: datetime) -> list[tuple[Difference, datetime]]:
        found = [(it, at) for it, at in self.pages.noticed.items() if at >= since]
        found.sort(key=lambda one: (one[0].round_id, one[0].stop))
        return sorted(found, key=lambda one: one[1], reverse=True)
