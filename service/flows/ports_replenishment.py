"""What the flows about policies, depots and rounds need of the world."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from service.domain.depots import Carton, Depot, Entry, Held, Written
from service.domain.picking import Difference, Round
from service.domain.policy import Policies, Policy, Scope


class PolicyKeeper(Protocol):
    """When to order and how much."""

    def all(self) -> Policies:
        """Return all policies by what they are for."""

    def save(self, scope: Scope, policy: Policy, *, at: datetime, by: str) -> None:
        """Keep a policy in the place of the one before."""

    def drop(self, scope: Scope) -> bool:
        """Let a policy go; say whether there was one."""

    def brought(self, first: date, last: date) -> Mapping[tuple[str, str, date], tuple[int, int]]:
        """Return the packs brought and taken out, by site, item and local day."""


class DepotKeeper(Protocol):
    """Depots, and what came and left."""

    def all(self) -> tuple[Depot, ...]:
        """Return all depots by id."""

    def save(self, depot: Depot) -> None:
        """Keep a depot, new or as it is now."""

    def entries(self, depot_id: str, *, items: Collection[str] | None = None) -> list[Written]:
        """Return what came and left, oldest first."""

    def entry(self, number: int) -> Written | None:
        """Return one entry; None where there is none."""

    def write(self, entries: Sequence[Entry]) -> list[int]:
        """Write entries; return their numbers."""

    def carton(self, gtin: str) -> Carton | None:
        """Return what a code stands for; None where nobody has said."""

    def name_carton(self, carton: Carton) -> None:
        """Keep what a code stands for."""


class RoundKeeper(Protocol):
    """Rounds that were decided on, and what came of them."""

    def of(self, round_ids: Collection[str]) -> dict[str, Round]:
        """Return some rounds, whole."""

    def newest(self, *, most: int) -> list[Round]:
        """Return rounds, whole, the newest first."""

    def made_on(self, day: date) -> int:
        """Return how many rounds there are for a day."""

    def add(self, one: Round) -> None:
        """Keep a new round."""

    def save(self, one: Round, *, at: datetime) -> tuple[Difference, ...]:
        """Keep how a round has come on; return the differences that are new or other than before.

        What is picked for it never changes.
        """

    def promised(self, depot_id: str) -> Held:
        """Return what rounds that are planned, and not picked yet, will take from a depot."""

    def on_the_way(self) -> dict[tuple[str, str], int]:
        """Return what stops that are not done yet will bring, by kiosk and item."""

    def differences(self, since: datetime) -> list[tuple[Difference, datetime]]:
        """Return the differences that were noticed since a moment, the newest first."""
