"""What the watch needs of the books to tell that something is not as it should be."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from service.domain.facts import Restocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """How far the counts of a kiosk were from its books, and when they last were."""

    packs_missing: int
    packs_found: int
    latest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingThen:
    """Facts of a stretch of time that nobody has heard, and the sites where they may be of."""

    facts: int
    gone: int
    site_ids: frozenset[str]


class SignKeeper(Protocol):
    """Signs that something is wrong; they are read and never written."""

    def differing(self, since: datetime) -> dict[str, Differing]:
        """Return, by kiosk, how far counts since then were from the books."""

    def missing(self, begin: datetime, end: datetime) -> MissingThen:
        """Return what is missing of a stretch of time."""

    def restocks(
        self, kiosk_ids: Collection[str], since: datetime
    ) -> dict[tuple[str, int], list[Restocked]]:
        """Return what was last added to each slot since then, the newest first, so far back."""

    def closed_months(self) -> frozenset[date]:
        """Return the months that are closed, each by its first day."""

    def last_taken(self, kiosk_ids: Collection[str], since: datetime) -> dict[str, datetime]:
        """Return when each kiosk last gave something out, where that was since then."""
